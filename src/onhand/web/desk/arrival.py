"""
A contact arrives: who is it? What is known is opened at once, before anybody speaks; what is not is never shown as if it were.
"""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from onhand.contacts.first_screen import arrive as read_arrival
from onhand.customers import access
from onhand.customers.contact_points import show_telephone
from onhand.customers.enums import ChannelKind
from onhand.customers.recognition.clues import LONGEST, Clue, ClueKind, read_clue
from onhand.customers.recognition.recognise import Candidate, Recognition, Sureness
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view
from onhand.web.desk.customer_pages import PAGE_NAME, screen_context, work_sections
from onhand.web.desk.timeline_pages import read_asked

REGISTER = "customers.register_customer"
KEYS = "123456789"
CLUES = {
    ChannelKind.TELEPHONE: ClueKind.TELEPHONE,
    ChannelKind.FAX: ClueKind.TELEPHONE,
    ChannelKind.EMAIL: ClueKind.EMAIL,
    ChannelKind.CHAT: ClueKind.EMAIL,
    ChannelKind.SOCIAL: ClueKind.HANDLE,
}
SURENESS = {
    Sureness.WEAK: (gettext_lazy("hardly"), ""),
    Sureness.POSSIBLE: (gettext_lazy("possibly"), "warn"),
    Sureness.LIKELY: (gettext_lazy("probably"), "info"),
    Sureness.CERTAIN: (gettext_lazy("known"), "good"),
}


@require_safe
@desk_view
def arrive(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who is on a contact that arrives, by the number or address it comes from; the file itself where that is known."""
    actor.require(access.VIEW)
    asked = request.GET
    channel = ChannelKind(asked["channel"]) if asked.get("channel") in ChannelKind else ChannelKind.TELEPHONE
    given = asked.get("from", "").replace("\0", "")[: 2 * LONGEST].strip()
    if (
        channel is ChannelKind.TELEPHONE
        and given[:1].isdigit()
        and request.META.get("QUERY_STRING", "").find("from=+") >= 0
    ):
        given = f"+{given}"  # a plus that nobody wrote as %2B is a space when it arrives
    clue = _clue(channel, given, asked.get("country", ""), asked.get("network", ""))
    recognition, screen = read_arrival(
        actor,
        [clue] if clue else [],
        page=PAGE_NAME,
        reason=_("a contact arrived"),
        at=timezone.now(),
        name=asked.get("name", "").replace("\0", "")[:LONGEST],
    )
    arrival = _arrival(channel, given, clue, recognition)
    if screen is not None:
        context = screen_context(request, actor, screen, read_asked(asked), arrived=(channel.value, arrival["outside"]))
        return render(request, "desk/customer.html", context | {"arrival": arrival, "work_later": True})
    register = register_address(actor, channel, arrival["outside"], asked.get("name", ""))
    context = {"arrival": arrival, "register_url": register, "work_sections": work_sections(actor), "column": "stream"}
    return render(request, "desk/arrive.html", context)


def _clue(channel: ChannelKind, given: str, country: str, network: str) -> Clue | None:
    kind = CLUES.get(channel, ClueKind.REFERENCE)
    return read_clue(kind, given, country=country[:2].upper(), network=network[:40]) if given else None


def _arrival(channel: ChannelKind, given: str, clue: Clue | None, recognition: Recognition) -> dict[str, Any]:
    """What arrived and what recognition says of it, in words."""
    outside = clue.keys[0] if clue and clue.keys else given
    is_number = bool(clue and clue.kind is ClueKind.TELEPHONE and clue.keys)
    return {
        "channel": channel.label,
        "icon": channel.value if channel in (ChannelKind.TELEPHONE, ChannelKind.EMAIL) else "stream",
        "outside": outside,
        "shown": show_telephone(outside) if is_number else outside,
        "answer": recognition.answer.value,
        "candidates": [
            _candidate(one, KEYS[number] if number < len(KEYS) else "", channel, outside)
            for number, one in enumerate(recognition.candidates)
        ],
        "more": recognition.more,
        "reasons": list(recognition.reasons),
        "speaks_for": [_candidate(one, "", channel, outside) for one in recognition.speaks_for],
    }


def _candidate(one: Candidate, key: str, channel: ChannelKind, outside: str) -> dict[str, Any]:
    words, tone = SURENESS[one.sureness]
    query = urlencode({"arrived": channel.value, "from": outside})
    return {
        "id": one.customer_id,
        "url": f"{address_of('desk:customer', one.customer_id)}?{query}",
        "name": one.name,
        "reference": one.reference,
        "sureness": words,
        "tone": tone,
        "reasons": list(one.reasons),
        "key": key,
    }


def register_address(actor: Actor, channel: ChannelKind, outside: str, name: str) -> str:
    """The address of the form that opens a new file, filled with what arrived; empty where the role does not allow it."""
    act = get_act(REGISTER)
    if not actor.may(act.permission):
        return ""
    box = "email" if CLUES.get(channel) is ClueKind.EMAIL else "telephone"
    known = {box: outside, "customer_name": name.replace("\0", "")[:LONGEST]}
    fields = {field.name for field in act.fields}
    filled = {key: value for key, value in known.items() if value and key in fields}
    address = address_of("desk:new", REGISTER)
    return f"{address}?{urlencode(filled)}" if filled else address
