import htmx from "htmx.org";
import { each, island, text } from "./page";
import { notice } from "./notices";
import { refreshTopics } from "./regions";

/** The form of an act, beside the stream: opened by a link with data-act, confirmed by Ctrl/⌘-Enter, closed by Escape. */

let cameFrom: HTMLElement | undefined;

const panel = (): HTMLElement | null => document.getElementById("act-panel");

/** Opens the act's form in the panel of this page; false where the page has none. */
export function openAct(url: string, from?: HTMLElement): boolean {
  const place = panel();
  if (!place) return false;
  cameFrom = from ?? (document.activeElement as HTMLElement | null) ?? undefined;
  const waiting = document.getElementById("act-waiting") as HTMLTemplateElement | null;
  if (waiting) place.replaceChildren(waiting.content.cloneNode(true));
  showColumn(place);
  markCurrent(url);
  void htmx.ajax("get", url, { source: place, target: place, swap: "innerHTML" }).then(() => {
    // Nothing came: leave no grey bars behind.
    if (place.querySelector(".skeleton")) closeAct();
  });
  return true;
}

function showColumn(place: HTMLElement): void {
  const column = place.closest<HTMLElement>(".column");
  if (column && !column.checkVisibility()) location.hash = column.id;
  column?.scrollTo({ top: 0 });
}

function markCurrent(url: string): void {
  const path = new URL(url, location.href).pathname;
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-act]")) {
    if (link.pathname === path) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

export function closeAct(): void {
  const place = panel();
  if (!place?.hasChildNodes()) return;
  place.replaceChildren();
  markCurrent("about:blank");
  if (cameFrom?.isConnected) cameFrom.focus();
  else document.querySelector<HTMLElement>("main")?.focus();
  cameFrom = undefined;
}

/** Focus goes to what is wrong first, else to where one types, else to the headline of what was done. */
function focusAct(act: HTMLElement): void {
  const target =
    act.querySelector<HTMLElement>("[aria-invalid='true']") ??
    act.querySelector<HTMLElement>("[data-use-value]") ??
    act.querySelector<HTMLElement>("form .input:not([type='hidden']), form input:not([type='hidden'])") ??
    act.querySelector<HTMLElement>("[data-focus]");
  target?.focus({ preventScroll: false });
}

function done(act: HTMLElement): void {
  if (act.closest("#act-panel")) markCurrent("about:blank");
  // What is sent next from the same form is another request.
  const typed = document.querySelector(`[data-draft="${CSS.escape(act.dataset["draftDone"] || "-")}"]`);
  const key = (act.closest("form") ?? typed?.closest("form"))?.elements.namedItem("idempotency_key");
  if (key instanceof HTMLInputElement && act.dataset["nextKey"]) key.value = act.dataset["nextKey"];
  refreshTopics((act.dataset["actDone"] ?? "").split(" ").filter(Boolean));
  document.dispatchEvent(new CustomEvent("onhand:act-done", { detail: { draft: act.dataset["draftDone"] ?? "" } }));
  const again = act.dataset["draftAgain"]; // what was taken back is a draft again
  if (again) document.dispatchEvent(new CustomEvent("onhand:draft-again", { detail: { draft: again } }));
  const target = act.dataset["goTo"]; // what was written has a page of its own now
  if (target) location.assign(target);
}

function takeCurrentValue(button: HTMLElement): void {
  const form = button.closest("form");
  const input = form?.elements.namedItem(button.dataset["useValue"] ?? "");
  if (!(input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement || input instanceof HTMLSelectElement)) return;
  input.value = button.dataset["value"] ?? "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus();
}

function pressed(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const form = target.closest<HTMLFormElement>("form[data-confirm-key]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    const asks = form.querySelector<HTMLElement>(".ask-for-it");
    if (asks?.checkVisibility()) asks.click();
    else form.requestSubmit();
    return;
  }
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  const place = panel();
  if (place?.hasChildNodes() && (place.contains(target) || target === document.body)) {
    event.preventDefault();
    closeAct();
  }
}

/** The same confirmation is sent once, whatever is pressed while the answer is on its way. */
function guardDouble(form: HTMLFormElement): void {
  // aria-disabled, not disabled: a disabled button would lose the focus.
  const buttons = (): NodeListOf<HTMLElement> => form.querySelectorAll("[type='submit']");
  const ended = (): void => {
    delete form.dataset["sending"];
    for (const button of buttons()) button.removeAttribute("aria-disabled");
  };
  form.addEventListener("submit", (event) => {
    if (form.dataset["sending"]) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset["sending"] = "yes";
    for (const button of buttons()) button.setAttribute("aria-disabled", "true");
    if (!form.hasAttribute("hx-post")) window.setTimeout(ended, 10_000);
  }, { capture: true });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.target === form) ended();
  });
  form.addEventListener("htmx:validation:halted", ended);
}

export function startActs(): void {
  island((root) => {
    each(root, "form[method='post']", guardDouble);
    each(root, "[data-open-act]", (place) => {
      openAct(place.dataset["openAct"] ?? "");
    });
    each(root, "[data-act-form], [data-act-done]", (act) => {
      if (act.dataset["actDone"] !== undefined) done(act);
      if (act.closest("#act-panel")) focusAct(act);
    });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const shown = event.target as HTMLElement;
    if (!shown.matches(".act-preview")) return;
    // A long preview scrolls, and so must be reached by the keyboard.
    if (shown.scrollHeight > shown.clientHeight) shown.tabIndex = 0;
    else shown.removeAttribute("tabindex");
  });
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    const link = target.closest<HTMLAnchorElement>("a[data-act]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (link && plain && openAct(link.href, link)) event.preventDefault();
    if (target.closest("[data-act-close]") && panel()?.contains(target)) {
      event.preventDefault();
      closeAct();
    }
    const use = target.closest<HTMLElement>("[data-use-value]");
    if (use) takeCurrentValue(use);
    const copy = target.closest<HTMLElement>("[data-copy]");
    if (copy) {
      void navigator.clipboard?.writeText(copy.dataset["copy"] ?? "").then(() => notice(text("copied"), "good"));
    }
  });
}
