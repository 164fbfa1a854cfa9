"""
Who answers for whom. A deputy has, for the days they were named for, the authority of who named them: for approvals that person could
answer, and no further. Nobody's authority is handed on, and none answers what its owner or the deputy asked for.
"""

from datetime import datetime

from django.db.models import QuerySet

from onhand.approvals.access import ANSWER
from onhand.approvals.models import Approval, Deputy
from onhand.kernel.actor import Actor
from onhand.kernel.days import company_day
from onhand.kernel.subjects import find_subject_type
from onhand.staff.queries import actor_for

MOST_DAYS = 92
ESCALATED_TO = "administrator"


def in_force(at: datetime) -> QuerySet[Deputy]:
    """Who stands in for whom at a moment, while both work here."""
    today = company_day(at)
    found = Deputy.objects.filter(ended_at=None, first_day__lte=today, last_day__gte=today)
    return found.filter(person__is_active=True, deputy__is_active=True).order_by("pk")


def roles_that_may(approval: Approval) -> list[str]:
    """The roles that may answer: those the decision named; also administrators once it is nearly too late. None: any."""
    named = list(approval.may_approve)
    if named and approval.escalated_at is not None and ESCALATED_TO not in named:
        named.append(ESCALATED_TO)
    return named


def is_named(actor: Actor, approval: Approval) -> bool:
    """Whether the actor's own role is one of those that may answer."""
    roles = roles_that_may(approval)
    return not roles or actor.role in roles


def stands_in_for(actor: Actor, approval: Approval, at: datetime) -> list[Actor]:
    """The people whose authority this actor has for this approval at a moment, as they are now."""
    if actor.id is None or actor.id == approval.asked_by_id or not actor.may(ANSWER):
        return []
    named = in_force(at).filter(deputy=actor.id).exclude(person=approval.asked_by_id).select_related("person__role")
    people = [actor_for(one.person, actor.via) for one in named]
    return [
        one for one in people if one.may(ANSWER) and is_named(one, approval) and sees_what_it_is_about(one, approval)
    ]


def sees_what_it_is_about(actor: Actor, approval: Approval) -> bool:
    """Whether this actor may see what the act would be done to."""
    kind = find_subject_type(approval.about_type)
    if kind is None:
        return False
    return approval.about_id is None or kind.visible(actor).filter(pk=approval.about_id).exists()


def named() -> list[tuple[int, int, str]]:
    """Every deputy as `standing_in` gives them, on whatever days: for lists people choose from, before the act looks at the day."""
    return list(Deputy.objects.filter(ended_at=None).values_list("person_id", "deputy_id", "person__role__key"))


def standing_in(at: datetime) -> list[tuple[int, int, str]]:
    """Every deputy at a moment: (person who is away, deputy, key of the person's role)."""
    return list(in_force(at).values_list("person_id", "deputy_id", "person__role__key"))
