import { each, island, text } from "./page";
import { refreshTopics } from "./regions";

/** A conversation: the newest is in view, what goes out counts down until it cannot be taken back. */

function column(of: HTMLElement): HTMLElement {
  return of.closest<HTMLElement>(".column") ?? document.documentElement;
}

function isAtEnd(place: HTMLElement): boolean {
  return place.scrollHeight - place.scrollTop - place.clientHeight < 120;
}

function toNewest(place: HTMLElement): void {
  place.scrollTop = place.scrollHeight;
}

let wasAtEnd = true;
let shown = "";

function newest(): string {
  return document.querySelector<HTMLElement>("[data-newest]")?.dataset["newest"] ?? "";
}

function settled(event: Event): void {
  const region = document.getElementById("conversation");
  if (!region || !(event.target instanceof Node) || !(region === event.target || region.contains(event.target))) return;
  if (newest() === shown) return;
  shown = newest();
  const jump = document.querySelector<HTMLElement>("[data-to-newest]");
  if (wasAtEnd) toNewest(column(region));
  else if (jump) jump.hidden = false;
}

/** Messages that wait to leave say how long they can still be taken back. */
function countDown(): void {
  for (const clock of document.querySelectorAll<HTMLElement>("[data-leaves-at]")) {
    const left = Math.ceil((Date.parse(clock.dataset["leavesAt"] ?? "") - Date.now()) / 1000);
    const said = left > 0 ? text("sending.in", { seconds: left }) : text("sending.now");
    if (clock.textContent !== said) clock.textContent = said;
    if (left <= 0) {
      clock.closest("[data-waiting]")?.setAttribute("data-leaving", "");
      if (left === -2) refreshTopics((clock.dataset["topic"] ?? "").split(" "));
    }
  }
}

export function startConversations(): void {
  island((root) => {
    each(root, "#conversation", (region) => {
      const place = column(region);
      shown = newest();
      if (!location.hash || location.hash === "#stream") window.requestAnimationFrame(() => toNewest(place));
      // The box below grows as one writes: what was in view above it stays so.
      new ResizeObserver(() => wasAtEnd && toNewest(place)).observe(region.parentElement ?? region);
      new ResizeObserver(() => wasAtEnd && toNewest(place)).observe(document.getElementById("writing") ?? region);
      place.addEventListener("scroll", () => {
        wasAtEnd = isAtEnd(place);
        const jump = document.querySelector<HTMLElement>("[data-to-newest]");
        if (wasAtEnd && jump) jump.hidden = true;
      }, { passive: true });
    });
  });
  document.addEventListener("htmx:afterSettle", settled);
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const jump = target.closest<HTMLElement>("[data-to-newest]");
    if (!jump) return;
    toNewest(column(jump));
    jump.hidden = true;
  });
  window.setInterval(countDown, 500);
  document.addEventListener("htmx:afterSettle", countDown);
}
