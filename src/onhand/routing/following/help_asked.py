"""
Questions to colleagues as work: given at once to somebody who may help and sees what it is about, those of the team first. Whoever helps
leaves what is written for it, never somebody who sits waiting.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.access import HELP as MAY_HELP
from onhand.contacts.enums import HelpState, Priority
from onhand.contacts.followers import HELP
from onhand.contacts.help_subject import tell_help
from onhand.contacts.models import HelpRequest
from onhand.routing.abilities import IN_TEAM, who_sees, who_sees_case
from onhand.routing.enums import EndedWhy, SeatState
from onhand.routing.following import mirror
from onhand.routing.following.mirror import Standing, locked_ids, sweep_statements
from onhand.routing.kinds import Holder, WorkKind, register
from onhand.routing.models import Seat

KEY = "help"
# For how many seconds it is for whom it was put to, and then for the team alone.
ASKED_FIRST, TEAM_FIRST = 60, 45
# What somebody who is asked for help leaves meanwhile: nobody sits waiting for it.
INTERRUPTED = ("contact.email", "contact.letter", "contact.fax", "contact.social", "case", "task", "release")
_LOCK = "select id from contacts_helprequest where id = any(%s) order by id for no key update"
_MISSING = f"""
select h.id from contacts_helprequest h where h.state = 'open' and h.id > %(after)s and not exists (
  select from routing_workitem w where w.kind = '{KEY}' and w.subject_id = h.id and w.state <> 'ended') order by h.id limit %(most)s
"""  # noqa: S608  (our own text)
_LEFT_OVER = f"""
select w.subject_id from routing_workitem w join contacts_helprequest h on h.id = w.subject_id
where w.kind = '{KEY}' and w.state <> 'ended' and w.subject_id > %(after)s and h.state <> 'open' order by w.subject_id limit %(most)s
"""  # noqa: S608


def connect() -> None:
    """Register the kind, and follow questions from now on."""
    register(
        WorkKind(
            key=KEY,
            label=gettext_lazy("Call for help"),
            units=3,
            takes_all=True,
            interrupts=frozenset(INTERRUPTED),
            minutes=4,
            taken=_taken,
            given_back=_given_back,
            lock=lambda ids, skip: locked_ids(_LOCK, ids, skip),
            address=lambda request: f"/desk/help/{request}/",
            about=_asked_by,
            permission=MAY_HELP,
            icon="people",
            rank=4,
        )
    )
    HELP.add(follow_help)


def follow_help(request: HelpRequest, at: datetime) -> None:
    """Let the item of a question be as it is, in the transaction of its change."""
    mirror.follow([_standing(request)], at)


def _standing(request: HelpRequest) -> Standing:
    return Standing(
        kind=KEY,
        subject_id=request.pk,
        is_to_do=request.state == HelpState.OPEN,
        ended=EndedWhy.DONE if request.state == HelpState.ANSWERED else EndedWhy.CALLED_OFF,
        done_by=request.taken_by_id if request.state == HelpState.ANSWERED else None,
        since=request.asked_at,
        details={
            "title": " ".join(request.question.split())[:200],
            "customer_id": request.customer_id,
            "priority": int(Priority.URGENT),
        },
        first=lambda: _for_whom(request),
    )


def _for_whom(request: HelpRequest) -> dict[str, Any]:
    """What it asks of people, and whom it goes to first: nobody waits for who is not there."""
    on = request.contact or request.case
    team = on.team_id if on is not None else None
    there = Seat.objects.filter(
        state=SeatState.AVAILABLE, representative__role__permissions__contains=[MAY_HELP]
    ).exclude(pk=request.asked_by_id or 0)
    steps: list[dict[str, Any]] = []
    if request.to_id is not None and there.filter(pk=request.to_id).exists():
        steps.append({"wanted": {"people": [request.to_id]}, "seconds": ASKED_FIRST})
    if team is not None and there.filter(representative__teams=team).exists():
        steps.append({"wanted": {"has": f"{IN_TEAM}{team}"}, "seconds": TEAM_FIRST})
    sees = who_sees if request.contact_id is not None else who_sees_case
    wanted = [sees(request.customer_id, team)]
    if request.asked_by_id is not None:
        wanted.append({"not": {"people": [request.asked_by_id]}})
    return {"wanted": {"all": wanted}, "steps": [*steps, {"wanted": {}, "seconds": None}]}


def _asked_by(request_ids: Sequence[int]) -> dict[int, str]:
    found = HelpRequest.objects.filter(pk__in=request_ids).values_list("pk", "asked_by_name", "case__reference")
    return {
        pk: _("%(name)s asks, on case %(reference)s") % {"name": name, "reference": reference}
        if reference
        else _("%(name)s asks, on a contact") % {"name": name}
        for pk, name, reference in found
    }


def _taken(request_id: int, holder: Holder, at: datetime) -> None:
    _place(request_id, holder.id, holder.name, at)


def _given_back(request_id: int, _at: datetime) -> None:
    _place(request_id, None, "", None)


def _place(request_id: int, representative_id: int | None, name: str, at: datetime | None) -> None:
    """Say who looks at it, to who asked too."""
    request = HelpRequest.objects.filter(pk=request_id).first()
    if request is None or request.state != HelpState.OPEN or request.taken_by_id == representative_id:
        return
    request.taken_at, request.taken_by_id, request.taken_by_name = at, representative_id, name
    request.version += 1
    request.save(update_fields=["taken_at", "taken_by_id", "taken_by_name", "version"])
    tell_help(request)


def sweep(at: datetime) -> int:
    """Open questions without their item, and items of questions that were answered or withdrawn."""
    return sweep_statements((_MISSING, _LEFT_OVER), _follow_again, at)


def _follow_again(request_ids: Sequence[int], at: datetime) -> int:
    locked = locked_ids(_LOCK, request_ids, True)
    found = HelpRequest.objects.filter(pk__in=locked).select_related("contact", "case").order_by("pk")
    mirror.follow([_standing(one) for one in found], at)
    return len(locked)
