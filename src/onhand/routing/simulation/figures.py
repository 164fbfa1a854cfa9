"""What came out of a simulation: waits, service level, abandonment, occupancy; as a whole, of each queue, interval and person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from onhand.routing.simulation.scenario import Numbers

PERCENTILES = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Figures:
    """
    Of what arrived in a time: how much was `taken`, `abandoned` or neither by the end (`left`). `mean_wait` counts those who gave up
    too, until they did; `mean_wait_taken`, `percentiles` and `longest` only what was taken. `service_level` is the share of all that
    arrived that was taken in time; who gave up counts as not. Seconds; NaN where there is nothing to count.
    """

    arrived: int
    taken: int
    abandoned: int
    left: int
    mean_wait: float
    mean_wait_taken: float
    percentiles: tuple[float, ...]
    longest: float
    service_level: float

    @property
    def abandoned_share(self) -> float:
        """Of all that arrived."""
        return self.abandoned / self.arrived if self.arrived else float("nan")


@dataclass(frozen=True, slots=True)
class QueueInterval:
    """One queue's figures of what arrived in an interval that begins at so many seconds."""

    queue: str
    begins: float
    figures: Figures


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """
    One person: seconds `present` and with something to do (`busy`), how much of their capacity was taken over the time present
    (`load`, a share), and how many they took, missed and passed.
    """

    name: str
    present: float
    busy: float
    load: float
    taken: int
    missed: int
    passed: int

    @property
    def occupancy(self) -> float:
        """The share of the time present in which they had something to do."""
        return self.busy / self.present if self.present else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of it. `gini` is the inequality of occupancy among people who were there: 0 is all the same, 1 is one does everything."""

    whole: Figures
    queues: dict[str, Figures]
    intervals: tuple[QueueInterval, ...]
    people: tuple[WorkerFigures, ...]
    gini: float
    events: int
    decisions: int
    simulated_seconds: float
    real_seconds: float

    @property
    def events_per_second(self) -> float:
        """How fast it ran."""
        return self.events / self.real_seconds if self.real_seconds else 0.0

    @property
    def times_life(self) -> float:
        """How much faster than life."""
        return self.simulated_seconds / self.real_seconds if self.real_seconds else 0.0


@dataclass(slots=True)
class Tally:
    """What is noted of a queue while a simulation runs: when something arrived and how long it then waited, by how that ended."""

    answer_seconds: float
    taken: list[tuple[float, float]] = field(default_factory=list)
    abandoned: list[tuple[float, float]] = field(default_factory=list)
    left: list[float] = field(default_factory=list)


def figures_of(tallies: Sequence[Tally], begin: float, end: float) -> Figures:
    """Of what arrived from `begin` and before `end` in these queues together."""
    taken, in_time, gone, left = [], 0, [], 0
    for tally in tallies:
        waits = _between(tally.taken, begin, end)
        in_time += int((waits <= tally.answer_seconds).sum())
        taken.append(waits)
        gone.append(_between(tally.abandoned, begin, end))
        left += sum(1 for arrived in tally.left if begin <= arrived < end)
    return _figures(np.concatenate(taken), np.concatenate(gone), left, in_time)


def intervals_of(name: str, tally: Tally, begin: float, end: float, length: float) -> list[QueueInterval]:
    """A queue's figures in intervals from `begin` to `end`, the last one may be shorter."""
    count = max(1, int(np.ceil((end - begin) / length - 1e-9)))
    taken, gone = (_sorted(pairs) for pairs in (tally.taken, tally.abandoned))
    left = np.sort(np.asarray(tally.left, dtype=np.float64))
    bounds = np.append(begin + length * np.arange(count), end)
    cuts = [np.searchsorted(one, bounds) for one in (taken[:, 0], gone[:, 0], left)]
    made = []
    for at in range(count):
        waits, until = taken[cuts[0][at] : cuts[0][at + 1], 1], gone[cuts[1][at] : cuts[1][at + 1], 1]
        in_time = int((waits <= tally.answer_seconds).sum())
        still = int(cuts[2][at + 1] - cuts[2][at])
        made.append(QueueInterval(name, float(bounds[at]), _figures(waits, until, still, in_time)))
    return made


def gini(values: Sequence[float]) -> float:
    """The Gini coefficient: half the mean difference of two of them, over their mean. 0 without any."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    total, count = ordered.sum(), len(ordered)
    if not total:
        return 0.0
    return float((2 * np.arange(1, count + 1) - count - 1).dot(ordered) / (count * total))


def _figures(taken: Numbers, gone: Numbers, left: int, in_time: int) -> Figures:
    nothing = float("nan")
    ended = len(taken) + len(gone)
    arrived = ended + left
    marks = np.percentile(taken, PERCENTILES) if len(taken) else [nothing] * len(PERCENTILES)
    return Figures(
        arrived=arrived,
        taken=len(taken),
        abandoned=len(gone),
        left=left,
        mean_wait=float((taken.sum() + gone.sum()) / ended) if ended else nothing,
        mean_wait_taken=float(taken.mean()) if len(taken) else nothing,
        percentiles=tuple(float(mark) for mark in marks),
        longest=float(taken.max()) if len(taken) else nothing,
        service_level=in_time / arrived if arrived else nothing,
    )


def _sorted(pairs: list[tuple[float, float]]) -> Numbers:
    made = np.asarray(pairs, dtype=np.float64).reshape(-1, 2)
    ordered: Numbers = made[np.argsort(made[:, 0], kind="stable")]
    return ordered


def _between(pairs: list[tuple[float, float]], begin: float, end: float) -> Numbers:
    made = np.asarray(pairs, dtype=np.float64).reshape(-1, 2)
    waits: Numbers = made[(made[:, 0] >= begin) & (made[:, 0] < end), 1]
    return waits
