"""
Callbacks under any sequence of arranging, moving, trying, calling off, giving back and people coming and going, while time jumps
forward and back and hours change: what always holds, whatever happened.
"""

import contextlib
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from onhand.kernel.errors import ActError
from onhand.routing.callbacks.enums import CallbackEnd, TryOutcome
from onhand.routing.callbacks.models import Callback, CallbackRules, CallbackTry
from onhand.routing.callbacks.tasks import reckon_all
from onhand.routing.enums import DecisionKind, ItemState, SeatState
from onhand.routing.models import RoutingDecision, Seat, WorkItem
from onhand.routing.router.running import lead_once
from tests.factories import NOON, make_actor, make_customer
from tests.factories.callbacks import arrange, do_callback, work_of
from tests.factories.work import do, make_person, make_seat

MADRID = ZoneInfo("Europe/Madrid")
PEOPLE = 2
WEEKS = (
    [[[540, 1260]]] * 6 + [[]],
    [[[0, 1440]]] * 7,
    [[[600, 660], [900, 960]]] * 7,
    [[], [], [[480, 720]], [], [], [[540, 900]], []],
)
which = st.integers(0, 20)
windows = st.tuples(st.integers(-60, 3_000), st.integers(1, 900))  # minutes until it begins, and its length


class Callbacks(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        Callback.objects.filter(ended_at=None).update(ended_at=NOON, ended_why="cancelled")
        WorkItem.objects.exclude(state="ended").update(
            state="ended", ended_at=NOON, ended_why="called_off", holder=None, units=0
        )
        Seat.objects.update(state=SeatState.SIGNED_OUT)
        CallbackRules.objects.all().delete()
        self.week: list[Any] = WEEKS[0]
        CallbackRules.objects.create(week=self.week, no_answer_minutes=30, soon_minutes=600)
        self.now = self.latest = NOON
        self.people = [make_person() for _one in range(PEOPLE)]
        for person in self.people:
            make_seat(person, seen_at=None)
        self.callbacks: list[Callback] = []
        self.seen = max(RoutingDecision.objects.values_list("pk", flat=True), default=0)

    # What people do

    @rule(window=st.none() | windows, waited=st.integers(0, 90))
    def arranges(self, window: tuple[int, int] | None, waited: int) -> None:
        if len(self.callbacks) >= 6:
            return
        number = len(self.callbacks)
        given = self._window(window) | {"waiting_since": (self.now - timedelta(minutes=waited)).isoformat()}
        try:
            found = arrange(
                make_customer("Ana", time_zone="Europe/Madrid"), self.now, telephone=f"+3491012345{number}", **given
            )
        except ActError:
            return
        self.callbacks.append(found)

    @precondition(lambda self: self.callbacks)
    @rule(one=which, window=st.none() | windows)
    def moves(self, one: int, window: tuple[int, int] | None) -> None:
        self._try("move_callback", one, make_actor(), **self._window(window))

    @precondition(lambda self: self.callbacks)
    @rule(one=which)
    def calls_off(self, one: int) -> None:
        self._try("cancel_callback", one, make_actor(), why="Settled")

    @rule(who=st.integers(0, PEOPLE - 1), outcome=st.sampled_from(TryOutcome), first=st.booleans())
    def calls(self, who: int, outcome: TryOutcome, first: bool) -> None:
        """Accepts what is offered, and notes what came of it; or notes it without having it, which is refused."""
        person = self.people[who]
        mine = WorkItem.objects.filter(kind="callback", holder=person.pk, state=ItemState.OFFERED).first()
        if mine is not None:
            self._do("accept_work", mine, person)
        having = WorkItem.objects.filter(kind="callback", holder=person.pk, state=ItemState.IN_WORK).first()
        if having is None and not first and self.callbacks:
            before = CallbackTry.objects.count()
            self._try("note_try", who, person, outcome=outcome.value)
            assert CallbackTry.objects.count() == before
        if having is not None:
            do_callback("note_try", Callback.objects.get(pk=having.subject_id), person, self.now, outcome=outcome.value)

    @rule(
        who=st.integers(0, PEOPLE - 1), what=st.sampled_from(["pass_work", "return_work", "park_work", "resume_work"])
    )
    def does_otherwise(self, who: int, what: str) -> None:
        person = self.people[who]
        for item in WorkItem.objects.filter(kind="callback", holder=person.pk):
            self._do(what, item, person)

    @rule(who=st.integers(0, PEOPLE - 1), is_here=st.booleans())
    def comes_or_goes(self, who: int, is_here: bool) -> None:
        seat = Seat.objects.get(pk=self.people[who].pk)
        self._do("become_available" if is_here else "leave_work", seat, self.people[who])

    @rule(week=st.sampled_from(WEEKS))
    def hours_change(self, week: list[Any]) -> None:
        self.week = week
        CallbackRules.objects.update(week=week)
        reckon_all(self.now)

    @rule(minutes=st.sampled_from([0.1, 1, 9, 31, 61, 240, 600, 1_500, -5, -90]))
    def time_goes_by(self, minutes: float) -> None:
        """And the router does what is to be done at that moment."""
        self.now += timedelta(minutes=minutes)
        self.latest = max(self.latest, self.now)
        lead_once(self.now)
        self._what_was_given_is_in_its_time()

    # How

    def _window(self, window: tuple[int, int] | None) -> dict[str, Any]:
        if window is None:
            return {}
        begins = self.now + timedelta(minutes=window[0])
        ends = begins + timedelta(minutes=window[1])
        return {"window_from": begins.isoformat(), "window_until": ends.isoformat()}

    def _try(self, name: str, one: int, who: Any, **given: Any) -> None:
        with contextlib.suppress(ActError):
            do_callback(name, self.callbacks[one % len(self.callbacks)], who, self.now, **given)

    def _do(self, name: str, subject: Any, who: Any) -> None:
        with contextlib.suppress(ActError):
            do(name, subject, who, self.now)

    def _is_calling_time(self, at: datetime) -> bool:
        local = at.astimezone(MADRID)
        minute = local.hour * 60 + local.minute
        return any(begins <= minute < ends for begins, ends in self.week[local.weekday()])

    def _what_was_given_is_in_its_time(self) -> None:
        """
        Whatever was offered or begun by the router since the last look was given within the window and the calling hours. What was open
        stays open when a clock is turned back.
        """
        given = RoutingDecision.objects.filter(
            pk__gt=self.seen,
            item__kind="callback",
            what__in=(DecisionKind.OFFERED, DecisionKind.GIVEN, DecisionKind.RESUMED),
        )
        for decision in given.select_related("item"):
            callback = Callback.objects.get(pk=decision.item.subject_id)
            assert callback.window_from <= self.latest
            assert decision.at < callback.window_until
            if decision.at == self.now == self.latest:
                assert self._is_calling_time(decision.at), (decision.at, self.week)
        self.seen = max(RoutingDecision.objects.values_list("pk", flat=True), default=0)

    # What always holds

    @invariant()
    def open_or_ended_with_a_reason(self) -> None:
        for one in Callback.objects.filter(pk__in=[one.pk for one in self.callbacks]):
            assert (one.ended_at is None) == (one.ended_why == "")
            assert one.ended_why in ("", *CallbackEnd.values)

    @invariant()
    def one_open_item_each(self) -> None:
        for one in Callback.objects.filter(pk__in=[one.pk for one in self.callbacks]):
            found = WorkItem.objects.filter(kind="callback", subject_id=one.pk).exclude(state=ItemState.ENDED)
            states = [item.state for item in found]
            assert len(states) == 1 if one.is_open else states in ([], [ItemState.WRAP_UP])

    @invariant()
    def never_more_tries_than_allowed(self) -> None:
        for one in Callback.objects.filter(pk__in=[one.pk for one in self.callbacks]):
            assert one.tries == one.attempts.count() <= one.most_tries

    @invariant()
    def never_more_called_than_people_are_free(self) -> None:
        calling = WorkItem.objects.filter(kind="callback", state__in=(ItemState.OFFERED, ItemState.IN_WORK))
        assert max(Counter(calling.values_list("holder", flat=True)).values(), default=0) <= 1
        for seat in Seat.objects.filter(pk__in=[one.pk for one in self.people]):
            assert 0 <= seat.load <= seat.ceiling

    @invariant()
    def the_place_in_the_order_is_kept(self) -> None:
        for one in self.callbacks:
            assert work_of(one).since == one.since


@pytest.mark.django_db(transaction=True)
def test_any_sequence_of_what_happens_to_callbacks() -> None:
    run_state_machine_as_test(
        Callbacks,
        settings=settings(
            max_examples=12, stateful_step_count=22, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
