import { address, debounce, language, text } from "./page";
import { askJson } from "./server";
import { score } from "./fuzzy";
import { openAct } from "./acts";
import { declaredKeys } from "./keys";

type Kind = "act" | "page" | "customer" | "key";
type Entry = { kind: Kind; label: string; hint?: string; url: string; keys?: string; uses?: number; run?: () => void };

const order: Kind[] = ["act", "customer", "page", "key"];
const storeName = "onhand.palette";
const shownAtMost = 40;

let dialog: HTMLDialogElement;
let input: HTMLInputElement;
let list: HTMLElement;
let known: Entry[] = [];
let found: Entry[] = [];
let shown: Entry[] = [];
let chosen = 0;
let isWished = false; // Enter came before anything was there to choose
let running: AbortController | undefined;

/** What the page is about: the acts on it are offered. */
function shownOnPage(name: "customer" | "contact" | "order"): string {
  return document.querySelector<HTMLElement>(`[data-${name}]`)?.dataset[name] ?? "";
}

function where(query: string): string {
  const about = { customer: shownOnPage("customer"), contact: shownOnPage("contact"), order: shownOnPage("order") };
  return `${address("palette")}?${new URLSearchParams({ q: query, ...about }).toString()}`;
}

/** Only how often an address was chosen is kept in the browser, and only for acts and pages: never a customer. */
function uses(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(storeName) ?? "{}") as Record<string, number>;
  } catch {
    return {};
  }
}
function usual(entry: Entry): string {
  return entry.url.replace(/\/customers\/[^/]+\//, "/customers/*/").replace(/(\/acts\/[^/]+\/)\d+\//, "$1*/");
}
function remember(entry: Entry): void {
  if (entry.kind === "customer" || entry.run) return;
  const counts = uses();
  counts[usual(entry)] = (counts[usual(entry)] ?? 0) + 1;
  localStorage.setItem(storeName, JSON.stringify(counts));
}

function rank(query: string): Entry[] {
  const counts = uses();
  const declared = declaredKeys();
  for (const entry of known) entry.keys ??= declared.find((key) => key.label === entry.label)?.keys ?? "";
  const named = new Set(known.map((entry) => entry.label));
  const keys: Entry[] = declared
    .filter((key) => query && !named.has(key.label))
    .map((key) => ({ kind: "key", label: key.label, url: "", keys: key.keys, run: key.run }));
  const local = [...known.filter((entry) => entry.kind !== "customer" || !query), ...keys].map((entry) => {
    const often = Math.log2(1 + (counts[usual(entry)] ?? 0) + (entry.uses ?? 0));
    const fits = Math.max(score(query, entry.label), score(query, entry.hint ?? "") * 0.4);
    return { entry, points: fits > 0 ? fits + often * 2 : 0 };
  });
  const remote = found.map((entry) => ({ entry, points: 4 + Math.max(0, score(query, entry.label)) }));
  const ranked = [...local, ...(query ? remote : [])].filter((one) => one.points > 0);
  ranked.sort((a, b) => b.points - a.points);

  const seen = new Set<string>();
  const result: Entry[] = [];
  for (const { entry } of ranked) {
    const name = `${entry.kind} ${entry.url || entry.label}`;
    if (!seen.has(name)) result.push(entry);
    seen.add(name);
  }
  // Groups stay together; the group holding the best entry comes first.
  const best = new Map<Kind, number>();
  result.forEach((entry, at) => best.has(entry.kind) || best.set(entry.kind, at));
  const rankOf = (kind: Kind): number => (query ? best.get(kind)! : order.indexOf(kind));
  return result.slice(0, shownAtMost).sort((a, b) => rankOf(a.kind) - rankOf(b.kind));
}

function line(entry: Entry, at: number): HTMLElement {
  const option = document.createElement("div");
  option.id = `palette-option-${at}`;
  option.className = "option";
  option.setAttribute("role", "option");
  const sign = document.getElementById(`sign-${entry.kind}`) as HTMLTemplateElement | null;
  if (sign) option.append(sign.content.cloneNode(true));
  const label = document.createElement("span");
  label.className = "cut";
  label.textContent = entry.label;
  option.append(label, " ");
  const hint = document.createElement("span");
  hint.className = "hint";
  hint.textContent = entry.hint ?? "";
  option.append(hint);
  if (entry.keys) {
    const keys = document.createElement("kbd");
    keys.textContent = entry.keys;
    option.append(keys);
  }
  option.addEventListener("click", () => choose(entry));
  option.addEventListener("pointermove", () => mark(at));
  return option;
}

function draw(): void {
  shown = rank(input.value.trim());
  chosen = 0;
  list.replaceChildren();
  let group: HTMLElement | undefined;
  let kind: Kind | undefined;
  shown.forEach((entry, at) => {
    if (entry.kind !== kind || !group) {
      kind = entry.kind;
      group = document.createElement("div");
      group.setAttribute("role", "group");
      const title = document.createElement("div");
      title.className = "group";
      title.id = `palette-group-${kind}`;
      title.setAttribute("role", "presentation");
      title.textContent = text(`palette.${kind}`);
      group.setAttribute("aria-labelledby", title.id);
      group.append(title);
      list.append(group);
    }
    group.append(line(entry, at));
  });
  dialog.querySelector<HTMLElement>(".nothing")!.hidden = shown.length > 0;
  list.hidden = shown.length === 0;
  input.setAttribute("aria-expanded", String(shown.length > 0));
  mark(0);
  const count = new Intl.NumberFormat(language).format(shown.length);
  dialog.querySelector("[role='status']")!.textContent = text("palette.count", { count });
}

function mark(at: number): void {
  chosen = at;
  list.querySelectorAll(".option").forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
  const current = document.getElementById(`palette-option-${at}`);
  if (current) input.setAttribute("aria-activedescendant", current.id);
  else input.removeAttribute("aria-activedescendant");
  current?.scrollIntoView({ block: "nearest" });
}

function choose(entry: Entry | undefined): void {
  if (!entry) return;
  remember(entry);
  dialog.close();
  if (entry.run) entry.run();
  else if (entry.kind !== "act" || !openAct(entry.url)) location.assign(entry.url);
}

/** An answer is there: show it, and choose its first if Enter was pressed while waiting for it. */
function arrived(): void {
  draw();
  if (isWished && dialog.open && known.length && shown.length) choose(shown[0]);
}

const search = debounce(90, () => {
  running?.abort();
  running = new AbortController();
  const query = input.value.trim();
  void askJson<Entry[]>(where(query), running.signal).then((entries) => {
    if (!entries || input.value.trim() !== query) return;
    if (query) found = entries;
    else known = entries;
    arrived();
  });
});

function pressed(event: KeyboardEvent): void {
  if (event.isComposing) return;
  const last = shown.length - 1;
  const moves: Record<string, number> = {
    ArrowDown: chosen >= last ? 0 : chosen + 1,
    ArrowUp: chosen <= 0 ? last : chosen - 1,
    PageDown: Math.min(last, chosen + 8),
    PageUp: Math.max(0, chosen - 8),
  };
  const to = moves[event.key];
  if (to !== undefined) {
    event.preventDefault();
    mark(to);
  } else if (event.key === "Enter") {
    event.preventDefault();
    isWished = shown.length === 0;
    choose(shown[chosen]);
  }
}

export function openPalette(): void {
  if (dialog.open || document.querySelector("dialog[open]")) return;
  dialog.showModal();
  input.value = "";
  isWished = false;
  found = [];
  draw();
  input.focus();
  void askJson<Entry[]>(where("")).then((entries) => {
    if (!entries) return;
    known = entries;
    if (dialog.open) arrived();
  });
}

export function startPalette(): void {
  const element = document.getElementById("palette");
  if (!(element instanceof HTMLDialogElement)) return;
  dialog = element;
  input = dialog.querySelector("input")!;
  list = dialog.querySelector<HTMLElement>("[role='listbox']")!;
  input.addEventListener("input", () => {
    isWished = false;
    draw();
    search();
  });
  input.addEventListener("keydown", pressed);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => running?.abort());
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-palette-open]")) openPalette();
  });
  document.addEventListener("keydown", (event) => {
    const isK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (!isK) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else openPalette();
  });
}
