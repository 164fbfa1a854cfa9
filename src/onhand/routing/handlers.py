"""What the router looks at again because somebody changed a person, a team, or what counts as an ability."""

from collections.abc import Iterable

from onhand.kernel.events import ActDone, handles
from onhand.kernel.models import EventRecord
from onhand.routing.models import Seat
from onhand.routing.seats import look_again
from onhand.staff.models import Licence, Representative, SkillLevel

PEOPLE = ("representative",)
ABILITIES = ("skill", "licence_kind")


@handles(ActDone, wants=lambda _event, subject_type: subject_type in PEOPLE)
def look_at_person_again(event: EventRecord) -> None:
    """Teams, languages or whether they work here may be others now."""
    if event.subject_id is not None and Seat.objects.filter(pk=event.subject_id).exists():
        look_again([event.subject_id])


@handles(ActDone, wants=lambda _event, subject_type: subject_type in ABILITIES)
def look_at_able_people_again(event: EventRecord) -> None:
    """A skill or a kind of licence may count no more, or count again, for everybody who has it."""
    subject = event.subject_id or 0
    skilled = SkillLevel.objects.filter(skill=subject).values_list("representative", flat=True)
    licensed = Licence.objects.filter(kind=subject).values_list("representative", flat=True)
    having = skilled if event.subject_type == "skill" else licensed
    _look_again_at(having)


@handles(ActDone, wants=lambda _event, subject_type: subject_type == "role")
def look_at_people_of_role_again(event: EventRecord) -> None:
    """What a role lets people do decides which work they are given."""
    _look_again_at(Representative.objects.filter(role=event.subject_id or 0).values_list("pk", flat=True))


def _look_again_at(having: Iterable[int]) -> None:
    # In order of number, as everybody locks seats.
    seats = Seat.objects.filter(pk__in=set(having)).order_by("pk").select_for_update(no_key=True)
    look_again(list(seats.values_list("pk", flat=True)))
