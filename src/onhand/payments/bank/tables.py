"""Statements as CSV: columns are known by their headings, whatever the bank calls them; amounts and days as the file writes them."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from onhand.kernel.money import Money, MoneyError
from onhand.payments.bank.statements import MOST_LINES, Movement, Statement, UnreadableStatement
from onhand.payments.bank.texts import fit

_ENCODINGS = ("utf-8-sig", "windows-1252")
_HEADINGS = {
    "day": ("booking date", "date", "buchungstag", "buchungsdatum", "datum", "fecha", "fecha operacion", "value date"),
    "amount": ("amount", "betrag", "importe", "umsatz", "montant"),
    "in": ("credit", "money in", "paid in", "haben", "abono", "ingresos"),
    "out": ("debit", "money out", "paid out", "soll", "cargo", "gastos"),
    "currency": ("currency", "wahrung", "waehrung", "divisa", "moneda", "devise"),
    "name": (
        "name",
        "payer",
        "counterparty",
        "auftraggeber",
        "beguenstigter/zahlungspflichtiger",
        "nombre",
        "ordenante",
    ),
    "iban": ("iban", "counterparty account", "kontonummer/iban", "cuenta"),
    "text": ("text", "purpose", "description", "details", "verwendungszweck", "concepto", "reference text"),
    "reference": ("reference", "transaction id", "bank reference", "referenz", "referencia"),
}
_ACCENTS = str.maketrans("äöüáéíóúñç", "aouaeiounc")
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d-%m-%Y", "%m/%d/%Y", "%Y%m%d")
_HEAD_LINES = 20  # before the table; banks write who and when above it


def read_csv(content: bytes, currency: str) -> Statement:
    """
    The movements of a file; in `currency` where it has no column for it.

    :raises UnreadableStatement: there is no table with a day and an amount, or a line makes no sense.
    """
    rows = _rows(_decoded(content))
    places, rows = _columns(rows)
    written = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if len(written) > MOST_LINES:
        raise UnreadableStatement(_("The file has too many lines."))
    form = _day_form([_cell(row, places["day"]) for row in written])
    comma = _uses_comma(written, places)
    return Statement("", [_movement(row, places, form, comma, currency, n) for n, row in enumerate(written, 1)])


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: Sequence[str] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableStatement(_("The file is no text."))


def _rows(text: str) -> list[list[str]]:
    head = text[:10_000]
    delimiter = max(";,\t|", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableStatement(_("The file is no table.")) from error


def _columns(rows: list[list[str]]) -> tuple[dict[str, int], list[list[str]]]:
    """Where each column is, and the rows below the headings."""
    for number, row in enumerate(rows[:_HEAD_LINES]):
        names = [" ".join(cell.lower().translate(_ACCENTS).split()) for cell in row]
        places = {
            key: next(names.index(heading) for heading in headings if heading in names)
            for key, headings in _HEADINGS.items()
            if any(heading in names for heading in headings)
        }
        if "day" in places and ("amount" in places or {"in", "out"} <= places.keys()):
            return places, rows[number + 1 :]
    raise UnreadableStatement(_("No columns for day and amount were found. Name them “Date” and “Amount”."))


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


def _day_form(written: Sequence[str]) -> str:
    """The one form in which all days of the file are written; the day first, unless a line shows otherwise."""
    for form in _DAYS:
        if all(_day(text, form) for text in written):
            return form
    raise UnreadableStatement(_("The days of the file cannot be read. Write them such as 2026-12-31."))


def _day(written: str, form: str) -> date | None:
    try:
        return datetime.strptime(written, form).date()  # noqa: DTZ007  (a day, without a time)
    except ValueError:
        return None


def _uses_comma(rows: Sequence[Sequence[str]], places: dict[str, int]) -> bool:
    """Whether a comma stands before the cents: told by the last sign of the amounts."""
    cells: Iterator[str] = (_cell(row, places.get(key)) for row in rows for key in ("amount", "in", "out"))
    last = [found[-1] for cell in cells if (found := re.findall(r"[.,](?=\d{1,2}$)", cell.strip(" €$£+-")))]
    return last.count(",") > last.count(".")


def _movement(
    row: Sequence[str], places: dict[str, int], form: str, comma: bool, currency: str, number: int
) -> Movement:
    code = _cell(row, places.get("currency")).upper() or currency
    words = {"line": number}
    try:
        minor = sum(_read(_cell(row, places.get(key)), code, comma) for key in ("amount", "in"))
        minor -= abs(_read(_cell(row, places.get("out")), code, comma))
    except MoneyError as error:
        raise UnreadableStatement(_("Line %(line)s: the amount cannot be read.") % words) from error
    day = _day(_cell(row, places["day"]), form)
    if day is None or not minor:
        raise UnreadableStatement(_("Line %(line)s: the amount cannot be read.") % words)
    return Movement(
        minor=minor,
        currency=code,
        booked_on=day,
        name=fit(_cell(row, places.get("name")), 200),
        iban=fit("".join(_cell(row, places.get("iban")).split()).upper(), 40),
        text=fit(_cell(row, places.get("text")), 1000),
        reference=fit(_cell(row, places.get("reference")), 100),
    )


def _read(written: str, currency: str, comma: bool) -> int:
    bare = written.strip(" €$£\u00a0").removesuffix(currency).strip()
    return Money.parse(bare, currency, "de" if comma else "en").minor if bare else 0
