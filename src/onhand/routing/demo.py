"""The demo company's work: why people are away, and how much of which work each of them takes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from onhand.routing.demo_queues import create_demo_queues
from onhand.routing.enums import CountsAs, Leaving, SeatState, StateHow
from onhand.routing.models import AwayReason, Seat, StateChange
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative

# name, counts as, paid, minutes at most
REASONS = (
    ("Lunch", CountsAs.BREAK, False, 60),
    ("Short break", CountsAs.BREAK, True, 15),
    ("Team meeting", CountsAs.MEETING, True, 90),
    ("Training", CountsAs.TRAINING, True, None),
    ("Back-office work", CountsAs.WORK, True, None),
    ("Doctor's appointment", CountsAs.ABSENCE, True, 180),
)
# e-mail name → what of their seat is otherwise than usual; Beatriz is new, and Rui takes over what she leaves
SEATS: Mapping[str, Mapping[str, Any]] = {
    "beatriz.lopes": {"capacity": 6, "hardest": 2, "limits": {"contact.email": 2}, "leaving": Leaving.HAND_OVER},
    "representative": {"capacity": 16, "hardest": 4},  # begins with three mails, and has room for more
    "senior": {"capacity": 15},
    "supervisor": {"capacity": 6, "limits": {"contact.email": 1}, "leaving": Leaving.KEEP},
    "rui.teixeira": {"capacity": 8, "leaving": Leaving.KEEP},
}
TAKES_OVER = ("beatriz.lopes", "rui.teixeira")
# Who is somewhere else when the demo begins: e-mail name → reason, minutes ago. Nobody of them signs in, so nothing is given to them.
AWAY = {"javier.soto": ("Lunch", 24), "oliver.finch": ("Training", 71), "amina.yusuf": ("Back-office work", 12)}
# Minutes of today somebody was available and had something: what the floor tells of how evenly work is shared.
WORKED = {
    "javier.soto": (190, 151),
    "lucia.campos": (205, 128),
    "oliver.finch": (172, 149),
    "amina.yusuf": (221, 201),
    "beatriz.lopes": (64, 22),
    "rui.teixeira": (118, 71),
}


@transaction.atomic
def create_demo_work(*, at: datetime) -> None:
    """Give the demo company reasons for being away, and its people seats. Made again nothing changes."""
    if AwayReason.objects.exists():
        return
    AwayReason.objects.bulk_create(
        AwayReason(name=name, counts_as=counts, is_paid=paid, most_minutes=most) for name, counts, paid, most in REASONS
    )
    people = {one.email.partition("@")[0]: one for one in Representative.objects.filter(kind=RepresentativeKind.PERSON)}
    Seat.objects.bulk_create(
        [
            Seat(
                representative=one,
                state_since=at,
                idle_since=at,
                available_seconds=60 * WORKED.get(email_name, (0, 0))[0],
                worked_seconds=60 * WORKED.get(email_name, (0, 0))[1],
            )
            for email_name, one in people.items()
        ],
        ignore_conflicts=True,
    )
    seats = Seat.objects.in_bulk([one.pk for one in people.values()])
    for email_name in sorted(SEATS.keys() & people.keys()):
        seat = seats[people[email_name].pk]
        for name, value in SEATS[email_name].items():
            setattr(seat, name, value)
        if email_name == TAKES_OVER[0] and TAKES_OVER[1] in people:
            seat.colleague = people[TAKES_OVER[1]]
        seat.save()
    _set_the_scene(people, at)
    create_demo_queues(at=at)


def _set_the_scene(people: Mapping[str, Representative], at: datetime) -> None:
    """Let the floor not be empty when somebody first looks at it."""
    reasons = {one.name: one for one in AwayReason.objects.all()}
    for email_name in sorted(AWAY.keys() & people.keys()):
        reason, minutes = AWAY[email_name]
        since = at - timedelta(minutes=minutes)
        Seat.objects.filter(pk=people[email_name].pk).update(
            state=SeatState.AWAY, reason=reasons[reason], state_since=since
        )
        StateChange.objects.create(
            representative=people[email_name],
            at=since,
            state=SeatState.AWAY,
            reason=reasons[reason],
            how=StateHow.PERSON,
        )
