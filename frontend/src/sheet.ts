/**
 * Tables that are written in as a spreadsheet is (data-sheet): arrows up and down and Enter go along a column, arrows left and right leave a
 * cell at its ends, and what is pasted with several cells is filled in from the cell on by the server. After each change the cells that are
 * wrong are marked as the server said (data-cell). */

const CELLS = "tbody :is(input.input, select.input)";

function cellsOf(row: Element): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>(":scope > td > .input")];
}

function isAtEnd(field: EventTarget, backwards: boolean): boolean {
  if (!(field instanceof HTMLInputElement)) return false;
  const { selectionStart, selectionEnd, value } = field;
  return selectionStart === selectionEnd && selectionStart === (backwards ? 0 : value.length);
}

function move(event: KeyboardEvent, field: HTMLElement, sheet: Element): HTMLElement | undefined {
  const rows = [...sheet.querySelectorAll("tbody > tr")].map(cellsOf);
  const row = rows.findIndex((cells) => cells.includes(field));
  const column = rows[row]?.indexOf(field) ?? -1;
  const isText = field instanceof HTMLInputElement;
  const isChoosing = field instanceof HTMLInputElement && field.list !== null;
  switch (event.key) {
    case "Enter":
      return rows[row + (event.shiftKey ? -1 : 1)]?.[column] ?? field;
    case "ArrowUp":
      return isText && !isChoosing ? rows[row - 1]?.[column] : undefined;
    case "ArrowDown":
      return isText && !isChoosing ? rows[row + 1]?.[column] : undefined;
    case "ArrowLeft":
      return isAtEnd(field, true) ? rows[row]?.[column - 1] : undefined;
    case "ArrowRight":
      return isAtEnd(field, false) ? rows[row]?.[column + 1] : undefined;
    default:
      return undefined;
  }
}

function paste(event: ClipboardEvent, field: HTMLElement, sheet: HTMLElement): void {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const table = sheet.dataset.sheet ?? "";
  const box = document.getElementById(`d${table}-paste`);
  const at = document.getElementById(`d${table}-at`);
  const take = document.querySelector<HTMLElement>(`[name=change][value="paste:${table}"]`);
  if (!/[\t\n]/.test(text.trim()) || !(box instanceof HTMLTextAreaElement) || !(at instanceof HTMLInputElement) || !take) return;
  const rows = [...sheet.querySelectorAll("tbody > tr")].map(cellsOf);
  const row = rows.findIndex((cells) => cells.includes(field));
  event.preventDefault();
  box.value = text;
  at.value = `${row.toString()}:${(rows[row] ?? []).indexOf(field).toString()}`;
  field.blur(); // what has the focus keeps its value when the form comes back
  take.click();
}

/** Marks the cells the list of what is wrong names, and no others. */
function mark(): void {
  const said = new Map<string, string>();
  for (const one of document.querySelectorAll<HTMLElement>("#said [data-cell]")) {
    said.set(one.dataset.cell ?? "", one.textContent.trim());
  }
  for (const field of document.querySelectorAll<HTMLElement>(`[data-sheet] ${CELLS}`)) {
    const wrong = said.get(field.id);
    if (wrong === undefined) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("title");
      document.getElementById(`${field.id}-wrong`)?.remove();
    } else {
      field.setAttribute("aria-invalid", "true");
      field.title = wrong;
    }
  }
}

function cellOf(event: Event): [HTMLElement, HTMLElement] | undefined {
  const field = event.target;
  if (!(field instanceof HTMLElement) || !field.matches(`[data-sheet] ${CELLS}`)) return undefined;
  const sheet = field.closest<HTMLElement>("[data-sheet]");
  return sheet ? [field, sheet] : undefined;
}

/** What is sent with a step comes back changed, and may then stand in another row: it is no longer newer than what the server sends. */
function hand(event: Event): void {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[name=change]") : null;
  if (!button?.form?.querySelector("[data-sheet]")) return;
  for (const option of button.form.querySelectorAll("option")) option.defaultSelected = option.selected;
  for (const field of button.form.elements) {
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) || field.type === "hidden") continue;
    field.defaultValue = field.value;
    if (field instanceof HTMLInputElement) field.defaultChecked = field.checked;
  }
  button.form.reset(); // to what stands there now: only so a box forgets that it was typed in
}

export function startSheets(): void {
  document.addEventListener("click", hand, true);
  document.addEventListener("keydown", (event) => {
    const found = cellOf(event);
    if (!found || event.altKey || event.metaKey || event.ctrlKey || event.isComposing) return;
    const next = move(event, ...found);
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (next instanceof HTMLInputElement && next !== found[0]) next.select();
  });
  document.addEventListener("paste", (event) => {
    const found = cellOf(event);
    if (found) paste(event, ...found);
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (document.querySelector("#said")) mark();
  });
}
