"""Rows of lists of customers, with why each was found."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.contact_points import language_name
from onhand.customers.finding.find import Found
from onhand.customers.finding.meanings import How
from onhand.customers.finding.why import Why
from onhand.web.addresses import address_of

# What is shown in a column of its own anyway, with the part that fits marked there.
IN_COLUMNS = ("name", "city")
FIELDS = {
    "name": gettext_lazy("Name"),
    "other_name": gettext_lazy("Also called"),
    "city": gettext_lazy("City"),
    "street": gettext_lazy("Address"),
    "reference": gettext_lazy("Reference"),
    "born_on": gettext_lazy("Born"),
    "outside_id": gettext_lazy("Number elsewhere"),
    "email": gettext_lazy("E-mail"),
    "telephone": gettext_lazy("Telephone"),
    "handle": gettext_lazy("Handle"),
    "customer_number": gettext_lazy("Customer number"),
    "account_number": gettext_lazy("Account number"),
}


def found_row(one: Found) -> dict[str, Any]:
    """A customer as a row of a list shows it."""
    by_field = {why.field: why for why in reversed(one.why)}
    return {
        "id": one.id,
        "url": address_of("desk:customer", one.id),
        "name": one.name,
        "name_parts": _parts(by_field.get("name"), one.name),
        "reference": one.reference,
        "place_parts": [
            *_parts(by_field.get("city"), one.city),
            *([(f", {one.country}", False)] if one.city and one.country else []),
        ]
        or [(one.country, False)],
        "telephone": one.telephone,
        "email": one.email,
        "language": language_name(one.language),
        "why": [
            {"field": str(FIELDS[why.field]), "parts": why.parts, "sign": _sign(why)}
            for why in one.why
            if why.field not in IN_COLUMNS or why.how is How.SIMILAR
        ],
    }


def why_words(one: Found) -> Iterator[str]:
    """Why a customer was found, in few words, where it is not by what is shown anyway."""
    for why in one.why:
        if why.field not in (*IN_COLUMNS, "reference"):
            yield f"{FIELDS[why.field]} {''.join(text for text, _fits in why.parts)}".strip()


def _sign(why: Why) -> str:
    if why.field == "reference" and why.how is How.SIMILAR:
        return _("one character differs")
    return _("similar") if why.how is How.SIMILAR else ""


def _parts(why: Why | None, text: str) -> list[tuple[str, bool]]:
    return list(why.parts) if why and why.parts else [(text, False)] if text else []
