/** What the composer needs to know of the editor without loading it. */
export type Editor = {
  html(): string;
  text(): string;
  isEmpty(): boolean;
  replace(html: string): void;
  insert(text: string, html?: string): void;
  before(): string;
  takeBack(letters: number): void;
  focus(): void;
  destroy(): void;
};

/** Words as paragraphs: an empty line ends one. */
export function paragraphs(words: string): string {
  const holder = document.createElement("div");
  for (const part of words.split(/\n{2,}/)) {
    const line = document.createElement("p");
    part.split("\n").forEach((one, at) => line.append(...(at ? [document.createElement("br")] : []), one));
    holder.append(line);
  }
  return holder.innerHTML;
}
