"""Deliveries of events that wait, fail or are parked: seen, run again, or given up."""

from typing import Any

from django.contrib import messages
from django.db.models import Case, Count, Q, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.kernel import access as kernel_access
from onhand.kernel import operations
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, SubjectNotFound
from onhand.kernel.models import Delivery, EventRecord
from onhand.staff import access
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.changes import subject_page

PAGE = 100


@require_safe
@for_actor(access.VIEW_EVENTS)
def events(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is not handled yet, the oldest first."""
    waiting = Delivery.objects.filter(handled_at=None)
    state = request.GET.get("state", "")
    chosen = {
        "failing": Q(attempts__gt=0, parked=False),
        "parked": Q(parked=True),
        "waiting": Q(attempts=0, parked=False),
    }
    after = page_number(request.GET.get("after")) or 0
    page = list(waiting.filter(chosen.get(state, Q()), pk__gt=after).order_by("pk")[: PAGE + 1])
    causes = EventRecord.objects.in_bulk([delivery.event_id for delivery in page])
    next_page = request.GET.copy()
    if len(page) > PAGE:
        next_page["after"] = str(page[PAGE - 1].pk)
    context = {
        "title": _("Events"),
        "counts": _counts(),
        "state": state,
        "entries": [_entry(delivery, causes.get(delivery.event_id)) for delivery in page[:PAGE]],
        "may_mend": actor.may(kernel_access.MEND_DELIVERIES),
        "next_url": f"?{next_page.urlencode()}" if len(page) > PAGE else None,
    }
    return render(request, "settings/events.html", context)


def _counts() -> list[tuple[str, str, int]]:
    state = Case(
        When(parked=True, then=Value("parked")), When(attempts__gt=0, then=Value("failing")), default=Value("waiting")
    )
    rows = Delivery.objects.filter(handled_at=None).annotate(state=state).values("state").annotate(many=Count("pk"))
    found = {row["state"]: row["many"] for row in rows}
    labels = (("waiting", _("Waiting")), ("failing", _("Failing, tried again")), ("parked", _("Parked")))
    return [(name, label, found.get(name, 0)) for name, label in labels]


def _entry(delivery: Delivery, cause: EventRecord | None) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "event": cause,
        "url": subject_page(cause.subject_type, cause.subject_id) if cause else "",
        "state": _("Parked") if delivery.parked else _("Failing") if delivery.attempts else _("Waiting"),
        "tone": "bad" if delivery.parked else "warn" if delivery.attempts else "",
    }


@require_POST
@for_actor(kernel_access.MEND_DELIVERIES)
def mend(request: HttpRequest, actor: Actor, pk: int, how: str) -> HttpResponse:
    """Run a delivery again, or give it up."""
    change = {"again": operations.run_again, "skip": operations.skip}[how]
    try:
        change(actor=actor, delivery_id=pk, at=timezone.now())
    except SubjectNotFound:
        raise Http404 from None
    except ActError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("It will be tried again at once.") if how == "again" else _("It was given up."))
    return HttpResponseRedirect(address_of("settings:events"))
