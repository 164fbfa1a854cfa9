"""What the filters of a search stand for: channels, teams, states, cases and customers by what people call them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext, pgettext

from onhand.contacts.enums import CaseState
from onhand.contacts.models import Case
from onhand.contacts.searching.asked import Asked
from onhand.customers.enums import ChannelKind
from onhand.customers.finding.words import fold
from onhand.customers.models import Customer
from onhand.staff.models import Team

_Values = list[Any]


def filter_values(asked: Asked, kind: str) -> Mapping[str, _Values] | None:
    """The values of each filter asked for; None if one of them stands for nothing, so that nothing can fit."""
    found: dict[str, _Values] = {}
    for name, typed in asked.named.items():
        values = [value for one in typed for value in _READ[name](one)]
        if not values or (name == "channel" and kind == "cases"):
            return None
        found[name] = values
    return None if asked.has_file and kind == "cases" else found


def _channels(typed: str) -> _Values:
    wanted = fold(typed)
    return [
        one.value
        for one in ChannelKind
        if wanted in (one.value, fold(str(one.label)), fold(str(one.label)).replace("-", ""))
    ]


def _states(typed: str) -> _Values:
    wanted = fold(typed)
    spoken = {
        fold(pgettext("state of a contact or case, one word", "open")): CaseState.OPEN,
        fold(pgettext("state of a contact or case, one word", "waiting")): CaseState.WAITING,
        fold(pgettext("state of a contact or case, one word", "closed")): CaseState.CLOSED,
    }
    return [one.value for one in CaseState if one.value == wanted or spoken.get(wanted) is one]


def _teams(typed: str) -> _Values:
    """Teams called so; where none is, those whose name begins so."""
    wanted = fold(typed)
    names = {pk: fold(gettext(name)) for pk, name in Team.objects.values_list("pk", "name")}
    exact = [pk for pk, name in names.items() if name == wanted]
    return exact or [pk for pk, name in names.items() if wanted and name.startswith(wanted)]


def _cases(typed: str) -> _Values:
    return list(Case.objects.filter(reference__iexact=typed.strip()).values_list("pk", flat=True))


def _customers(typed: str) -> _Values:
    """The file with that reference, and those merged into it."""
    roots = Customer.objects.filter(reference__iexact=typed.strip()).values_list("pk", "merged_into")
    numbers = {merged or pk for pk, merged in roots}
    return [*numbers, *Customer.objects.filter(merged_into__in=numbers).values_list("pk", flat=True)]


_READ: Mapping[str, Callable[[str], _Values]] = {
    "channel": _channels,
    "team": _teams,
    "state": _states,
    "case": _cases,
    "customer": _customers,
}
