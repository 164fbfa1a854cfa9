"""
The form of any act on any subject: fields from the act's definition, values from the subject, and what was typed back into
arguments. Knows no act by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from babel.core import Locale
from babel.numbers import format_decimal, get_currency_precision, list_currencies
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from onhand.customers.contact_points import country_options, language_options
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act
from onhand.kernel.fields import MANY_LINES, Field
from onhand.kernel.money import Money
from onhand.kernel.subjects import reference_type
from onhand.web.act_rows import TableView, boxes_of_rows, given_rows, table_of, values_of_rows
from onhand.web.currencies import company_currency, usual_currency

if TYPE_CHECKING:
    from django.http import QueryDict
    from django.utils.functional import _StrOrPromise

FormValue = str | bool | list[str]
IsOpen = Callable[[str], bool]  # whether the stored value of that name may be shown
Choices = Sequence[tuple[str, "_StrOrPromise"]]
PART = "__"  # between the name of a field and that of its part
CURRENCY = "__currency"  # ends the name of the box beside an amount without a fixed currency


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as the templates draw it."""

    name: str
    label: "_StrOrPromise"
    help: "_StrOrPromise"
    widget: str
    required: bool
    choices: Choices
    default: FormValue
    max_length: int | None
    autocomplete: str
    reference: str
    currency: str
    currencies: Sequence[str]
    usual_currency: str = ""
    table: TableView | None = None


def field_views(act: Act, actor: Actor, subject_id: int | None) -> list[FieldView]:
    """The fields of an act, with what there is to choose from for this actor and subject."""
    return [
        _field_view(one, act.subject, actor, subject_id) for field in act.fields for one in _boxes(field, subject_id)
    ]


def _boxes(field: Field, subject_id: int | None) -> list[Field]:
    """The field itself, or the parts it is asked for by, under the names their boxes have."""
    if field.parts is None:
        return [field]
    return [replace(part, name=f"{field.name}{PART}{part.name}") for part in field.parts(subject_id)]


def view_of(field: Field, actor: Actor) -> FieldView:
    """A field that belongs to no subject, with what there is to choose from for this actor."""
    return _field_view(field, "", actor, None)


def _field_view(field: Field, subject: str, actor: Actor, subject_id: int | None) -> FieldView:
    choices: Choices = [(str(value), label) for value, label in field.offered()]
    widget, reference, is_own = field.widget, "", False
    if field.reference:
        kind = reference_type(field.reference)
        is_own = kind.is_short and subject_id is not None
        if kind.is_short:
            widget = "choice"
            choices = [(str(option.value), option.label) for option in kind.options(actor, subject_id, "")]
        else:
            reference = f"{field.reference}@{subject}:{subject_id or ''}"
    elif choices and widget != "choices":
        widget = "choice"
    elif widget in LISTS:
        widget, choices = "choice", LISTS[widget]()
    return FieldView(
        name=field.name,
        label=field.label,
        help=field.help,
        widget=widget,
        required=field.required or (field.is_needed is not None and field.is_needed()),
        choices=choices,
        # Of the customer's own things the only one there is is meant.
        default=choices[0][0] if is_own and field.required and len(choices) == 1 else _shown(field, field.default),
        max_length=field.max_length,
        autocomplete=field.autocomplete,
        reference=reference,
        currency=field.currency,
        currencies=sorted(list_currencies()) if widget == "money" and not field.currency else (),
        usual_currency=usual_currency(subject, subject_id) if widget == "money" and not field.currency else "",
        table=table_of(field, subject_id, lambda column: _field_view(column, subject, actor, subject_id)),
    )


