"""
How long work is expected to wait, from what its queue did lately: so many are ahead, and so many were taken in so long. Pure; the router,
the floor and simulations reckon alike.

With n ahead and k taken in T seconds, the (n+1)th taking from now comes after (n+1)·T/k. Both the work of those takings and the pace
itself vary: the logarithm of the wait has about the variance 1/(n+1) + 1/k, which gives the spread.
"""

import math
from dataclasses import dataclass

PERIOD_SECONDS = 3600.0  # the recent past
LEAST_TAKEN = 5  # with fewer the pace is not known
NINE_TENTHS = 1.2816  # standard deviations that leave out a tenth on either side


@dataclass(frozen=True, slots=True)
class Pace:
    """What a queue did lately: `taken` in so many `seconds`; `free` people and `waiting` work at the end of it."""

    taken: int
    seconds: float
    free: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Expected:
    """A wait in seconds: the middle, and bounds that eight of ten waits are expected within, a tenth below and a tenth above."""

    seconds: float
    earliest: float
    latest: float


def estimate(ahead: int, pace: Pace) -> Expected | None:
    """The wait with so many ahead; None where too little was taken lately to say. Nothing where somebody is free and nothing waits."""
    if pace.free > 0 and pace.waiting == 0 and ahead < pace.free:
        return Expected(0, 0, 0)
    if pace.taken < LEAST_TAKEN or pace.seconds <= 0:
        return None
    middle = (ahead + 1) * pace.seconds / pace.taken
    spread = math.exp(NINE_TENTHS * math.sqrt(1 / (ahead + 1) + 1 / pace.taken))
    return Expected(middle, middle / spread, middle * spread)
