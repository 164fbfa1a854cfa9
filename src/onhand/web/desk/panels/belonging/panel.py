"""Household and relations in words, with the way to the files one may open."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.enums import RelationKind
from onhand.customers.file_queries import HouseholdView, Party, Representation
from onhand.customers.panels import Reading
from onhand.customers.scopes import scope_label
from onhand.web.addresses import address_of
from onhand.web.templating import show_date


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:  # noqa: ARG001  (as every panel's)
    """The lines of the panel."""
    household: HouseholdView | None = content["household"]
    return {
        "household": household and {"name": household.name, "others": [_party(one) for one in household.others]},
        "represented_by": [_relation(one) for one in content["represented_by"]],
        "represents": [_relation(one) for one in content["represents"]],
    }


def _party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "url": address_of("desk:customer", party.id) if party.id else ""}


def _relation(one: Representation) -> dict[str, Any]:
    until = _("Until %(day)s.") % {"day": show_date(one.valid_until)} if one.valid_until else ""
    return {
        **_party(one.party),
        "id": one.id,
        "kind": RelationKind(one.kind).label if one.kind in RelationKind else one.kind,
        "function": one.function,
        "may_be_told": _scopes(one.may_be_told),
        "may_do": _scopes(one.may_do),
        "valid": until,
    }


def _scopes(names: Any) -> str:
    return ", ".join(scope_label(name) for name in names)
