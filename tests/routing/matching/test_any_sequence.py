"""
Whatever happens in whatever order, the matcher decides as looking at every pair would, in the same order, and keeps its promises: one
owner, capacity and limits never exceeded, nobody given what they do not fit, nothing left waiting that somebody free could take.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from onhand.routing.enums import Choice
from onhand.routing.matching.matcher import Matcher
from onhand.routing.matching.plans import Plan, Step
from onhand.routing.matching.wanted import ANYBODY, All, Has, Not, OneOf, People, Wanted
from onhand.routing.matching.world import QUEUE, Item, Match, Person, QueueRules
from tests.routing.matching.made import KINDS, fits, plainly

PEOPLE, QUEUES = range(1, 6), (1, 2, 3)
SOMEBODY, SOME_QUEUE = st.sampled_from(PEOPLE), st.sampled_from(QUEUES)
LEVELS = st.dictionaries(st.sampled_from(["skill:a", "skill:b"]), st.integers(1, 5))
SERVED = st.sampled_from([frozenset(QUEUES), frozenset(QUEUES), frozenset({1}), frozenset({2, 3}), frozenset()])
THEN = st.sampled_from([200, 200, 1, 0])  # how many are decided at a time thereafter; 0: nothing is yet
AFTER = st.sampled_from([0.0, 1.0, 10.0, 60.0])

PLAIN: st.SearchStrategy[Wanted] = st.one_of(
    st.just(ANYBODY),
    st.builds(Has, st.sampled_from(["skill:a", "skill:b"]), st.integers(1, 3), st.integers(3, 5)),
    st.builds(People, st.frozensets(SOMEBODY, max_size=3)),
)
WANTED = st.one_of(
    PLAIN,
    st.builds(Not, PLAIN),
    st.builds(All, st.tuples(PLAIN, PLAIN)),
    st.builds(OneOf, st.tuples(PLAIN, PLAIN)),
)
OFTEN_ANYBODY = st.sampled_from([True, True, False]).flatmap(lambda anybody: st.just(ANYBODY) if anybody else WANTED)
STEPS = st.lists(st.builds(Step, OFTEN_ANYBODY, st.integers(0, 60)), min_size=1, max_size=3).map(tuple)
PLANS = st.builds(
    Plan, steps=STEPS, choice=st.sampled_from(list(Choice)), prefers_owner_seconds=st.sampled_from([0, 10, 60])
)
ITEMS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["mail", "mail", "chat", "call"]),
        "queue": SOME_QUEUE,
        "order_at": st.integers(0, 20).map(float),
        "wanted": OFTEN_ANYBODY,
        "difficulty": st.integers(1, 3),
        "preferred": st.sampled_from([(), (), (), (1,), (2, 3)]),
        "steps": st.none() | st.none() | STEPS,
    }
)
CLOSES = st.sampled_from([0.0, 0.0, 0.0, 6.0, 50.0])  # seconds after which it may not be given any more


class AnySequence(RuleBasedStateMachine):
    """What there is, beside the matcher that is told of it."""

    def __init__(self) -> None:
        super().__init__()
        self.matcher = Matcher(KINDS)
        self.now = 1000.0
        self.number = 100
        self.waiting: dict[int, Item] = {}  # parked work too
        self.held: dict[int, tuple[Item, int, int]] = {}  # its holder and the units it takes
        self.people: dict[int, Person] = {}
        self.queues: dict[int, QueueRules] = {}
        self.is_decided = True

    def tell_item(self, item: Item) -> None:
        self.is_decided = False
        self.waiting[item.id] = item
        self.matcher.set_item(item)

    def tell_person(self, person: Person) -> None:
        self.is_decided = False
        self.people[person.id] = person
        self.matcher.set_person(person)

    def tell_queue(self, rules: QueueRules) -> None:
        self.is_decided = False
        self.queues[rules.id] = rules
        self.matcher.set_queue(rules)

    @initialize(plans=st.tuples(PLANS, PLANS, PLANS), hardest=st.lists(st.integers(1, 3), min_size=1, max_size=5))
    def begin(self, plans: tuple[Plan, ...], hardest: list[int]) -> None:
        for number, most in enumerate(hardest, start=1):
            serves = {QUEUE.format(queue): 1 for queue in QUEUES}
            self.tell_person(Person(number, {"skill:a": most, **serves}, capacity=4, hardest=most, idle_since=self.now))
        for number, plan in zip(QUEUES, plans, strict=True):
            self.tell_queue(QueueRules(number, plan))

    # Work

    @rule(
        asks=ITEMS,
        many=st.integers(1, 4),
        opens_in=st.sampled_from([0.0, 0.0, 0.0, 5.0, 40.0]),
        closes_in=CLOSES,
        limit=THEN,
    )
    def arrives(self, asks: Mapping[str, Any], many: int, opens_in: float, closes_in: float, limit: int) -> None:
        for _ in range(many):
            self.number += 1
            opens_at = self.now + opens_in if opens_in else 0.0
            closes_at = self.now + closes_in if closes_in else 0.0
            given = {**asks, "since": self.now, "step_since": self.now, "opens_at": opens_at, "closes_at": closes_at}
            self.tell_item(Item(self.number, **given))
        self._decide(limit)

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0), changes=ITEMS)
    def is_changed(self, which: int, changes: Mapping[str, Any]) -> None:
        """A supervisor moves it, changes its steps or its priority."""
        item = self._waiting(which)
        self.tell_item(replace(item, **changes, step=0, step_since=self.now, version=item.version + 1))

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0))
    def is_given_up(self, which: int) -> None:
        item = self._waiting(which)
        self.is_decided = False
        del self.waiting[item.id]
        self.matcher.remove_item(item.id)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0), limit=THEN)
    def is_finished(self, which: int, limit: int) -> None:
        item, holder, units = self._held(which)
        self._free(item, holder, units, idle_since=self.now)
        self._decide(limit)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0), again=AFTER, limit=THEN)
    def is_passed(self, which: int, again: float, limit: int) -> None:
        item, holder, units = self._held(which)
        self._free(item, holder, units)
        until = self.now + again if again else 0.0
        self.tell_item(replace(item, passed={**item.passed, holder: until}, version=item.version + 1))
        self._decide(limit)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0), colleague=st.none() | SOMEBODY)
    def is_parked(self, which: int, colleague: int | None) -> None:
        """By its holder for themselves, or for a colleague."""
        item, holder, units = self._held(which)
        self._free(item, holder, units)
        self.tell_item(replace(item, parked_by=colleague or holder, version=item.version + 1))

    @precondition(lambda self: any(one.parked_by for one in self.waiting.values()))
    @rule(which=st.integers(0))
    def is_returned(self, which: int) -> None:
        parked = sorted(one.id for one in self.waiting.values() if one.parked_by)
        self.tell_item(replace(self.waiting[parked[which % len(parked)]], parked_by=None))

    # People

    @rule(
        number=SOMEBODY,
        levels=LEVELS,
        served=SERVED,
        capacity=st.sampled_from([1, 3, 4, 7]),
        hardest=st.integers(1, 3),
        limits=st.dictionaries(st.sampled_from(["mail", "chat"]), st.integers(0, 2)),
    )
    def comes(self, number: int, levels: dict[str, int], served: frozenset[int], **given: Any) -> None:
        """Somebody signs in, or is changed while they work."""
        attributes = {**levels, **{QUEUE.format(queue): 1 for queue in served}}
        before = self.people.get(number)
        if before is None:
            self.tell_person(Person(number, attributes, idle_since=self.now, **given))
        else:
            given["capacity"] = max(before.load, given["capacity"])
            self.tell_person(replace(before, attributes=attributes, is_available=True, **given))

    @precondition(lambda self: self.people)
    @rule(which=st.integers(0), is_available=st.booleans())
    def is_away(self, which: int, is_available: bool) -> None:
        one = self._person(which)
        self.tell_person(replace(one, is_available=is_available, version=one.version + 1))

    @precondition(lambda self: any(not one.holds for one in self.people.values()))
    @rule(which=st.integers(0))
    def leaves(self, which: int) -> None:
        idle = sorted(one.id for one in self.people.values() if not one.holds)
        number = idle[which % len(idle)]
        del self.people[number]
        self.matcher.remove_person(number)

    # Queues, kinds, time

    @rule(
        number=SOME_QUEUE,
        plan=st.none() | PLANS,
        is_open=st.booleans(),
        helped_by=st.frozensets(SOME_QUEUE, max_size=2),
    )
    def is_ruled(self, number: int, plan: Plan | None, is_open: bool, helped_by: frozenset[int]) -> None:
        """Its calendar opens or closes it, others begin or end to help, its steps are edited."""
        before = self.queues[number]
        rules = QueueRules(number, plan or before.plan, is_open, helped_by - {number})
        self.tell_queue(rules)

    @rule(number=SOME_QUEUE)
    def opens(self, number: int) -> None:
        self.tell_queue(replace(self.queues[number], is_open=True))

    @rule(seconds=st.sampled_from([0.5, 1.0, 5.0, 9.0, 30.0, 61.0, 86_400.0, -7.0, -50.0]))
    def time_goes_by(self, seconds: float) -> None:
        """Or the clock is set, forward or back."""
        self.now += seconds
        self.is_decided = False

    # Deciding

    @rule(limit=st.sampled_from([1, 2, 200]), lost=st.frozensets(st.integers(0, 5), max_size=2), all_told=st.booleans())
    def decides(self, limit: int, lost: frozenset[int], all_told: bool) -> None:
        """What is `lost` could not be committed: it waits as before, and its person is as before."""
        found = self._decide(limit)
        for match in reversed([one for at, one in enumerate(found) if at in lost]):
            if match.item in self.held and not any(one not in self.waiting for one in match.parks):
                self._lose(match)
        if all_told:
            for one in list(self.people.values()):
                self.people[one.id] = replace(one, version=one.version + 1)
                self.matcher.set_person(self.people[one.id])

    def _decide(self, limit: int) -> list[Match]:
        if not limit:
            return []
        for stepped in self.matcher.due(self.now):
            item = self.waiting[stepped.item]
            assert stepped.step != item.step
            self.waiting[stepped.item] = replace(item, step=stepped.step, step_since=stepped.at)
        expected = plainly(self.waiting.values(), self.people.values(), self.queues, self.now)
        found: list[Match] = []
        while True:
            some = self.matcher.match(self.now, limit)
            found += some
            if len(some) < limit:
                break
        assert [(one.item, one.person) for one in found] == expected
        for match in found:
            self._take(match)
        self.is_decided = not any(match.parks for match in found)
        return found

    def _take(self, match: Match) -> None:
        item, one = self.waiting.pop(match.item), self.people[match.person]
        assert match.item not in self.held, "two owners"
        assert fits(item, one, self.queues, self.now)
        assert (match.item_version, match.person_version, match.step) == (item.version, one.version, item.step)
        assert match.is_resumed == (item.parked_by is not None)
        for parked in match.parks:
            other, holder, units = self.held.pop(parked)
            assert holder == match.person
            one = _without(one, parked, units)
            self.waiting[parked] = replace(other, parked_by=holder)
            self.matcher.set_item(self.waiting[parked])
        one = replace(one, holds={**one.holds, match.item: item.kind}, load=one.load + match.units)
        self.people[match.person] = one
        self.held[match.item] = (item, match.person, match.units)

    def _lose(self, match: Match) -> None:
        item, holder, units = self.held.pop(match.item)
        one = _without(self.people[holder], match.item, units)
        for parked in match.parks:
            other = replace(self.waiting.pop(parked), parked_by=None)
            self.matcher.remove_item(parked)
            kind = KINDS[other.kind]
            self.held[parked] = (other, holder, kind.units)
            one = replace(one, holds={**one.holds, parked: other.kind}, load=one.load + kind.units)
        self.people[holder] = one
        self.matcher.forget(match, replace(item, version=item.version + 1))
        self.waiting[item.id] = replace(item, version=item.version + 1)
        self.is_decided = False

    # What always holds

    @invariant()
    def nothing_is_exceeded(self) -> None:
        for number, one in self.people.items():
            assert one.load == sum(units for _, holder, units in self.held.values() if holder == number)
            assert 0 <= one.load <= one.capacity
            assert set(one.holds) == {item.id for item, holder, _ in self.held.values() if holder == number}

    @invariant()
    def the_matcher_believes_what_is(self) -> None:
        for number, one in self.people.items():
            believed = self.matcher.person(number)
            assert believed is not None
            assert replace(believed, version=one.version) == one
        assert self.matcher.statistics()["items"] == len(self.waiting)
        for number in QUEUES:
            there = [one for one in self.waiting.values() if one.queue == number and not one.parked_by]
            assert self.matcher.waiting(number) == len(there)

    @invariant()
    def nobody_free_and_nothing_they_could_take(self) -> None:
        if self.is_decided:
            for item in self.waiting.values():
                assert not [one.id for one in self.people.values() if fits(item, one, self.queues, self.now)]

    @invariant()
    def what_changes_by_itself_is_known(self) -> None:
        """Nothing becomes possible by time alone before the moment the matcher gives."""
        if self.is_decided:
            moment = self.matcher.next_moment()
            until = self.now + 100.0 if moment is None else min(moment - 0.25, self.now + 100.0)
            for item in self.waiting.values():
                assert not [one.id for one in self.people.values() if fits(item, one, self.queues, until)]

    # Which

    def _waiting(self, which: int) -> Item:
        known = sorted(self.waiting)
        return self.waiting[known[which % len(known)]]

    def _held(self, which: int) -> tuple[Item, int, int]:
        known = sorted(self.held)
        return self.held[known[which % len(known)]]

    def _person(self, which: int) -> Person:
        known = sorted(self.people)
        return self.people[known[which % len(known)]]

    def _free(self, item: Item, holder: int, units: int, **changes: Any) -> None:
        del self.held[item.id]
        self.tell_person(replace(_without(self.people[holder], item.id, units), **changes))


def _without(one: Person, item: int, units: int) -> Person:
    return replace(one, holds={held: kind for held, kind in one.holds.items() if held != item}, load=one.load - units)


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
