/** One column at a time on a narrow screen: marks in the bottom bar which one is shown. The showing itself is CSS. */
function mark(): void {
  const desk = document.querySelector<HTMLElement>(".desk");
  const links = document.querySelectorAll<HTMLAnchorElement>(".columns-bar a");
  if (!desk || links.length === 0) return;
  const named = location.hash.slice(1);
  const shown = desk.querySelector(`:scope > .column[id="${CSS.escape(named)}"]`) ? named : desk.dataset["column"];
  for (const link of links) {
    if (link.hash === `#${shown}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** What is open of the settings stands in sight in their list, which is long, and lies sideways on a narrow screen. The page stays. */
function showCurrent(): void {
  const list = document.querySelector<HTMLElement>(".settings > .side");
  const link = list?.querySelector("[aria-current]");
  if (!list || !link) return;
  const frame = list.getBoundingClientRect();
  const place = link.getBoundingClientRect();
  if (place.bottom > frame.bottom) list.scrollTop += place.top - frame.top - frame.height / 2;
  if (place.left < frame.left || place.right > frame.right) list.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
}

export function startColumns(): void {
  mark();
  showCurrent();
  window.addEventListener("hashchange", mark);
}
