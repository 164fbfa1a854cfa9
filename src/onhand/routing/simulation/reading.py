"""
A scenario as people write it: TOML or JSON, durations in seconds, times of the day in minutes from the beginning, queues and people by
their names. Every mistake is named with its place, all of them at once.
"""

import json
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onhand.routing.matching.plans import Plan, WrongPlanError, read_plan
from onhand.routing.matching.wanted import ANYBODY, Wanted, WrongWantedError, read_wanted
from onhand.routing.matching.world import QUEUE, Kind, Person
from onhand.routing.simulation.scenario import Arrivals, Duration, Scenario, Shape, SimulatedQueue, Times, Worker

MOST_PEOPLE = 100_000
MOST_ARRIVALS = 5_000_000
LARGEST_FILE = 50 * 2**20


class WrongScenarioError(ValueError):
    """A scenario that cannot be run. `mistakes` are (place, why), like ``("people.0.shifts", "…")``, in English."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{place}: {why}" if place else why for place, why in mistakes))
        self.mistakes = tuple(mistakes)


def read_file(path: Path) -> Scenario:
    """
    The scenario of a file, JSON if its name ends so, else TOML.

    :raises OSError: the file cannot be read.
    :raises WrongScenarioError: it is no scenario.
    """
    content = path.read_bytes()
    if len(content) > LARGEST_FILE:
        raise WrongScenarioError([("", "the file is larger than 50 MB")])
    try:
        written = json.loads(content) if path.suffix == ".json" else tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is one too
        raise WrongScenarioError([("", f"cannot be read: {error}")]) from None
    return read_scenario(written)


def read_scenario(written: Mapping[str, Any]) -> Scenario:
    """
    The scenario that plain values say, as TOML and JSON give them.

    :raises WrongScenarioError: naming every mistake.
    """
    try:
        draft = _Scenario.model_validate_json(json.dumps(written, default=str))
    except ValidationError as error:
        raise WrongScenarioError([(_place(one["loc"]), _reason(one)) for one in error.errors()]) from None
    return _Reader(draft).scenario()


def _place(parts: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in parts)


def _reason(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "there is no such setting"
    if fault["type"] == "missing":
        return "is missing"
    return str(fault["msg"]).removeprefix("Input ").removeprefix("Value error, ")


Seconds = Annotated[float, Field(ge=0, le=10**9)]
Minutes = Annotated[float, Field(ge=0, le=60 * 24 * 366)]
Share = Annotated[float, Field(ge=0, le=1)]
Level = Annotated[int, Field(ge=1, le=5)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Period = tuple[Minutes, Minutes]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _Duration(_Written):
    mean: Seconds | None = None
    shape: Annotated[Shape, Field(strict=False)] = Shape.EXPONENTIAL
    deviation: Seconds | None = None
    each: list[Seconds] | None = Field(default=None, min_length=1)


class _Kind(_Written):
    units: int = Field(default=1, ge=1, le=1000)
    takes_all: bool = False
    interrupts: list[Name] = []
    accepts_itself: bool = False


class _Queue(_Written):
    plan: dict[str, Any] = {}
    hours: list[Period] = []


class _Arrivals(_Written):
    queue: Name
    kind: Name = "work"
    handling: _Duration
    counts: list[Seconds] | None = Field(default=None, min_length=1)
    interval_minutes: Annotated[float, Field(gt=0)] | None = None
    at: list[Minutes] | None = Field(default=None, min_length=1)
    patience: _Duration | None = None
    wrap_up: _Duration = _Duration(mean=0)
    wanted: dict[str, Any] = {}
    preferred: list[Name] = []
    priority: int = Field(default=0, ge=-1, le=2)
    difficulty: Level = 1
    due_minutes: Minutes | None = None


class _People(_Written):
    name: Name
    count: int = Field(default=1, ge=1, le=MOST_PEOPLE)
    queues: list[Name] | None = None
    attributes: dict[str, Level] = {}
    capacity: int = Field(default=10, ge=1, le=1000)
    limits: dict[str, Annotated[int, Field(ge=0, le=1000)]] = {}
    hardest: Level = 5
    shifts: list[Period] = []
    answers: _Duration = _Duration(mean=0)
    misses: Share = 0.0
    passes: Share = 0.0
    back_after_minutes: Minutes = 5.0


class _Scenario(_Written):
    name: str = Field(default="", max_length=200)
    minutes: Annotated[float, Field(gt=0, le=60 * 24 * 366)]
    warm_up_minutes: Minutes = 0.0
    cool_down_minutes: Minutes = 0.0
    interval_minutes: Annotated[float, Field(gt=0)] = 30.0
    seed: int = Field(default=1, ge=0, le=2**63)
    kinds: dict[Name, _Kind] = {"work": _Kind()}
    queues: dict[Name, _Queue] = Field(min_length=1)
    arrivals: list[_Arrivals] = Field(min_length=1)
    people: list[_People] = Field(min_length=1)


class _Reader:
    """Turns names into numbers, collecting what does not hold together."""

    def __init__(self, draft: _Scenario) -> None:
        self.draft = draft
        self.mistakes: list[tuple[str, str]] = []
        self.queues = {name: number for number, name in enumerate(draft.queues, start=1)}
        self.people: dict[str, int] = {}
        self.names: list[list[str]] = []  # of each group
        if sum(one.count for one in draft.people) > MOST_PEOPLE:
            self.wrong("people", f"more than {MOST_PEOPLE:,} people")
            return
        for at, group in enumerate(draft.people):
            names = [group.name] if group.count == 1 else [f"{group.name} {one + 1}" for one in range(group.count)]
            twice = next((name for name in names if name in self.people), None)
            if twice is not None:
                self.wrong(f"people.{at}.name", f"there are two {twice!r}")
            for name in names:
                self.people.setdefault(name, len(self.people) + 1)
            self.names.append(names)

    def scenario(self) -> Scenario:
        draft = self.draft
        self._check_whole()
        kinds = {name: self._kind(name, one) for name, one in draft.kinds.items()}
        queues = tuple(self._queue(name, one) for name, one in draft.queues.items())
        arrivals = tuple(self._arrivals(one, f"arrivals.{at}") for at, one in enumerate(draft.arrivals))
        people = [one for at, names in enumerate(self.names) for one in self._group(at, names)]
        if self.mistakes:
            raise WrongScenarioError(self.mistakes)
        return Scenario(
            name=draft.name,
            seconds=60 * draft.minutes,
            kinds=kinds,
            queues=queues,
            arrivals=arrivals,
            people=tuple(people),
            seed=draft.seed,
            warm_up=60 * draft.warm_up_minutes,
            cool_down=60 * draft.cool_down_minutes,
            interval=60 * draft.interval_minutes,
            accepts_itself=frozenset(name for name, one in draft.kinds.items() if one.accepts_itself),
        )

    def wrong(self, place: str, why: str) -> None:
        self.mistakes.append((place, why))

    def _check_whole(self) -> None:
        draft = self.draft
        if draft.warm_up_minutes + draft.cool_down_minutes >= draft.minutes:
            self.wrong("warm_up_minutes", "nothing is left to count between the warm-up and the end")
        if draft.minutes / draft.interval_minutes > 10_000:
            self.wrong("interval_minutes", "that is more than 10,000 intervals")
        if sum(sum(one.counts or ()) + len(one.at or ()) for one in draft.arrivals) > MOST_ARRIVALS:
            self.wrong("arrivals", f"more than {MOST_ARRIVALS:,} arrivals")

    def _kind(self, name: str, written: _Kind) -> Kind:
        for at, other in enumerate(written.interrupts):
            self._known_kind(other, f"kinds.{name}.interrupts.{at}")
        return Kind(name, written.units, written.takes_all, frozenset(written.interrupts))

    def _known_kind(self, name: str, place: str) -> None:
        if name not in self.draft.kinds:
            self.wrong(place, f"there is no kind {name!r}")

    def _known_queue(self, name: str, place: str) -> int:
        if name not in self.queues:
            self.wrong(place, f"there is no queue {name!r}")
        return self.queues.get(name, 0)

    def _queue(self, name: str, written: _Queue) -> SimulatedQueue:
        place = f"queues.{name}"
        settings = self._named(written.plan, f"{place}.plan")
        plan = Plan()
        try:
            plan = read_plan(settings)
        except WrongPlanError as error:
            self.wrong(f"{place}.plan.{error.place}", str(error).removeprefix(f"{error.place}: "))
        return SimulatedQueue(self.queues[name], name, plan, self._times(written.hours, f"{place}.hours"))

    def _arrivals(self, written: _Arrivals, place: str) -> Arrivals:
        self._known_kind(written.kind, f"{place}.kind")
        if (written.counts is None) == (written.at is None):
            self.wrong(place, "say either counts (how many in each interval) or at (the minutes of each)")
        minutes = self.draft.interval_minutes if written.interval_minutes is None else written.interval_minutes
        return Arrivals(
            queue=self._known_queue(written.queue, f"{place}.queue"),
            kind=written.kind,
            handling=self._duration(written.handling, f"{place}.handling"),
            counts=tuple(written.counts or ()),
            interval=60 * minutes,
            at=tuple(60 * one for one in written.at or ()),
            patience=None if written.patience is None else self._duration(written.patience, f"{place}.patience"),
            wrap_up=self._duration(written.wrap_up, f"{place}.wrap_up"),
            wanted=self._wanted(written.wanted, f"{place}.wanted"),
            preferred=tuple(self._person(one, f"{place}.preferred.{at}") for at, one in enumerate(written.preferred)),
            priority=written.priority,
            difficulty=written.difficulty,
            due_in=None if written.due_minutes is None else 60 * written.due_minutes,
        )

    def _group(self, at: int, names: list[str]) -> list[Worker]:
        written, place = self.draft.people[at], f"people.{at}"
        served = list(self.queues) if written.queues is None else written.queues
        serves = {QUEUE.format(self._known_queue(one, f"{place}.queues.{n}")): 1 for n, one in enumerate(served)}
        for kind in written.limits:
            self._known_kind(kind, f"{place}.limits.{kind}")
        shifts = self._times(written.shifts, f"{place}.shifts")
        answers = self._duration(written.answers, f"{place}.answers")
        if written.misses + written.passes > 1:
            self.wrong(f"{place}.misses", "misses and passes are more than all offers")
        back_after = 60 * written.back_after_minutes
        attributes = {**written.attributes, **serves}
        made = []
        for name in names:
            person = Person(
                id=self.people[name],
                attributes=attributes,
                capacity=written.capacity,
                limits=dict(written.limits),
                hardest=written.hardest,
            )
            made.append(Worker(person, name, shifts, answers, written.misses, written.passes, back_after))
        return made

    def _duration(self, written: _Duration, place: str) -> Duration:
        if (written.mean is None) == (written.each is None):
            self.wrong(place, "say either mean or each (the seconds of one after the other)")
        elif written.shape is Shape.LOGNORMAL and not written.deviation:
            self.wrong(f"{place}.deviation", "a lognormal duration needs its deviation")
        elif written.shape is not Shape.LOGNORMAL and written.deviation is not None:
            self.wrong(f"{place}.deviation", "only a lognormal duration has one")
        return Duration(written.mean or 0.0, written.shape, written.deviation or 0.0, tuple(written.each or ()))

    def _times(self, written: list[Period], place: str) -> Times:
        for at, (begin, end) in enumerate(written):
            if begin >= end:
                self.wrong(f"{place}.{at}", "ends before it begins")
        for at, (one, other) in enumerate(pairwise(written), start=1):
            if other[0] < one[1]:
                self.wrong(f"{place}.{at}", "begins before the one before it ends")
        return tuple((60 * begin, 60 * end) for begin, end in written)

    def _wanted(self, written: dict[str, Any], place: str) -> Wanted:
        try:
            return read_wanted(self._named(written, place))
        except WrongWantedError as error:
            self.wrong(place, str(error))
            return ANYBODY

    def _person(self, name: str, place: str) -> int:
        if name not in self.people:
            self.wrong(place, f"there is nobody named {name!r}")
        return self.people.get(name, 0)

    def _named(self, written: Any, place: str) -> Any:
        """The same with numbers where people and queues are named: in people, has, overflow and hand_over_to."""
        if isinstance(written, list):
            return [self._named(one, f"{place}.{at}") for at, one in enumerate(written)]
        if not isinstance(written, dict):
            return written
        made: dict[str, Any] = {}
        for key, value in written.items():
            at = f"{place}.{key}"
            if key == "people" and isinstance(value, list):
                made[key] = [self._person(str(one), f"{at}.{number}") for number, one in enumerate(value)]
            elif key == "hand_over_to" and isinstance(value, str):
                made[key] = self._person(value, at)
            elif key == "queue" and isinstance(value, str):
                made[key] = self._known_queue(value, at)
            elif key == "has" and isinstance(value, str) and value.startswith("queue:"):
                made[key] = QUEUE.format(self._known_queue(value.removeprefix("queue:"), at))
            else:
                made[key] = self._named(value, at)
        return made
