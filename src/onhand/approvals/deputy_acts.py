"""Naming who answers approvals in one's place, and taking it back."""

from datetime import date, timedelta
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.approvals import access
from onhand.approvals.deputies import MOST_DAYS
from onhand.approvals.models import Deputy
from onhand.approvals.subjects import COLLEAGUE, DEPUTY, may_be_deputy
from onhand.kernel.actor import ActorKind
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.hints import send_after_commit

LONGEST_NOTE = 200


@act(subject=DEPUTY, permission=access.ANSWER, label=gettext_lazy("Name a deputy for approvals"), creates=True)
def name_deputy(
    *,
    run: Run,
    deputy: Annotated[int, Field(label=gettext_lazy("Who answers for you"), reference=COLLEAGUE)],
    first_day: Annotated[date, Field(label=gettext_lazy("From"))],
    last_day: Annotated[date, Field(label=gettext_lazy("Until the end of"))],
    note: Annotated[str, Field(label=gettext_lazy("Note"), max_length=LONGEST_NOTE)] = "",
) -> Deputy:
    """
    Let a colleague answer approvals with your authority while you are away. They answer what you could answer, never what you or they asked
    for, and cannot hand it on. Your limits hold as if you answered.
    """
    me, today = run.actor.id, company_day(run.at)
    if run.actor.kind is not ActorKind.PERSON or me is None:
        raise NotPossible(_("Only people name deputies."))
    if last_day < max(first_day, today):
        raise NotPossible(_("These days are over, or not in order."), field="last_day")
    if last_day - max(first_day, today) >= timedelta(days=MOST_DAYS):
        raise NotPossible(_("Give %(most)s days at most.") % {"most": MOST_DAYS}, field="last_day")
    person = may_be_deputy(run.actor).filter(pk=deputy).first()
    if person is None:
        raise NotPossible(_("Choose one of the list."), field="deputy")
    overlapping = Deputy.objects.filter(person=me, ended_at=None, first_day__lte=last_day, last_day__gte=first_day)
    if overlapping.exists():
        raise NotPossible(_("Somebody answers for you on these days already. End that first."), field="first_day")
    _tell(me, person.pk)
    return Deputy.objects.create(
        person_id=me,
        deputy=person,
        first_day=first_day,
        last_day=last_day,
        named_at=run.at,
        note=note,
    )


@act(subject=DEPUTY, permission=access.ANSWER, label=gettext_lazy("End it"), row_only=True)
def end_deputy(deputy: Deputy, *, run: Run) -> None:
    """Say that nobody answers for you any more, or that you do not answer for somebody any more. It holds at once."""
    if deputy.ended_at is not None:
        raise NotPossible(_("This has ended already."))
    deputy.ended_at = run.at
    _tell(deputy.person_id, deputy.deputy_id)


def _tell(*people: int) -> None:
    send_after_commit("approvals", *(f"work:{one}" for one in people))
