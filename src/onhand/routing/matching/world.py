"""
What the matcher knows: work, people, kinds of work and queues, as plain values. Moments are seconds since the epoch (UTC), so that the
real clock and a simulation's are the same to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from onhand.routing.matching.plans import USUAL, Plan, Step
from onhand.routing.matching.wanted import ANYBODY, SERVES, Wanted

QUEUE = SERVES + "{}"  # the attribute of whoever serves a queue


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of work: the `units` it takes of a person's capacity, or all of it, and which kinds it may interrupt. What is interrupted is
    parked: it stays with the person and takes nothing until they go on with it.
    """

    name: str
    units: int = 1
    takes_all: bool = False
    interrupts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class QueueRules:
    """A queue as it is now: its plan, whether it is open, and which other queues' people help with it at this moment."""

    id: int
    plan: Plan = USUAL
    is_open: bool = True
    helped_by: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """
    Work that waits. `order_at` is `plans.order_at`; what has the earliest is given first. `step` is the step it has reached, since
    `step_since`. `parked_by` is whose it is, put aside: only they can go on with it. `passed` are people it is not given to, with
    until when (0: never). `steps` replaces those of the queue's plan. It is given from `opens_at` until `closes_at` only (0: no bound).
    """

    id: int
    kind: str
    queue: int
    order_at: float
    since: float
    wanted: Wanted = ANYBODY
    preferred: tuple[int, ...] = ()
    difficulty: int = 1
    step: int = 0
    step_since: float = 0.0
    steps: tuple[Step, ...] | None = None
    passed: Mapping[int, float] = field(default_factory=dict)
    parked_by: int | None = None
    opens_at: float = 0.0
    closes_at: float = 0.0
    version: int = 1


@dataclass(frozen=True, slots=True)
class Person:
    """
    Somebody who may be given work. `attributes`: what `wanted` asks about, the queues they serve among them. `holds`: item → its kind,
    of what takes units now; `load` their sum. `limits`: kind → most at a time. `hardest` is the hardest difficulty given them.
    """

    id: int
    attributes: Mapping[str, int] = field(default_factory=dict)
    is_available: bool = True
    capacity: int = 10
    load: int = 0
    holds: Mapping[int, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    hardest: int = 5
    idle_since: float = 0.0
    version: int = 1


@dataclass(frozen=True, slots=True)
class Match:
    """
    Somebody is to get an item. `units` it takes; `parks` are items of theirs that it interrupts, `parked_kinds` and `parked_units` what
    they are and took together. The versions are those the decision was made on: it holds only if both are still so. `why` is for
    people: see `explaining`.
    """

    item: int
    person: int
    units: int
    parks: tuple[int, ...]
    item_version: int
    person_version: int
    step: int
    is_resumed: bool
    why: Mapping[str, object]
    parked_kinds: tuple[str, ...] = ()
    parked_units: int = 0


@dataclass(frozen=True, slots=True)
class Stepped:
    """An item has reached another step of its queue."""

    item: int
    step: int
    at: float


def held(person: Person, item: int, kind: str, units: int, parks: tuple[int, ...], parked_units: int) -> Person:
    """The person after being given an item."""
    holds = {one: of for one, of in person.holds.items() if one not in parks} | {item: kind}
    return replace(person, holds=holds, load=person.load + units - parked_units)
