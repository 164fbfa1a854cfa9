"""
What the router knows: everything that waits and everybody who is there, kept as the database has it. Hints say what to read at once;
what was written since the horizon is read each second, so that a lost hint costs a second.
"""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

import structlog

from onhand.kernel.database import run_prepared
from onhand.routing.abilities import WITHHELD
from onhand.routing.enums import WrapUp
from onhand.routing.kinds import WorkKind, current_kinds
from onhand.routing.matching.matcher import Matcher
from onhand.routing.matching.plans import USUAL, Plan
from onhand.routing.matching.world import Person
from onhand.routing.router import reading
from onhand.routing.router.reading import LANGUAGE, ItemRow, QueueRow, SeatRow

log = structlog.get_logger("onhand.routing")
AT_ONCE = 10_000  # rows of one statement while everything is read
ATTRIBUTES_SECONDS = 60  # in which what everybody can and may is read once again
SLICE = 100  # people of one such reading: nobody waits for it noticeably
WAITS = ("waiting", "parked")
HELD = ("offered", "wrap_up")  # states that end by the clock


class Picture:
    """Everything the router decides on. Used by one thread, on the connection it leads with."""

    def __init__(self) -> None:
        self.kinds: dict[str, WorkKind] = current_kinds()
        self.matcher = Matcher({key: kind.as_matched() for key, kind in self.kinds.items()})
        self.queues: dict[int, QueueRow] = {}
        self.names: dict[int, str] = {}
        self.moments: list[tuple[float, int]] = []  # when an offer runs out or a wrap-up may end, and of what
        self.horizon = 0
        self.gone: set[int] = set()  # people found to be away or signed out, or to have left, who still have something
        self._seats: dict[int, SeatRow] = {}
        self._attributes: dict[int, dict[str, int]] = {}
        self._versions: dict[int, int] = {}
        self._by_language: dict[str, set[int]] = {}
        self._spoken: Counter[str] = Counter()
        self._asked: set[str] = set()  # languages that are spoken, as far as items were told
        self._everybodys: tuple[int, ...] = ()
        self._teams: tuple[tuple[int, tuple[int, ...]], ...] = ()
        self._rotation: list[int] = []

    # Reading

    def load_people(self, at: datetime) -> None:
        """Read queues and everybody who is there: first of all, as what waits is then compared with all of them at once."""
        self.horizon = reading.read_horizon()
        self.read_queues(at)
        after = 0
        while rows := reading.read_present(after, AT_ONCE):
            self._take_seats(rows, at, anew=True)
            after = rows[-1].id
        self._asked = set(self._spoken)

    def load_items(self) -> None:
        """Read everything that has not ended: after the rules of queues are known, by which it is lined up."""
        after = 0
        while found := reading.read_open_items(after, AT_ONCE):
            self._take_items(found)
            after = found[-1].id
        log.info("router_loaded", **self.matcher.statistics())

    def read_changes(self, at: datetime) -> None:
        """Read what was written since the last time."""
        since, self.horizon = self.horizon, reading.read_horizon()
        self.read_queues(at)
        self._take_seats(reading.read_changed_seats(since), at, anew=False)
        self._take_items(reading.read_changed_items(since))
        self.look_at_languages()

    def read_hinted(self, items: Collection[int], people: Collection[int], at: datetime) -> None:
        """Read what hints named."""
        if people:
            self._take_seats(reading.read_seats(people), at, anew=True)
        if items:
            self._take_items(reading.read_items(items))

    def read_again(self, items: Collection[int], people: Collection[int], at: datetime) -> None:
        """Read anew what turned out to be otherwise than believed."""
        for one in items:
            self._versions.pop(one, None)
        self.read_hinted(items, people, at)

    def read_queues(self, at: datetime) -> None:
        """Read queues and kinds of work; where other queues are everybody's than before, everybody serves others."""
        self.queues = {row.id: row for row in reading.read_queues()}
        self.kinds = current_kinds()
        for kind in self.kinds.values():
            self.matcher.set_kind(kind.as_matched())
        everybodys = tuple(row.id for row in self.queues.values() if row.is_everybodys)
        teams = tuple((row.id, row.teams) for row in self.queues.values())
        if everybodys != self._everybodys or teams != self._teams:
            self._everybodys = everybodys
            if self._seats:
                self._take_seats(reading.read_seats(list(self._seats)), at, anew=False)
        self._teams = teams

    # People

    def _take_seats(self, rows: Collection[SeatRow], at: datetime, *, anew: bool) -> None:
        """People as they are now; what they can and may is read with them if it is to be read `anew`, or was never read."""
        present = [row for row in rows if row.is_present]
        self.gone.update(row.id for row in rows if row.has_gone)
        for row in rows:
            if not row.is_present and row.id in self._seats:
                self._forget_person(row.id)
        unknown = [row for row in present if anew or row.id not in self._attributes]
        if unknown:
            for one, attributes in reading.read_attributes(unknown, at).items():
                self._learn(one, attributes)
        for row in present:
            self._seats[row.id], self.names[row.id] = row, row.name
            self.matcher.set_person(reading.as_person(row, self._attributes[row.id], self._everybodys))

    def _learn(self, person: int, attributes: dict[str, int]) -> None:
        self._spoken.subtract(name for name in self._attributes.get(person, {}) if name.startswith(LANGUAGE))
        self._spoken.update(name for name in attributes if name.startswith(LANGUAGE))
        self._attributes[person] = attributes

    def _forget_person(self, person: int) -> None:
        self._learn(person, {})
        for known in (self._seats, self._attributes, self.names):
            known.pop(person, None)
        self.matcher.remove_person(person)

    def read_slice(self, at: datetime) -> float:
        """
        What people can and may changes also with time: each is read again every minute, a few at a time. Returns the seconds until it is
        the turn of the next few.
        """
        if not self._rotation:
            self._rotation = list(self._seats)
        chosen, self._rotation = self._rotation[:SLICE], self._rotation[SLICE:]
        rows = [self._seats[one] for one in chosen if one in self._seats]
        changed = {
            person for person, found in reading.read_attributes(rows, at).items() if found != self._attributes[person]
        }
        if changed:
            self._take_seats(reading.read_seats(changed), at, anew=True)
        return ATTRIBUTES_SECONDS * SLICE / max(len(self._seats), SLICE)

    def look_at_languages(self) -> None:
        """Where a language is spoken by somebody now, or by nobody any more, what waits in it asks for something else."""
        spoken = {name for name, count in self._spoken.items() if count > 0}
        for name in spoken ^ self._asked:
            waiting = self._by_language.get(name.removeprefix(LANGUAGE), set())
            for one in waiting:
                self._versions.pop(one, None)
            self._asked = self._asked ^ {name}
            self._take_items(reading.read_items(waiting))

    # Items

    def _take_items(self, rows: Iterable[ItemRow]) -> None:
        spoken = {name.removeprefix(LANGUAGE) for name in self._asked}
        for row in rows:
            if self._versions.get(row.id, 0) >= row.version:
                continue
            if row.state == "ended":
                self._versions.pop(row.id, None)
            else:
                self._versions[row.id] = row.version
            if row.state in WAITS and row.kind in self.kinds:
                if row.language:
                    self._by_language.setdefault(row.language, set()).add(row.id)
                self.matcher.set_item(reading.as_item(row, spoken))
                continue
            self.matcher.remove_item(row.id)
            if row.language in self._by_language:
                self._by_language[row.language].discard(row.id)
            if row.state in HELD:
                self.note_moment(self._ends_at(row), row.id)

    def _ends_at(self, row: ItemRow) -> float:
        if row.state == "offered":
            return row.offer_until
        return row.state_since + self.plan(row.queue).wrap_up_seconds

    def note_moment(self, moment: float, item: int) -> None:
        """Have an item looked at by the clock at a moment (0: never)."""
        if moment:
            heapq.heappush(self.moments, (moment, item))

    def written(self, item: int) -> None:
        """This router wrote an item once more."""
        self._versions[item] = self._versions.get(item, 0) + 1

    # What there is to know

    def plan(self, queue: int) -> Plan:
        """The plan that is applied in a queue."""
        row = self.queues.get(queue)
        return row.plan if row else USUAL

    def timed_queues(self) -> list[int]:
        """Queues whose wrap-ups the clock ends."""
        return [row.id for row in self.queues.values() if row.plan.wrap_up not in (WrapUp.OPTIONAL, WrapUp.MANDATORY)]

    def due_items(self, now: float, most: int) -> list[int]:
        """Items whose offer has run out or whose wrap-up may be over, at most so many at a time."""
        found: list[int] = []
        while self.moments and self.moments[0][0] <= now and len(found) < most:
            found.append(heapq.heappop(self.moments)[1])
        return found

    def next_moment(self) -> float | None:
        """When `due_items` has something next; None if never."""
        return self.moments[0][0] if self.moments else None

    def people(self) -> Iterable[Person]:
        """Everybody who is there, as the matcher knows them."""
        return (person for one in self._seats if (person := self.matcher.person(one)) is not None)

    def presence(self) -> tuple[Counter[int], Counter[int]]:
        """By queue, how many people are there who serve it, and how many of them could take more."""
        present: Counter[int] = Counter()
        free: Counter[int] = Counter()
        for person in self.people():
            has_room = person.is_available and person.load < person.capacity and WITHHELD not in person.attributes
            for queue in self._served_by(person):
                present[queue] += 1
                free[queue] += has_room
        return present, free

    def is_anybody_there(self, queue: int) -> bool:
        """Whether anybody is there who serves a queue, also where they are given nothing new for now."""
        return any(queue in self._served_by(person) for person in self.people())

    def _served_by(self, person: Person) -> set[int]:
        return {*self._seats[person.id].queues, *self._everybodys} & self.queues.keys()


def first_waits(queue: int, at: datetime) -> float | None:
    """For how many seconds the first work of a queue waits; None if nothing does."""
    rows = run_prepared(
        "select extract(epoch from since)::float8 from routing_workitem where queue_id = %s and state = 'waiting'"
        " and (opens_at is null or opens_at <= %s)"
        " order by order_at, id limit 1",
        [queue, at],
    )
    return at.timestamp() - rows[0][0] if rows else None
