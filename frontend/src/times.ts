import { written } from "./page";

const relative = new Intl.RelativeTimeFormat(written, { numeric: "auto", style: "short" });
const far = new Intl.DateTimeFormat(written, { dateStyle: "medium", timeStyle: "short" });
const day = 86_400;

/** Near is relative, far is absolute; the whole time is in the title the server wrote. */
export function sayTime(at: Date, now = new Date()): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 45) return relative.format(0, "second");
  if (distance < 3_600) return relative.format(Math.round(seconds / 60), "minute");
  if (distance < day) return relative.format(Math.round(seconds / 3_600), "hour");
  return far.format(at);
}

function update(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
    const said = sayTime(new Date(time.dateTime));
    if (time.textContent !== said) time.textContent = said;
  }
  for (const clock of document.querySelectorAll<HTMLElement>("[data-clock]")) {
    try {
      const format = { hour: "2-digit", minute: "2-digit", timeZone: clock.dataset["clock"] ?? "UTC" } as const;
      const said = new Intl.DateTimeFormat(written, format).format(new Date());
      if (clock.textContent !== said) clock.textContent = said;
    } catch {
      // A time zone this browser does not know: what the server wrote stays.
      clock.removeAttribute("data-clock");
    }
  }
}

/** How long something goes on, 3:12 or 1:03:12, as `contacts.timeline.lasted` writes it. */
export function sayStopwatch(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number: number): string => String(number).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function tick(): void {
  for (const watch of document.querySelectorAll<HTMLTimeElement>("time[data-stopwatch]")) {
    watch.textContent = sayStopwatch((Date.now() - new Date(watch.dateTime).getTime()) / 1000);
  }
  for (const left of document.querySelectorAll<HTMLTimeElement>("time[data-countdown]")) {
    left.textContent = sayStopwatch((new Date(left.dateTime).getTime() - Date.now()) / 1000);
  }
}

export function startTimes(): void {
  update();
  window.setInterval(tick, 1_000);
  window.setInterval(update, 15_000);
  document.addEventListener("htmx:afterSettle", update);
}
