"""
What a simulation is of: kinds of work, queues with their plans, streams of arrivals, people. Plain values; moments are seconds from the
beginning. `reading` makes one of a file; a program may make one itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from onhand.routing.matching.plans import USUAL, Plan
from onhand.routing.matching.wanted import ANYBODY, Wanted
from onhand.routing.matching.world import Kind, Person

Numbers = NDArray[np.float64]
Times = tuple[tuple[float, float], ...]  # from, until


class Shape(StrEnum):
    """How durations vary about their mean."""

    EXPONENTIAL = "exponential"
    FIXED = "fixed"
    LOGNORMAL = "lognormal"


@dataclass(frozen=True, slots=True)
class Duration:
    """
    Seconds that vary: their `mean` and `shape`; `deviation` (seconds) where the shape is lognormal. `each` are the durations
    themselves, of the first arrival, the second and so on, and once more from the first after the last; the others do not matter then.
    """

    mean: float = 0.0
    shape: Shape = Shape.EXPONENTIAL
    deviation: float = 0.0
    each: tuple[float, ...] = ()

    def draw(self, many: int, generator: np.random.Generator) -> Numbers:
        """So many of them."""
        if self.each:
            return np.resize(np.asarray(self.each, dtype=np.float64), many)
        if self.mean == 0 or self.shape is Shape.FIXED or (self.shape is Shape.LOGNORMAL and not self.deviation):
            return np.full(many, self.mean)
        if self.shape is Shape.EXPONENTIAL:
            return generator.exponential(self.mean, many)
        variance = math.log1p((self.deviation / self.mean) ** 2)
        return generator.lognormal(math.log(self.mean) - variance / 2, math.sqrt(variance), many)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """
    A stream of work that asks the same: `counts` expected in each interval of `interval` seconds from the beginning, arriving at random
    moments (Poisson), or exactly at the moments `at`. `due_in` is when it is due, from its arrival; without `patience` nobody gives up.
    """

    queue: int
    kind: str
    handling: Duration
    counts: tuple[float, ...] = ()
    interval: float = 1800.0
    at: tuple[float, ...] = ()
    patience: Duration | None = None
    wrap_up: Duration = Duration()
    wanted: Wanted = ANYBODY
    preferred: tuple[int, ...] = ()
    priority: int = 0
    difficulty: int = 1
    due_in: float | None = None

    def moments(self, until: float, generator: np.random.Generator) -> Numbers:
        """When it arrives, before `until`, in order."""
        if self.at:
            given = np.asarray(self.at, dtype=np.float64)
        else:
            drawn = generator.poisson(np.asarray(self.counts, dtype=np.float64))
            begins = np.repeat(np.arange(len(self.counts)) * self.interval, drawn)
            given = begins + generator.random(int(drawn.sum())) * self.interval
        given = np.sort(given)
        return given[given < until]


@dataclass(frozen=True, slots=True)
class SimulatedQueue:
    """A queue: its plan and when it is open (no `hours`: always)."""

    id: int
    name: str
    plan: Plan = USUAL
    hours: Times = ()


@dataclass(frozen=True, slots=True)
class Worker:
    """
    Somebody: what the matcher knows of them, when they are there (no `shifts`: always), and how they answer offers: after `answers`, or
    not at all with the probability `misses`, or by passing with the probability `passes`. Who missed one is away for `back_after`.
    """

    person: Person
    name: str
    shifts: Times = ()
    answers: Duration = Duration()
    misses: float = 0.0
    passes: float = 0.0
    back_after: float = 300.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    All of it, for so many `seconds`. Figures count what arrives after `warm_up` and before `cool_down` (from the end), in intervals of
    `interval`. `accepts_itself` are the kinds of work that are never offered, but given.
    """

    name: str
    seconds: float
    kinds: Mapping[str, Kind]
    queues: tuple[SimulatedQueue, ...]
    arrivals: tuple[Arrivals, ...]
    people: tuple[Worker, ...]
    seed: int = 1
    warm_up: float = 0.0
    cool_down: float = 0.0
    interval: float = 1800.0
    accepts_itself: frozenset[str] = field(default_factory=frozenset)
