"""Approvals on the desk: what stands beside a contact, the page on which one is answered, the list of open ones."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.approvals.access import ANSWER, visible_approvals, visible_deputies
from onhand.approvals.as_work import KEY as KIND
from onhand.approvals.as_work import act_words
from onhand.approvals.asking import ALLOW_ACT, DENY_ACT, END_DEPUTY_ACT, NAME_DEPUTY_ACT, PASS_ON_ACT, WITHDRAW_ACT
from onhand.approvals.deputies import is_named, roles_that_may, sees_what_it_is_about, stands_in_for
from onhand.approvals.doing import run_for
from onhand.approvals.enums import ApprovalState
from onhand.approvals.models import Approval
from onhand.customers.protection import Shield
from onhand.kernel.actor import Actor
from onhand.kernel.acts import find_act
from onhand.kernel.days import company_day
from onhand.kernel.decisions import Refused
from onhand.kernel.errors import ActError
from onhand.kernel.subjects import find_subject_type
from onhand.routing.decided import lasting, why_mine
from onhand.staff.queries import roles_in_words
from onhand.web.act_forms import reference_labels
from onhand.web.addresses import address_of
from onhand.web.desk.act_words import ChangeWords, decision_words

SHOWN_FOR = timedelta(hours=24)  # after it was answered; later it is on the timeline
MOST_BESIDE, MOST_OPEN, MOST_OWN = 10, 100, 20
ALLOW_KEY, DENY_KEY, PASS_KEY = "a", "d", "p"
TONES = {
    ApprovalState.ALLOWED: ("good", "check"),
    ApprovalState.DENIED: ("bad", "stop"),
    ApprovalState.EXPIRED: ("warn", "clock"),
    ApprovalState.WITHDRAWN: ("", "undo"),
}


def approvals_beside(actor: Actor, kind: str, subject_id: int) -> list[dict[str, Any]]:
    """What was asked to be allowed on a contact or case, and what came of it; whoever calls has read that."""
    now = timezone.now()
    recent = Q(state=ApprovalState.OPEN) | Q(ended_at__gt=now - SHOWN_FOR)
    found = visible_approvals(actor).filter(recent, **{f"{kind}_id": subject_id}).order_by("-pk")[:MOST_BESIDE]
    return [beside(one, actor, now) for one in found]


def beside(one: Approval, actor: Actor, now: datetime) -> dict[str, Any]:
    """One approval, where somebody is working."""
    is_own = one.asked_by_id == actor.id
    acts = []
    if one.is_open and not is_own and actor.may(ANSWER):
        acts.append({"label": _("Look and answer"), "url": _address(one), "key": "", "is_first": True, "is_page": True})
    if one.is_open and is_own:
        acts.append({"label": _("Withdraw"), "url": address_of("desk:act", WITHDRAW_ACT, one.pk), "key": ""})
    asked = _("You asked to be allowed") if is_own else _("%(name)s asks to be allowed") % {"name": one.asked_by_name}
    return {
        "id": one.pk,
        "url": _address(one),
        "headline": asked,
        "title": act_words(one.act),
        "about_title": one.about_title,
        "what": what_it_is(one),
        "amount": _amount(one),
        "at": one.asked_at,
        "note": one.note,
        "state": standing(one, now),
        "reason": one.reason,
        "words": one.words,
        "answered_by": one.answered_by_name,
        "acts": acts,
        "topic": f"approval:{one.pk}",
        "live_url": address_of("desk:approval_beside", one.pk),
    }


def what_it_is(one: Approval) -> str:
    """The act and what it is about, in a few words."""
    return " · ".join(part for part in (act_words(one.act), one.about_title) if part)


def standing(one: Approval, now: datetime) -> dict[str, str]:
    """How it stands, in words, with tone and sign."""
    if one.is_open:
        if one.expires_at <= now:
            return {"words": str(ApprovalState.EXPIRED.label), "tone": "warn", "icon": "clock"}
        if one.taken_by_name:
            return {"words": _("%(name)s looks at it") % {"name": one.taken_by_name}, "tone": "info", "icon": "person"}
        return {"words": _("Waits for an answer"), "tone": "warn", "icon": "clock"}
    state = ApprovalState(one.state)
    tone, icon = TONES[state]
    words = str(state.label)
    if one.answered_by_name:
        said = {"state": words, "name": one.answered_by_name}
        words = _("%(state)s by %(name)s") % said
        if one.answered_for_name:
            words = _("%(state)s by %(name)s for %(other)s") % {**said, "other": one.answered_for_name}
    return {"words": words, "tone": tone, "icon": icon}


def _amount(one: Approval) -> str:
    """The amount it is about, where its facts name one."""
    words = ChangeWords(one.about_type)
    return next((words.value("amount", value) for value in one.facts.values() if _is_money(value)), "")


def _is_money(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"minor", "currency"}


# The page.


def approval_page(actor: Actor, one: Approval, now: datetime) -> dict[str, Any]:
    """The page of an approval: what would be done, why it asks, and the answers that can be given now."""
    is_running = one.is_open and one.expires_at > now
    sees = sees_what_it_is_about(actor, one)
    may_answer = is_running and actor.may(ANSWER) and one.asked_by_id != actor.id and sees
    tried = _tried(actor, one, now) if may_answer else None
    shield = Shield(actor, now, one.contact_id)
    told = beside(one, actor, now)
    return {
        "approval": told
        | {
            "about": _about(one, sees=sees),
            "arguments": _arguments(actor, one, shield, sees=sees),
            "facts": _facts(one, now),
            "decision": decision_words(one.decision) | {"source": ""},  # who may approve it is among the facts
            "said": _said(one),
            "known": [(name, str(value)) for name, value in one.decision.get("known", {}).items()],
            "waits": one.customer_waits,
            "is_late": one.is_open and one.escalated_at is not None,
        },
        "tried": tried,
        "answering": _answering(one, actor, now) if may_answer else None,
        "withdraw": {"label": _("Withdraw"), "url": address_of("desk:act", WITHDRAW_ACT, one.pk)}
        if is_running and one.asked_by_id == actor.id
        else None,
        "told": why_mine(actor, KIND, one.pk) if one.taken_by_id == actor.id and one.is_open else None,
        "live": f"approval:{one.pk}",
        "column": "stream",
    }


def _answering(one: Approval, actor: Actor, now: datetime) -> dict[str, Any]:
    named = is_named(actor, one)
    people = [] if named else stands_in_for(actor, one, now)
    return {
        "stands_in": _("You answer in the place of %(name)s.") % {"name": people[0].name} if people else "",
        "allow_url": address_of("desk:approval_allow", one.pk),
        "allow_key": ALLOW_KEY,
        "new_key": secrets.token_hex(16),
        "acts": [
            {"label": _("Deny"), "url": address_of("desk:act", DENY_ACT, one.pk), "key": DENY_KEY},
            {"label": _("Pass on"), "url": address_of("desk:act", PASS_ON_ACT, one.pk), "key": PASS_KEY},
        ]
        if named or people
        else [],
        "with_words": {
            "label": _("Allow with words for the customer"),
            "url": address_of("desk:act", ALLOW_ACT, one.pk),
        },
    }


def _tried(actor: Actor, one: Approval, now: datetime) -> dict[str, Any]:
    """What it would do now, by doing it as it will be done and taking it back; or what stands against it."""
    try:
        outcome, _person = run_for(one, actor, now, preview=True)
    except Refused as error:
        return {"decision": decision_words(error.decision), "changes": []}
    except ActError as error:
        return {"problem": error.message}
    shield, words = Shield(actor, now, one.contact_id), ChangeWords(one.about_type)
    before, after = (shield.values(one.about_type, one.about_id, values) for values in (outcome.before, outcome.after))
    return {"decision": decision_words(outcome.decision), "changes": words.changes(before, after)}


def _about(one: Approval, *, sees: bool) -> dict[str, str] | None:
    kind = find_subject_type(one.about_type)
    if kind is None or one.about_id is None:
        return None
    return {"kind": str(kind.label), "title": one.about_title, "url": kind.page(one.about_id) if sees else ""}


def _arguments(actor: Actor, one: Approval, shield: Shield, *, sees: bool) -> list[tuple[str, str]]:
    """What it would be done with, as its form says it."""
    act, words = find_act(one.act), ChangeWords(one.about_type)
    if not sees:
        return []
    shown = shield.values(one.about_type, one.about_id, one.arguments)
    if act is None:
        return [(name, words.value(name, value)) for name, value in shown.items()]
    names = reference_labels(act, actor, {name: str(value) for name, value in shown.items()})
    lines = []
    for field in act.fields:
        value = words.value(field.name, shown.get(field.name))
        value = str(names.get(f"{field.name}__label") or value)
        if value:
            lines.append((str(field.label), value))
    return lines


def _facts(one: Approval, now: datetime) -> list[tuple[str, str]]:
    facts = [
        (_("Asked by"), one.asked_by_name),
        (_("May be approved by"), roles_in_words(roles_that_may(one))),
    ]
    if one.is_open and one.expires_at > now:
        facts.append((_("Runs out in"), lasting((one.expires_at - now).total_seconds())))
    return facts


def _said(one: Approval) -> list[dict[str, str]]:
    """What each guideline and limit said, the strictest first."""
    return [
        {
            "outcome": str(said.get("answer", "")),
            "reason": str(said.get("reason", "")),
            "rows": ", ".join(str(row.get("row", "")) for row in said.get("rows", ()) if isinstance(row, Mapping)),
        }
        for said in one.decision.get("said", ())
        if isinstance(said, Mapping)
    ]


# The list.


def approvals_page(actor: Actor, now: datetime) -> dict[str, Any]:
    """What is open, what runs out first on top; and what somebody asked for themselves lately."""
    visible = visible_approvals(actor)
    rows = list(open_approvals(actor, now)[: MOST_OPEN + 1]) if actor.may(ANSWER) else []
    own = visible.filter(asked_by_id=actor.id or 0).order_by("-pk")[:MOST_OWN]
    return {
        "rows": [approval_row(one, now) for one in rows[:MOST_OPEN]],
        "is_cut": len(rows) > MOST_OPEN,
        "may_answer": actor.may(ANSWER),
        "own": [approval_row(one, now) for one in own],
        "deputies": _deputies(actor, now) if actor.may(ANSWER) else None,
        "live_url": address_of("desk:approvals"),
        "live": f"approvals work:{actor.id}",
        "has_file": False,
        "column": "stream",
    }


def _deputies(actor: Actor, now: datetime) -> dict[str, Any]:
    """Who answers in this person's place, now or to come, and in whose place they answer."""
    running = visible_deputies(actor).filter(ended_at=None, last_day__gte=company_day(now))
    return {
        "rows": [
            {
                "id": one.pk,
                "words": (
                    _("%(name)s answers in your place") % {"name": one.deputy.name}
                    if one.person_id == actor.id
                    else _("You answer in the place of %(name)s") % {"name": one.person.name}
                ),
                "first_day": one.first_day,
                "last_day": one.last_day,
                "note": one.note,
                "end": {"label": _("End it"), "url": address_of("desk:act", END_DEPUTY_ACT, one.pk), "is_page": True},
            }
            for one in running.select_related("person", "deputy").order_by("first_day", "pk")[:MOST_OWN]
        ],
        "name": {
            "label": _("Name a deputy for approvals"),
            "url": address_of("desk:new", NAME_DEPUTY_ACT),
            "key": "n",
            "is_page": True,
        },
    }


def open_approvals(actor: Actor, now: datetime) -> QuerySet[Approval]:
    """What colleagues ask to be allowed and this actor may see, while it can be answered; where the customer waits first."""
    return (
        visible_approvals(actor)
        .filter(state=ApprovalState.OPEN, expires_at__gt=now)
        .exclude(asked_by_id=actor.id or 0)
        .order_by("-customer_waits", "expires_at", "pk")
    )


def approval_row(one: Approval, now: datetime) -> dict[str, Any]:
    """An approval as a row of a list."""
    return {
        "id": one.pk,
        "url": _address(one),
        "what": act_words(one.act),
        "about": one.about_title,
        "amount": _amount(one),
        "by": one.asked_by_name,
        "at": one.asked_at,
        "waits": one.customer_waits,
        "is_late": one.is_open and one.escalated_at is not None,
        "state": standing(one, now),
        "left": lasting(max(0.0, (one.expires_at - now).total_seconds())) if one.is_open else "",
    }


def _address(one: Approval) -> str:
    return address_of("desk:approval", one.pk)
