"""What the own fields of a kind hold: read from what was typed, and shown again."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from onhand.contacts.cases.enums import FieldType
from onhand.contacts.cases.kinds import OwnField
from onhand.kernel.errors import ArgumentsInvalid
from onhand.kernel.money import Money, MoneyError

LONGEST_TEXT, LONGEST_NUMBER = 500, 30


def read_values(fields: Sequence[OwnField], given: Mapping[str, Any], *, argument: str) -> dict[str, Any]:
    """
    What was given for a kind's own fields, as it is stored; an empty value takes away what was there (None).

    :raises ArgumentsInvalid: a field the kind does not have, or a value that is none of its type. Names every one, below `argument`.
    """
    known = {field.key: field for field in fields}
    values: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for key, value in given.items():
        try:
            field = known[key]
            values[key] = None if value is None or value == "" else _READERS[field.type](field, value)
        except KeyError:
            wrong[argument] = [_("Cases of this kind have no field “%(name)s”.") % {"name": key[:100]}]
        except _WrongError as error:
            wrong[f"{argument}__{key}"] = [str(error)]
    if wrong:
        raise ArgumentsInvalid(wrong)
    return values


def missing(fields: Sequence[OwnField], stored: Mapping[str, Any]) -> list[str]:
    """The names of fields that are needed and empty."""
    return [field.name for field in fields if field.is_required and stored.get(field.key) in (None, "")]


def show_value(value: Any) -> str:
    """A stored value in words, but for dates, which pages show by the reader's way."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        return Money(**value).formatted()
    return "" if value is None else str(value)


class _WrongError(ValueError):
    """What was given is none of the field's type; says how to mend it."""


def _text(_field: OwnField, value: Any) -> str:
    text = " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise _WrongError(_("Give a text of at most %(most)s characters.") % {"most": LONGEST_TEXT})
    return text


def _number(_field: OwnField, value: Any) -> str:
    """Kept as it is written, so that no figure changes."""
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal("nan")
    if isinstance(value, bool) or not number.is_finite() or len(str(value)) > LONGEST_NUMBER:
        raise _WrongError(_("Give a number, such as 12 or 12.5."))
    return f"{number:f}"


def _date(_field: OwnField, value: Any) -> str:
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        raise _WrongError(_("Give a date such as 2026-12-31.")) from None


def _choice(field: OwnField, value: Any) -> str:
    if value not in field.options:
        raise _WrongError(_("Choose one of the list."))
    return str(value)


def _yes_no(_field: OwnField, value: Any) -> bool:
    found = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "0": False}.get(
        str(value).strip().lower()
    )
    if found is None:
        raise _WrongError(_("Give yes or no."))
    return found


def _money(_field: OwnField, value: Any) -> dict[str, Any]:
    try:
        if isinstance(value, dict):
            money = Money(value["minor"], value["currency"])
        else:
            code, _space, text = str(value).strip().partition(" ")
            money = Money.parse(text, code.upper())
    except (MoneyError, KeyError, TypeError):
        raise _WrongError(_("Give an amount with its currency, such as EUR 12.50.")) from None
    return money.as_json()


_READERS = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no,
    FieldType.MONEY: _money,
}
