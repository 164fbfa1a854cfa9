import { address, debounce, each, island, text, written } from "./page";
import { ask, askJson } from "./server";

/**
 * Typed text is kept by the server as it is typed: a field or a form with data-draft="key". A form is kept as JSON of
 * its fields. Nothing is kept in the browser, where the next person at the desk could read it.
 */

type Typed = HTMLTextAreaElement | HTMLInputElement;
type Draft = { text: string; at?: string };
const pause = 400;
const retryPause = 3_000;

function contents(holder: HTMLElement): string {
  if (!(holder instanceof HTMLFormElement)) return (holder as Typed).value;
  const kept: Record<string, string> = {};
  for (const field of holder.elements) {
    if (!isKept(field)) continue;
    kept[field.name] = field instanceof HTMLInputElement && field.type === "checkbox" ? String(field.checked) : field.value;
  }
  return JSON.stringify(kept);
}

/** A form that names what it is about (data-draft-needs) is worth keeping only while one of these holds something. */
function isEmpty(holder: HTMLElement): boolean {
  const needs = holder.dataset["draftNeeds"]?.split(" ") ?? [];
  if (!(holder instanceof HTMLFormElement) || needs.length === 0) return false;
  return needs.every((name) => !(holder.elements.namedItem(name) as Typed | null)?.value.trim());
}

function isKept(field: Element): field is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement {
  if (field instanceof HTMLInputElement) {
    return field.name !== "" && !["password", "file", "submit", "button"].includes(field.type) && (field.type !== "hidden" || "label" in field.dataset);
  }
  return (field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) && field.name !== "";
}

function fill(holder: HTMLElement, kept: string): boolean {
  if (!(holder instanceof HTMLFormElement)) {
    const field = holder as Typed;
    if (field.value || !kept) return false;
    field.value = kept;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }
  let changed = false;
  const values = JSON.parse(kept || "{}") as Record<string, string>;
  for (const field of holder.elements) {
    const value = isKept(field) ? values[field.name] : undefined;
    if (value === undefined || !isKept(field)) continue;
    if (field instanceof HTMLInputElement && field.type === "checkbox") {
      changed ||= field.checked !== (value === "true");
      field.checked = value === "true";
    } else if (field.value !== value) {
      field.value = value;
      changed = true;
    }
  }
  if (changed) holder.dispatchEvent(new Event("input", { bubbles: true }));
  return changed;
}

function sign(holder: HTMLElement): HTMLElement | null {
  const scope = holder instanceof HTMLFormElement ? holder : holder.closest("form");
  return scope?.querySelector<HTMLElement>("[data-draft-state]") ?? null;
}

function say(holder: HTMLElement, key: string, at?: string): void {
  const place = sign(holder);
  const clock = new Intl.DateTimeFormat(written, { hour: "2-digit", minute: "2-digit" });
  if (place) place.textContent = text(key, { time: clock.format(at ? new Date(at) : new Date()) });
}

function keep(holder: HTMLElement): void {
  const key = holder.dataset["draft"] ?? "";
  let stored = contents(holder);
  let failed = false;
  let retry: number | undefined;

  const put = (): void => {
    const typed = contents(holder);
    if (typed === stored && !failed) return;
    stored = typed;
    const body = JSON.stringify({ text: isEmpty(holder) ? "" : typed });
    // keepalive lets the last letters leave with the page; browsers allow it 64 kB.
    ask(address("drafts", key), { method: "PUT", body, keepalive: body.length < 60_000, headers: { "Content-Type": "application/json" } })
      .then((answer) => {
        failed = !answer.ok;
        say(holder, answer.ok ? "draft.kept" : answer.status === 422 ? "draft.refused" : "draft.not-kept");
        if (answer.status >= 500) tryAgain();
      })
      .catch(() => {
        failed = true;
        say(holder, "draft.not-kept");
        tryAgain();
      });
  };
  // A server that is away comes back; what was typed meanwhile is kept then, without another letter being typed.
  const tryAgain = (): void => {
    window.clearTimeout(retry);
    retry = window.setTimeout(() => {
      if (failed && holder.isConnected) put();
    }, retryPause);
  };
  const later = debounce(pause, put);
  const flush = (): void => {
    if (holder.isConnected) later.flush();
  };
  holder.addEventListener("input", later);
  holder.addEventListener("focusout", () => later.flush());
  document.addEventListener("visibilitychange", flush);
  window.addEventListener("pagehide", flush);
  document.addEventListener("onhand:act-done", (event) => {
    if ((event as CustomEvent<{ draft: string }>).detail.draft !== key) return;
    later.cancel();
    if (!holder.isConnected) return;
    if (holder instanceof HTMLFormElement) holder.reset();
    else (holder as Typed).value = "";
    stored = contents(holder);
    const place = sign(holder);
    if (place) place.textContent = "";
  });

  const restore = async (): Promise<void> => {
    const before = contents(holder);
    const draft = await askJson<Draft>(address("drafts", key));
    // The person may have begun to type before the answer came; what they type now wins.
    if (!draft?.text || contents(holder) !== before) return;
    if (fill(holder, draft.text)) say(holder, "draft.restored", draft.at);
    stored = contents(holder);
    later.cancel();
  };
  document.addEventListener("onhand:draft-again", (event) => {
    if ((event as CustomEvent<{ draft: string }>).detail.draft === key && holder.isConnected) void restore();
  });
  if (holder.dataset["draftRestore"] !== "no") void restore();
}

export function startDrafts(): void {
  island((root) => each(root, "[data-draft]", keep));
}
