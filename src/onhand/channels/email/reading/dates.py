"""When a mail was written, as far as its head can be believed."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from onhand.channels.email.reading.heads import Head
from onhand.channels.email.reading.problems import Noted

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?")
_NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})[, ]+(\d{1,2}):(\d\d)(?::(\d\d))?")
_MONTHS = {  # what programs of other tongues write instead of Jan, Feb, …; the rest begins as in English
    "mär": "mar", "mrz": "mar", "mai": "may", "okt": "oct", "dez": "dec", "fév": "feb", "fev": "feb", "avr": "apr", "jui": "jun",
    "juil": "jul", "aoû": "aug", "aou": "aug", "déc": "dec", "ene": "jan", "abr": "apr", "ago": "aug", "dic": "dec", "gen": "jan",
    "mars": "mar", "märz": "mar", "maar": "mar",
    "juni": "jun", "juli": "jul", "sept": "sep", "mag": "may", "giu": "jun", "lug": "jul",
    "set": "sep", "ott": "oct",
    "mrt": "mar", "mei": "may",
}  # fmt: skip
_FOREIGN_MONTH = re.compile(r"\b([a-zäéû]{3,4})[a-zäéû]*\.?(?=\s+\d{4})", re.IGNORECASE)
_EARLIEST = datetime(1982, 1, 1, tzinfo=UTC)  # RFC 822
_BEFORE_ARRIVAL, _AFTER_ARRIVAL = timedelta(days=366), timedelta(days=2)


def written_at(head: Head, noted: Noted) -> datetime | None:
    """The date of the mail in UTC; when it arrived, where the date says nothing or cannot be; None where neither is known."""
    arrived = _arrived(head)
    said = head.text("date")
    date = read(said)
    if date is None:
        noted.note("date_unreadable")
        return arrived
    absurd = date < _EARLIEST or (
        arrived is not None and not arrived - _BEFORE_ARRIVAL <= date <= arrived + _AFTER_ARRIVAL
    )
    if absurd:
        noted.note("date_absurd")
        return arrived
    return date


def _arrived(head: Head) -> datetime | None:
    for line in head.all_text("received")[:1]:
        date = read(line.rpartition(";")[2])
        if date is not None and date >= _EARLIEST:
            return date
    return None


def read(text: str) -> datetime | None:
    """A date in the form of RFC 5322, in its misspellings, or in ISO 8601; UTC where no zone is named."""
    text = text[:200].strip()
    for attempt in (
        text,
        _FOREIGN_MONTH.sub(
            lambda found: _MONTHS.get(found[1].lower()[:4], _MONTHS.get(found[1].lower()[:3], found[1])), text
        ),
    ):
        try:
            parts = parsedate_tz(attempt)
            if parts is not None and len(str(parts[0])) == 4:
                return _moment(parts[:6], timedelta(seconds=parts[9] or 0))
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
    return _iso(text) or _numeric(text)


def _moment(parts: tuple[int, ...], offset: timedelta) -> datetime | None:
    try:
        seconds = min(parts[5], 59)  # leap seconds, and worse
        if abs(offset) > timedelta(hours=26):
            offset = timedelta()
        year, month, day, hour, minute = parts[:5]
        return datetime(year, month, day, hour, minute, seconds, tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    found = _ISO.search(text)
    if found is None:
        return None
    zone = (found[7] or "Z").replace(":", "")
    offset = (
        timedelta()
        if zone == "Z"
        else timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
    )
    return _moment(tuple(int(found[n] or 0) for n in range(1, 7)), offset)


def _numeric(text: str) -> datetime | None:
    found = _NUMERIC.search(text)
    if found is None:
        return None
    day, month, year, hour, minute, second = (int(found[n] or 0) for n in range(1, 7))
    if month > 12 >= day:
        day, month = month, day
    return _moment((year, month, day, hour, minute, second), timedelta())
