"""
The process that gives out work. Of all that run, on whatever machine, one leads: it holds a lock on the very connection it writes with,
so that whoever lost the one has lost the other. The others stand by, waiting for that lock.
"""

import contextlib
import gc
import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime

import psycopg
import structlog
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from psycopg import errors as postgres

from onhand.kernel.database import connect_directly, forget_connections, run_prepared
from onhand.kernel.hints import CHANNEL, notifier
from onhand.routing.router import clocks
from onhand.routing.router.minutes import Minutes
from onhand.routing.router.picture import Picture
from onhand.routing.router.rules import Rules
from onhand.routing.router.writing import write_matches
from onhand.routing.withholding import whose_changes
from onhand.staff.abilities import whose_changed

log = structlog.get_logger("onhand.routing")
LEAD = 5_211_402_117  # the lock of whoever leads; a number of our own
STANDBY_SECONDS = 1  # of waiting for the lock, before looking whether to stop
LOCK_SECONDS = 2  # for rows somebody else is changing, once it leads
PAUSE_SECONDS = 0.2
LOOK_SECONDS = 1.0  # a lost hint costs this much
SOON_SECONDS = 0.02  # after which what was lost to somebody else is read again
AWAY_SECONDS = 30.0
AT_ONCE = 200  # matches of one transaction
MOST_BATCHES = 5  # in one turn
ENDED_AT_ONCE = (
    20  # offers and wrap-ups in one turn, each a transaction: when many run out, what can be given is given meanwhile
)
Hinted = tuple[set[int], set[int], bool]


def run(stop: threading.Event) -> None:
    """Stand by and lead until told to stop. A database that is away is waited for."""
    while not stop.is_set():
        try:
            if _try_to_lead(STANDBY_SECONDS):
                log.info("router_leads")
                with _listening() as hints:
                    Leader(hints).lead(stop)
        except (OperationalError, InterfaceError, psycopg.Error) as error:
            log.warning("router_waits_for_database", why=str(error).strip()[:300])
            forget_connections()
            stop.wait(PAUSE_SECONDS)
    forget_connections()


def _try_to_lead(seconds: float = 0) -> bool:
    """Take the lock on this thread's connection, which then is not let go of, waiting so long for it: who waits has it at once."""
    if not seconds:
        ((leads,),) = run_prepared("select pg_try_advisory_lock(%s)", [LEAD])
        return bool(leads)
    run_prepared("select set_config('lock_timeout', %s, false)", [f"{seconds}s"])
    try:
        run_prepared("select pg_advisory_lock(%s)", [LEAD])
    except OperationalError as error:
        if isinstance(error.__cause__, postgres.LockNotAvailable):
            return False
        raise
    run_prepared("select set_config('lock_timeout', %s, false)", [f"{LOCK_SECONDS}s"])
    return True


