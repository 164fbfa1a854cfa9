"""
Why work waits and why it was given to somebody, as plain values: no texts, no names, no database. `routing.why` makes sentences of it.

Nothing here decides. It asks of each person the questions the matcher asks, one by one, so that the first "no" can be named.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from onhand.routing.enums import Choice
from onhand.routing.matching.matcher import asked_now, room, steps_of
from onhand.routing.matching.wanted import All, Has, Not, OneOf, People, Wanted, both, levels
from onhand.routing.matching.world import QUEUE, Item, Kind, Person, QueueRules

MOST_NAMED = 20  # people named in an explanation


class Obstacle(StrEnum):
    """Why somebody is not given an item now, in the order in which it is asked."""

    OTHER_QUEUE = "other_queue"  # they do not serve the queue
    LACKS = "lacks"  # something the item or its steps ask for
    TOO_HARD = "too_hard"
    STEP_LATER = "step_later"  # they fit a step that does not count yet
    NOT_THEIRS = "not_theirs"  # put aside by somebody who goes on with it
    PASSED = "passed"
    AWAY = "away"
    BUSY = "busy"  # with something that takes everything
    FULL = "full"
    LIMIT = "limit"  # of this kind they have as many as they may


FITS = frozenset(
    {Obstacle.PASSED, Obstacle.AWAY, Obstacle.BUSY, Obstacle.FULL, Obstacle.LIMIT}
)  # right for it, not now


@dataclass(frozen=True, slots=True)
class Hindered:
    """
    Somebody who is not given the item. `lacks` is what they would need for it, `until` when the obstacle ends by itself (seconds; None:
    not by itself), `busy_with` the kind of work that takes everything.
    """

    person: int
    obstacle: Obstacle
    lacks: tuple[Wanted, ...] = ()
    until: float | None = None
    busy_with: str = ""


@dataclass(frozen=True, slots=True)
class StepSeen:
    """A step: what it asks, whether it counts now or from when (None: never), and how many fit it and are free. Each step by itself."""

    number: int
    wanted: Wanted
    counts: bool
    counts_from: float | None
    fit: int
    free: int


class WaitsFor(StrEnum):
    """What an item waits for: the first that is true."""

    ITS_TIME = "its_time"  # not to be given before `until`
    ITS_PERSON = "its_person"  # put aside by somebody
    OPENING = "opening"  # the queue is closed
    SOMEBODY_WHO_FITS = "somebody_who_fits"  # nobody there is, in any step
    NEXT_STEP = "next_step"  # nobody fits the steps that count, somebody a later one
    SOMEBODY_TO_COME = "somebody_to_come"  # all who fit are away
    SOMEBODY_TO_BE_FREE = "somebody_to_be_free"
    ITS_TURN = "its_turn"  # somebody is free: it is about to be given


@dataclass(frozen=True, slots=True)
class Change:
    """
    One thing that would change the waiting. `what` is how: the clock (`at`), somebody coming back or getting free (`many`, of whom
    `people` are the first), or one ability more (`lacks`) for `people`, who lack nothing else and are free.
    """

    what: WaitsFor
    many: int = 0
    at: float | None = None
    people: tuple[int, ...] = ()
    lacks: Wanted | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an item waits. `fit` and `free` are counted over the steps that count now; `hindered` names the most telling people."""

    waits_for: WaitsFor
    until: float | None
    steps: tuple[StepSeen, ...]
    fit: int
    free: tuple[int, ...]
    hindered: tuple[Hindered, ...]
    obstacles: Mapping[Obstacle, int]
    changes: tuple[Change, ...]
    would_get: int | None = None  # who gets it if nothing else comes first


@dataclass(frozen=True, slots=True)
class Addition:
    """What is tried: an attribute more, or at another level, for somebody."""

    person: int
    attribute: str
    level: int


def explain(
    item: Item, rules: QueueRules, kinds: Mapping[str, Kind], people: Iterable[Person], now: float
) -> Explanation:
    """Why the item waits now, among `people`: those who serve its queue and those who help with it, at least."""
    everybody = list(people)
    question = _Question(item, rules, kinds, now)
    answers = [(person, question.hinders(person)) for person in everybody]
    free = [person for person, answer in answers if answer is None]
    counted = Counter(answer.obstacle for _person, answer in answers if answer)
    fit = len(free) + sum(counted[one] for one in FITS)
    steps = tuple(question.seen(number, everybody) for number in range(len(question.steps)))
    waits_for, until = _waits_for(question, steps, counted, free)
    chosen = choose(free, rules.plan.choice, question.wanted)
    told = sorted((answer for _person, answer in answers if answer), key=_telling)
    return Explanation(
        waits_for=waits_for,
        until=until,
        steps=steps,
        fit=fit,
        free=tuple(person.id for person in free[:MOST_NAMED]),
        hindered=tuple(told[:MOST_NAMED]),
        obstacles=dict(counted),
        changes=tuple(_changes(question, answers, steps, waits_for, until)),
        would_get=chosen.id if chosen and waits_for is WaitsFor.ITS_TURN else None,
    )


