"""
Spreadsheets read in a process of their own, with a limit on memory and time: what a workbook unfolds to is only known by unfolding.

Run as a script: a workbook's path and the sheet's name as arguments, rows as lines of JSON on standard output. Nothing of the product
is imported, so that it starts at once.
"""

import datetime
import json
import resource
import sys

MEMORY_BYTES = 1_500 * 2**20
CPU_SECONDS = 180
MOST_COLUMNS = 16_384


def text_of(cell: object) -> str:
    """A cell as a person would have typed it; whole numbers without a point, dates as ISO."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def main(path: str, sheet: str) -> None:
    """Write the sheets' names, then every row of the chosen or first sheet."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(path)
    names = list(book.sheet_names)
    sys.stdout.write(json.dumps(names) + "\n")
    if not names:
        return
    for row in book.get_sheet_by_name(sheet if sheet in names else names[0]).iter_rows():
        sys.stdout.write(json.dumps([text_of(cell) for cell in row[:MOST_COLUMNS]]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
