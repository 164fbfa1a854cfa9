import { each, island } from "./page";

/** What is offered is said in the title of the page, and by a sound where this browser's person wants one. */

const wanted = "onhand:sound";
const known = new Set<string>();
let began = false;

function hasSound(): boolean {
  try {
    return localStorage.getItem(wanted) === "yes";
  } catch {
    return false; // a browser that keeps nothing
  }
}

function keepSound(on: boolean): void {
  try {
    if (on) localStorage.setItem(wanted, "yes");
    else localStorage.removeItem(wanted);
  } catch {
    // It holds for nothing then; the box says so by being empty on the next page.
  }
}

/** Two short notes, quietly: nothing is loaded for it. */
function play(): void {
  const audio = new AudioContext();
  for (const [at, pitch] of [[0, 660], [0.16, 880]] as const) {
    const note = audio.createOscillator();
    const loudness = audio.createGain();
    note.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, audio.currentTime + at);
    loudness.gain.exponentialRampToValueAtTime(0.12, audio.currentTime + at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + at + 0.14);
    note.connect(loudness).connect(audio.destination);
    note.start(audio.currentTime + at);
    note.stop(audio.currentTime + at + 0.15);
  }
  window.setTimeout(() => void audio.close(), 600);
}

function look(): void {
  const offers = [...document.querySelectorAll<HTMLElement>("[data-offer]")].map((one) => one.dataset["offer"] ?? "");
  const isNew = offers.some((one) => !known.has(one));
  known.clear();
  offers.forEach((one) => known.add(one));
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = offers.length ? `(${offers.length}) ${title}` : title;
  if (began && isNew && hasSound()) play();
  began = true;
}

export function startOffers(): void {
  island((root) => {
    each<HTMLInputElement>(root, "[data-sound-wanted]", (box) => {
      box.checked = hasSound();
      box.addEventListener("change", () => {
        keepSound(box.checked);
        if (box.checked) play();
      });
    });
  });
  // What was chosen in a menu closes it.
  document.addEventListener("submit", (event) => (event.target as HTMLElement).closest<HTMLElement>("[popover]")?.hidePopover());
  look();
  document.addEventListener("htmx:afterSettle", look);
}
