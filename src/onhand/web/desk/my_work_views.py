"""One's own state, what is offered to one, and why one was given something."""

import json
import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onhand.contacts.access import visible_contacts
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound, UnknownAct
from onhand.kernel.perform import perform
from onhand.routing.access import WORK, visible_items
from onhand.routing.decided import why_mine
from onhand.routing.kinds import kind_of
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of, wants_fragment
from onhand.web.desk.my_work import ANSWERS, AWAY, GONE, HERE, OPENS, my_work_view, standing_view


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def standing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET: one's own state as it stands in the bar. POST: change it."""
    actor.require(WORK)
    said = ""
    if request.method == "POST":
        to, reason = request.POST.get("to", ""), number_of(request.POST.get("reason"))
        if to not in (HERE, AWAY, GONE):
            raise SubjectNotFound
        said = _try(actor, to, actor.id or 0, {"reason": reason} if to == AWAY and reason else {})
        if not wants_fragment(request):
            return HttpResponseRedirect(address_of("desk:home"))
    return _saying(render(request, "desk/standing.html", {"mine": standing_view(actor)}), said)


@require_safe
@desk_view
def my_work(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is offered, in work and put aside, for the top of the work column."""
    actor.require(WORK)
    contact = number_of(request.GET.get("contact"))
    shown = ("contact.", contact) if contact is not None else None
    return render(request, "desk/my_work.html", {"mine": my_work_view(actor, shown)})


@require_POST
@desk_view
def answer(request: HttpRequest, actor: Actor, item_id: int, name: str) -> HttpResponse:
    """Accept, pass, put aside, go on with or finish a piece of work by one press."""
    actor.require(WORK)
    if name not in ANSWERS:
        raise UnknownAct(name)
    item = visible_items(actor).filter(pk=item_id).first()
    if item is None:
        raise SubjectNotFound
    said = _try(actor, name, item_id, {})
    address = kind_of(item.kind).address(item.subject_id) if name in OPENS and not said else ""
    if not wants_fragment(request):
        return HttpResponseRedirect(address or address_of("desk:home"))
    if address:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return _saying(render(request, "desk/my_work.html", {"mine": my_work_view(actor)}), said)


@require_safe
@desk_view
def why(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """Why somebody was given a contact: beside it, or on a page of its own."""
    actor.require(WORK)
    contact = visible_contacts(actor).filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    told = why_mine(actor, f"contact.{contact.channel}", contact_id)
    context: dict[str, Any] = {
        "told": told,
        "close_url": address_of("desk:contact", contact_id),
        "title": _("Why did I get this?"),
    }
    return render(request, "desk/why_mine.html" if wants_fragment(request) else "desk/why_mine_page.html", context)


def _try(actor: Actor, name: str, subject_id: int, arguments: dict[str, Any]) -> str:
    """Do an act of the router; what stands against it is given back as words. Raises what makes a page not found."""
    try:
        perform(
            f"routing.{name}",
            actor=actor,
            subject_id=subject_id,
            arguments=arguments,
            at=timezone.now(),
            idempotency_key=secrets.token_hex(16),
        )
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return error.message
    return ""


def _saying(response: HttpResponse, words: str) -> HttpResponse:
    if words:
        response.headers["HX-Trigger"] = json.dumps({"onhand:notice": {"text": words, "tone": "warn"}})
    return response
