import { text, typing } from "./page";
import { savePreference } from "./preferences";

export type Key = { keys: string; label: string; group: string; run: () => void };

/** The keys of this page, from its markup: data-key="g c", data-key-label, data-key-group. */
export function declaredKeys(): Key[] {
  const seen = new Set<string>();
  const keys: Key[] = [];
  for (const element of document.querySelectorAll<HTMLElement>("[data-key]")) {
    const pressed = element.dataset["key"] ?? "";
    if (!pressed || seen.has(pressed)) continue;
    seen.add(pressed);
    const label = element.dataset["keyLabel"] ?? element.ariaLabel ?? element.textContent.trim();
    keys.push({ keys: pressed, label, group: element.dataset["keyGroup"] ?? text("keys.page"), run: () => use(element) });
  }
  return keys;
}

function use(element: HTMLElement): void {
  if (element instanceof HTMLAnchorElement || element instanceof HTMLButtonElement) element.click();
  else if (element.localName === "summary") {
    element.click();
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  }
  else {
    element.scrollIntoView({ block: "nearest" });
    element.focus();
  }
}

/** A key of the row in focus, such as "t" to take it: data-row-key on a button within the row. */
function useInRow(key: string): boolean {
  const row = (document.activeElement as HTMLElement | null)?.closest("[data-row]");
  const button = row?.querySelector<HTMLElement>(`[data-row-key="${CSS.escape(key)}"]`);
  button?.click();
  return Boolean(button);
}

/** j and k walk the rows of the list in focus, or of the first list of the page. */
function walk(step: 1 | -1): boolean {
  const shown = (rows: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(rows)].filter((row) => row.checkVisibility());
  const own = document.activeElement?.closest(".column.work") ? [] : shown(".column.stream [data-row] a.open");
  const rows = own.length > 0 ? own : shown("[data-row] a.open, a.item");
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[at < 0 ? (step === 1 ? 0 : rows.length - 1) : at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

function drawKeys(dialog: HTMLDialogElement): void {
  const place = dialog.querySelector<HTMLElement>("[data-declared-keys]");
  if (!place) return;
  place.replaceChildren();
  const groups = new Map<string, Key[]>();
  for (const key of declaredKeys()) groups.set(key.group, [...(groups.get(key.group) ?? []), key]);
  for (const [name, keys] of groups) {
    const section = document.createElement("section");
    const title = document.createElement("h3");
    title.textContent = name;
    const lines = document.createElement("dl");
    for (const key of keys) {
      const line = document.createElement("div");
      const term = document.createElement("dt");
      const pressed = document.createElement("dd");
      term.textContent = key.label;
      pressed.className = "keys";
      for (const part of key.keys.split(" ")) {
        const one = document.createElement("kbd");
        one.textContent = part;
        pressed.append(one);
      }
      line.append(term, pressed);
      lines.append(line);
    }
    section.append(title, lines);
    place.append(section);
  }
}

export function showKeys(): void {
  const dialog = document.getElementById("keys");
  if (!(dialog instanceof HTMLDialogElement) || document.querySelector("dialog[open]")) return;
  drawKeys(dialog);
  dialog.showModal();
}

let sequence = "";
let sequenceTimer: number | undefined;

function pressed(event: KeyboardEvent): void {
  const off = document.documentElement.dataset["keys"] === "off";
  if (off || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open], :popover-open") || event.key.length !== 1) return;

  window.clearTimeout(sequenceTimer);
  sequence = `${sequence} ${event.key}`.trim();
  sequenceTimer = window.setTimeout(() => (sequence = ""), 900);

  const keys = declaredKeys();
  const last = event.key;
  if (sequence === last && useInRow(last)) {
    event.preventDefault();
    sequence = "";
    return;
  }
  const match = keys.find((key) => key.keys === sequence) ?? keys.find((key) => key.keys === last);
  if (match) {
    event.preventDefault();
    sequence = "";
    match.run();
  } else if (keys.some((key) => key.keys.startsWith(`${sequence} `))) {
    event.preventDefault();
  } else {
    sequence = keys.some((key) => key.keys.startsWith(`${last} `)) ? last : "";
    if (last === "?") {
      event.preventDefault();
      showKeys();
    } else if ((last === "j" || last === "k") && walk(last === "j" ? 1 : -1)) event.preventDefault();
  }
}

export function startKeys(): void {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest("[data-keys-open]");
    if (opener && document.getElementById("keys")) {
      event.preventDefault();
      opener.closest<HTMLElement>("[popover]")?.hidePopover();
      showKeys();
    }
    if (target.closest("[data-close-dialog]") || target instanceof HTMLDialogElement) target.closest("dialog")?.close();
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.matches("[data-keys-switch]")) return;
    document.documentElement.dataset["keys"] = box.checked ? "on" : "off";
    void savePreference("keys", box.checked ? "on" : "off");
  });
  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    document.querySelectorAll("[data-ctrl]").forEach((sign) => (sign.textContent = "⌘"));
  }
}
