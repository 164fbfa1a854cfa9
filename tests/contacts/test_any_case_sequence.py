"""
Cases under any sequence of writing, answering, waiting, closing, opening again, merging and splitting, while time jumps and opening
hours change: compared after each step with a model of a few lines.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from onhand.contacts.cases import states
from onhand.contacts.cases.belonging import cases_of, family_ids
from onhand.contacts.cases.enums import ClockKind
from onhand.contacts.cases.following_up import follow_up
from onhand.contacts.cases.page import read_case_page
from onhand.contacts.cases.states import Written
from onhand.contacts.enums import CaseState
from onhand.contacts.models import BusinessCalendar, Case, CaseClock, CaseContact, CaseKind, Contact
from onhand.kernel.errors import NotPossible
from tests.contacts.cases import MONDAY, on_case, open_case
from tests.examples import examples
from tests.factories import make_actor, make_customer
from tests.factories.contacts import make_contact

CASES = 4
WEEKS = ([[[540, 1020]]] * 5 + [[], []], [[[0, 1440]]] * 7, [[[600, 660]], *[[]] * 6], [[]] * 7)
ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe")
which = st.integers(0, CASES - 1)


@dataclass
class Model:
    """What should be so: who was merged into whom, what is closed, and the contacts each case had first."""

    into: dict[int, int] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    owes_reply: set[int] = field(default_factory=set)

    def root(self, one: int) -> int:
        while one in self.into:
            one = self.into[one]
        return one

    def family(self, one: int) -> set[int]:
        return {other for other in range(CASES) if self.root(other) == self.root(one)}


class Cases(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        # What the example before left behind is over.
        CaseClock.objects.filter(stopped_at=None).update(stopped_at=MONDAY)
        Case.objects.update(closes_at=None, due_at=None)
        BusinessCalendar.objects.filter(is_usual=True).update(week=WEEKS[0], time_zone="UTC")
        self.now = MONDAY
        self.model = Model(owes_reply=set(range(CASES)))
        CaseKind.objects.filter(key="question").update(
            closes_after_days=10, warns_days_before=3, reopens_within_days=None
        )
        self.customer = make_customer()
        self.cases = [open_case(self.customer, matter=f"Case {number}", at=self.now) for number in range(CASES)]
        self.contacts: list[Contact] = []
        for number, case in enumerate(self.cases):
            contact = make_contact(self.customer, number + 1, subject=f"About {number}")
            CaseContact.objects.create(case=case, contact=contact, at=self.now, by_name="Ana Prieto")
            self.contacts.append(contact)
        self.stood: dict[int, tuple[Any, ...]] = {}  # how a merged case stood before
        self.seen_clocks: dict[int, tuple[Any, ...]] = {}

    def act(self, name: str, on: int, **given: Any) -> bool:
        try:
            on_case(name, self.cases[on], at=self.now, **given)
        except NotPossible:
            self.cases[on].refresh_from_db()
            return False
        return True

    @rule(hours=st.sampled_from((0.5, 2, 5, 20, 60, 24 * 8, 24 * 30)))
    def time_passes(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule(week=st.sampled_from(WEEKS), zone=st.sampled_from(ZONES))
    def hours_change(self, week: Any, zone: str) -> None:
        BusinessCalendar.objects.filter(is_usual=True).update(week=week, time_zone=zone)

    @rule(one=which, is_automatic=st.booleans())
    def customer_writes(self, one: int, is_automatic: bool) -> None:
        root = self.model.root(one)
        was_closed, was_waiting = root in self.model.closed, root in self.model.waiting
        done = states.case_written_to(self.cases[one].pk, is_automatic, self.now)
        if is_automatic:
            assert done is Written.LEFT
            return
        assert done is (Written.REOPENED if was_closed else Written.RESUMED if was_waiting else Written.NOTED)
        self.model.closed.discard(root)
        self.model.waiting.discard(root)
        self.model.owes_reply.add(root)

    @rule(one=which)
    def answered(self, one: int) -> None:
        states.case_answered([self.cases[one].pk], self.now)
        self.model.owes_reply.discard(self.model.root(one))

    @rule(one=which)
    def wait(self, one: int) -> None:
        may = one not in self.model.into and one not in self.model.closed and one not in self.model.waiting
        assert self.act("wait_for_customer", one) is may
        if may:
            self.model.waiting.add(one)

    @rule(one=which)
    def go_on(self, one: int) -> None:
        may = one not in self.model.into and one in self.model.waiting
        assert self.act("go_on_with_case", one) is may
        self.model.waiting -= {one} if may else set()

    @rule(one=which)
    def close(self, one: int) -> None:
        may = one not in self.model.into and one not in self.model.closed
        assert self.act("solve_case", one, outcome="Done") is may
        if may:
            self.model.closed.add(one)
            self.model.waiting.discard(one)
            self.model.owes_reply.discard(one)

    @rule(one=which)
    def reopen(self, one: int) -> None:
        may = one not in self.model.into and one in self.model.closed
        assert self.act("reopen_case", one, reason="Came back") is may
        self.model.closed -= {one} if may else set()

    @rule(one=which, other=which)
    def merge(self, one: int, other: int) -> None:
        model, case = self.model, self.cases[one]
        merged = {one, other} & model.into.keys()
        may = one != other and not merged and (one in model.closed or other not in model.closed)
        stood = self.how_it_stands(case)
        assert self.act("merge_cases", one, other=self.cases[other].pk) is may
        if may:
            model.into[one] = other
            self.stood[one] = stood

    @rule(one=which)
    def undo_merge(self, one: int) -> None:
        may = one in self.model.into
        assert self.act("undo_merge_of_case", one) is may
        if may:
            del self.model.into[one]
            assert self.how_it_stands(self.cases[one]) == self.stood.pop(one)

    @rule(one=which)
    def due_by_hand(self, one: int) -> None:
        if one not in self.model.into and one not in self.model.closed:
            due = (self.now + timedelta(hours=7)).isoformat()
            assert self.act("change_case", one, matter=self.cases[one].subject, kind="question", due=due)

    @rule(one=which)
    def split(self, one: int) -> None:
        """The contact goes over; the new case is not followed further here."""
        contact = self.contacts[one]
        if self.model.root(one) == one and cases_of(contact.pk) == [self.cases[one].pk]:
            before = set(Case.objects.values_list("pk", flat=True))
            assert self.act("split_case", one, matter="More", kind="question", contact=contact.pk)
            (new,) = set(Case.objects.values_list("pk", flat=True)) - before
            assert cases_of(contact.pk) == [new]
            CaseContact.objects.filter(case=new).update(case=self.cases[one])  # back, so that it can come again

    @rule()
    def followed_up(self) -> None:
        running = self.running()
        follow_up(self.now)
        for clock in CaseClock.objects.filter(pk__in=running):
            assert (clock.broken_at is not None) == (clock.due_at < self.now) or clock.paused_at or clock.stopped_at
        for number in self.model.waiting - self.model.into.keys():
            case = self.cases[number]
            case.refresh_from_db()
            if case.state == CaseState.CLOSED:
                assert case.warned_at is None
                assert (case.closed_at, case.outcome != "") == (self.now, True)
                self.model.closed.add(number)
                self.model.owes_reply.discard(number)
        self.model.waiting -= self.model.closed
        assert (
            follow_up(self.now) == 0 or self.model.waiting | self.model.closed
        )  # what was announced may close at once

    def running(self) -> list[int]:
        return list(CaseClock.objects.filter(met_at=None, stopped_at=None).values_list("pk", flat=True))

    def how_it_stands(self, case: Case) -> tuple[Any, ...]:
        case.refresh_from_db()
        clocks = case.clocks.order_by("pk").values_list(
            "pk", "due_at", "paused_at", "left_seconds", "met_at", "stopped_at"
        )
        return case.state, case.closed_at, case.waiting_since, case.closes_at, case.warned_at, list(clocks)

    @invariant()
    def states_are_those_of_the_model(self) -> None:
        for number, case in enumerate(self.cases):
            case.refresh_from_db()
            if number in self.model.into:
                assert (case.state, case.merged_into_id) == (
                    CaseState.CLOSED,
                    self.cases[self.model.into[number]].pk,
                )
                continue
            expected = (
                CaseState.CLOSED
                if number in self.model.closed
                else CaseState.WAITING
                if number in self.model.waiting
                else CaseState.OPEN
            )
            assert (case.state, case.merged_into_id) == (expected, None)
            assert (case.closed_at is not None) == (expected == CaseState.CLOSED)
            assert (case.waiting_since is not None) == (expected == CaseState.WAITING)

    @invariant()
    def no_clock_is_lost_or_doubled(self) -> None:
        never = not any(BusinessCalendar.objects.get(is_usual=True).week)
        for number, case in enumerate(self.cases):
            case.refresh_from_db()
            running = list(case.clocks.filter(met_at=None, stopped_at=None))
            if number in self.model.into or number in self.model.closed:
                assert running == []
                continue
            kinds = [clock.kind for clock in running]
            assert len(kinds) == len(set(kinds))
            replies = {ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY} & set(kinds)
            assert len(replies) <= 1
            if number not in self.model.owes_reply:
                assert not replies
            for clock in running:
                assert clock.due_at >= clock.started_at
                assert (clock.left_seconds is None) or clock.paused_at is not None
                if clock.paused_at:
                    assert number in self.model.waiting
            due = next((clock.due_at for clock in running if clock.kind == ClockKind.RESOLUTION), None)
            assert due is not None or never or case.due_at is None
            if due is not None:
                assert case.due_at == due
        for clock in CaseClock.objects.filter(
            case__in=self.cases, met_at__isnull=False
        ):  # what was met stays as it was
            shown = (clock.met_at, clock.broken_at, clock.due_at)
            assert self.seen_clocks.setdefault(clock.pk, shown) == shown

    @invariant()
    def a_family_is_read_as_one(self) -> None:
        for number, case in enumerate(self.cases):
            if number in self.model.into:
                continue
            family = self.model.family(number)
            assert set(family_ids(case.pk)) == {self.cases[one].pk for one in family}
            page = read_case_page(make_actor(), case.reference).data
            assert {one["id"] for one in page["contacts"]} == {self.contacts[one].pk for one in family}


@pytest.mark.django_db(transaction=True)
def test_any_sequence_of_what_happens_to_cases() -> None:
    run_state_machine_as_test(
        Cases,
        settings=settings(
            max_examples=examples(8),
            stateful_step_count=18,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