@contextlib.contextmanager
def _listening() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with connect_directly() as direct:
        direct.execute(f"listen {CHANNEL}")
        yield direct


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without looking for garbage: while everything is read there is none, and looking takes longer than reading."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Leader:
    """Gives out work, from when it leads until it is told to stop or loses its connection."""

    def __init__(self, hints: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._hints = hints
        self._picture = Picture()
        self._rules, self._minutes = Rules(), Minutes()
        self._again_items: set[int] = set()
        self._again_people: set[int] = set()
        self._again_at = 0.0
        self._next_look = 0.0
        self._next_away = 0.0
        self._next_slice = 0.0
        self._has_more = False
        self._able_at: datetime  # until when what people can and may is known

    def begin(self, at: datetime) -> None:
        """Read everything."""
        clocks.take_offers_made_in_vain(at)
        with _nothing_collected():
            self._picture.load_people(at)
            self._rules.apply(self._picture, at)
            self._picture.load_items()
        self._rules.apply(self._picture, at)
        self._able_at = at
        self._next_look = time.monotonic() + LOOK_SECONDS  # what waited for a router comes first

    def lead(self, stop: threading.Event) -> None:
        """Read everything, then turn after turn."""
        gc.unfreeze()  # what was read when this process led before
        self.begin(timezone.now())
        gc.freeze()  # looking through all of it for garbage would stop everything for half a second, again and again
        while not stop.is_set():
            self.turn(timezone.now(), self._hear(self._pause()))

    def turn(self, at: datetime, hinted: Hinted) -> int:
        """Read what is to be read, let the clocks run, give out what can be given; how much was."""
        items, people, queues = hinted
        now = time.monotonic()
        if items or people:
            self._picture.read_hinted(items, people, at)
        if (self._again_items or self._again_people) and now >= self._again_at:
            again = self._again_items, self._again_people
            self._again_items, self._again_people = set(), set()
            self._picture.read_again(*again, at)
        if queues or now >= self._next_look:
            self._look(at, now)
        if now >= self._next_slice:
            self._next_slice = now + self._picture.read_slice(at)
        self._run_clocks(at)
        if self._picture.gone:
            gone = sorted(self._picture.gone)
            self._picture.gone.clear()
            self._picture.read_hinted(clocks.take_from_gone(gone, at), (), at)
        return self._give_out(at)

    def _look(self, at: datetime, now: float) -> None:
        """What is done each second."""
        self._next_look = now + LOOK_SECONDS
        due = self._picture.next_moment()
        if due is None or due > at.timestamp():  # else it has enough to end
            for one in clocks.out_of_time(at, self._picture.timed_queues()):
                self._picture.note_moment(at.timestamp(), one)
        clocks.shut(at)
        clocks.change_states(at)
        clocks.sign_out_lost(at)
        if now >= self._next_away:
            self._next_away = now + AWAY_SECONDS
            clocks.free_left_waiting(at)
        self._picture.read_changes(at)
        self._read_able(at)
        self._rules.apply(self._picture, at)
        if self._minutes.write_due(self._picture, at):
            notifier.send(["floor"])

    def _read_able(self, at: datetime) -> None:
        """
        Read people anew whose skill, language or licence begins or ends, or from whom work is withheld from now on: nobody writes anything
        at that moment.
        """
        changed = {*whose_changed(self._able_at, at), *whose_changes(self._able_at, at)}
        self._able_at = at
        if changed:
            self._picture.read_hinted((), changed, at)

    def _run_clocks(self, at: datetime) -> None:
        ended = self._picture.due_items(at.timestamp(), ENDED_AT_ONCE)
        if ended:
            clocks.end_by_clock(ended, at)
            self._picture.read_hinted(ended, (), at)
        reached = self._picture.matcher.due(at.timestamp())
        if reached:
            self._again(clocks.note_steps(reached, at), set())
            self._picture.read_hinted([one.item for one in reached], (), at)

    def _give_out(self, at: datetime) -> int:
        """Match and commit until nothing is left, or it is time to look at what came meanwhile."""
        count = 0
        for _batch in range(MOST_BATCHES):
            matches = self._picture.matcher.match(at.timestamp(), AT_ONCE)
            self._has_more = len(matches) >= AT_ONCE
            if not matches:
                break
            written = write_matches(matches, self._picture, at)
            count += len(written.done)
            if written.lost:
                self._again(written.items_to_read, written.people_to_read)
            if not self._has_more:
                break
        return count

    def _again(self, items: set[int], people: set[int]) -> None:
        if items or people:
            self._again_items |= items
            self._again_people |= people
            self._again_at = time.monotonic() + SOON_SECONDS

    def _pause(self) -> float:
        """For how many seconds nothing is to be done unless a hint comes."""
        if self._has_more:
            return 0.0
        now = time.monotonic()
        until = min(self._next_look, self._next_slice)
        if self._again_items or self._again_people:
            until = min(until, self._again_at)
        clock = timezone.now().timestamp()
        for due in (self._picture.matcher.next_moment(), self._picture.next_moment()):
            if due is not None:
                until = min(until, now + due - clock)
        return max(0.0, until - now)

    def _hear(self, seconds: float) -> Hinted:
        """Hints of the next so many seconds, from the first one on all that are there."""
        items: set[int] = set()
        people: set[int] = set()
        queues = False
        for notice in self._hints.notifies(timeout=seconds, stop_after=1):
            queues |= _sort(notice.payload, items, people)
        for notice in self._hints.notifies(timeout=0):
            queues |= _sort(notice.payload, items, people)
        return items, people, queues


def _sort(payload: str, items: set[int], people: set[int]) -> bool:
    """Put what a message names where it belongs; whether it speaks of queues."""
    queues = False
    try:
        topics = json.loads(payload)
    except ValueError:
        return False  # somebody else's word on our channel
    for topic in topics if isinstance(topics, list) else ():
        if not isinstance(topic, str) or not topic.startswith("route:"):
            continue
        _route, what, number = (*topic.split(":", 2), "")[:3]
        if what == "queue":
            queues = True
        elif number.isdecimal():
            {"item": items, "seat": people}.get(what, set()).add(int(number))
    return queues


def lead_once(at: datetime, *, look: bool = True) -> int:
    """
    Everything a leader does, once, at a moment: for tests and for trying out; how much was given. Reads the whole picture, so it is
    right only where nobody leads.
    """
    with _listening() as hints:
        leader = Leader(hints)
        leader.begin(at)
        return leader.turn(at, (set(), set(), look))
