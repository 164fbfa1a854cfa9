"""
How long work is expected to wait, by what its queue did lately (see `matching.foretelling`); what was foretold is stored with the item and
compared when it is taken.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from onhand.kernel.database import run_prepared
from onhand.routing.matching.foretelling import PERIOD_SECONDS, Expected, Pace, estimate
from onhand.routing.models import WorkItem

PERIOD = timedelta(seconds=PERIOD_SECONDS)  # the recent past
LEAST_COMPARED = 20  # with fewer it is not said how many waits lay inside what was told
WANTED_INSIDE = 0.8
MOST_COUNTED = 5_000

# The pace of the recent past: what was taken or given up in it, how much of it is known, and whether somebody is free right now.
_PACE = """
select coalesce(sum(m.taken + m.given_up), 0), count(*),
  coalesce((array_agg(m.free order by m.at desc))[1], 0), coalesce((array_agg(m.waiting order by m.at desc))[1], 0)
from routing_queueminute m where m.queue_id = %s and m.at >= %s
"""
_AHEAD = """
select count(*) from (select 1 from routing_workitem where queue_id = %s and state = 'waiting' and order_at <= %s
  and (opens_at is null or opens_at <= %s) limit %s) ahead
"""
_COMPARED = """
select count(*), percentile_cont(0.5) within group (order by abs(expected_seconds - waited_seconds)),
  percentile_cont(0.5) within group (order by waited_seconds), avg(expected_seconds - waited_seconds),
  avg(abs(expected_seconds - waited_seconds)), count(expected_until),
  count(*) filter (where waited_seconds between expected_from and expected_until), min(created_at)
from routing_workitem where queue_id = %s and ended_at >= %s and state = 'ended'
  and expected_seconds is not null and waited_seconds is not null
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """
    How right foretold waits were: of so many since a time, the middle error, the middle wait, which way they lean (told minus real) and
    the mean error, in seconds; and of those a range was told with, how many, and how many waits lay inside it.
    """

    count: int
    error: float
    wait: float
    lean: float
    mean_error: float = 0.0
    ranged: int = 0
    inside: int = 0
    since: datetime | None = None

    @property
    def share_inside(self) -> float | None:
        """The share of waits inside the range that was told; eight of ten are to be. None while there is too little to say."""
        return self.inside / self.ranged if self.ranged >= LEAST_COMPARED else None


def read_pace(queue_id: int, at: datetime) -> Pace:
    """What the queue did in the last hour, as far as minutes are known. One statement."""
    ((taken, minutes, free, waiting),) = run_prepared(_PACE, [queue_id, at - PERIOD])
    return Pace(int(taken), 60.0 * int(minutes), int(free), int(waiting))


def expected_wait(queue_id: int, order_at: datetime, at: datetime) -> Expected | None:
    """How long work with this place in the order is expected to wait from now; None where it cannot be said."""
    ((ahead,),) = run_prepared(_AHEAD, [queue_id, order_at, at, MOST_COUNTED])
    return estimate(int(ahead), read_pace(queue_id, at))


def foretell_of(item: WorkItem, at: datetime) -> None:
    """Assign to work that arrives the wait it is told, with its range; nothing where it cannot be said."""
    found = expected_wait(item.queue_id, item.order_at, at)
    if found is not None:
        item.expected_seconds = round(found.seconds)
        item.expected_from, item.expected_until = math.floor(found.earliest), math.ceil(found.latest)


def measure_error(queue_id: int, since: datetime) -> Measured:
    """How right the waits foretold were for what ended since."""
    rows: Sequence[tuple[object, ...]] = run_prepared(_COMPARED, [queue_id, since])
    ((count, *figures, ranged, inside, first),) = rows
    error, wait, lean, mean = (float(str(one)) if one is not None else 0.0 for one in figures)
    begun = first if isinstance(first, datetime) else None
    return Measured(int(str(count)), error, wait, lean, mean, int(str(ranged)), int(str(inside)), begun)


__all__ = [
    "Expected",
    "Measured",
    "Pace",
    "estimate",
    "expected_wait",
    "foretell_of",
    "measure_error",
    "read_pace",
]
