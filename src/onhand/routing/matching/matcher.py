"""
The matcher: who gets what, now. It knows what waits and who is free, holds no clock and no database, and is fed by the router and by
simulations alike.

What it promises: of all pairs of an item and somebody free who fits it, the item with the earliest `order_at` goes first (the smaller
number at the same moment), to the best of those free by its queue's choice; it stops when no such pair is left. One decision costs the
logarithm of what waits and of who is free, times the number of different demands one person fits.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import replace

from onhand.routing.matching.demands import Current, Demand, Demands, Place, Rank
from onhand.routing.matching.plans import Plan, Step
from onhand.routing.matching.wanted import Has, People, Wanted, any_of, both
from onhand.routing.matching.world import QUEUE, Item, Kind, Match, Person, QueueRules, Stepped

MOST_NAMED = 10  # people named in the reasons of one decision
MOST_SKIPPED = 200  # items of one demand looked at for one person where they passed those before


def steps_of(item: Item, plan: Plan) -> tuple[Step, ...]:
    """The steps of an item: its own or its queue's, after the people it should go to first."""
    steps = plan.steps if item.steps is None else item.steps
    if not item.preferred:
        return steps
    return (Step(People(frozenset(item.preferred)), plan.prefers_owner_seconds), *steps)


def asked_now(item: Item, plan: Plan) -> Wanted:
    """What the steps it has reached ask, one of them at least. Those it should go to first have had their time when others count."""
    steps = steps_of(item, plan)[: item.step + 1]
    if item.preferred and len(steps) > 1:
        steps = steps[1:]
    return any_of([step.wanted for step in steps])


