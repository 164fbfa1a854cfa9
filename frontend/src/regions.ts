import htmx from "htmx.org";

/**
 * Regions of the page that follow a topic: data-live="customer:12", data-live-url where their fragment
 * comes from, data-live-select what of it, when that address answers with more than the inside of the region;
 * data-live-rest the milliseconds it is left alone for after each request, where hints come many a second. */

type Region = { timer: number | undefined; loading: boolean; again: boolean; begun: number };
const regions = new WeakMap<HTMLElement, Region>();
let whileHidden = new Set<string>();

const settle = 60;

/** Asks for every region following one of the topics; many hints in a moment are one request. */
export function refreshTopics(topics: string[]): void {
  if (document.hidden) {
    for (const topic of topics) whileHidden.add(topic);
    return;
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-live-url]")) {
    const follows = (element.dataset["live"] ?? "").split(" ");
    if (!topics.some((topic) => follows.includes(topic))) continue;
    if (isFolded(element)) element.dataset["stale"] = "";
    else schedule(element);
  }
}

/** What lies in a closed fold is fetched when somebody opens it. */
function isFolded(element: HTMLElement): boolean {
  const fold = element.closest("details");
  return fold !== null && !fold.open;
}

/** Asks for one region now. */
export function refreshRegion(element: HTMLElement): void {
  delete element.dataset["stale"];
  schedule(element);
}

/** Where the region comes from; a list that was lengthened is asked for as far down as it goes. */
function source(element: HTMLElement): string {
  const url = element.dataset["liveUrl"] ?? "";
  const downTo = element.querySelector<HTMLElement>("#pager")?.dataset["downTo"];
  if (!downTo || !element.querySelector("[data-extended]")) return url;
  const address = new URL(url, location.href);
  address.searchParams.set("down_to", downTo);
  return address.pathname + address.search;
}

/** What was replaced while its answer was on the way needs it no more, and has no place to put it. */
function begin(element: HTMLElement): Region {
  const region: Region = { timer: undefined, loading: false, again: false, begun: 0 };
  regions.set(element, region);
  element.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.target === element && !element.isConnected) event.preventDefault();
  });
  return region;
}

function schedule(element: HTMLElement): void {
  const region = regions.get(element) ?? begin(element);
  if (region.loading) region.again = true;
  else if (region.timer === undefined) {
    const rest = region.begun + Number(element.dataset["liveRest"] ?? 0) - Date.now();
    region.timer = window.setTimeout(() => void load(element, region), Math.max(settle, rest));
  }
}

async function load(element: HTMLElement, region: Region): Promise<void> {
  region.timer = undefined;
  if (!element.isConnected) return;
  region.loading = true;
  region.begun = Date.now();
  const before = rows(element);
  const isFirst = element.querySelector(":scope > .skeleton") !== null;
  try {
    const select = element.dataset["liveSelect"];
    await htmx.ajax("get", source(element), {
      source: element,
      target: element,
      swap: "morph:innerHTML",
      ...(select ? { select } : {}),
    });
    if (!isFirst) markChanges(element, before);
  } finally {
    region.loading = false;
    if (region.again) {
      region.again = false;
      schedule(element);
    }
  }
}

/** What a row says, without its times: those change by themselves. */
function saying(row: Element): string {
  const copy = row.cloneNode(true) as Element;
  copy.querySelectorAll("time").forEach((time) => time.remove());
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function rows(element: HTMLElement): Map<string, string> {
  return new Map([...element.querySelectorAll("[data-row]")].map((row) => [row.id, saying(row)]));
}

function markChanges(element: HTMLElement, before: Map<string, string>): void {
  for (const row of element.querySelectorAll<HTMLElement>("[data-row]")) {
    if (before.get(row.id) === saying(row)) continue;
    row.classList.remove("seen");
    row.classList.add("changed");
    const seen = (): void => {
      row.classList.add("seen");
      row.classList.remove("changed");
    };
    row.addEventListener("pointerenter", seen, { once: true });
    row.addEventListener("focusin", seen, { once: true });
    watch.observe(row);
  }
}

/** A row that stood in view for a while has been looked at. */
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    watch.unobserve(target);
    window.setTimeout(() => {
      target.classList.add("seen");
      target.classList.remove("changed");
    }, 8000);
  }
});

export function startRegions(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || whileHidden.size === 0) return;
    const topics = [...whileHidden];
    whileHidden = new Set();
    refreshTopics(topics);
  });
}
