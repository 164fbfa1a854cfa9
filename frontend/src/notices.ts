import { text } from "./page";

export type Tone = "good" | "info" | "warn" | "bad";

/** Says something without moving anything. Bad news stays until closed; the rest leaves by itself. */
export function notice(words: string, tone: Tone = "info", link?: { label: string; url: string }): void {
  const place = document.getElementById("notices");
  if (!place) return;
  const same = [...place.children].find((shown) => shown.querySelector(".words")?.firstChild?.textContent === words);
  same?.remove();

  const box = document.createElement("div");
  box.className = `notice ${tone}`;
  const sign = document.getElementById(`sign-${tone}`) as HTMLTemplateElement | null;
  box.append(sign ? sign.content.cloneNode(true) : document.createElement("span"));

  const said = document.createElement("div");
  said.className = "words";
  said.append(words);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.url;
    anchor.textContent = link.label;
    said.append(" ", anchor);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button plain tight";
  close.textContent = text("close");
  close.addEventListener("click", () => box.remove());
  box.append(said, close);
  place.append(box);

  if (tone !== "bad" && !link) {
    const leave = (): void => {
      if (box.matches(":hover, :focus-within")) window.setTimeout(leave, 2000);
      else box.remove();
    };
    window.setTimeout(leave, 6000);
  }
}
