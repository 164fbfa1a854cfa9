"""Beginning a procedure: which can be begun where one is, and what each would be about."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.classifying.queries import suggestion_for
from onhand.contacts.models import Contact
from onhand.customers.identification.level import IDENTIFIED, reached_by_default
from onhand.customers.subjects import CUSTOMER
from onhand.guidelines.book import current
from onhand.kernel.actor import Actor
from onhand.orders.access import ORDERS
from onhand.orders.access import VIEW as SEE_ORDERS
from onhand.orders.enums import OrderState
from onhand.orders.panels import orders_of
from onhand.orders.subjects import ORDER
from onhand.procedures.access import RUN
from onhand.procedures.binding import InForce, versions_in_force
from onhand.web.addresses import address_of
from onhand.web.desk.procedure_pages import Place, script_reasons
from onhand.web.templating import show_date

CONTACT = "contact"
MOST_ORDERS, MOST_OFFERED = 20, 30
BEGIN = "procedures.begin_procedure"


def begin_address(procedure_id: int, place: str, about: int | None = None) -> str:
    """Where a procedure is begun: from a place (`contact:5`), about a thing where that is known."""
    asked: dict[str, Any] = {"procedure": procedure_id, "place": place}
    return f"{address_of('desk:procedure_begin')}?{urlencode(asked | ({'about': about} if about else {}))}"


def in_force(actor: Actor) -> list[InForce]:
    """The procedures in force, for who goes through procedures."""
    return versions_in_force(current().number, timezone.now()) if actor.may(RUN) else []


def offered_at(actor: Actor, place: Place) -> list[dict[str, Any]]:
    """The procedures that can be begun at a place, those meant for the contact's reason first."""
    kinds = {place.kind} | ({CUSTOMER, ORDER} if place.customer_id else set())
    wanted = reasons_of(place.contact_id)
    found = [one for one in in_force(actor) if one.script.about in kinds]
    found.sort(key=lambda one: not (script_reasons(one.script) & wanted))
    return [
        {
            "name": one.name,
            "purpose": one.script.purpose,
            "label": _("Begin a procedure: %(name)s") % {"name": one.name},
            "url": begin_address(one.procedure_id, place.text),
            "is_meant": bool(script_reasons(one.script) & wanted),
            "key": "",
        }
        for one in found[:MOST_OFFERED]
    ]


def reasons_of(contact_id: int | None) -> set[str]:
    """The names of the reasons a contact has, or that were suggested for it, folded."""
    if contact_id is None:
        return set()
    names = Contact.objects.filter(pk=contact_id).values_list("reason__name", flat=True)
    suggested = suggestion_for(contact_id)
    said = [*names, *((suggested.reason.rpartition(" › ")[2],) if suggested else ())]
    return {name.casefold() for name in said if name}


def things(actor: Actor, one: InForce, place: Place) -> Sequence[dict[str, Any]] | None:
    """What the procedure can be about from here: the thing itself, or the customer's orders; None where nothing leads there."""
    kind = one.script.about
    if kind == place.kind:
        return [{"id": place.id, "label": "", "hint": ""}]
    if kind == CUSTOMER and place.customer_id:
        return [{"id": place.customer_id, "label": "", "hint": ""}]
    if kind == ORDER and place.customer_id and actor.may(SEE_ORDERS):
        return _orders(actor, place, place.customer_id)
    return None


def _orders(actor: Actor, place: Place, customer_id: int) -> list[dict[str, Any]]:
    """The customer's newest orders; what is in them only where the customer is identified for it."""
    reached = reached_by_default(actor, customer_id, timezone.now(), place.contact_id)
    told = reached.may_be_told(ORDERS, IDENTIFIED)
    rows = []
    for one in orders_of(list(place.members), most=MOST_ORDERS):
        hint = show_date(one.placed_at)
        if told:
            state = OrderState(one.state).label if one.state in OrderState else one.state
            hint = " · ".join(part for part in (hint, one.first, one.total.formatted(), str(state)) if part)
        rows.append({"id": one.id, "label": one.reference, "hint": hint})
    return rows
