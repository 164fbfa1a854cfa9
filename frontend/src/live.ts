import { address, debounce, meta, text } from "./page";
import { refreshTopics } from "./regions";

/**
 * One event stream per browser, not per tab: the tab that holds the lock opens it for the topics of all tabs and hands
 * every hint to the others. Where the browser gives no locks (plain http on a network name) each tab has its own.
 */

type Message =
  | { say: "topics"; tab: string; topics: string[]; since: number }
  | { say: "who" }
  | { say: "hint"; topics: string[] }
  | { say: "state"; live: boolean };

const tab = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
const person = meta("onhand:person") || "nobody";
const tabLock = (name: string): string => `onhand-tab-${person}-${name}`;
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`onhand-live-${person}`) : undefined;

const topicsOf = new Map<string, string[]>();
// A page is written first and hears of changes only later. What was told lately is told again to a tab that comes to it, and the
// server is told the moment from which this browser may have missed something.
const told = new Map<string, number>();
const remembered = 60_000;
const began = Date.now();
let missedFrom = Infinity;
let leading = false;
let source: EventSource | undefined;
let opened = "";
let failures = 0;
let retry: number | undefined;
let wasLive = false;

function ownTopics(): string[] {
  const topics = new Set(meta("onhand:topics").split(" ").filter(Boolean));
  for (const element of document.querySelectorAll<HTMLElement>("[data-live]")) {
    for (const topic of (element.dataset["live"] ?? "").split(" ")) if (topic) topics.add(topic);
  }
  return [...topics].sort();
}

function tell(message: Message): void {
  channel?.postMessage(message);
}

/** When what is shown was asked for: the page while it is young, later a part of it within the last seconds. */
function shownSince(): number {
  if (Date.now() - began > 5_000) return Date.now() - 3_000;
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return performance.timeOrigin + (page?.requestStart ?? 0);
}

function remember(topics: string[]): void {
  const now = Date.now();
  for (const topic of topics) told.set(topic, now);
  for (const [topic, at] of told) if (at < now - remembered) told.delete(topic);
}

/** After a gap anything may have changed, so everything shown is asked for again. */
function setState(live: boolean): void {
  if (live && !wasLive && document.documentElement.dataset["stream"] === "off") refreshTopics(ownTopics());
  wasLive = live;
  document.documentElement.dataset["stream"] = live ? "on" : "off";
  const sign = document.querySelector<HTMLElement>(".live-state");
  if (!sign) return;
  sign.dataset["state"] = live ? "on" : "off";
  sign.textContent = text(live ? "live.on" : "live.off");
}

function connect(): void {
  window.clearTimeout(retry);
  const wanted = [...new Set([...topicsOf.values()].flat())].sort().join(",");
  if (!leading || !wanted || (wanted === opened && source)) return;
  if (source) missedFrom = Math.min(missedFrom, Date.now());
  source?.close();
  opened = wanted;
  const age = Math.max(0, Math.round(Date.now() - missedFrom));
  const asked = `${address("live")}?topics=${encodeURIComponent(wanted)}`;
  const stream = new EventSource(missedFrom === Infinity ? asked : `${asked}&age=${age}`);
  source = stream;
  stream.onopen = () => {
    failures = 0;
    missedFrom = Infinity;
    setState(true);
    tell({ say: "state", live: true });
  };
  stream.addEventListener("hint", (event) => {
    const topics = JSON.parse((event as MessageEvent<string>).data) as string[];
    remember(topics);
    tell({ say: "hint", topics });
    refreshTopics(topics);
  });
  stream.onerror = () => {
    // The browser's own retry knows no back-off, and a whole department reconnecting at once is a storm.
    stream.close();
    if (source !== stream) return;
    source = undefined;
    missedFrom = Math.min(missedFrom, Date.now());
    failures += 1;
    if (failures > 1) {
      setState(false);
      tell({ say: "state", live: false });
    }
    const wait = Math.min(30_000, 500 * 2 ** Math.min(failures, 6));
    retry = window.setTimeout(connect, wait * (0.5 + Math.random() / 2));
  };
}
const reconnect = debounce(50, connect);

async function forgetClosedTabs(): Promise<void> {
  const held = (await navigator.locks.query()).held ?? [];
  const open = new Set(held.map((lock) => lock.name));
  for (const name of topicsOf.keys()) if (name !== tab && !open.has(tabLock(name))) topicsOf.delete(name);
}

/** The leading tab takes in what a tab follows; what it may have missed comes from here, or with the new stream. */
function take(name: string, topics: string[], since: number): void {
  const before = topicsOf.get(name) ?? [];
  const added = topics.filter((topic) => !before.includes(topic));
  topicsOf.set(name, topics);
  const open = new Set(source ? opened.split(",") : []);
  if (added.some((topic) => !open.has(topic))) missedFrom = Math.min(missedFrom, since);
  const missed = added.filter((topic) => open.has(topic) && (told.get(topic) ?? 0) >= since);
  if (!missed.length) return;
  tell({ say: "hint", topics: missed });
  refreshTopics(missed);
}

function announce(): void {
  const topics = ownTopics();
  if (leading) {
    take(tab, topics, shownSince());
    void reconnect();
  } else {
    topicsOf.set(tab, topics);
    tell({ say: "topics", tab, topics, since: shownSince() });
  }
}

function lead(): void {
  leading = true;
  topicsOf.delete(tab);
  tell({ say: "who" });
  announce();
}

function heard(message: Message): void {
  if (message.say === "who" && !leading) announce();
  else if (message.say === "hint") refreshTopics(message.topics);
  else if (message.say === "state" && !leading) setState(message.live);
  else if (message.say === "topics" && leading) {
    take(message.tab, message.topics, message.since);
    void forgetClosedTabs().then(reconnect);
    if (source?.readyState === EventSource.OPEN) tell({ say: "state", live: true });
  }
}

export function startLive(): void {
  if (!address("live") || !document.querySelector(".live-state")) return;
  if (navigator.locks && channel) {
    channel.onmessage = (event: MessageEvent<Message>) => heard(event.data);
    const forever = new Promise<void>(() => undefined);
    // The tab's own lock says to the leading tab that it is still open; topics are told once it is held.
    void navigator.locks.request(tabLock(tab), () => {
      announce();
      return forever;
    });
    void navigator.locks.request(`onhand-live-${person}`, () => {
      lead();
      return forever;
    });
  } else {
    leading = true;
    announce();
  }
  document.addEventListener("htmx:afterSettle", debounce(100, () => {
    if ((topicsOf.get(tab) ?? []).join() !== ownTopics().join()) announce();
  }));
  window.addEventListener("online", () => {
    failures = 0;
    reconnect();
  });
  // A page kept for the back button must not hold a stream nobody reads.
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
