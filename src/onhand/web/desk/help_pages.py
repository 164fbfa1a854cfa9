"""What was asked of colleagues beside what it is about, help and approvals: on a contact, on a case, on the file during a call."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.contacts.access import HELP, visible_cases, visible_contacts
from onhand.contacts.enums import HelpState
from onhand.contacts.models import HelpRequest
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.kernel.errors import SubjectNotFound
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view
from onhand.web.desk.approval_pages import approvals_beside

ASK = {"contact": "contacts.ask_for_help", "case": "contacts.ask_for_help_on_case"}
ANSWER, WITHDRAW = "contacts.answer_help", "contacts.withdraw_help"
SHOWN_FOR = timedelta(hours=24)  # after it was answered; later it is on the timeline
MOST = 10
KEY, ANSWER_KEY = "h", "! h"


def help_view(actor: Actor, kind: str, subject_id: int, *, may_ask: bool = False) -> dict[str, Any]:
    """What the region beside a contact or case shows; whoever calls has read that. With `may_ask` it offers to ask."""
    now = timezone.now()
    recent = Q(state=HelpState.OPEN) | Q(state=HelpState.ANSWERED, ended_at__gt=now - SHOWN_FOR)
    found = HelpRequest.objects.filter(recent, **{kind: subject_id}).order_by("-pk")[:MOST]
    can_ask = may_ask and actor.may(get_act(ASK[kind]).permission)
    return {
        "url": address_of(f"desk:help_on_{kind}", subject_id),
        "topic": f"{kind}:{subject_id}",
        "requests": [_request(one, actor) for one in found],
        "approvals": approvals_beside(actor, kind, subject_id),
        "ask": {"label": _("Ask for help"), "url": address_of("desk:act", ASK[kind], subject_id), "key": KEY}
        if can_ask
        else None,
    }


def _request(one: HelpRequest, actor: Actor) -> dict[str, Any]:
    is_open, is_own = one.state == HelpState.OPEN, one.asked_by_id is not None and one.asked_by_id == actor.id
    words, tone, icon = _state(one)
    acts = []
    if is_open and not is_own and actor.may(HELP):
        acts.append(
            {"label": _("Answer"), "url": address_of("desk:act", ANSWER, one.pk), "key": ANSWER_KEY, "is_first": True}
        )
    if is_open and is_own:
        acts.append({"label": _("Withdraw"), "url": address_of("desk:act", WITHDRAW, one.pk), "key": ""})
    return {
        "id": one.pk,
        "headline": _("You asked") if is_own else _("%(name)s asks") % {"name": one.asked_by_name},
        "question": one.question,
        "at": one.asked_at,
        "answer": one.answer,
        "answered_by": one.taken_by_name,
        "state": {"words": words, "tone": tone, "icon": icon},
        "acts": acts,
    }


def _state(one: HelpRequest) -> tuple[str, str, str]:
    if one.state == HelpState.ANSWERED:
        return _("%(name)s answered") % {"name": one.taken_by_name}, "good", "check"
    if one.taken_by_name:
        return _("%(name)s looks at it") % {"name": one.taken_by_name}, "info", "person"
    return _("Waits for somebody"), "warn", "clock"


@require_safe
@desk_view
def help_on_contact(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """What was asked on a contact, by itself, for live updates."""
    if not visible_contacts(actor).filter(pk=contact_id).exists():
        raise SubjectNotFound
    return render(request, "desk/help.html", {"help": help_view(actor, "contact", contact_id)})


@require_safe
@desk_view
def help_on_case(request: HttpRequest, actor: Actor, case_id: int) -> HttpResponse:
    """What was asked on a case, by itself, for live updates."""
    if not visible_cases(actor).filter(pk=case_id).exists():
        raise SubjectNotFound
    return render(request, "desk/help.html", {"help": help_view(actor, "case", case_id)})
