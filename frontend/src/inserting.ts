import { debounce } from "./page";
import { openAct } from "./acts";
import { notice } from "./notices";
import { ask } from "./server";

/**
 * Standard responses and articles by typing: "/" begins a response at the start of a word, "#" an article, "::" a response by its
 * name. What the server finds is a list box; the arrows choose, Enter puts it in, Shift Enter a link to it, Escape leaves what
 * was typed.
 */

export type Typing = {
  before(): string;
  takeBack(letters: number): void;
  insert(words: string, html: string): void;
  box(): HTMLElement;
};
type Insertion = { text: string; html: string; acts_html: string; message?: string };
const asked = /(?:^|\s)((?:\/|::)[^\s/:][^\n/]{0,60}|\/|::|#\p{L}[^\n#]{0,60}|#)$/u;

export function startInserting(form: HTMLFormElement, typing: Typing): void {
  const url = form.dataset["insertUrl"];
  const place = form.querySelector<HTMLElement>("[data-insert-list]");
  if (!url || !place) return;
  let running: AbortController | undefined;
  let at = 0;
  let typed = "";
  let dismissed = "";

  const options = (): HTMLElement[] => [...place.querySelectorAll<HTMLElement>("[role='option']")];
  const close = (): void => {
    running?.abort();
    search.cancel();
    place.hidden = true;
    place.replaceChildren();
    for (const name of ["aria-activedescendant", "aria-controls", "aria-expanded"]) typing.box().removeAttribute(name);
  };
  const mark = (index: number): void => {
    at = index;
    options().forEach((one, number) => one.setAttribute("aria-selected", String(number === at)));
    const chosen = options()[at];
    if (!chosen) return;
    typing.box().setAttribute("aria-controls", chosen.closest("[role='listbox']")?.id ?? "");
    typing.box().setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  };
  const choose = async (option: HTMLElement | undefined, asLink: boolean): Promise<void> => {
    if (!option) return;
    const { insert, insertLink, open } = option.dataset;
    const back = typed.length;
    close();
    const source = asLink && insertLink ? insertLink : insert;
    if (!source) {
      if (open) openAct(open, typing.box()); // for colleagues only: it opens beside
      return;
    }
    const answer = await ask(source, { method: "POST", headers: { Accept: "application/json" } }).catch(() => undefined);
    const found = (await answer?.json().catch(() => undefined)) as Insertion | undefined;
    if (!answer?.ok || !found) {
      if (found?.message) notice(found.message, "warn");
      return;
    }
    typing.takeBack(back);
    typing.insert(found.text, found.html);
    if (found.acts_html) form.dispatchEvent(new CustomEvent("onhand:acts-proposed", { detail: found.acts_html }));
  };
  const search = debounce(110, () => {
    running?.abort();
    running = new AbortController();
    const wanted = typed;
    const words = wanted.startsWith("::") ? `/${wanted.slice(2)}` : wanted;
    ask(`${url}&q=${encodeURIComponent(words)}`, { signal: running.signal, headers: { "HX-Request": "true" } })
      .then(async (answer) => {
        if (!answer.ok || typed !== wanted) return;
        const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
        place.replaceChildren(...parsed.body.childNodes);
        place.hidden = false;
        typing.box().setAttribute("aria-expanded", "true");
        mark(0);
      })
      .catch(() => undefined);
  });
  const look = (): void => {
    typed = asked.exec(typing.before())?.[1] ?? "";
    if (!typed || typed === dismissed) {
      if (!place.hidden) close();
      if (!typed) dismissed = "";
    } else search();
  };

  form.addEventListener("input", (event) => {
    if ((event.target as Element).closest("textarea, [contenteditable]")) look();
  });
  form.addEventListener("keydown", (event) => {
    if (place.hidden || event.isComposing || !(event.target as Element).closest("textarea, [contenteditable]")) return;
    const all = options();
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const confirms = event.key === "Enter" || event.key === "Tab";
    if (step && all.length) mark((at + step + all.length) % all.length);
    else if (confirms && all.length && !event.ctrlKey && !event.metaKey) void choose(all[at], event.shiftKey);
    else if (event.key === "Escape") {
      dismissed = typed;
      close();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget !== typing.box()) close();
  });
  // An article read beside has buttons of its own.
  const besides = (event: MouseEvent): void => {
    if (!form.isConnected) document.removeEventListener("click", besides);
    const button = (event.target as Element).closest<HTMLElement>("button[data-insert]");
    if (!button || !form.isConnected) return;
    typed = "";
    void choose(button, false).then(() => typing.box().focus());
  };
  document.addEventListener("click", besides);
  place.addEventListener("pointerdown", (event) => event.preventDefault());
  place.addEventListener("click", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("[role='option']");
    void choose(option ?? undefined, event.shiftKey);
  });
}
