/**
 * A text that is written by hand and looked at beside it: a click on a line's number (data-line) goes there, one on a piece (data-snippet)
 * puts it in, and the text is marked wrong while the server says so (data-wrong). */

function sheet(): HTMLTextAreaElement | null {
  return document.querySelector<HTMLTextAreaElement>("textarea.script");
}

/** The line is selected, and stands a third of the way down. */
function goTo(field: HTMLTextAreaElement, line: number): void {
  const lines = field.value.split("\n");
  const at = Math.min(Math.max(line, 1), lines.length);
  const start = lines.slice(0, at - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const { value } = field;
  // Browsers show what is typed: only up to the line there is just so much to scroll.
  field.value = value.slice(0, start);
  field.scrollTop = field.scrollHeight;
  const height = field.scrollTop;
  field.value = value;
  field.focus();
  field.setSelectionRange(start, start + (lines[at - 1] ?? "").length);
  field.scrollTop = height ? height + field.clientHeight * 0.6 : 0;
}

function putIn(field: HTMLTextAreaElement, piece: string, isBlock: boolean): void {
  const { selectionStart, selectionEnd, value } = field;
  const before = value.slice(0, selectionStart).replace(/\n+$/, "");
  const open = isBlock ? value.length - value.slice(selectionStart).length - before.length : 0;
  const text = isBlock ? `${before ? "\n\n" : ""}${piece}\n${value.slice(selectionEnd).startsWith("\n") ? "" : "\n"}` : piece;
  field.setRangeText(text, selectionStart - open, selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function startScripts(): void {
  document.addEventListener("click", (event) => {
    const from = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-line], [data-snippet]") : null;
    const field = from && sheet();
    if (!from || !field) return;
    event.preventDefault();
    if (from.dataset.line) goTo(field, Number(from.dataset.line));
    else putIn(field, from.dataset.snippet ?? "", "snippetBlock" in from.dataset);
  });
  document.addEventListener("htmx:afterSettle", () => {
    const wrong = document.querySelector<HTMLElement>("[data-wrong]")?.dataset.wrong;
    if (wrong === undefined) return;
    if (wrong === "0") sheet()?.removeAttribute("aria-invalid");
    else sheet()?.setAttribute("aria-invalid", "true");
  });
}
