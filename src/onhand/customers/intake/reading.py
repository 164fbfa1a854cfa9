"""
One row of any source, as it came, read into one form: for files, for REST, for whatever brings customers later.

Nothing here looks at the database. Every cell that cannot be read is named with its field, its value and how to mend it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.addresses import country_rules, read_postal_code
from onhand.customers.contact_points import InvalidContactPoint, country_name, read_email, read_telephone
from onhand.customers.enums import CustomerKind, IdentityKind
from onhand.customers.intake.choices import Unreadable, read_country, read_date, read_kind, read_language
from onhand.customers.intake.fields import BY_NAME
from onhand.kernel.fields import clean_text
from onhand.kernel.references import InvalidReference, read_reference

Raw = Mapping[str, Sequence[str]]
MOST_IDENTITIES = 20
LONGEST_SHOWN = 100
_PARTING = re.compile(r"[;\n|]+")
_SPACES = re.compile(r"[ \t\n]+")
_SCIENTIFIC = re.compile(r"\d[.,]\d+[eE][+]?\d+")
# What an export puts before a cell that a spreadsheet would take for a formula.
_ESCAPED = re.compile(r"^'(?=[=+\-@\t\r'])")
MASK = "•"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is to be read: what holds where a row says nothing, and in which order its dates are."""

    system: str = ""
    country: str = ""
    language: str = "en"
    day_first: bool = True
    today: date | None = None  # nobody is born later


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell that stops a row: the field, what it held (shortened), and how to mend it."""

    field: str
    value: str
    message: str


@dataclass(slots=True)
class Incoming:
    """
    A customer as a row describes it. `values` holds only what the row says, under the names of the customer's columns. `country` and
    `language` are for a new customer where the row names none.
    """

    values: dict[str, Any] = field(default_factory=dict)
    identities: list[tuple[IdentityKind, str]] = field(default_factory=list)
    outside: tuple[str, str] | None = None
    reference: str = ""
    country: str = ""
    language: str = "en"
    customer_since: date | None = None

    @property
    def customer_number(self) -> str:
        """The number we gave the customer, if the row says one."""
        return next((value for kind, value in self.identities if kind is IdentityKind.CUSTOMER_NUMBER), "")

    @property
    def keys(self) -> list[str]:
        """What this row is found again by, as texts that differ between kinds of keys."""
        found = [f"o:{self.outside[0]}\n{self.outside[1]}"] if self.outside else []
        found += [f"r:{self.reference}"] if self.reference else []
        return found + ([f"n:{self.customer_number.lower()}"] if self.customer_number else [])

    def as_arguments(self) -> dict[str, Any]:
        """What was asked for, as an act's record holds it."""
        named: dict[str, Any] = dict(self.values)
        for kind in IdentityKind:
            values = [value for one, value in self.identities if one is kind]
            if values:
                named[f"{kind.value}s"] = values
        if self.outside:
            named["outside_system"], named["outside_id"] = self.outside
        return named


class _Row:
    """The state of reading one row."""

    def __init__(self, raw: Raw, reading: Reading) -> None:
        self.raw, self.reading = raw, reading
        self.incoming = Incoming(country=reading.country, language=reading.language)
        self.problems: list[Problem] = []

    def texts(self, name: str) -> list[str]:
        """The cells of a field that say something, without what surrounds them."""
        cells = self.raw.get(name)
        if not cells:
            return []
        longest, found = BY_NAME[name].longest, []
        for cell in cells:
            text = _bare(cell)
            if not text or MASK in text:  # masked by an export: not given, rather than wrong
                continue
            if "\ufffd" in text:
                self.wrong(
                    name, cell, _("This has characters that cannot be read. Choose another encoding for the file.")
                )
            elif len(text) > longest:
                self.wrong(name, cell, _("This is too long: at most %(most)s characters.") % {"most": longest})
            else:
                found.append(text)
        return found

    def wrong(self, name: str, value: str, message: str) -> None:
        self.problems.append(Problem(name, storable(value), message))

    def take(self, name: str, read: Callable[[str], Any] = lambda text: text) -> None:
        """Read a field with one value; the first cell that says something counts."""
        texts = self.texts(name)
        if not texts:
            return
        try:
            self.incoming.values[name] = read(_SPACES.sub(" ", texts[0]))
        except Unreadable as error:
            self.wrong(name, texts[0], str(error))


def _bare(cell: str) -> str:
    """A cell without what surrounds it; with the sign for what cannot be read where it cannot."""
    if cell.isascii() and cell.isprintable():  # most cells, and the quickest
        text = cell.strip()
    else:
        try:
            text = clean_text(cell, many_lines=True)
        except ValueError:
            return "\ufffd"
    return _ESCAPED.sub("", text).strip() if text.startswith("'") else text


