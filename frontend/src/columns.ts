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

export function startColumns(): void {
  mark();
  // The settings' list lies sideways on a narrow screen: what is open is not left out of sight.
  document.querySelector(".settings > .side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  window.addEventListener("hashchange", mark);
}
