"""
How the matcher finds people for work without looking at everybody: work of one kind and queue that asks the same is one *demand*, with
what of it waits and who is free for it. Who fits it is found once for all demands that ask the same: see `profiles`.
"""

import heapq
from collections.abc import Callable, Iterator

from onhand.routing.enums import Choice
from onhand.routing.matching.profiles import Asked, Profiles
from onhand.routing.matching.wanted import Wanted
from onhand.routing.matching.world import Kind, Person

Rank = tuple[float, float, int, int]  # smaller is taken first: choice, idle since, person, stamp of the entry
Place = tuple[float, int]  # order_at, item
FEW = 500  # demands kept though nothing of them waits: much of what comes next asks the same


class Demand:
    """
    Work of one kind that asks the same of people: what of it waits, the earliest first, and who is free for it, the best first. Both
    heaps may hold entries that are out of date; whoever reads them drops those.
    """

    __slots__ = ("asked", "choice", "free", "free_sifted_at", "kind", "queue", "waiting", "waiting_sifted_at")

    def __init__(self, kind: Kind, queue: int | None, asked: Asked, choice: Choice) -> None:
        self.kind, self.queue, self.asked, self.choice = kind, queue, asked, choice
        self.waiting: list[Place] = []
        self.free: list[Rank] = []
        self.waiting_sifted_at = self.free_sifted_at = 64  # the length from which what is out of date is taken out

    def rank(self, person: Person, stamp: int) -> Rank:
        """The place of a person among those who are free for it."""
        if self.choice is Choice.BEST_SKILLED:
            first = -float(sum(person.attributes.get(one, 0) for one in self.asked.skills))
        elif self.choice is Choice.LEAST_LOADED:
            first = person.load / person.capacity
        else:
            first = 0.0
        if self.kind.takes_all and person.load:
            first += 1_000.0  # whoever would be interrupted comes after all who would not
        return (first, person.idle_since, person.id, stamp)

    def push_waiting(self, place: Place, still_waits: Callable[[Place], bool]) -> None:
        """Put something among what waits; now and then take out what is out of date."""
        heapq.heappush(self.waiting, place)
        if len(self.waiting) > self.waiting_sifted_at:
            self.waiting = sorted({one for one in self.waiting if still_waits(one)})
            self.waiting_sifted_at = 2 * len(self.waiting) + 64

    def push_free(self, entry: Rank, is_current: Callable[[Rank], bool]) -> None:
        """Put somebody among those who are free for it; now and then take out what is out of date."""
        heapq.heappush(self.free, entry)
        if len(self.free) > self.free_sifted_at:
            self.free = [one for one in self.free if is_current(one)]
            heapq.heapify(self.free)
            self.free_sifted_at = 2 * len(self.free) + 64


class Demands:
    """All demands there are, and who fits them."""

    def __init__(self) -> None:
        self._demands: dict[tuple[str, int | None, Wanted, int, Choice], Demand] = {}
        self._profiles = Profiles()
        self._sifted_at = FEW
        self.place, self.remove = self._profiles.place, self._profiles.remove

    def demand(
        self,
        kind: Kind,
        queue: int | None,
        wanted: Wanted,
        difficulty: int,
        choice: Choice,
        on_new: Callable[[Demand], None],
    ) -> Demand:
        """The demand that asks this; `on_new` is told of one that was not there before."""
        key = (kind.name, queue, wanted, difficulty, choice)
        found = self._demands.get(key)
        if found is None:
            found = self._demands[key] = Demand(kind, queue, self._profiles.ask(wanted, difficulty), choice)
            found.asked.demands.append(found)
            on_new(found)
        return found

    def set_kind(self, kind: Kind) -> None:
        """A kind of work as it is now, in every demand of it."""
        for demand in self._demands.values():
            if demand.kind.name == kind.name:
                demand.kind = kind

    def drop(self, demand: Demand) -> None:
        """Forget a demand of which nothing waits any more."""
        asked = demand.asked
        key = (demand.kind.name, demand.queue, asked.wanted, asked.difficulty, demand.choice)
        if self._demands.get(key) is demand:
            del self._demands[key]
            asked.demands.remove(demand)
            if not asked.demands:
                self._profiles.drop(asked)

    def sift(self, waits: Callable[[Demand], bool]) -> bool:
        """
        Forget demands of which nothing waits, once there are twice as many as those that did the last time, and some more; whether
        it was time.
        """
        if len(self._demands) <= self._sifted_at:
            return False
        for demand in [one for one in self._demands.values() if not waits(one)]:
            self.drop(demand)
        self._sifted_at = 2 * len(self._demands) + FEW
        return True

    def of_person(self, person: int) -> Iterator[Demand]:
        """Every demand somebody fits."""
        for asked in self._profiles.fitted_by(person):
            yield from asked.demands

    def fitting(self, demand: Demand) -> Iterator[int]:
        """Everybody who fits it, free or not."""
        return self._profiles.fitting(demand.asked)

    def sizes(self) -> tuple[int, int]:
        """How many demands and profiles there are."""
        return len(self._demands), len(self._profiles)


class Current:
    """Whether an entry among the free is still the newest of its person."""

    def __init__(self, stamps: dict[int, int]) -> None:
        self._stamps = stamps

    def __call__(self, entry: Rank) -> bool:
        return self._stamps.get(entry[2]) == entry[3]
