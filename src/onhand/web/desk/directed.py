"""Why a contact is where it is: what was suggested for it, and which rules acted on it and why."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onhand.classifying.queries import Suggested, suggestion_for
from onhand.contacts.access import visible_contacts
from onhand.contacts.subjects import CONTACT
from onhand.kernel.actor import Actor
from onhand.kernel.acts import acts_on
from onhand.kernel.errors import SubjectNotFound
from onhand.rules.access import SET_UP
from onhand.rules.queries import explained_on
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view

HAND, WRAP_UP = "contacts.hand_to_team", "contacts.wrap_up"


def directed_view(actor: Actor, contact_id: int, team_id: int | None, *, has_ended: bool) -> dict[str, Any]:
    """What the region shows; whoever calls has read the contact."""
    suggested = None if has_ended else suggestion_for(contact_id)
    return {
        "url": address_of("desk:contact_directed", contact_id),
        "topic": f"{CONTACT}:{contact_id}",
        "suggested": _offers(actor, contact_id, suggested, team_id) if suggested else [],
        "rules": [
            {"told": one, "url": address_of("settings:rules_version", one.version) if actor.may(SET_UP) else ""}
            for one in explained_on(actor, contact_id)
        ],
    }


def _offers(actor: Actor, contact_id: int, suggested: Suggested, team_id: int | None) -> list[dict[str, Any]]:
    """Team and reason, each with the form that takes it up, where the reader may."""
    allowed = {act.name for act in acts_on(CONTACT, actor)}
    offers = []
    for act, name, label, value, sure in (
        (HAND, "team", suggested.team, suggested.team_id, suggested.team_sure),
        (WRAP_UP, "reason", suggested.reason, suggested.reason_id, suggested.reason_sure),
    ):
        if label and not (name == "team" and value == team_id):
            url = f"{address_of('desk:act', act, contact_id)}?{name}={value}" if act in allowed else ""
            offers.append({"is_team": name == "team", "label": label, "sure": sure, "url": url})
    return offers


@require_safe
@desk_view
def directed(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """The region by itself, for live updates."""
    found = visible_contacts(actor).filter(pk=contact_id).first()
    if found is None:
        raise SubjectNotFound
    shown = directed_view(actor, contact_id, found.team_id, has_ended=found.ended_at is not None)
    return render(request, "desk/contact_fragments/directed.html", {"directed": shown})
