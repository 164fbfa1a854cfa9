"""Single values of a shop's answers, read exactly or not at all. Anything may stand in them: a shop has plugins, and people type."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as _

from onhand.connectors.port import Misread
from onhand.connectors.words import kept
from onhand.kernel.money import Money, MoneyError

_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
MOST_MINOR = 10**13
Thing = Mapping[str, Any]


def thing(value: Any, name: str) -> Thing:
    """A JSON object."""
    if not isinstance(value, dict):
        raise Misread(kept(_("The shop's answer has no readable %(name)s."), name=name))
    return value


def things(value: Any, name: str) -> list[Thing]:
    """A list of JSON objects; an absent one is empty."""
    if not isinstance(value or [], list):
        raise Misread(kept(_("The shop's answer has no readable %(name)s."), name=name))
    return [thing(one, name) for one in value or []]


def text(value: Any, most: int) -> str:
    """What people wrote, on one line and as it may be stored: markup stays the letters it is."""
    if not isinstance(value, str):
        return ""
    plain = "".join(c if c.isprintable() else " " for c in _MARKS.sub("", value))
    return " ".join(plain.split())[:most].strip()


def number(value: Any, name: str) -> str:
    """An id, as text."""
    said = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _NUMBER.fullmatch(said):
        raise Misread(kept(_("The shop's answer has no readable %(name)s."), name=name))
    return said


def amount(value: Any, currency: str, name: str | list[str], *, least: int | None = 0) -> int:
    """Minor units of an amount written as a decimal, exactly; not below `least`. `name` is what to call it, see `words`."""
    said = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    said = said or "0"
    if not _AMOUNT.fullmatch(said):
        raise Misread(kept(_("%(name)s is no amount: %(value)s."), name=name, value=said[:40]))
    try:
        minor = Money.parse(said, currency, "en").minor
    except MoneyError as error:
        if error.code == "money_too_fine":
            words = _("%(name)s is finer than %(currency)s can be: %(value)s.")
            raise Misread(kept(words, name=name, currency=currency, value=said[:40])) from None
        raise Misread(kept(_("%(name)s is no amount: %(value)s."), name=name, value=said[:40])) from None
    if abs(minor) > MOST_MINOR:
        raise Misread(kept(_("%(name)s is out of all proportion: %(value)s."), name=name, value=said[:40]))
    if least is not None and minor < least:
        raise Misread(kept(_("%(name)s is below nothing: %(value)s."), name=name, value=said[:40]))
    return minor


def currency_of(value: Any) -> str:
    """A currency there is."""
    try:
        return Money(0, value).currency
    except MoneyError:
        raise Misread(kept(_("There is no currency %(value)s."), value=text(value, 10) or "–")) from None


def whole(value: Any, name: str, most: int) -> int:
    """A number of pieces, at least one."""
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 10**9:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        words = _("%(name)s is no number of pieces from 1 to %(most)s: %(value)s.")
        raise Misread(kept(words, name=name, most=most, value=str(value)[:40]))
    return value


def moment(value: Any) -> datetime | None:
    """A time the shop gives in UTC without saying so; None where it gives none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(value[:32])
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if 1990 <= found.year <= 2200 else None


def fine(value: Any) -> Decimal:
    """A number with as many places as the shop gives it, not below nothing; nothing where it is none."""
    said = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    return max(Decimal(said), Decimal(0)) if _AMOUNT.fullmatch(said) else Decimal(0)


def share(value: Any) -> Decimal:
    """A percentage as far as there is one."""
    return min(fine(value), Decimal(999)).quantize(Decimal("0.001"))


def meta(values: Iterable[Thing], key: str) -> Any:
    """What stands under a key in a thing's further data."""
    return next((one.get("value") for one in values if one.get("key") == key), None)
