/**
 * A table whose fields are gone through by arrows (data-grid), as a spreadsheet's are: once it has the focus, one field of it is reached by Tab;
 * Enter opens it as a link does. Home and End go to the ends of a row, with Ctrl to the ends of the table. */

function fieldsOf(row: Element): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>(":scope > :is(th, td) a[href]")];
}

function next(key: string, withControl: boolean, rows: HTMLElement[][], row: number, column: number): HTMLElement | undefined {
  const last = rows.length - 1;
  const inRow = (at: number, place: number): HTMLElement | undefined => {
    const fields = rows[Math.min(Math.max(at, 0), last)] ?? [];
    return fields[Math.min(Math.max(place, 0), fields.length - 1)];
  };
  switch (key) {
    case "ArrowLeft":
      return inRow(row, column - 1);
    case "ArrowRight":
      return inRow(row, column + 1);
    case "ArrowUp":
      return inRow(row - 1, column);
    case "ArrowDown":
      return inRow(row + 1, column);
    case "PageUp":
      return inRow(row - 10, column);
    case "PageDown":
      return inRow(row + 10, column);
    case "Home":
      return inRow(withControl ? 0 : row, 0);
    case "End":
      return inRow(withControl ? last : row, Infinity);
    default:
      return undefined;
  }
}

export function startGrids(): void {
  document.addEventListener("keydown", (event) => {
    if (!(event.target instanceof HTMLElement) || event.altKey || event.metaKey || event.shiftKey) return;
    const grid = event.target.closest("[data-grid]");
    if (!grid) return;
    const rows = [...grid.querySelectorAll("tbody > tr")].map(fieldsOf);
    const row = rows.findIndex((fields) => fields.includes(event.target as HTMLElement));
    if (row < 0) return;
    const field = next(event.key, event.ctrlKey, rows, row, (rows[row] ?? []).indexOf(event.target));
    if (!field) return;
    event.preventDefault();
    event.stopPropagation();
    field.focus();
    field.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  document.addEventListener("focusin", (event) => {
    if (!(event.target instanceof HTMLElement)) return;
    const grid = event.target.closest("[data-grid]");
    if (!grid || !event.target.matches("tbody a[href]")) return;
    for (const field of grid.querySelectorAll<HTMLElement>("tbody a[href]:not([tabindex='-1'])")) field.tabIndex = -1;
    event.target.tabIndex = 0;
  });
}