def with_addition(people: Iterable[Person], addition: Addition) -> list[Person]:
    """The people as they would be with it."""
    return [
        replace(person, attributes={**person.attributes, addition.attribute: addition.level})
        if person.id == addition.person
        else person
        for person in people
    ]


def hinders(item: Item, rules: QueueRules, kinds: Mapping[str, Kind], person: Person, now: float) -> Hindered | None:
    """Why this person is not given this item now; None if nothing stands against it."""
    return _Question(item, rules, kinds, now).hinders(person)


def choose(free: Sequence[Person], choice: Choice, wanted: Wanted) -> Person | None:
    """Who of those who are free is given it: by the queue's choice, then who is idle longer, then the lowest number."""
    if not free:
        return None
    match choice:
        case Choice.LEAST_LOADED:
            return min(free, key=lambda one: (one.load / max(one.capacity, 1), one.idle_since, one.id))
        case Choice.BEST_SKILLED:
            return min(free, key=lambda one: (-levels(wanted, one.attributes), one.idle_since, one.id))
        case _:
            return min(free, key=lambda one: (one.idle_since, one.id))


def lacking(wanted: Wanted, person: Person) -> tuple[Wanted, ...]:
    """The smallest parts of an expression that keep somebody from fitting it; of alternatives one is enough."""
    if wanted.fits(person.id, person.attributes):
        return ()
    match wanted:
        case All(parts):
            return tuple(found for part in parts for found in lacking(part, person))
        case OneOf(parts) if len(parts) == 1:
            return lacking(parts[0], person)
    return (wanted,)


class _Question:
    """Whether somebody can take this item now, with what does not depend on the person made ready once."""

    def __init__(self, item: Item, rules: QueueRules, kinds: Mapping[str, Kind], now: float) -> None:
        self.item, self.rules, self.kinds, self.now = item, rules, kinds, now
        self.kind = kinds.get(item.kind) or Kind(item.kind)
        self.steps = steps_of(item, rules.plan)
        self.reached = self._reached()
        self.wanted = self._asked(asked_now(replace(item, step=self.reached), rules.plan))
        self.later = self._asked(asked_now(replace(item, step=len(self.steps)), rules.plan))
        served = (item.queue, *sorted(rules.helped_by))
        self.serving = frozenset(QUEUE.format(queue) for queue in served)

    def _reached(self) -> int:
        """The step that counts now, also where the next was reached since the item was looked at."""
        step, since = min(self.item.step, len(self.steps) - 1), self.item.step_since
        while step < len(self.steps) - 1:
            seconds = self.steps[step].seconds
            if seconds is None or since + seconds > self.now:
                break
            step, since = step + 1, since + seconds
        return step

    def _asked(self, of_step: Wanted) -> Wanted:
        return both(self.item.wanted, of_step)

    def counts_from(self, number: int) -> float | None:
        """When a step counts, in seconds; None if never."""
        at = self.item.step_since
        for step in self.steps[self.item.step : number]:
            if step.seconds is None:
                return None
            at += step.seconds
        return at

    def hinders(self, person: Person) -> Hindered | None:
        """The first thing that stands against giving it to this person now."""
        item = self.item
        if item.parked_by is not None and item.parked_by != person.id:
            return Hindered(person.id, Obstacle.NOT_THEIRS)
        if self.serving.isdisjoint(person.attributes):
            return Hindered(person.id, Obstacle.OTHER_QUEUE)
        if item.parked_by is None and (unfit := self._unfit(person)):
            return unfit
        return self._not_now(person)

    def _unfit(self, person: Person) -> Hindered | None:
        item = self.item
        if not self.wanted.fits(person.id, person.attributes):
            if self.later.fits(person.id, person.attributes):
                return Hindered(person.id, Obstacle.STEP_LATER, until=self._step_of(person))
            return Hindered(person.id, Obstacle.LACKS, lacks=lacking(self.wanted, person))
        if item.difficulty > person.hardest:
            return Hindered(person.id, Obstacle.TOO_HARD)
        until = item.passed.get(person.id)
        if until is not None and (until == 0 or until > self.now):
            return Hindered(person.id, Obstacle.PASSED, until=until or None)
        return None

    def _step_of(self, person: Person) -> float | None:
        for number in range(self.reached + 1, len(self.steps)):
            if self._asked(self.steps[number].wanted).fits(person.id, person.attributes):
                return self.counts_from(number)
        return None

    def _not_now(self, person: Person) -> Hindered | None:
        if not person.is_available:
            return Hindered(person.id, Obstacle.AWAY)
        if room(person, self.kind) is not None:
            return None
        staying = [kind for kind in person.holds.values() if kind not in self.kind.interrupts]
        everything = next((kind for kind in staying if self.kinds.get(kind, Kind(kind)).takes_all), "")
        if everything:
            return Hindered(person.id, Obstacle.BUSY, busy_with=everything)
        if replace(person, limits={}) != person and room(replace(person, limits={}), self.kind) is not None:
            return Hindered(person.id, Obstacle.LIMIT)
        return Hindered(person.id, Obstacle.FULL)

    def seen(self, number: int, people: Sequence[Person]) -> StepSeen:
        """One step by itself: whom it asks for, how many there are."""
        wanted = self._asked(self.steps[number].wanted)
        fit = [
            person
            for person in people
            if not self.serving.isdisjoint(person.attributes)
            and wanted.fits(person.id, person.attributes)
            and self.item.difficulty <= person.hardest
        ]
        counts = number <= self.reached
        free = sum(self._not_now(person) is None for person in fit)
        return StepSeen(number, self.steps[number].wanted, counts, self.counts_from(number), len(fit), free)


