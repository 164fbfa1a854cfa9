"""Which column says what: guessed from headings in English and Spanish and from what the cells look like; checked when chosen."""

import re
from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from onhand.customers.finding.words import fold
from onhand.customers.imports.kinds import ImportKind
from onhand.customers.intake.choices import Unreadable, read_country, read_language
from onhand.customers.intake.fields import BY_NAME, FIELDS, IntakeField
from onhand.customers.intake.reading import Raw

Mapped = dict[int, str]  # column → field
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TELEPHONE = re.compile(r"'?\+[\d ().-]{7,20}")
MOSTLY = 0.8
LEAST_CELLS = 3


def headings_of(row: Sequence[str]) -> list[str]:
    """Every column's heading, as it can be told apart: one without is named by its place, a second one of a name by its count."""
    found: list[str] = []
    counts: dict[str, int] = {}
    for place, cell in enumerate(row):
        text = " ".join(cell.split())[:100] or _("Column %(place)s") % {"place": place + 1}
        counts[text] = counts.get(text, 0) + 1
        found.append(text if counts[text] == 1 else f"{text} ({counts[text]})")
    return found


def guess_mapping(
    headings: Sequence[str], rows: Sequence[Sequence[str]], fields: Sequence[IntakeField] = FIELDS
) -> Mapped:
    """What each column most probably says. A field is guessed once, unless several columns may say it."""
    guessed: Mapped = {}
    if fields is not FIELDS:
        for place, heading in enumerate(headings):
            name = _by_heading(heading, fields)
            if name and name not in guessed.values():
                guessed[place] = name
        return guessed
    for place, heading in enumerate(headings):
        name = _by_heading(heading, fields)
        if name and (BY_NAME[name].many or name not in guessed.values()):
            guessed[place] = name
    for place in range(len(headings)):
        if place not in guessed:
            name = _by_content([row[place] for row in rows if place < len(row) and row[place].strip()])
            if name and (BY_NAME[name].many or name not in guessed.values()):
                guessed[place] = name
    # Where the whole name has a column of its own, one called just “nombre” is no given name beside it; alone it is the name.
    if "given_name" in guessed.values() and "family_name" not in guessed.values() and "name" not in guessed.values():
        guessed = {place: "name" if name == "given_name" else name for place, name in guessed.items()}
    return guessed


def _by_heading(heading: str, fields: Sequence[IntakeField]) -> str:
    plain = re.sub(r" *\([^()]*\)$", "", heading) or heading  # our own “… (crm)”, and the count of a second one
    bare = " ".join("".join(c if c.isalnum() else " " for c in fold(plain)).split())
    for text in (bare, re.sub(r" \d+$", "", bare)):
        for field in fields:
            if text in field.headings or text == field.name.replace("_", " "):
                return field.name
    return ""


def _by_content(cells: Sequence[str]) -> str:
    if len(cells) < LEAST_CELLS:
        return ""
    looks: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("email", _EMAIL.fullmatch),
        ("telephone", _TELEPHONE.fullmatch),
        ("country", lambda cell: len(cell) > 3 and _reads(read_country, cell)),
        ("language", lambda cell: len(cell) > 3 and _reads(read_language, cell)),
    )
    for name, fits in looks:
        if sum(1 for cell in cells if fits(cell.strip())) >= MOSTLY * len(cells):
            return name
    return ""


def _reads(read: Callable[[str], str], cell: str) -> bool:
    try:
        return bool(read(cell))
    except Unreadable:
        return False


def wrong_mapping(mapping: Mapping[int, str], *, system: str) -> str:
    """Why a mapping cannot be used; empty if it can."""
    chosen = list(mapping.values())
    twice = sorted({str(BY_NAME[n].label) for n in chosen if chosen.count(n) > 1 and not BY_NAME[n].many})
    if twice:
        return _("Two columns are chosen for: %(fields)s.") % {"fields": ", ".join(twice)}
    if "outside_id" in chosen and not system:
        return _("Say which system the numbers are from.")
    keys = {"name", "given_name", "family_name", "organisation", "outside_id", "reference", "customer_number"}
    if not keys.intersection(chosen):
        return _("Choose at least a column with the name.")
    return ""


def wrong_mapping_of(kind: ImportKind, mapping: Mapping[int, str], *, system: str) -> str:
    """The same for another kind than customers."""
    chosen, known = list(mapping.values()), kind.by_name
    twice = sorted({str(known[name].label) for name in chosen if chosen.count(name) > 1})
    if twice:
        return _("Two columns are chosen for: %(fields)s.") % {"fields": ", ".join(twice)}
    if "outside_id" in chosen and not system:
        return _("Say which system the numbers are from.")
    missing = [str(known[name].label) for name in kind.needs if name not in chosen]
    return _("Choose a column for: %(fields)s.") % {"fields": ", ".join(missing)} if missing else ""


def raw_of(row: Sequence[str], mapping: Mapping[int, str]) -> Raw:
    """A file's row as the intake reads it."""
    raw: dict[str, list[str]] = {}
    for place, name in mapping.items():
        if place < len(row):
            raw.setdefault(name, []).append(row[place])
    return raw


def looks_day_first(rows: Sequence[Sequence[str]], mapping: Mapping[int, str]) -> bool:
    """Whether dates with figures only are written day before month; so, unless one of the rows shows that it cannot be."""
    places = [place for place, name in mapping.items() if name in ("born_on", "customer_since")]
    for row in rows:
        for place in places:
            parts = re.match(r"\s*(\d{1,2})[./-](\d{1,2})[./-]\d{4}", row[place]) if place < len(row) else None
            if parts and int(parts[2]) > 12:
                return False
    return True
