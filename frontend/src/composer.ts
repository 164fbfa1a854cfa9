import { each, island, text } from "./page";
import { notice } from "./notices";
import { type Editor, paragraphs } from "./paragraphs";
import { startInserting } from "./inserting";
import { Uploads } from "./uploads";

/**
 * Writing in a contact: an answer, plain or formatted, or a note among colleagues. The text box holds the words in any case;
 * the formatted text stands beside it in a hidden box, so that drafts and forms need to know nothing of editors.
 */

const wishName = "onhand.formatted";

class Composer {
  private readonly form: HTMLFormElement;
  private readonly words: HTMLTextAreaElement;
  private readonly html: HTMLInputElement;
  private readonly seen: HTMLInputElement;
  private readonly uploads: Uploads;
  private editor: Editor | undefined;
  private opening: Promise<void> | undefined;

  constructor(private readonly root: HTMLElement) {
    this.form = root.querySelector<HTMLFormElement>("form[data-answer]")!;
    this.words = this.form.querySelector("textarea")!;
    this.html = this.field("html");
    this.seen = this.field("seen");
    const list = this.form.querySelector<HTMLElement>("[data-files]")!;
    const most = Number(this.form.dataset["mostBytes"] ?? 25_000_000);
    this.uploads = new Uploads(list, this.field("files"), this.form.dataset["filesUrl"] ?? "", most, () => this.typed());

    this.form.addEventListener("input", (event) => {
      if (event.target === this.form) void this.restored();
      this.sayTo();
    });
    this.form.addEventListener("submit", (event) => this.sending(event), { capture: true });
    document.addEventListener("onhand:act-done", (event) => {
      if ((event as CustomEvent<{ draft: string }>).detail.draft === this.form.dataset["draft"]) this.emptied();
    });
    root.querySelector("[data-rich]")?.addEventListener("click", () => void this.turn(!this.editor, true));
    root.querySelector("[data-seen-now]")?.addEventListener("click", () => this.see());
    this.takeFiles();
    startInserting(this.form, {
      before: () => this.editor?.before() ?? this.words.value.slice(0, this.words.selectionStart),
      takeBack: (letters) => this.takeBack(letters),
      insert: (words, html) => this.insert(words, html),
      box: () => (this.editor ? this.form.querySelector<HTMLElement>("[contenteditable]")! : this.words),
    });
    this.form.addEventListener("onhand:acts-proposed", (event) => {
      const place = this.form.querySelector<HTMLElement>("[data-proposed]");
      const parsed = new DOMParser().parseFromString((event as CustomEvent<string>).detail, "text/html");
      place?.replaceChildren(...parsed.body.childNodes);
    });
    this.sayTo();
    if (wishes()) void this.turn(true, false);
  }

  private field(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }

  private typed(): void {
    this.words.dispatchEvent(new Event("input", { bubbles: true }));
  }

  isEmpty(): boolean {
    return this.words.value.trim() === "" && !this.field("files").value;
  }

  /** What a draft brought back: files and formatting are shown again. */
  private async restored(): Promise<void> {
    this.uploads.read();
    if (this.html.value && !this.editor) await this.turn(true, false);
    else this.editor?.replace(this.html.value || paragraphs(this.words.value));
  }

  private emptied(): void {
    this.html.value = "";
    this.uploads.clear();
    this.editor?.replace("");
    for (const one of this.form.querySelectorAll("[data-proposed], .writing-help")) one.replaceChildren();
    for (const name of ["anyway", "then"]) {
      const field = this.form.elements.namedItem(name);
      if (field instanceof HTMLInputElement) field.value = "";
    }
    this.form.querySelector<HTMLDetailsElement>("details.send-menu")?.removeAttribute("open");
    window.setTimeout(() => {
      this.see();
      this.sayTo();
    });
  }

  private insert(words: string, html: string): void {
    if (this.editor) {
      this.editor.insert(words, html);
      return;
    }
    const start = this.words.selectionStart;
    this.words.setRangeText(words, start, this.words.selectionEnd, "end");
    this.typed();
    this.words.focus();
    // What could not be filled in is marked, to be written by hand.
    const gap = /⟦[^⟦⟧]*⟧/.exec(words);
    if (gap) this.words.setSelectionRange(start + gap.index, start + gap.index + gap[0].length);
  }

  private takeBack(letters: number): void {
    if (this.editor) this.editor.takeBack(letters);
    else {
      const at = this.words.selectionStart;
      this.words.setRangeText("", at - letters, at, "end");
    }
  }

  /** Formatted or plain. The editor is loaded when somebody wants it first. */
  private async turn(on: boolean, byHand: boolean): Promise<void> {
    if (byHand) keepWish(on);
    const button = this.root.querySelector<HTMLElement>("[data-rich]");
    const place = this.form.querySelector<HTMLElement>("[data-editor]")!;
    const tools = this.form.querySelector<HTMLElement>("[data-tools]")!;
    if (!on) {
      if (this.editor && this.html.value && !this.editor.isEmpty() && byHand && !window.confirm(text("rich.off"))) return;
      this.editor?.destroy();
      this.editor = undefined;
      this.html.value = "";
      tools.hidden = true;
      place.hidden = true;
      this.words.hidden = false;
      button?.setAttribute("aria-pressed", "false");
      this.typed();
      if (byHand) this.words.focus();
      return;
    }
    await (this.opening ??= this.open(place, tools));
    this.opening = undefined;
    button?.setAttribute("aria-pressed", "true");
    if (byHand) this.editor?.focus();
  }

