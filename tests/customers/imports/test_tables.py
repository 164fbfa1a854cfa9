"""Files of every kind read as tables, and columns guessed: what is written is read back, and nonsense is told in words."""

import csv
import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.customers.finding.words import fold
from onhand.customers.imports.mapping import guess_mapping, headings_of, looks_day_first, raw_of
from onhand.customers.imports.queries import csv_line, harmless
from onhand.customers.imports.tables import MOST_COLUMNS, Shape, UnreadableFile, recognise, rows_of
from onhand.customers.intake.fields import BY_NAME, FIELDS
from onhand.customers.intake.reading import Reading, read_row

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=("Cs",)), max_size=30)


def read(content: bytes, shape: Shape | None = None) -> list[list[str]]:
    file = io.BytesIO(content)
    return [row for row in rows_of(file, shape or recognise(file)) if row]


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=20),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    shape = Shape("csv", encoding.replace("-sig", ""), delimiter)
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    # A mark at the very beginning of a file is of the file, not of its first cell.
    if kept and kept[0] == rows[0] and rows[0][0].startswith("\ufeff"):
        return
    assert read(text.getvalue().encode(encoding), shape) == kept


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3_000))
def test_any_bytes_are_a_table_or_told_in_words(content: bytes) -> None:
    try:
        rows = read(content)
    except UnreadableFile as error:
        assert str(error)
    else:
        assert all("\x00" not in cell for row in rows for cell in row)
        headings_of(rows[0] if rows else [])


@settings(max_examples=200, deadline=None)
@given(st.lists(CELL, max_size=8), st.lists(st.lists(CELL, max_size=9), max_size=5))
def test_any_table_can_be_mapped_and_read(headings: list[str], rows: list[list[str]]) -> None:
    named = headings_of(headings)
    mapping = guess_mapping(named, rows)
    assert len(set(named)) == len(named) or any("(" in heading for heading in headings)
    assert set(mapping.values()) <= BY_NAME.keys()
    singles = [name for name in mapping.values() if not BY_NAME[name].many]
    assert len(singles) == len(set(singles))
    looks_day_first(rows, mapping)
    for row in rows:
        read_row(raw_of(row, mapping), Reading(system="crm", country="ES"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_cell_of_ours_is_a_formula(cell: str) -> None:
    assert harmless(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r")
    (again,) = next(csv.reader(io.StringIO(csv_line([cell]), newline="")), [""])
    assert again == harmless(cell)


def test_every_heading_we_know_leads_to_its_field() -> None:
    seen: dict[str, str] = {}
    for field in FIELDS:
        for heading in field.headings:
            assert heading == fold(heading), heading
            assert seen.setdefault(heading, field.name) == field.name, heading


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "empty"),
        (b"\n\n  \n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "PNG"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or protected"),
        (b"PK\x03\x04 and no more", "damaged"),
        (bytes(range(256)) * 40, "not a table"),
        (b'a,b\n1,"' + b"x" * 200_000, "never ends"),
        (b",".join(b"c%d" % n for n in range(10_000)) + b"\n1", "columns"),
    ],
)
def test_what_is_no_table_is_told_in_words(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read(content)


def test_cells_too_long_and_nul_characters_come_through_marked() -> None:
    rows = read(b"name,city\nAna,Ma\x00drid\n" + b"x" * 50_000 + b",Bilbao\n", Shape())
    assert rows[1] == ["Ana", "Ma\ufffddrid"]
    assert len(rows[2][0]) <= 10_001
    _row, problems = read_row({"name": [rows[2][0]], "city": [rows[1][1]]}, Reading())
    assert {problem.field for problem in problems} == {"name", "city"}


def packed(**entries: bytes) -> bytes:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return book.getvalue()


def test_workbooks_that_unfold_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.customers.imports.tables.LARGEST_UNFOLDED", 10 * 2**20)
    bomb = packed(xl__workbook=b"<a/>", xl__worksheets__sheet1=b"0" * (11 * 2**20))
    assert len(bomb) < 2**20
    with pytest.raises(UnreadableFile, match="too large"):
        read(bomb)
    with pytest.raises(UnreadableFile, match="ZIP"):
        read(packed(anything=b"x"))
    with pytest.raises(UnreadableFile, match="damaged"):
        read(packed(xl__workbook=b"<a/>"))


def test_a_sheet_of_endlessly_repeated_cells_is_refused() -> None:
    rows = b'<table:table-row table:number-rows-repeated="1000000">'
    cell = b'<table:table-cell office:value-type="string" table:number-columns-repeated="16000"><text:p>x</text:p></table:table-cell>'
    content = (
        b'<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        b' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        b'<office:body><office:spreadsheet><table:table table:name="S">'
        + rows
        + cell
        + b"</table:table-row></table:table>"
        b"</office:spreadsheet></office:body></office:document-content>"
    )
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<a/>")
    with pytest.raises(UnreadableFile):
        read(book.getvalue())


def test_formulas_numbers_and_dates_of_a_workbook_are_texts() -> None:
    from datetime import date

    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Phone", "Born on", "Sum", "Code"])
        sheet.write_string(1, 0, "=cmd|' /C calc'!A0")
        sheet.write_number(1, 1, 34910123456)
        sheet.write_datetime(1, 2, date(1980, 4, 3), workbook.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula(1, 3, "=1+1", None, 2)
        sheet.write_string(1, 4, "00420")
    assert read(book.getvalue())[1] == ["=cmd|' /C calc'!A0", "34910123456", "1980-04-03", "2", "00420"]


def test_columns_are_guessed_from_headings_and_content() -> None:
    headings = headings_of(["Nº", "Nombre", "1er apellido", "x", "", "País", "País"])
    rows = [["7", "Ana", "Núñez", "ana@example.com", "+34 910 123 456", "España", "France"]] * 4
    assert headings[4:] == ["Column 5", "País", "País (2)"]
    assert guess_mapping(headings, rows) == {1: "name", 3: "email", 4: "telephone", 5: "country"}
    assert guess_mapping(["Number in the other system (crm)"], []) == {0: "outside_id"}
    assert len(headings_of(["x"] * MOST_COLUMNS)) == len(set(headings_of(["x"] * MOST_COLUMNS)))
    assert not looks_day_first([["1/31/1980"]], {0: "born_on"})