class Matcher:
    """
    Everything that waits and everybody who may be given something. Not for several threads. Where it `explains`, each match carries its
    reasons; a simulation is faster without.
    """

    def __init__(self, kinds: Mapping[str, Kind], *, explains: bool = True) -> None:
        self._explains = explains
        self._kinds = dict(kinds)
        self._queues: dict[int, QueueRules] = {}
        self._demands = Demands()
        self._items: dict[int, Item] = {}
        self._demand_of: dict[int, Demand] = {}
        self._usual: dict[tuple[object, ...], Demand] = {}  # demands of what goes by the steps of its queue
        self._of_queue: dict[int, set[int]] = {}
        self._people: dict[int, Person] = {}
        self._stamps: dict[int, int] = {}
        self._stamp = 0
        self._is_current = Current(self._stamps)
        self._freed: dict[int, None] = {}  # people who have become freer, in order
        self._fresh: set[Demand] = set()  # demands of which something new waits
        self._moments: list[tuple[float, int]] = []  # when something about an item changes by itself
        self._moment_of: dict[int, float] = {}  # the next of each item; others among `_moments` are out of date
        self._aside: dict[Demand, list[Place]] = {}  # while deciding: what all who are free passed
        self._latest = 0.0  # `now` when it was told last

    # What there is

    def set_kind(self, kind: Kind) -> None:
        """A kind of work as it is now."""
        if self._kinds.get(kind.name) != kind:
            self._kinds[kind.name] = kind
            self._demands.set_kind(kind)
            self._freed |= dict.fromkeys(one.id for one in self._people.values() if one.is_available)

    def set_queue(self, rules: QueueRules) -> None:
        """A queue as it is now; what waits in it is sorted anew if that changed anything."""
        if self._queues.get(rules.id) != rules:
            self._queues[rules.id] = rules
            self._usual.clear()
            self._sort_anew(self._items[one] for one in self._of_queue.get(rules.id, ()))

    def set_item(self, item: Item) -> None:
        """Something that waits, or is parked by somebody, as it is now."""
        before = self._items.get(item.id)
        if before is not None:
            if before == item:
                return
            if replace(before, version=item.version) == item:
                self._items[item.id] = item
                return
            self.remove_item(item.id)
        self._items[item.id] = item
        self._of_queue.setdefault(item.queue, set()).add(item.id)
        self._line_up(item)

    def remove_item(self, item: int) -> None:
        """Something does not wait any more."""
        found = self._items.pop(item, None)
        if found is not None:
            self._of_queue[found.queue].discard(item)
            self._moment_of.pop(item, None)
            self._leave(item)

    def set_person(self, person: Person) -> None:
        """Somebody as they are now."""
        before = self._people.get(person.id)
        self._people[person.id] = person
        if before is not None and replace(before, version=person.version) == person:
            return
        self._demands.place(person)
        if not person.is_available:
            self._stamps.pop(person.id, None)
            self._freed.pop(person.id, None)
        elif before is None or not _is_only_busier(before, person):
            self._freed[person.id] = None

    def remove_person(self, person: int) -> None:
        """Somebody is not there any more."""
        if self._people.pop(person, None) is not None:
            self._demands.remove(person)
            self._stamps.pop(person, None)
            self._freed.pop(person, None)

    # What follows

    def due(self, now: float) -> list[Stepped]:
        """
        Let the time be `now`: which items have reached another step by it. Those that may be given again, or first, are lined up. A
        clock may also be set back; steps that were reached stay so.
        """
        if now < self._latest:
            self._sort_anew(iter(self._items.values()))
        self._latest = now
        reached: list[Stepped] = []
        while (moment := self.next_moment()) is not None and moment <= now:
            _, number = heapq.heappop(self._moments)
            item = self._items[number]
            del self._moment_of[number]
            stepped = self._step_on(item, now)
            if stepped is not item:
                reached.append(Stepped(item.id, stepped.step, stepped.step_since))
                self._items[number] = stepped
            self._leave(number)
            self._line_up(stepped, now)
        return reached

    def next_moment(self) -> float | None:
        """When `due` has something to do next; None if never."""
        moments = self._moments
        while moments and self._moment_of.get(moments[0][1]) != moments[0][0]:
            heapq.heappop(moments)
        return moments[0][0] if moments else None

    def match(self, now: float, limit: int = 200) -> list[Match]:
        """
        Who gets what now, at most `limit` at a time; fewer says that nothing is left. Each is counted here as done: whoever cannot
        commit it says `forget`.
        """
        if len(self._freed) == 1 and not self._fresh:
            return self._match_one(next(iter(self._freed)), now, limit)
        for freed in self._freed:
            self._offer_time_of(freed)
        self._freed.clear()
        found: list[Match] = []
        heads = [(place, id(demand), demand) for demand in self._fresh if (place := self._head(demand)) is not None]
        heapq.heapify(heads)
        self._fresh.clear()
        while heads and len(found) < limit:
            place, _, demand = heapq.heappop(heads)
            if self._head(demand) == place:
                item = self._items[place[1]]
                person, passed = self._best(demand, item, now)
                if person is not None:
                    found.append(self._give(item.id, demand, person, now, passed))
                elif passed and len(self._aside.get(demand, ())) < MOST_SKIPPED:
                    self._aside.setdefault(demand, []).append(heapq.heappop(demand.waiting))
                else:
                    continue
            head = self._head(demand)
            if head is not None:
                heapq.heappush(heads, (head, id(demand), demand))
        for demand, places in self._aside.items():
            for place in places:
                heapq.heappush(demand.waiting, place)
        self._aside.clear()
        self._fresh.update(demand for _, _, demand in heads)
        return found

    def forget(self, match: Match, item: Item) -> None:
        """
        A match did not come about: the person is as before it, and the item waits again. Whoever has told of what it parked takes that
        back first, by `remove_item`.
        """
        person = self._people.get(match.person)
        if person is not None and match.item in person.holds:
            holds = {one: kind for one, kind in person.holds.items() if one != match.item}
            holds |= zip(match.parks, match.parked_kinds, strict=True)
            self.set_person(replace(person, holds=holds, load=person.load - match.units + match.parked_units))
        self.set_item(item)

    # What there is to know

    def item(self, item: int) -> Item | None:
        """Something that waits or is parked."""
        return self._items.get(item)

    def person(self, person: int) -> Person | None:
        """Somebody as the matcher believes they are."""
        return self._people.get(person)

    def waiting(self, queue: int) -> int:
        """How much waits in a queue, parked work left out."""
        return sum(1 for one in self._of_queue.get(queue, ()) if self._items[one].parked_by is None)

    def waiting_now(self, queue: int) -> int:
        """The same without what may not be given yet."""
        found = (self._items[one] for one in self._of_queue.get(queue, ()))
        return sum(1 for one in found if one.parked_by is None and one.opens_at <= self._latest)

    def fitting(self, item: int) -> int:
        """How many people there are who could take an item at the step it has reached, free or not."""
        demand = self._demand_of.get(item)
        return demand.asked.people if demand else 0

    def statistics(self) -> dict[str, int]:
        """How much it holds."""
        demands, profiles = self._demands.sizes()
        return {"items": len(self._items), "people": len(self._people), "demands": demands, "profiles": profiles}

    # Lining up

    def _sort_anew(self, items: Iterator[Item]) -> None:
        for item in list(items):
            self._leave(item.id)
            self._line_up(item)

    def _line_up(self, item: Item, now: float | None = None) -> None:
        """Put an item where people look for it, and note when something about it changes by itself."""
        moments = [until for until in item.passed.values() if until and (now is None or until > now)]
        moments += [one for one in (item.opens_at, item.closes_at) if one and (now is None or one > now)]
        if item.parked_by is None:
            steps = self._steps(item)
            seconds = steps[item.step].seconds if item.step < len(steps) - 1 else None
            if seconds is not None:
                moments.append(item.step_since + seconds)
        following = min(moments, default=None)
        if following is None:
            self._moment_of.pop(item.id, None)
        elif self._moment_of.get(item.id) != following:
            self._moment_of[item.id] = following
            heapq.heappush(self._moments, (following, item.id))
        if item.opens_at and (now is None or item.opens_at > now):
            return  # `due` lines it up, with the time to compare
        if item.closes_at and now is not None and item.closes_at <= now:
            return  # until its kind says when it is given again
        demand = self._demand(item)
        self._demand_of[item.id] = demand
        demand.push_waiting((item.order_at, item.id), lambda place: self._still_waits(demand, place))
        self._fresh.add(demand)

    def _leave(self, item: int) -> None:
        demand = self._demand_of.pop(item, None)
        if demand is not None and demand.asked.is_of_few and demand not in self._aside and self._first(demand) is None:
            self._demands.drop(demand)

    def _steps(self, item: Item) -> tuple[Step, ...]:
        return steps_of(item, self._rules(item.queue).plan)

    def _rules(self, queue: int) -> QueueRules:
        return self._queues.get(queue) or QueueRules(queue)

    def _step_on(self, item: Item, now: float) -> Item:
        steps = self._steps(item)
        step, since = min(item.step, len(steps) - 1), item.step_since
        while item.parked_by is None and step < len(steps) - 1:
            seconds = steps[step].seconds
            if seconds is None or since + seconds > now:
                break
            step, since = step + 1, since + seconds
        return item if step == item.step else replace(item, step=step, step_since=since)

    def _demand(self, item: Item) -> Demand:
        """The demand of an item, made if it is the first to ask this."""
        if item.preferred or item.steps is not None or item.parked_by is not None:
            return self._find_demand(item)
        usual = (item.kind, item.queue, item.step, item.difficulty, item.wanted)
        found = self._usual.get(usual)
        if found is None:
            found = self._find_demand(item)
            if not found.asked.is_of_few:
                self._usual[usual] = found
        return found

    def _find_demand(self, item: Item) -> Demand:
        if self._demands.sift(lambda demand: self._first(demand) is not None):
            self._usual.clear()
        kind = self._kinds[item.kind]
        rules = self._rules(item.queue)
        if item.parked_by is not None:
            of_theirs = People(frozenset((item.parked_by,)))
            return self._demands.demand(kind, None, of_theirs, 1, rules.plan.choice, self._find_free)
        serving: list[Wanted] = [Has(QUEUE.format(one)) for one in (item.queue, *sorted(rules.helped_by))]
        wanted = both(any_of(serving), item.wanted, asked_now(item, rules.plan))
        return self._demands.demand(kind, item.queue, wanted, item.difficulty, rules.plan.choice, self._find_free)

    def _find_free(self, demand: Demand) -> None:
        """Of a new demand: who is free for it already."""
        for number in self._demands.fitting(demand):
            stamp, person = self._stamps.get(number), self._people[number]
            if stamp is not None and room(person, demand.kind) is not None:
                demand.push_free(demand.rank(person, stamp), self._is_current)

    # Deciding

    def _first(self, demand: Demand) -> tuple[float, int] | None:
        """The first of a demand that still waits."""
        waiting = demand.waiting
        while waiting:
            if self._still_waits(demand, waiting[0]):
                return waiting[0]
            heapq.heappop(waiting)
        return None

    def _still_waits(self, demand: Demand, place: Place) -> bool:
        item = self._items.get(place[1])
        return item is not None and self._demand_of.get(place[1]) is demand and item.order_at == place[0]

    def _head(self, demand: Demand) -> tuple[float, int] | None:
        """The same, where its queue is open."""
        is_open = demand.queue is None or self._rules(demand.queue).is_open
        return self._first(demand) if is_open else None

    def _offer_time_of(self, number: int) -> None:
        """Put somebody among the free of every demand they fit and have room for."""
        person = self._people[number]
        self._stamp += 1
        self._stamps[number] = self._stamp
        ranks: dict[tuple[object, bool], Rank] = {}
        kinds = {name for name, kind in self._kinds.items() if room(person, kind) is not None}
        for demand in self._demands.of_person(number):
            if demand.kind.name not in kinds:
                continue
            key = (demand.choice, demand.kind.takes_all)
            rank = ranks.get(key)
            if rank is None or demand.choice == "best_skilled":
                rank = ranks[key] = demand.rank(person, self._stamp)
            demand.push_free(rank, self._is_current)
            if demand.waiting:
                self._fresh.add(demand)

    def _match_one(self, number: int, now: float, limit: int) -> list[Match]:
        """Of one person who has become freer, while nobody else free could take anything that waits."""
        del self._freed[number]
        found: list[Match] = []
        while len(found) < limit:
            person = self._people[number]
            best: tuple[float, int] | None = None
            best_demand: Demand | None = None
            kinds = {name for name, kind in self._kinds.items() if room(person, kind) is not None}
            for demand in self._demands.of_person(number) if kinds else ():
                if demand.waiting and demand.kind.name in kinds:
                    place = self._head_for(demand, number, now)
                    if place is not None and (best is None or place < best):
                        best, best_demand = place, demand
            if best is None or best_demand is None:
                self._offer_time_of(number)
                self._fresh.clear()  # what waits of them is what this person passed
                return found
            found.append(self._give(best[1], best_demand, person, now, []))
        self._freed[number] = None
        return found

    def _head_for(self, demand: Demand, person: int, now: float) -> tuple[float, int] | None:
        """The first of a demand that one person did not pass."""
        skipped: list[tuple[float, int]] = []
        found = None
        while len(skipped) < MOST_SKIPPED and (place := self._head(demand)) is not None:
            if not _has_passed(self._items[place[1]], person, now):
                found = place
                break
            skipped.append(heapq.heappop(demand.waiting))
        for place in skipped:
            heapq.heappush(demand.waiting, place)
        return found

    def _best(self, demand: Demand, item: Item, now: float) -> tuple[Person | None, list[int]]:
        """The best who is free for an item, and who would have been but passed it."""
        free = demand.free
        passed: list[Rank] = []
        found = None
        while free:
            entry = free[0]
            person = self._people.get(entry[2])
            if person is None or not self._is_current(entry) or room(person, demand.kind) is None:
                heapq.heappop(free)
                continue
            rank = demand.rank(person, entry[3])
            if rank != entry:  # they have been given something since
                heapq.heapreplace(free, rank)
                continue
            if not _has_passed(item, person.id, now):
                found = person
                break
            passed.append(heapq.heappop(free))
        for entry in passed:
            heapq.heappush(free, entry)
        return found, [entry[2] for entry in passed]

    def _give(self, number: int, demand: Demand, person: Person, now: float, passed: list[int]) -> Match:
        item = self._items[number]
        parks = tuple(sorted(person.holds)) if demand.kind.takes_all else ()
        units = person.capacity if demand.kind.takes_all else demand.kind.units
        why = self._why(item, demand, person, now, passed) if self._explains else {}
        left = {one: kind for one, kind in person.holds.items() if one not in parks}
        load = (0 if parks else person.load) + units
        self._people[person.id] = replace(person, holds=left | {number: item.kind}, load=load)
        self.remove_item(number)
        return Match(
            item=number,
            person=person.id,
            units=units,
            parks=parks,
            item_version=item.version,
            person_version=person.version,
            step=item.step,
            is_resumed=item.parked_by is not None,
            why=why,
            parked_kinds=tuple(person.holds[one] for one in parks),
            parked_units=person.load if parks else 0,
        )

    def _why(self, item: Item, demand: Demand, person: Person, now: float, passed: list[int]) -> dict[str, object]:
        """The reasons of a decision in plain values, stored with it."""
        others: list[dict[str, object]] = [{"who": one, "why": "passed"} for one in passed[:MOST_NAMED]]
        for one in self._demands.fitting(demand):
            if len(others) >= MOST_NAMED:
                break
            if one != person.id and one not in passed:
                others.append({"who": one, "why": self._standing(one, demand.kind)})
        return {
            "step": item.step,
            "steps": len(self._steps(item)),
            "wanted": demand.asked.wanted.as_json(),
            "choice": demand.choice.value,
            "waited": round(now - item.since, 3),
            "order_at": item.order_at,
            "idle": round(now - person.idle_since, 3),
            "load": person.load,
            "capacity": person.capacity,
            "levels": {one: person.attributes[one] for one in demand.asked.skills if one in person.attributes},
            "fitting": demand.asked.people,
            "others": others,
        }

    def _standing(self, number: int, kind: Kind) -> str:
        person = self._people[number]
        if not person.is_available:
            return "away"
        if room(person, kind) is None:
            return "busy"
        return "after"  # free too, and behind the one chosen


def room(person: Person, kind: Kind) -> int | None:
    """The units of somebody's capacity an item of this kind would take; None if they have no room for it."""
    if not person.is_available or person.capacity <= 0:
        return None
    most = person.limits.get(kind.name)
    if most is not None and sum(1 for one in person.holds.values() if one == kind.name) >= most:
        return None
    if kind.takes_all:
        return person.capacity if all(one in kind.interrupts for one in person.holds.values()) else None
    return kind.units if person.load + kind.units <= person.capacity else None


def _has_passed(item: Item, person: int, now: float) -> bool:
    until = item.passed.get(person)
    return until is not None and (until == 0 or until > now)


def _is_only_busier(before: Person, after: Person) -> bool:
    """Whether somebody has just been given more, and nothing else of them changed."""
    return (
        after.holds.keys() >= before.holds.keys()
        and after.load >= before.load
        and replace(before, holds=after.holds, load=after.load, version=after.version) == after
    )
