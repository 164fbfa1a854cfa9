"""Open cases and promises in words, with what can be done about each."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.contacts.enums import CaseState
from onhand.contacts.panels import OpenCase, OpenPromise
from onhand.customers.panels import Reading
from onhand.kernel.acts import get_act
from onhand.web.addresses import address_of
from onhand.web.templating import show_datetime


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The lines of the panel."""
    return {
        "promises": [_promise(one, reading) for one in content["promises"]],
        "cases": [_case(one, reading) for one in content["cases"]],
    }


def _promise(one: OpenPromise, reading: Reading) -> dict[str, Any]:
    doing = (("contacts.keep_promise", _("Kept")), ("contacts.call_off_promise", _("Call off")))
    return {
        "id": one.id,
        "text": one.text,
        "due": show_datetime(one.due_at),
        "is_late": one.due_at < reading.at,
        "made_by": one.made_by,
        "case": one.case,
        "is_broken": one.is_broken,
        "acts": [act for name, label in doing for act in _act(name, label, reading, promise=one.id)],
    }


def _case(one: OpenCase, reading: Reading) -> dict[str, Any]:
    return {
        "id": one.id,
        "reference": one.reference,
        "url": address_of("desk:case", one.reference),
        "kind": one.kind,
        "subject": one.subject,
        "state": CaseState(one.state).label,
        "due": show_datetime(one.due_at) if one.due_at else "",
        "is_late": one.is_broken or (one.due_at is not None and one.due_at < reading.at),
        "is_own": one.is_own,
        "owner": one.owner,
        "acts": _act("contacts.close_case", _("Close"), reading, case=one.id) if one.is_own else [],
    }


def _act(name: str, label: str, reading: Reading, **box: int) -> list[dict[str, str]]:
    if not reading.actor.may(get_act(name).permission):
        return []
    ((field, value),) = box.items()
    address = address_of("desk:customer_act", reading.customer_id, name)
    return [{"label": label, "url": f"{address}?{field}={value}"}]
