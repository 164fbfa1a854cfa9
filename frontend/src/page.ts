/** What the server wrote into the page for the islands: meta elements named "onhand:…". */

const metas = new Map<string, string>();

export function meta(name: string): string {
  let value = metas.get(name);
  if (value === undefined) {
    value = document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
    metas.set(name, value);
  }
  return value;
}

export const language = document.documentElement.lang || "en";

/** How days and hours are written: English as most of the world writes it, 21 Nov 2026, 14:02; as the server does. */
export const written = language === "en" ? "en-GB" : language;

const translated: Record<string, string> = JSON.parse(meta("onhand:texts") || "{}") as Record<string, string>;

/** A sentence in the person's language; `{name}` parts are filled from `values`. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  const sentence = translated[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** An address the server gave, with a last part appended (encoded). */
export function address(name: string, tail = ""): string {
  return meta(`onhand:${name}-url`) + (tail ? encodeURIComponent(tail) : "");
}

type Island = (root: HTMLElement) => void;
const islands: Island[] = [];

/** Registers behaviour for elements present now and for every fragment that arrives later. */
export function island(connect: Island): void {
  islands.push(connect);
}

export function connectIslands(root: HTMLElement): void {
  for (const connect of islands) connect(root);
}

/** Elements matching within root, root included; each is given to `connect` once in its life. */
export function each<T extends HTMLElement>(root: HTMLElement, selector: string, connect: (element: T) => void): void {
  const found = [...root.querySelectorAll<T>(selector)];
  if (root.matches(selector)) found.unshift(root as T);
  for (const element of found) {
    const seen = connected.get(element) ?? new Set<string>();
    if (seen.has(selector)) continue;
    seen.add(selector);
    connected.set(element, seen);
    connect(element);
  }
}
const connected = new WeakMap<HTMLElement, Set<string>>();

export function debounce(wait: number, call: () => void): { (): void; flush(): void; cancel(): void } {
  let timer: number | undefined;
  const later = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      timer = undefined;
      call();
    }, wait);
  };
  later.cancel = (): void => {
    window.clearTimeout(timer);
    timer = undefined;
  };
  later.flush = (): void => {
    if (timer === undefined) return;
    later.cancel();
    call();
  };
  return later;
}

export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}
