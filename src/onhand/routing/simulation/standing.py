"""Where work and people stand while a simulation runs."""

from enum import IntEnum

import numpy as np

from onhand.routing.matching.foretelling import Expected
from onhand.routing.matching.world import Item
from onhand.routing.simulation.scenario import Worker


class Standing(IntEnum):
    """Where something stands."""

    WAITING = 0
    OFFERED = 1
    IN_WORK = 2
    PARKED = 3


class Work:
    """Something that arrived and has not ended. `turn` grows with each change: what was planned before it is void."""

    __slots__ = (
        "begun",
        "holder",
        "is_taken",
        "item",
        "left",
        "standing",
        "stream",
        "told",
        "turn",
        "units",
        "wrap_up",
        "wraps",
    )

    def __init__(self, item: Item, stream: int, left: float, wrap_up: float) -> None:
        self.item, self.stream, self.left, self.wrap_up = item, stream, left, wrap_up
        self.standing = Standing.WAITING
        self.turn = self.holder = self.units = 0
        self.begun = 0.0
        self.is_taken = self.wraps = False
        self.told: Expected | None = None  # the wait it was told when it came


class Desk:
    """What is counted of a person."""

    __slots__ = (
        *(
            "busy",
            "chance",
            "held",
            "is_away",
            "is_here",
            "load",
            "loaded",
            "missed",
            "parked",
            "passed",
            "present",
            "since",
        ),
        *("taken", "was_present", "worker"),
    )

    def __init__(self, worker: Worker, seed: int) -> None:
        self.worker = worker
        self.chance: np.random.Generator | None = None
        if worker.answers.mean or worker.answers.each or worker.misses or worker.passes:
            self.chance = np.random.default_rng([seed, 1_000_000 + worker.person.id])
        self.is_here = False  # within a shift
        self.is_away = False  # after an offer they missed
        self.since = self.present = self.busy = self.loaded = 0.0
        self.taken = self.missed = self.passed = 0
        self.was_present, self.held, self.load = False, 0, 0.0  # since `since`
        self.parked: set[int] = set()
