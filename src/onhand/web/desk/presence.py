"""Who else has a customer's file open now, of those the reader may see."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import subject_type
from onhand.staff.access import visible_representatives
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view
from onhand.web.live.presence import PREFIX
from onhand.web.models import Presence

MOST_SHOWN = 12


def here_topic(customer_id: int) -> str:
    """The topic that says somebody has the file open."""
    return f"{PREFIX}{CUSTOMER}:{customer_id}"


def colleagues_here(actor: Actor, customer_id: int) -> list[dict[str, Any]]:
    """Colleagues with the file open, by name. Who may not be seen is not counted either. One statement."""
    alive = "exists (select from pg_stat_activity a where a.pid = session_pid and a.backend_start = session_began)"
    here = Presence.objects.filter(topic=here_topic(customer_id)).extra(where=[alive])  # noqa: S610  (our own text)
    people = visible_representatives(actor).filter(pk__in=here.values("person")).exclude(pk=actor.id or 0)
    found = people.order_by("name", "pk").values_list("pk", "name")[:MOST_SHOWN]
    return [{"id": pk, "name": name} for pk, name in found]


@require_safe
@desk_view
def presence(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """The line that says who else has this file open; empty if nobody has."""
    customer = subject_type(CUSTOMER).read(actor, customer_id)
    return render(request, "desk/customer_fragments/presence.html", {"here": colleagues_here(actor, customer.pk)})


def presence_address(customer_id: int) -> str:
    """Where the line comes from."""
    return address_of("desk:customer_presence", customer_id)
