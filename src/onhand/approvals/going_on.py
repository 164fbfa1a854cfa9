"""
What becomes of approvals nobody answers: whom they may be given to follows who stands in for whom; what somebody has and does not answer
goes on to others; what is nearly too late comes before other work, also to administrators. By the clock, each in a transaction of its own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from onhand.approvals.as_work import KEY, Deputies, follow_approval, lock_approvals, whom_it_wants
from onhand.approvals.deputies import standing_in
from onhand.approvals.ending import AT_ONCE, tell
from onhand.approvals.enums import ApprovalState
from onhand.approvals.events import ApprovalNearlyTooLate
from onhand.approvals.models import Approval, Deputy
from onhand.approvals.rules import NEARLY, Waiting, nearly_too_late, waiting
from onhand.kernel.actor import system_actor
from onhand.kernel.days import company_day
from onhand.kernel.records import Subject, publish
from onhand.routing import items
from onhand.routing.enums import DecisionKind, ItemState

LATELY = timedelta(days=3)
HELD = (ItemState.IN_WORK, ItemState.PARKED)


def go_on(at: datetime) -> int:
    """Do what is due of all of it; how many approvals were moved on."""
    times, deputies = waiting(), standing_in(at)
    return escalate_due(at) + pass_over_due(at, times, deputies) + address_anew(at, deputies)


def escalate_due(at: datetime) -> int:
    """What is nearly too late goes before other work, also to administrators."""
    left = (F("expires_at") - F("asked_at")) / NEARLY
    due = Q(state=ApprovalState.OPEN, escalated_at=None, expires_at__gt=at, expires_at__lte=at + left)
    return _each(due, lambda approval: _escalate(approval, at))


def _escalate(approval: Approval, at: datetime) -> bool:
    if not approval.is_open or approval.escalated_at is not None or nearly_too_late(approval) > at:
        return False
    approval.escalated_at = at
    approval.version += 1
    approval.save(update_fields=["escalated_at", "version"])
    follow_approval(approval, at)
    _address(approval, at, standing_in(at))
    event = ApprovalNearlyTooLate(approval.pk, approval.act, approval.customer_id, approval.expires_at.isoformat())
    publish(event, actor=system_actor(KEY), subject=Subject(KEY, approval.pk, approval.contact_id), at=at)
    tell(approval)
    return True


def pass_over_due(at: datetime, times: Waiting, deputies: Deputies) -> int:
    """What somebody has for too long, or who has somebody in their place by now, waits again for the next."""
    away = [person for person, _deputy, _role in deputies]
    too_long = Q(customer_waits=True, taken_at__lte=at - times.held)
    too_long |= Q(customer_waits=False, taken_at__lte=at - times.held_later)
    due = Q(state=ApprovalState.OPEN, taken_by_id__isnull=False) & (too_long | Q(taken_by_id__in=away))
    return _each(due, lambda approval: _pass_over(approval, at, times, away))


def _pass_over(approval: Approval, at: datetime, times: Waiting, away: list[int]) -> bool:
    until = times.passed_on(approval)
    if not approval.is_open or until is None or (until > at and approval.taken_by_id not in away):
        return False
    item = items.current_item(KEY, approval.pk)
    if item is None or item.state not in HELD:
        return False
    items.wait_again(item, at, DecisionKind.RETURNED, why=str(_("not answered in time")))
    return True


def address_anew(at: datetime, deputies: Deputies) -> int:
    """Let open approvals be given to whoever may answer them now: where somebody stands in for somebody, or did until lately."""
    if not deputies and not Deputy.objects.filter(last_day__gte=company_day(at) - LATELY).exists():
        return 0
    return _each(Q(state=ApprovalState.OPEN, expires_at__gt=at), lambda one: _address(one, at, deputies))


def _address(approval: Approval, at: datetime, deputies: Deputies) -> bool:
    item = items.current_item(KEY, approval.pk)
    wanted = whom_it_wants(approval, deputies)
    if item is None or item.wanted == wanted:
        return False
    if item.state == ItemState.OFFERED:
        items.wait_again(item, at, DecisionKind.WITHDRAWN, why=str(_("others may answer it now")))
    items.reorder(item, at, wanted=wanted)
    return True


def _each(due: Q, do: Callable[[Approval], bool]) -> int:
    """Do something with each approval that is due, locked; what somebody is answering just now is left to them."""
    count, after = 0, 0
    found = Approval.objects.filter(due)
    while page := list(found.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        after = page[-1]
        for one in page:
            with transaction.atomic():
                if lock_approvals([one], True):
                    approval = Approval.objects.select_related("contact", "case").get(pk=one)
                    count += approval.is_open and do(approval)
    return count