@cache
def time_zones() -> Choices:
    """The time zones people choose from: those named after a place, and UTC."""
    return [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


# What a field of such a widget is chosen from, unless its act says.
LISTS: Mapping[str, Callable[[], Choices]] = {
    "time_zone": time_zones,
    "country": country_options,
    "language": language_options,
}


def current_values(act: Act, subject: Any, is_open: IsOpen = lambda _name: True) -> dict[str, FormValue]:
    """
    What the fields would hold if nothing were changed; fields without a current value, and those that are not open to the reader, are
    left out.
    """
    values: dict[str, FormValue] = {}
    for field in act.fields:
        if subject is not None and field.current is not None and is_open(field.name):
            values |= values_of(field, field.current(subject))
    return values


def reference_labels(act: Act, actor: Actor, values: Mapping[str, FormValue]) -> dict[str, FormValue]:
    """What the things already chosen are called, under the names the templates look for; only those the actor may see."""
    labels: dict[str, FormValue] = {}
    boxes = [box for field in act.fields for box in (boxes_of_rows(field, values) or [(field.name, field)])]
    for name, field in boxes:
        value, kind = values.get(name), reference_type(field.reference) if field.reference else None
        if kind is None or kind.label is None or not isinstance(value, str) or not value.isdecimal():
            continue
        labels[f"{name}__label"] = kind.label(actor, int(value[:19]))
    return labels


def values_of(field: Field, value: Any) -> dict[str, FormValue]:
    """A value as the form's boxes of one field hold it. Money stored as JSON counts as money."""
    if field.parts is not None:
        return _values_of_parts(field, value)
    if field.widget == "rows":
        return values_of_rows(field, value, values_of)
    if isinstance(value, dict) and value.keys() == {"minor", "currency"}:
        value = Money(**value)
    values: dict[str, FormValue] = {field.name: _shown(field, value)}
    if field.widget == "money" and not field.currency:
        values[field.name + CURRENCY] = value.currency if isinstance(value, Money) else ""
    return values


def _values_of_parts(field: Field, values: Any) -> dict[str, FormValue]:
    """The same of a field asked for by its parts."""
    shown: dict[str, FormValue] = {}
    for name, value in (values if isinstance(values, dict) else {}).items():
        box = f"{field.name}{PART}{name}"
        match value:
            case {"minor": int(), "currency": str(currency)}:
                shown |= {box: _amount(Money(**value)), box + CURRENCY: currency}
            case bool():
                shown[box] = "yes" if value else "no"
            case _:
                shown[box] = "" if value is None else str(value)
    return shown


def _shown(field: Field, value: Any) -> FormValue:
    match value:
        case None:
            return [] if field.widget == "choices" else False if field.widget == "boolean" else ""
        case bool():
            return value
        case Enum():
            return str(value.value)
        case Money():
            return _amount(value)
        case datetime():
            return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case list() | tuple() | set() | frozenset():
            return [str(getattr(one, "value", one)) for one in value]
    return str(value)


def _amount(money: Money) -> str:
    locale = Locale.parse(to_locale(get_language() or "en"))
    places = get_currency_precision(money.currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(money.decimal, format=pattern, locale=locale))


def shown_again(act: Act, data: "QueryDict") -> dict[str, FormValue]:
    """What was typed, to be shown again as it was; secrets are typed again."""
    secret = {field.name for field in act.fields if field.secret}
    return {name: "" if name in secret else value for name, value in typed_values(act, data).items()}


def typed_values(act: Act, data: "QueryDict") -> dict[str, FormValue]:
    """What was typed, box by box."""
    values: dict[str, FormValue] = {}
    for field in act.fields:
        if field.parts is not None or field.columns:
            values |= {name: data.get(name, "") for name in data if name.startswith(field.name + PART)}
        elif field.widget == "choices":
            values[field.name] = data.getlist(field.name)
        elif field.widget == "boolean":
            values[field.name] = data.get(field.name, "") in ("true", "on", "1")
        else:
            values[field.name] = data.get(field.name, "")
        if field.name + CURRENCY in data:
            values[field.name + CURRENCY] = data.get(field.name + CURRENCY, "")
    return values


def given_arguments(act: Act, data: "QueryDict") -> dict[str, Any]:
    """
    What was typed as arguments of the act, as far as a form can tell: a needed box left empty is no argument, so that it is
    reported as missing. The act reads and checks the rest.
    """
    arguments: dict[str, Any] = {}
    typed = typed_values(act, data)
    for field in act.fields:
        if field.parts is not None:
            arguments[field.name] = _parts(field, typed)
            continue
        if field.columns:
            rows = given_rows(field, typed, _column)
            arguments |= {field.name: rows} if rows or field.required else {}
            continue
        value = typed[field.name]
        if not isinstance(value, str):
            arguments[field.name] = value
        elif text := _argument(field, value, typed):
            arguments[field.name] = text
        elif not field.required and (field.default is None or _is_text(field)):
            arguments[field.name] = None if field.default is None else ""
    return arguments


def _parts(field: Field, typed: Mapping[str, FormValue]) -> dict[str, FormValue]:
    """What was typed into the boxes of a field's parts, an amount with its currency."""
    start = field.name + PART
    given: dict[str, FormValue] = {}
    for name, value in typed.items():
        if name.startswith(start) and not name.endswith(CURRENCY):
            currency = typed.get(name + CURRENCY)
            given[name.removeprefix(start)] = f"{currency} {value}" if currency and value else value
    return given


def _column(field: Field, value: FormValue, boxes: Mapping[str, FormValue]) -> Any:
    """One box of a table's row as an argument; None if it is empty."""
    if field.widget == "boolean":
        return value in (True, "true", "on", "1")
    return _argument(field, value, boxes) or None if isinstance(value, str) else value


def _argument(field: Field, text: str, typed: Mapping[str, FormValue]) -> str:
    if field.widget == "money" and text.strip() and not field.currency:
        return f"{typed.get(field.name + CURRENCY) or company_currency()} {text}"
    if field.widget == "datetime" and text:
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            return text
        return local.isoformat() if local.tzinfo else timezone.make_aware(local).isoformat()
    return text if _is_text(field) else text.strip()


def _is_text(field: Field) -> bool:
    return field.widget in {"text", *MANY_LINES, "email", "telephone", "language", "country", "time_zone"}


def first_values(
    act: Act, subject: Any, asked: "QueryDict", is_open: IsOpen = lambda _name: True
) -> dict[str, FormValue]:
    """What a form opens with: what is stored, and over it what the address asks for, such as which number to remove."""
    values = current_values(act, subject, is_open)
    for field in act.fields:
        if field.name in asked and not (field.secret or field.columns or field.parts):
            values[field.name] = typed_values(act, asked)[field.name]
    return values
