"""What is wrong with a queue's settings though they can be read: steps nobody can take, steps that change nothing, nobody who serves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.contacts.models import BusinessCalendar
from onhand.routing.abilities import attributes_of
from onhand.routing.matching.plans import Plan, Step
from onhand.routing.matching.wanted import Attributes, OneOf, any_of
from onhand.routing.models import Queue
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative


@dataclass(frozen=True, slots=True)
class StepReach:
    """How many of the people who serve a queue can take its work from a step on, and what is to be said about it."""

    fitting: int
    warning: str = ""


def serving(queue: Queue, at: datetime) -> dict[int, Attributes]:
    """Everybody who serves a queue, with what they can; everybody there is where no team does. Few statements, whatever their number."""
    people = Representative.objects.filter(is_active=True)
    if queue.teams.exists():
        people = people.filter(teams__queues=queue.pk)
    else:
        people = people.filter(kind=RepresentativeKind.PERSON)
    return dict(attributes_of(list(people.values_list("pk", flat=True).distinct()), at))


def reach(steps: Sequence[Step], people: Mapping[int, Attributes]) -> list[StepReach]:
    """How far each step reaches, those before it included."""
    found: list[StepReach] = []
    for number in range(1, len(steps) + 1):
        wanted = any_of([step.wanted for step in steps[:number]])
        fitting = sum(1 for person, attributes in people.items() if wanted.fits(person, attributes))
        found.append(StepReach(fitting, _step_warning(steps[number - 1], fitting, found, len(people))))
    return found


def plan_warnings(queue: Queue, plan: Plan, people: Mapping[int, Attributes]) -> list[str]:
    """What is to be said about a plan as a whole."""
    said = []
    if not people:
        said.append(_("Nobody serves this queue: give it a team with people in it."))
    elif reach(plan.steps, people)[-1].fitting == 0:
        said.append(_("Nobody who serves this queue can take its work, whatever the step: it would wait for ever."))
    if queue.calendar_id is not None and not _ever_opens(queue.calendar_id):
        said.append(_("Its opening hours never open."))
    for one in plan.overflow:
        other = Queue.objects.filter(pk=one.queue).first()
        if other is None or not other.is_active:
            said.append(_("A queue that is to help is not in use any more."))
        elif other.pk == queue.pk:
            said.append(_("A queue cannot help itself."))
    if plan.accepts_itself and plan.offer_seconds:
        said.append(_("Its work is given without asking: how long an offer stands does not matter."))
    return said


def _step_warning(step: Step, fitting: int, before: Sequence[StepReach], there: int) -> str:
    if step.wanted == OneOf():
        return _("Nobody can ever fit this.")
    if fitting == 0 and there:
        return _("Nobody who serves the queue fits.")
    if before and fitting == before[-1].fitting:
        return _("Nobody more than at the step before.")
    if step.seconds == 0:
        return _("It lasts no time: the next step counts at once.")
    return ""


def _ever_opens(calendar: int) -> bool:
    found = BusinessCalendar.objects.get(pk=calendar)
    return any(found.week) or found.days.exists()


def people_words(count: int) -> str:
    """How many people, in words."""
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": count}