def _waits_for(
    question: _Question, steps: Sequence[StepSeen], counted: Mapping[Obstacle, int], free: Sequence[Person]
) -> tuple[WaitsFor, float | None]:
    item = question.item
    if item.opens_at > question.now:
        return WaitsFor.ITS_TIME, item.opens_at
    if item.parked_by is not None:
        return WaitsFor.ITS_PERSON, None
    if not question.rules.is_open:
        return WaitsFor.OPENING, None
    if free:
        return WaitsFor.ITS_TURN, None
    if any(counted.get(one, 0) for one in FITS - {Obstacle.AWAY, Obstacle.PASSED}):
        return WaitsFor.SOMEBODY_TO_BE_FREE, None
    if counted.get(Obstacle.AWAY):
        return WaitsFor.SOMEBODY_TO_COME, None
    later = [one for one in steps if not one.counts and one.counts_from is not None and one.fit]
    if later:
        return WaitsFor.NEXT_STEP, later[0].counts_from
    return WaitsFor.SOMEBODY_WHO_FITS, None


def _changes(
    question: _Question,
    answers: Sequence[tuple[Person, Hindered | None]],
    steps: Sequence[StepSeen],
    waits_for: WaitsFor,
    until: float | None,
) -> Iterable[Change]:
    """What would change the waiting, the surest first."""
    if waits_for in (WaitsFor.ITS_TIME, WaitsFor.OPENING, WaitsFor.ITS_PERSON):
        yield Change(waits_for, at=until)
        return
    if waits_for is WaitsFor.ITS_TURN:
        return
    for step in steps:
        if not step.counts and step.counts_from is not None and step.fit:
            yield Change(WaitsFor.NEXT_STEP, many=step.fit, at=step.counts_from)
            break
    for what, obstacles in (
        (WaitsFor.SOMEBODY_TO_BE_FREE, {Obstacle.BUSY, Obstacle.FULL, Obstacle.LIMIT}),
        (WaitsFor.SOMEBODY_TO_COME, {Obstacle.AWAY}),
    ):
        found = [person.id for person, answer in answers if answer and answer.obstacle in obstacles]
        if found:
            yield Change(what, many=len(found), people=tuple(found[:3]))
    yield from _one_ability_more(question, answers)


def _one_ability_more(question: _Question, answers: Sequence[tuple[Person, Hindered | None]]) -> Iterable[Change]:
    """Abilities that people who are free lack, and nothing else: the commonest three."""
    found: dict[str, tuple[Wanted, list[int]]] = {}
    for person, answer in answers:
        if answer is None or answer.obstacle is not Obstacle.LACKS or len(answer.lacks) != 1:
            continue
        (lacks,) = answer.lacks
        if isinstance(lacks, Not | People) or question.item.difficulty > person.hardest:
            continue
        if question._not_now(person) is None:
            found.setdefault(repr(lacks), (lacks, []))[1].append(person.id)
    for lacks, people in sorted(found.values(), key=lambda one: -len(one[1]))[:3]:
        yield Change(WaitsFor.SOMEBODY_WHO_FITS, many=len(people), people=tuple(people[:3]), lacks=lacks)


_ORDER = {
    one: place
    for place, one in enumerate(
        (
            Obstacle.PASSED,
            Obstacle.BUSY,
            Obstacle.FULL,
            Obstacle.LIMIT,
            Obstacle.AWAY,
            Obstacle.STEP_LATER,
            Obstacle.TOO_HARD,
            Obstacle.LACKS,
            Obstacle.NOT_THEIRS,
            Obstacle.OTHER_QUEUE,
        )
    )
}


def _telling(one: Hindered) -> tuple[int, int, int]:
    return _ORDER[one.obstacle], len(one.lacks), one.person


def lowest_addition(lacks: Wanted) -> tuple[str, int] | None:
    """The attribute and level that would mend what is lacking, where one does."""
    match lacks:
        case Has(name, lowest, _highest):
            return name, lowest
        case OneOf(parts):
            return next((found for part in parts if (found := lowest_addition(part))), None)
    return None
