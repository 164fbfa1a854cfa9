"""
The fields a standard response may have: each with a name, a label for people, and how its value is found.

An app above adds its own: `register_response_field(ResponseField("order.reference", _("Reference of the order"), …))`, and gives its
value in `values_for(…, more={"order.reference": "A4-…"})`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date
from django.utils.translation import gettext_lazy as _

from onhand.customers.models import Customer
from onhand.kernel.actor import Actor

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a text is filled from: who writes, to whom, when, and in which language the text is."""

    actor: Actor
    customer: Customer | None
    today: date
    language: str


@dataclass(frozen=True, slots=True)
class ResponseField:
    """One field. `read` finds its value; a field without it has one only where the caller gives it. `example` is shown in previews."""

    name: str
    label: "_StrOrPromise"
    example: str
    read: Callable[[Circumstances], str] | None = None


_fields: dict[str, ResponseField] = {}


def register_response_field(field: ResponseField) -> ResponseField:
    """Make a field known. Raises TypeError where its name is taken."""
    if field.name in _fields:
        raise TypeError(f"two fields are called {field.name}")
    _fields[field.name] = field
    return field


def forget_response_field(name: str) -> None:
    """Take a field away again: for tests that define their own."""
    _fields.pop(name, None)


def response_fields() -> list[ResponseField]:
    """Every field there is, by name."""
    return [_fields[name] for name in sorted(_fields)]


def field_labels() -> dict[str, str]:
    """What every field is called, in the reader's language."""
    return {field.name: str(field.label) for field in _fields.values()}


def example_values() -> dict[str, str]:
    """A value for every field, for previews."""
    return {field.name: field.example for field in _fields.values()}


def values_for(circumstances: Circumstances, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The value of every field that has one here; `more` adds those of the caller, such as the case's reference."""
    found = {field.name: field.read(circumstances) for field in _fields.values() if field.read}
    return {name: value for name, value in (found | dict(more or {})).items() if value}


def _day(circumstances: Circumstances) -> str:
    try:
        locale = Locale.parse(circumstances.language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    return format_date(circumstances.today, "long", locale="en_GB" if str(locale) == "en" else locale)


def _customer_name(circumstances: Circumstances) -> str:
    return circumstances.customer.name if circumstances.customer else ""


def _addressed(circumstances: Circumstances) -> str:
    customer = circumstances.customer
    return f"{customer.form_of_address} {customer.name}".strip() if customer else ""


for _field in (
    ResponseField("customer.name", _("Customer's name"), "Ana Núñez Prieto", _customer_name),
    ResponseField("customer.addressed", _("Customer's name with form of address"), "Ms Ana Núñez Prieto", _addressed),
    ResponseField(
        "customer.reference", _("Customer's reference"), "C-7F29Q", lambda c: c.customer.reference if c.customer else ""
    ),
    ResponseField("case.reference", _("Reference of the case"), "K7F-29Q"),
    ResponseField("contact.subject", _("Subject of the conversation"), "Kettle arrived damaged"),
    ResponseField("representative.name", _("Representative's name"), "Marta Ibáñez", lambda c: c.actor.name),
    ResponseField(
        "representative.first_name", _("Representative's first name"), "Marta", lambda c: c.actor.name.split(" ")[0]
    ),
    ResponseField("today", _("Today's date"), "21 November 2026", _day),
):
    register_response_field(_field)
