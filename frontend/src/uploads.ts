import { meta, text } from "./page";
import { notice } from "./notices";

/** Files on their way to the server, and those that are there: chosen, dragged or pasted, each with its progress. */

export type Upload = { id: string; name: string; size: number };
type Answer = Upload & { message?: string };

const units = ["B", "kB", "MB", "GB"];
export function sayBytes(bytes: number): string {
  let at = 0;
  let size = bytes;
  while (size >= 1000 && at < units.length - 1) {
    size /= 1000;
    at += 1;
  }
  return `${size < 10 && at > 0 ? size.toFixed(1) : Math.round(size)} ${units[at]}`;
}

export class Uploads {
  private kept: Upload[] = [];
  private readonly running = new Set<XMLHttpRequest>();

  constructor(
    private readonly list: HTMLElement,
    private readonly store: HTMLInputElement,
    private readonly url: string,
    private readonly most: number,
    private readonly changed: () => void,
  ) {
    this.read();
  }

  get isBusy(): boolean {
    return this.running.size > 0;
  }

  /** Shows what the draft or the server says is attached. */
  read(): void {
    try {
      this.kept = JSON.parse(this.store.value || "[]") as Upload[];
    } catch {
      this.kept = [];
    }
    this.list.querySelectorAll("[data-upload]").forEach((one) => one.remove());
    for (const upload of this.kept) this.list.append(this.line(upload));
  }

  clear(): void {
    for (const request of this.running) request.abort();
    this.list.replaceChildren();
    this.kept = [];
    this.store.value = "";
  }

  take(files: Iterable<File>): void {
    for (const file of files) this.send(file);
  }

  private send(file: File): void {
    const size = this.kept.reduce((sum, one) => sum + one.size, file.size);
    if (size > this.most) {
      notice(text("file.too-large", { name: file.name, most: sayBytes(this.most) }), "bad");
      return;
    }
    const request = new XMLHttpRequest();
    const line = document.createElement("li");
    const bar = document.createElement("progress");
    const name = document.createElement("span");
    const stop = this.button(() => request.abort(), file.name);
    name.className = "cut";
    name.textContent = file.name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    line.append(name, bar, stop);
    this.list.append(line);
    this.running.add(request);
    const body = new FormData();
    body.append("file", file, file.name);
    request.upload.addEventListener("progress", (event) => (bar.value = event.total ? event.loaded / event.total : 0));
    request.addEventListener("loadend", () => {
      this.running.delete(request);
      const answer = this.answer(request);
      if (request.status === 201 && answer) {
        this.kept.push({ id: answer.id, name: answer.name, size: answer.size });
        line.replaceWith(this.line(answer));
        this.keep();
      } else {
        line.remove();
        if (request.status || request.readyState === XMLHttpRequest.DONE && request.statusText) {
          notice(answer?.message || text("file.not-kept", { name: file.name }), "bad");
        }
      }
    });
    request.addEventListener("error", () => notice(text("file.not-kept", { name: file.name }), "bad"));
    request.open("POST", this.url);
    request.responseType = "text";
    request.setRequestHeader("X-CSRFToken", meta("csrf-token"));
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  }

  private answer(request: XMLHttpRequest): Answer | undefined {
    try {
      return JSON.parse(request.responseText) as Answer;
    } catch {
      return undefined;
    }
  }

  private line(upload: Upload): HTMLElement {
    const line = document.createElement("li");
    line.dataset["upload"] = upload.id;
    const name = document.createElement("span");
    name.className = "cut";
    name.textContent = upload.name;
    const size = document.createElement("span");
    size.className = "quiet";
    size.textContent = sayBytes(upload.size);
    line.append(name, size, this.button(() => {
      this.kept = this.kept.filter((one) => one.id !== upload.id);
      line.remove();
      this.keep();
    }, upload.name));
    return line;
  }

  private button(run: () => void, name: string): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button plain tight";
    button.textContent = text("file.remove");
    button.setAttribute("aria-label", `${text("file.remove")}: ${name}`);
    button.addEventListener("click", run);
    return button;
  }

  private keep(): void {
    this.store.value = this.kept.length ? JSON.stringify(this.kept) : "";
    this.changed();
  }
}