def storable(value: str) -> str:
    """A cell's text as it can be stored and shown, shortened."""
    return value.replace("\x00", "�").encode("utf-8", "replace").decode()[:LONGEST_SHOWN]


def read_row(raw: Raw, reading: Reading) -> tuple[Incoming, list[Problem]]:
    """The row in one form, and everything that is wrong with it; with problems it is not to be used."""
    row = _Row(raw, reading)
    _keys(row)
    _who(row)
    _where(row)
    row.take("language", read_language)
    for name in ("born_on", "customer_since"):
        row.take(name, lambda text: read_date(text, day_first=reading.day_first))
    row.incoming.customer_since = row.incoming.values.pop("customer_since", None)
    born = row.incoming.values.get("born_on")
    if born and reading.today and born > reading.today:
        row.wrong("born_on", born.isoformat(), _("This is in the future."))
    for name in ("form_of_address", "tax_number"):
        row.take(name)
    country = row.incoming.values.get("country") or reading.country
    _reached(row, "email", IdentityKind.EMAIL, read_email)
    _reached(row, "telephone", IdentityKind.TELEPHONE, lambda text: _telephone(text, country))
    return row.incoming, row.problems


def _keys(row: _Row) -> None:
    for text in row.texts("outside_id")[:1]:
        if row.reading.system:
            row.incoming.outside = (row.reading.system, text)
        else:
            row.wrong("outside_id", text, _("Say which system this number is from."))
    for text in row.texts("customer_number")[:1]:
        row.incoming.identities.append((IdentityKind.CUSTOMER_NUMBER, text))
    for text in row.texts("reference")[:1]:
        try:
            row.incoming.reference = read_reference(text)
        except InvalidReference:
            row.wrong(
                "reference", text, _("This is not one of our reference codes. Leave it empty for a new customer.")
            )


def _who(row: _Row) -> None:
    row.take("kind", read_kind)
    row.take("name")
    values = row.incoming.values
    person = " ".join([*row.texts("given_name")[:1], *row.texts("family_name")])
    company = _SPACES.sub(" ", "".join(row.texts("organisation")[:1]))
    name = values.get("name") or _SPACES.sub(" ", person)
    if company and not name:
        name = company
        values.setdefault("kind", CustomerKind.ORGANISATION)
    elif company and values.get("kind") is CustomerKind.ORGANISATION:
        name = company
    if len(name) > BY_NAME["name"].longest:
        row.wrong("name", name, _("This is too long: at most %(most)s characters.") % {"most": BY_NAME["name"].longest})
    elif name:
        values["name"] = name


def _where(row: _Row) -> None:
    lines = "\n".join(row.texts("address_lines"))
    if len(lines) > BY_NAME["address_lines"].longest:
        row.wrong("address_lines", lines, _("This is too long: at most %(most)s characters.") % {"most": 300})
    elif lines:
        row.incoming.values["address_lines"] = lines
    for name in ("city", "region"):
        row.take(name)
    row.take("country", read_country)
    row.take("postal_code", lambda text: _postal_code(text, row.incoming.values.get("country") or row.reading.country))


def _postal_code(text: str, country: str) -> str:
    """A postal code as its country writes it; as it was given where the country is not known."""
    code = read_postal_code(text, country) if country else text
    if code is None:
        examples = country_rules(country).examples
        raise Unreadable(
            _("This is not a postal code of this country (%(country)s). They look like %(example)s.")
            % {"country": country_name(country), "example": examples[0] if examples else "—"}
        )
    return code


def _reached(row: _Row, name: str, kind: IdentityKind, read: Callable[[str], str]) -> None:
    seen: set[str] = set()
    for cell in row.texts(name):
        for part in filter(None, (part.strip(" ,\t'") for part in _PARTING.split(cell))):
            try:
                value = read(part)
            except (InvalidContactPoint, Unreadable) as error:
                row.wrong(name, part, str(error))
                continue
            if value.lower() not in seen:
                seen.add(value.lower())
                row.incoming.identities.append((kind, value))
    if len(seen) > MOST_IDENTITIES:
        row.wrong(name, "", _("More than %(most)s are too many for one customer.") % {"most": MOST_IDENTITIES})


def _telephone(text: str, country: str) -> str:
    if _SCIENTIFIC.fullmatch(text):
        raise Unreadable(_("A spreadsheet has rounded this number. Format the column as text and give it again."))
    return read_telephone(text, country)
