"""What changes of queues by themselves: whether they are open, and which others' people help with them."""

from datetime import datetime

from onhand.contacts.hours import Hours
from onhand.routing.expected import estimate, read_pace
from onhand.routing.hours import hours_of, is_open
from onhand.routing.matching.helping import helps
from onhand.routing.matching.plans import Overflow
from onhand.routing.matching.world import QueueRules
from onhand.routing.router.picture import Picture, first_waits
from onhand.routing.router.reading import QueueRow

HOURS_SECONDS = 60  # after which calendars are read again


class Rules:
    """Tells the matcher of each queue how it is now."""

    def __init__(self) -> None:
        self._hours: dict[int, Hours] = {}
        self._read_at: datetime | None = None

    def apply(self, picture: Picture, at: datetime) -> None:
        """Say it of every queue; those of which nothing changed cost nothing."""
        self._read_hours(picture, at)
        for row in picture.queues.values():
            hours = self._hours.get(row.calendar) if row.calendar is not None else None
            open_now = row.is_active and (hours is None or is_open(hours, at))
            helped_by = frozenset(one.queue for one in row.plan.overflow if _counts(one, row, picture, at))
            picture.matcher.set_queue(QueueRules(row.id, row.plan, open_now, helped_by))

    def _read_hours(self, picture: Picture, at: datetime) -> None:
        wanted = {row.calendar for row in picture.queues.values() if row.calendar is not None}
        is_old = self._read_at is None or (at - self._read_at).total_seconds() >= HOURS_SECONDS
        if is_old or not wanted <= self._hours.keys():
            self._hours, self._read_at = hours_of(wanted) if wanted else {}, at


def _counts(overflow: Overflow, row: QueueRow, picture: Picture, at: datetime) -> bool:
    """Whether the people of another queue help now."""

    def expected_wait() -> float | None:
        found = estimate(picture.matcher.waiting_now(row.id), read_pace(row.id, at))
        return None if found is None else found.seconds

    return helps(
        overflow,
        is_nobody_here=lambda: not picture.is_anybody_there(row.id),
        longest_wait=lambda: first_waits(row.id, at),
        expected_wait=expected_wait,
    )
