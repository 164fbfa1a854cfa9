import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";
import { connectIslands, meta, text, typing } from "./page";
import { notice } from "./notices";

/** What a person typed is newer than what the server sends. */
function typedByPerson(element: Element): boolean {
  if (element instanceof HTMLInputElement) {
    return element.value !== element.defaultValue || element.checked !== element.defaultChecked;
  }
  return element instanceof HTMLTextAreaElement && element.value !== element.defaultValue;
}

/** A list somebody has lengthened keeps its length and its place in the paging when its first page is fetched again. */
function keepsPager(node: Node): boolean {
  if (!(node instanceof Element) || node.id !== "pager") return false;
  return node.parentElement?.querySelector("[data-extended]") !== null;
}

/** A lengthened list keeps what its first page does not have; one that is asked for as far down as it goes does not. */
function keepsRows(list: Element | null): boolean {
  return list !== null && list.hasAttribute("data-extended") && !list.hasAttribute("data-shrinks");
}

function markExtended(event: HtmxEvent): void {
  const { elt } = event.detail.requestConfig;
  if (elt.closest(".pager")) event.detail.target.setAttribute("data-extended", "");
  // Another filter makes another list, which nobody has lengthened yet.
  if (elt.closest("[data-filters]")) {
    event.detail.target.querySelectorAll("[data-extended]").forEach((list) => list.removeAttribute("data-extended"));
  }
}

function defineMorph(): void {
  Idiomorph.defaults.restoreFocus = true;
  htmx.defineExtension("morph", {
    isInlineSwap: (style: string) => style === "morph:outerHTML",
    handleSwap: (style: string, target: Node, fragment: Node) => {
      if (!style.startsWith("morph:")) return false;
      return Idiomorph.morph(target as Element, [...(fragment as DocumentFragment).children], {
        morphStyle: style === "morph:outerHTML" ? "outerHTML" : "innerHTML",
        // What is being typed stays; a button in focus shows what it says now.
        ignoreActiveValue: typing(document.activeElement),
        callbacks: {
          beforeAttributeUpdated: (attribute, element) =>
            attribute !== "data-extended" && !(["value", "checked"].includes(attribute) && typedByPerson(element)),
          beforeNodeMorphed: (from) => !(from instanceof HTMLTextAreaElement && typedByPerson(from)) && !keepsPager(from),
          beforeNodeRemoved: (node) => !(node instanceof Element && keepsRows(node.parentElement)),
        },
      });
    },
  });
}

let open = 0;
function working(change: 1 | -1): void {
  open = Math.max(0, open + change);
  document.documentElement.toggleAttribute("data-working", open > 0);
}

type HtmxEvent = CustomEvent<{
  verb: string;
  headers: Record<string, string>;
  xhr: XMLHttpRequest;
  shouldSwap: boolean;
  isError: boolean;
  target: HTMLElement;
  select?: string;
  // The element that asked; detail.elt is the one the event is sent to.
  requestConfig: { elt: HTMLElement };
}>;

/** A whole page where a fragment was asked for means: signed out, or the page moved. Never put it into a column. */
function refuseWholePages(event: HtmxEvent): void {
  const { xhr, requestConfig } = event.detail;
  if (!/<html[\s>]/i.test(xhr.responseText.slice(0, 400))) return;
  const part = event.detail.select ?? requestConfig.elt.closest("[hx-select]")?.getAttribute("hx-select");
  const id = part?.match(/^#([\w-]+)/)?.[1];
  if (id && xhr.responseText.includes(`id="${id}"`)) return;
  event.detail.shouldSwap = false;
  if (xhr.status < 400) {
    event.detail.isError = false;
    notice(text("signed-out"), "warn", { label: text("sign-in"), url: location.href });
  }
}

let leaving = false;
window.addEventListener("pagehide", () => (leaving = true));
window.addEventListener("pageshow", () => (leaving = false));

function explainFailure(event: HtmxEvent): void {
  if (leaving) return; // the browser ends what was under way
  const status = event.detail.xhr?.status ?? 0;
  if (status === 401) notice(text("signed-out"), "warn", { label: text("sign-in"), url: location.href });
  else if (status === 403) notice(text("not-allowed"), "bad");
  else if (status === 404) notice(text("gone"), "bad");
  else if (status === 429) notice(text("too-fast"), "warn");
  else notice(text(status ? "server-error" : "no-answer"), "bad");
}

export function startRequests(): void {
  defineMorph();
  const on = (name: string, call: (event: HtmxEvent) => void): void =>
    document.addEventListener(name, call as EventListener);

  on("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = meta("csrf-token");
  });
  on("htmx:beforeSend", () => working(1));
  on("htmx:afterRequest", () => working(-1));
  on("htmx:beforeSwap", refuseWholePages);
  on("htmx:beforeSwap", markExtended);
  on("htmx:responseError", explainFailure);
  on("htmx:sendError", explainFailure);
  on("htmx:timeout", explainFailure);
  document.addEventListener("onhand:notice", (event) => {
    const said = (event as CustomEvent<{ text: string; tone?: "good" }>).detail;
    notice(said.text, said.tone ?? "good");
  });
  htmx.onLoad((element) => connectIslands(element as HTMLElement));
}
