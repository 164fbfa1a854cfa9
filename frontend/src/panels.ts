import { meta } from "./page";
import { ask } from "./server";
import { refreshRegion } from "./regions";

/** Panels of a customer's file: fetched when they are opened, and remembered as each person left them. */

function remember(fold: HTMLDetailsElement): void {
  const url = meta("onhand:panels-url");
  const body = new URLSearchParams({ key: fold.dataset["panel"] ?? "", open: fold.open ? "yes" : "no" });
  if (url) void ask(url, { method: "POST", body }).catch(() => undefined);
}

function fetchStale(fold: HTMLDetailsElement): void {
  for (const region of fold.querySelectorAll<HTMLElement>("[data-stale]")) refreshRegion(region);
}

export function startPanels(): void {
  for (const fold of document.querySelectorAll<HTMLDetailsElement>("details[data-panel][open]")) fetchStale(fold);
  // "toggle" does not bubble; it is also sent once for folds that are open from the start.
  const known = new WeakMap<HTMLDetailsElement, boolean>();
  for (const fold of document.querySelectorAll<HTMLDetailsElement>("details[data-panel]")) known.set(fold, fold.open);
  document.addEventListener(
    "toggle",
    (event) => {
      const fold = event.target;
      if (!(fold instanceof HTMLDetailsElement) || fold.dataset["panel"] === undefined) return;
      if (known.get(fold) === fold.open) return;
      known.set(fold, fold.open);
      if (fold.open) fetchStale(fold);
      remember(fold);
    },
    { capture: true },
  );
}
