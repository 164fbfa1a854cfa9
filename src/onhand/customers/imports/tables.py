"""Files as tables: what kind of file it is, in which encoding, with which delimiter; its rows one after another, never all at once."""

import codecs
import contextlib
import csv
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from onhand.customers.imports import sheets

ENCODINGS = ("utf-8", "utf-16", "windows-1252")
DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 64 * 1024  # bytes looked at to recognise a file
MOST_COLUMNS = 200
MOST_ROWS = 2_000_000
LONGEST_CELL = 10_000  # characters; what is longer is cut, and found too long when it is read
LARGEST_UNFOLDED = 1_000 * 2**20  # bytes of a workbook as it says itself
_TEXT_CONTROLS = frozenset(b"\t\n\r\x0c\x1a")
_KNOWN = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3", "SQLite"),
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class UnreadableFile(ValueError):
    """A file that is no table we can read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be read. `encoding` and `delimiter` are of CSV files, `sheet` of workbooks."""

    format: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""


def recognise(file: IO[bytes]) -> Shape:
    """Find out how a file is to be read, from its content alone. Raises UnreadableFile."""
    file.seek(0)
    head = file.read(SAMPLE)
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(_("The file is empty."))
    if head.startswith(b"PK\x03\x04"):
        return Shape(format=_workbook_format(file))
    if head.startswith(_OLD_EXCEL):
        raise UnreadableFile(
            _("This is an old or protected Excel file. Save it as .xlsx without a password, or as CSV.")
        )
    for magic, name in _KNOWN:
        if head.startswith(magic):
            raise UnreadableFile(_("This is a %(kind)s file, not a table. Save it as CSV or .xlsx.") % {"kind": name})
    encoding = _encoding(file, head)
    sample = head.decode(_wide(file) if encoding == "utf-16" else encoding, "replace")
    controls = sum(1 for c in sample if c < " " and ord(c) not in _TEXT_CONTROLS)
    if controls > max(2, len(sample) // 200):
        raise UnreadableFile(_("This is not a table of text. Save it as CSV or .xlsx."))
    return Shape(encoding=encoding, delimiter=_delimiter(sample, whole=len(head) < SAMPLE))


def _workbook_format(file: IO[bytes]) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNFOLDED:
                raise UnreadableFile(_("This workbook is too large. Save the sheet as CSV, which may be of any size."))
    except UnreadableFile:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UnreadableFile(_("This file is damaged. Save it again and bring it once more.")) from None
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    raise UnreadableFile(_("This is a %(kind)s file, not a table. Save it as CSV or .xlsx.") % {"kind": "ZIP"})


def _encoding(file: IO[bytes], head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _looks_wide(head):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while part := file.read(1 << 20):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _looks_wide(head: bytes) -> bool:
    """Two bytes a character without a mark: every other byte of plain text is zero."""
    sample = head[:2000]
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    return max(odd, even) > len(sample) // 5 and min(odd, even) <= len(sample) // 20


def _delimiter(sample: str, *, whole: bool) -> str:
    """The delimiter that cuts the first lines into the same number of cells most often; the more cells, the better."""
    lines = sample if whole else sample.rpartition("\n")[0]
    best, score = ",", 0.0
    for candidate in DELIMITERS:
        counts: Counter[int] = Counter()
        with contextlib.suppress(csv.Error):
            for row in csv.reader(io.StringIO(lines, newline=""), delimiter=candidate):
                if row:
                    counts[len(row)] += 1
                if counts.total() == 100:
                    break
        if counts:
            width, often = counts.most_common(1)[0]
            now = (often / counts.total()) * min(width - 1, 30)
            if now > score:
                best, score = candidate, now
    return best


def rows_of(file: IO[bytes], shape: Shape) -> Iterator[list[str]]:
    """
    The rows, the headings first; one that says nothing is empty. Cells have no NUL characters and at most LONGEST_CELL characters more one.

    :raises UnreadableFile: at the row that cannot be read.
    """
    rows = _text_rows(file, shape) if shape.format == "csv" else _sheet_rows(file, shape.sheet)
    for count, row in enumerate(rows):
        if len(row) > MOST_COLUMNS and any(row[MOST_COLUMNS:]):
            raise UnreadableFile(
                _("Row %(row)s has %(columns)s columns; at most %(most)s can be read. Is the delimiter right?")
                % {"row": count + 1, "columns": len(row), "most": MOST_COLUMNS}
            )
        if count > MOST_ROWS:
            raise UnreadableFile(_("The file has more than %(most)s rows. Bring it in parts.") % {"most": MOST_ROWS})
        cells = [cell[: LONGEST_CELL + 1].replace("\x00", "\ufffd") for cell in row[:MOST_COLUMNS]]
        yield cells if any(cell.strip() for cell in cells) else []


def _text_rows(file: IO[bytes], shape: Shape) -> Iterator[list[str]]:
    file.seek(0)
    encoding = {"utf-8": "utf-8-sig", "utf-16": _wide(file)}.get(shape.encoding, shape.encoding)
    text = io.TextIOWrapper(_Kept(file), encoding=encoding, errors="replace", newline="")  # type: ignore[type-var]  # it reads, which is all that is asked
    reader = csv.reader(text, delimiter=shape.delimiter)
    try:
        yield from reader
    except csv.Error:
        raise UnreadableFile(
            _("Line %(line)s has a cell that never ends: look for a quotation mark that is not closed.")
            % {"line": reader.line_num}
        ) from None


def _wide(file: IO[bytes]) -> str:
    file.seek(0)
    head = file.read(2000)
    file.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"


class _Kept(io.BufferedIOBase):
    """A file that stays open when whoever reads it as text is done."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        return self._file.read(-1 if size is None else size)

    def read1(self, size: int = -1) -> bytes:
        return self._file.read(1 << 16 if size < 0 else size)


def sheet_names(file: IO[bytes]) -> list[str]:
    """The names of a workbook's sheets. Raises UnreadableFile."""
    with _sheet_lines(file, "") as lines:
        return [str(name) for name in json.loads(next(lines, "[]"))]


def _sheet_rows(file: IO[bytes], sheet: str) -> Iterator[list[str]]:
    with _sheet_lines(file, sheet) as lines:
        next(lines, None)  # the names of the sheets
        for line in lines:
            yield [str(cell) for cell in json.loads(line)]


@contextlib.contextmanager
def _sheet_lines(file: IO[bytes], sheet: str) -> Iterator[Iterator[str]]:
    """What the reading process writes. It is ended with whoever reads; its end by a limit is an unreadable file."""
    with tempfile.NamedTemporaryFile(suffix=".workbook") as place:
        file.seek(0)
        shutil.copyfileobj(file, place, 1 << 20)
        place.flush()
        command = [sys.executable, "-I", str(Path(sheets.__file__)), place.name, sheet]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            yield _lines(process)
        finally:
            process.kill()
            process.communicate()


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    """The lines a process writes; at their end it must have ended well."""
    if process.stdout is not None:
        yield from process.stdout
    code = process.wait()
    if code == 0:
        return
    said = process.stderr.read()[-2000:] if process.stderr else ""
    if "Password" in said:
        raise UnreadableFile(_("This workbook has a password. Save it without one."))
    if code < 0 or "memory" in said.lower():
        raise UnreadableFile(_("This workbook is too large. Save the sheet as CSV, which may be of any size."))
    raise UnreadableFile(_("This file is damaged. Save it again and bring it once more."))