  private async open(place: HTMLElement, tools: HTMLElement): Promise<void> {
    let loaded: typeof import("./editor");
    try {
      loaded = await import("./editor");
    } catch {
      notice(text("no-answer"), "bad");
      return;
    }
    if (this.editor) return;
    const hadFocus = document.activeElement === this.words;
    place.hidden = false;
    tools.hidden = false;
    this.words.hidden = true;
    this.editor = loaded.openEditor(place, tools, {
      label: this.words.labels?.[0]?.textContent?.trim() ?? "",
      language: this.words.lang,
      describedBy: this.words.getAttribute("aria-describedby") ?? "",
      html: this.html.value || paragraphs(this.words.value),
      changed: () => {
        this.html.value = this.editor?.html() ?? "";
        this.words.value = this.editor?.text() ?? "";
        this.typed();
      },
      asked: () => window.prompt(text("rich.link")),
    });
    if (hadFocus) this.editor.focus();
  }

  private takeFiles(): void {
    const input = this.form.querySelector<HTMLInputElement>("input[type='file']");
    input?.addEventListener("change", () => {
      this.uploads.take(input.files ?? []);
      input.value = "";
    });
    const carries = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    this.root.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      this.root.dataset["dragged"] = "";
    });
    for (const name of ["dragleave", "drop"]) this.root.addEventListener(name, () => delete this.root.dataset["dragged"]);
    this.root.addEventListener("drop", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      this.uploads.take(event.dataTransfer?.files ?? []);
    });
    this.form.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0 || event.clipboardData?.types.includes("text/plain")) return;
      event.preventDefault();
      this.uploads.take(files);
    }, { capture: true });
  }

  private sending(event: Event): void {
    if (this.uploads.isBusy) {
      event.preventDefault();
      event.stopImmediatePropagation();
      notice(text("file.on-its-way"), "warn");
    }
  }

  /** Who it goes to, in the line that folds the address boxes away. */
  private sayTo(): void {
    const place = this.form.querySelector<HTMLElement>("[data-to-said]");
    if (!place) return;
    const own = this.form.querySelector<HTMLSelectElement>("[data-own]");
    const other = this.field("to");
    if (own) {
      // One of the customer's own addresses, or another one that is typed: never both.
      other.hidden = own.value !== "";
      for (const label of other.labels ?? []) label.hidden = other.hidden;
    }
    const chosen = own?.value ? (own.selectedOptions[0]?.textContent ?? "") : other.value;
    const lines = [chosen, this.field("cc")?.value, this.field("bcc")?.value].map((line) => line?.trim()).filter(Boolean);
    place.textContent = lines.join(" · ");
  }

  private get newest(): string {
    return document.querySelector<HTMLElement>("[data-newest]")?.dataset["newest"] ?? this.seen.value;
  }

  see(): void {
    this.seen.value = this.newest;
    this.root.querySelector<HTMLElement>("[data-unseen]")?.setAttribute("hidden", "");
    if (!this.isEmpty()) this.typed();
  }

  /** Something was written while this answer was: it is said, and only counts as seen when somebody says so. */
  arrived(): void {
    if (this.newest === this.seen.value) return;
    if (this.isEmpty()) this.see();
    else this.root.querySelector<HTMLElement>("[data-unseen]")?.removeAttribute("hidden");
  }
}

function wishes(): boolean {
  return localStorage.getItem(wishName) === "yes";
}
function keepWish(on: boolean): void {
  try {
    localStorage.setItem(wishName, on ? "yes" : "no");
  } catch {
    // The browser keeps nothing: the choice holds for this page.
  }
}

/** Answer or note: two tabs, arrows between them. */
function tabs(list: HTMLElement): void {
  const all = [...list.querySelectorAll<HTMLElement>("[role='tab']")];
  const show = (tab: HTMLElement, focus: "tab" | "box" | "nothing"): void => {
    for (const one of all) {
      const on = one === tab;
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
      const panel = document.getElementById(one.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !on;
      if (on && focus === "box") panel?.querySelector<HTMLElement>("[contenteditable], textarea:not([hidden])")?.focus();
    }
    if (focus === "tab") tab.focus();
  };
  list.addEventListener("click", (event) => {
    const tab = (event.target as Element).closest<HTMLElement>("[role='tab']");
    if (tab) show(tab, "box");
  });
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(event.target as HTMLElement);
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (at < 0 || !step) return;
    event.preventDefault();
    show(all[(at + step + all.length) % all.length]!, "tab");
  });
}

/** The other ways to send fold away when somebody looks elsewhere. */
function foldMenus(event: Event): void {
  const key = event instanceof KeyboardEvent ? event.key : "";
  if (key && key !== "Escape") return;
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.send-menu[open]")) {
    if (!key && menu.contains(event.target as Node)) continue;
    menu.open = false;
    if (key) {
      event.preventDefault();
      menu.querySelector("summary")?.focus();
    }
  }
}

export function startComposers(): void {
  document.addEventListener("click", foldMenus);
  document.addEventListener("keydown", foldMenus);
  const open = new Set<Composer>();
  island((root) => {
    each(root, "[data-writing] [role='tablist']", tabs);
    each(root, "[data-writing]", (writing) => {
      if (writing.querySelector("form[data-answer]")) open.add(new Composer(writing));
    });
  });
  document.addEventListener("htmx:afterSettle", () => open.forEach((one) => one.arrived()));
}
