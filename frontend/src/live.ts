import { address, debounce, meta, text } from "./page";
import { refreshTopics } from "./regions";

/**
 * One event stream per browser, not per tab: the tab that holds the lock opens it for the topics of all tabs and hands
 * every hint to the others. Where the browser gives no locks (plain http on a network name) each tab has its own.
 */

type Message =
  | { say: "topics"; tab: string; topics: string[] }
  | { say: "who" }
  | { say: "hint"; topics: string[] }
  | { say: "state"; live: boolean };

const tab = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
const person = meta("onhand:person") || "nobody";
const tabLock = (name: string): string => `onhand-tab-${person}-${name}`;
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`onhand-live-${person}`) : undefined;

const topicsOf = new Map<string, string[]>();
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
  source?.close();
  opened = wanted;
  const stream = new EventSource(`${address("live")}?topics=${encodeURIComponent(wanted)}`);
  source = stream;
  stream.onopen = () => {
    failures = 0;
    setState(true);
    tell({ say: "state", live: true });
  };
  stream.addEventListener("hint", (event) => {
    const topics = JSON.parse((event as MessageEvent<string>).data) as string[];
    tell({ say: "hint", topics });
    refreshTopics(topics);
  });
  stream.onerror = () => {
    // The browser's own retry knows no back-off, and a whole department reconnecting at once is a storm.
    stream.close();
    if (source !== stream) return;
    source = undefined;
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

function announce(): void {
  const topics = ownTopics();
  topicsOf.set(tab, topics);
  if (leading) void reconnect();
  else tell({ say: "topics", tab, topics });
}

function lead(): void {
  leading = true;
  tell({ say: "who" });
  announce();
}

function heard(message: Message): void {
  if (message.say === "who" && !leading) announce();
  else if (message.say === "hint") refreshTopics(message.topics);
  else if (message.say === "state" && !leading) setState(message.live);
  else if (message.say === "topics" && leading) {
    topicsOf.set(message.tab, message.topics);
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
