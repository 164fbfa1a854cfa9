"""The context of the pages of one piece of work and one person."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.contacts.enums import Priority
from onhand.contacts.timeline import lasted
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.routing.decided import DecisionTold, lasting, read_history
from onhand.routing.enums import ItemState, SeatState
from onhand.routing.floor_items import read_held
from onhand.routing.item_steps import steps_text
from onhand.routing.kinds import kind_of
from onhand.routing.matching.explaining import Addition
from onhand.routing.matching.wanted import HIGHEST, LOWEST
from onhand.routing.models import Seat, WorkItem
from onhand.routing.why import Told, explain_waiting
from onhand.routing.why_steps import try_steps
from onhand.routing.withholding import why_withheld
from onhand.staff.languages import language_name
from onhand.web.addresses import address_of
from onhand.web.desk.access import number_of
from onhand.web.desk.act_views import act_address
from onhand.web.floor.pages import STATES, acts_on
from onhand.web.floor.words import badges, item_rows, kind_words
from onhand.web.templating import show_datetime

MOST_TYPED = 5_000
MOST_TRIED = 60  # people offered to try something on


def work_page(request: HttpRequest, actor: Actor, item: WorkItem) -> dict[str, Any]:
    """A piece of work: what it is, why it waits, what would change that, and what became of it so far."""
    now = timezone.now()
    asked = read_addition(request)
    told = explain_waiting(actor, item, now, asked)
    label, icon = kind_words(item.kind)
    row = item_rows([item], now)[0]
    return {
        "work": row
        | {
            "kind": label,
            "icon": icon,
            "address": kind_of(item.kind).address(item.subject_id),
            "queue_url": address_of("floor:queue", item.queue_id),
            "holder_url": address_of("floor:person", item.holder_id) if item.holder_id else "",
            "badges": badges(item, now),
            "facts": [*([(_("About"), str(row["about"]))] if row["about"] else []), *_facts(item)],
            "url": address_of("floor:work", item.pk),
        },
        "told": told,
        "people": [{"told": one, "url": address_of("floor:person", one.id)} for one in told.people],
        "trying": _trying(told, item, asked),
        "rewriting": _rewriting(request, actor, item),
        "history": [_decision(one) for one in read_history(actor, item)],
        "acts": acts_on(actor, "work_item", item.pk),
        "topics": f"floor work_item:{item.pk}",
    }


def read_addition(request: HttpRequest) -> Addition | None:
    """What a what-if asks: `who`, `attribute`, `level` in the address; None for anything that is none."""
    who, level = number_of(request.GET.get("who")), number_of(request.GET.get("level"))
    attribute = request.GET.get("attribute", "")
    if who is None or level is None or not LOWEST <= level <= HIGHEST or not attribute or len(attribute) > 100:
        return None
    return Addition(who, attribute, level)


def _facts(item: WorkItem) -> list[tuple[str, str]]:
    facts = [
        (_("Priority"), str(Priority(item.priority).label) if item.priority in Priority.values else str(item.priority)),
        (_("Came"), show_datetime(item.created_at)),
        (_("To be begun by"), show_datetime(item.order_at)),
    ]
    if item.due_at:
        facts.append((_("Due"), show_datetime(item.due_at)))
    if item.language:
        facts.append((_("Language"), language_name(item.language)))
    facts.append((_("Difficulty"), _("%(level)s of 5") % {"level": item.difficulty}))
    if item.expected_seconds is not None:
        facts.append((_("Expected when it came"), lasting(item.expected_seconds)))
    return facts


def _trying(told: Told, item: WorkItem, asked: Addition | None) -> dict[str, Any]:
    """The form of a what-if; empty where work waits for nobody."""
    if item.state != ItemState.WAITING:
        return {}
    names = dict(told.may_try)
    if item.language:
        names.setdefault(f"language:{item.language}", language_name(item.language))
    if asked is not None:
        kind, _colon, key = asked.attribute.partition(":")
        names.setdefault(asked.attribute, language_name(key) if kind == "language" else key)
    people = [(one.id, one.name) for one in told.people[:MOST_TRIED]]
    return {
        "url": address_of("floor:work", item.pk),
        "people": sorted(people, key=lambda one: one[1]),
        "attributes": list(names.items()),
        "levels": range(LOWEST, HIGHEST + 1),
        "who": asked.person if asked else None,
        "attribute": asked.attribute if asked else "",
        "level": asked.level if asked else 3,
        "answer": told.what_if,
    }


def _rewriting(request: HttpRequest, actor: Actor, item: WorkItem) -> dict[str, Any]:
    """The form in which other steps are tried, filled with those that count; empty for who may not change them, or where none count."""
    act = get_act("routing.change_steps")
    if item.state != ItemState.WAITING or not actor.may(act.permission):
        return {}
    typed = request.GET.get("steps")
    tried = try_steps(actor, item, typed[:MOST_TYPED], timezone.now()) if typed is not None else None
    text = typed[:MOST_TYPED] if typed is not None else steps_text(item)
    return {
        "url": address_of("floor:work", item.pk),
        "steps": text,
        "rows": min(8, text.count("\n") + 2),
        "tried": tried,
        "apply_url": f"{act_address(act, item.pk)}?{urlencode({'steps': text})}" if tried and not tried.problem else "",
    }


def _decision(one: DecisionTold) -> dict[str, Any]:
    return {"id": one.id, "at": one.at, "headline": one.headline, "reasons": one.reasons}


def person_page(actor: Actor, seat: Seat, now: datetime) -> dict[str, Any]:
    """Somebody: their state, what they have, and what a supervisor can do about it."""
    state = SeatState(seat.state)
    tone, icon = STATES[state]
    held = item_rows(read_held(actor, seat.pk), now)
    facts = [(_("Capacity"), _("%(load)s of %(capacity)s taken") % {"load": seat.load, "capacity": seat.capacity})]
    if seat.hardest < HIGHEST:
        facts.append((_("Hardest difficulty"), str(seat.hardest)))
    if seat.state_until:
        facts.append((_("Until"), show_datetime(seat.state_until)))
    if state is SeatState.AVAILABLE and (why := why_withheld([seat.pk], now).get(seat.pk)):
        facts.append((_("Given nothing new"), why))
    return {
        "person": {
            "id": seat.pk,
            "name": seat.representative.name,
            "state": seat.reason.name if seat.reason and state is SeatState.AWAY else str(state.label),
            "tone": tone,
            "icon": icon,
            "since": seat.state_since,
            "lasted": lasted((now - seat.state_since).total_seconds()),
            "facts": facts,
            "url": address_of("floor:person", seat.pk),
            "settings_url": address_of("settings:person", seat.pk) if actor.may("staff.view") else "",
        },
        "held": held,
        "acts": acts_on(actor, "seat", seat.pk),
        "topics": f"floor seat:{seat.pk}",
    }
