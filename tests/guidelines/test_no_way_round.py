"""
No way round: whatever is asked for, by whoever, at whatever door and in whatever order, nothing is given without a decision that allows it;
and everybody of a role gets the same answer, wherever they ask.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from itertools import count
from typing import Any

import httpx2 as httpx
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, example
from hypothesis import given as drawn
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from onhand.approvals.ending import expire_due
from onhand.approvals.models import Approval
from onhand.guidelines.documents import Document, as_json
from onhand.guidelines.models import Given, GuidelineVersion
from onhand.kernel.actor import ActorKind, system_actor
from onhand.kernel.bulk import decide_for_all
from onhand.kernel.decisions import NeedsApproval, Refused
from onhand.kernel.errors import ActError, SubjectBusy
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import Outcome, perform
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Role
from tests.examples import examples
from tests.factories import make_customer
from tests.factories.work import make_person
from tests.guidelines.company import document, nothing_laid_down, publish, somebody
from tests.guidelines.doors import ASKED, DONE, NEEDS, REFUSED, Deed, Member, Said, by_itself
from tests.guidelines.giving import (
    CANCEL,
    GIVING,
    Company,
    Laws,
    Says,
    effects,
    euro,
    fingerprint,
    given_since,
    newest_record,
    tables,
    used,
)
from tests.kernel.sessions import together
from tests.orders.shop import Shop
from tests.web.api.conftest import running

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = (RepresentativeKind.PERSON, RepresentativeKind.AI, RepresentativeKind.SERVICE)
CAST = (
    *(("representative", kind) for kind in KINDS),
    ("senior", RepresentativeKind.PERSON),
    ("supervisor", RepresentativeKind.PERSON),
    ("administrator", RepresentativeKind.PERSON),
)
AMOUNTS = (100, 1500, 1501, 4000, 4001, 9000, -500, 0)
STEPS = {
    "act": 12,
    "replay": 2,
    "alike": 4,
    "itself": 2,
    "bulk": 1,
    "ask": 4,
    "allow": 4,
    "deny": 1,
    "withdraw": 1,
    "expire": 1,
    "publish": 3,
    "retire": 2,
    "limit": 2,
    "end limit": 1,
}
STEP = st.tuples(
    st.sampled_from([name for name, weight in STEPS.items() for _ in range(weight)]),
    st.integers(0, 11),  # who
    st.sampled_from((*GIVING, CANCEL)),
    st.sampled_from(AMOUNTS),
    st.integers(0, 9),  # which of several things
)
# One way that comes by everything, whatever else is drawn: each act done, asked for and allowed, refused; the same said to all.
EVERYTHING = [
    ("publish", 0, GIVING[0], 100, 3),
    *(("act", number % 3, act, 100, number) for number, act in enumerate((*GIVING, CANCEL))),
    ("alike", 0, GIVING[0], 100, 0),
    ("replay", 0, GIVING[0], 100, 2),
    ("publish", 0, GIVING[0], 100, 0),
    ("alike", 0, GIVING[0], 1501, 0),
    ("alike", 0, GIVING[5], 9000, 0),
    ("act", 1, GIVING[0], 1501, 1),
    ("act", 2, GIVING[3], 9000, 2),
    ("ask", 0, GIVING[0], 1501, 3),
    ("allow", 1, GIVING[0], 100, 0),
    ("allow", 3, GIVING[0], 100, 0),
    ("ask", 1, GIVING[6], 4000, 1),
    ("allow", 4, GIVING[0], 100, 0),
    ("limit", 0, GIVING[0], 100, 1),
    ("alike", 0, GIVING[0], 1500, 0),
    ("bulk", 0, GIVING[0], 100, 0),
    ("publish", 0, CANCEL, 100, 2),
    ("bulk", 0, CANCEL, 100, 0),
    ("act", 0, CANCEL, 100, 1),
]
EFFECT = {
    "invoicing.give_goodwill": "note",
    "invoicing.credit_lines": "note",
    "orders.add_goodwill": "note",
    "coupons.give_coupon": "coupon",
    "payments.refund_payment": "refund",
    "orders.discount_line": "discount",
    "orders.place_order": "off",
}
DID: list[str] = []


def amounts(found: set[tuple[str, int, int]]) -> Counter[str]:
    """How much of each kind of effect there is."""
    counted: Counter[str] = Counter()
    for kind, _row, minor in found:
        counted[kind] += minor
    return counted


class Play:
    """One sequence of steps, with what must hold after each."""

    def __init__(self, company: Company, members: list[Member], names: list[str], numbers: Iterator[int]) -> None:
        self.company, self.members, self.tables, self.numbers = company, members, names, numbers
        self.laws, self.done = Laws(), list[tuple[Member, Deed, str, int | None]]()
        self.is_same = False  # no table differs from what was before the step
        self.before, self.known = fingerprint(names), effects(company.customer.pk)

    def step(self, what: str, who: int, act: str, minor: int, variety: int) -> None:
        """One step."""
        member = self.members[who % len(self.members)]
        deed = self.company.deed(act, minor, variety)
        ways: dict[str, Callable[[Member, Deed, int], None]] = {
            "act": self.act,
            "replay": self.replay,
            "alike": self.alike,
            "itself": self.itself,
            "bulk": self.bulk,
            "ask": self.ask,
            **dict.fromkeys(("allow", "deny", "withdraw", "expire"), self.answer(what)),
            **dict.fromkeys(("publish", "retire", "limit", "end limit"), self.law(what)),
        }
        self.is_same = False
        ways[what](member, deed, variety)
        if not self.is_same:
            self.before, self.known = fingerprint(self.tables), effects(self.company.customer.pk)

    def act(self, member: Member, deed: Deed, variety: int) -> None:
        """Somebody does it, somewhere."""
        doors, key = member.doors(deed), f"key-{next(self.numbers):08}"
        expected = self.laws.of(deed, member.role, ActorKind(member.person.kind), member.person.pk)
        newest, door = newest_record(), doors[variety % len(doors)]
        said = member.through(door, deed, key=key)
        self.must_fit(expected, said, deed, f"{deed.act} of {deed.gives} at {door}")
        self.must_be_theirs(newest, said, member.person.pk)
        if said.how == DONE:
            self.done.append((member, deed, key, said.record_id))

    def replay(self, _member: Member, _deed: Deed, variety: int) -> None:
        """What was done is asked for again under its key, at any door: it is that, and nothing happens."""
        if not self.done:
            return
        member, deed, key, record = self.done[variety % len(self.done)]
        doors = [door for door in member.doors(deed) if door != "desk"]  # whose forms say no more than that it was done
        said = member.through(doors[variety % len(doors)], deed, key=key)
        assert (said.how, said.record_id, said.is_replay) == (DONE, record, True)
        self.must_be_as_before()

    def alike(self, _member: Member, deed: Deed, _variety: int) -> None:
        """A person, a program and an AI representative of a role ask, each wherever they can: the answer is one."""
        alike = [one for one in self.members if one.role == "representative"]
        answers: dict[str, tuple[Any, ...]] = {}
        for one in alike:
            if any(limit.per == "representative" for limit in self.laws.limits) and one is not alike[0]:
                continue  # what each of them gave differs
            for door in one.doors(deed):
                said = one.through(door, deed, preview=True)
                answers[f"{one.person.kind} {door}"] = said.answer[:2] if door == "desk" else said.answer
        full = {answer for place, answer in answers.items() if not place.endswith("desk")}
        assert len(full) == 1, (deed, answers)
        assert all(answer == next(iter(full))[:2] for place, answer in answers.items() if place.endswith("desk")), (
            answers
        )
        DID.append(f"alike {next(iter(full))[0]}")
        self.must_be_as_before()

    def itself(self, _member: Member, deed: Deed, _variety: int) -> None:
        """The product does it by itself, as a rule would."""
        newest, expected = newest_record(), self.laws.of(deed, "system", ActorKind.SYSTEM, None)
        said = by_itself(deed)
        self.must_fit(expected, said, deed, f"{deed.act} by itself")
        self.must_be_theirs(newest, said, None)

    def bulk(self, member: Member, deed: Deed, _variety: int) -> None:
        """What gives something away is never done to many at once, and what is refused to one is refused to many."""
        closed = self.laws.of(deed, member.role, ActorKind.PERSON, member.person.pk)[0] == "refuse"
        wrong = TypeError if deed.act != CANCEL else Refused
        with pytest.raises(wrong) if closed or deed.act != CANCEL else nullcontext():
            decide_for_all(deed.act, actor=member.actor(), at=timezone.now())
        self.must_be_as_before()

    def ask(self, member: Member, deed: Deed, variety: int) -> None:
        """Somebody asks to be allowed it."""
        doors = member.doors(deed)
        expected = self.laws.of(deed, member.role, ActorKind(member.person.kind), member.person.pk)
        ahead = self.laws.of(deed, member.role, ActorKind(member.person.kind), member.person.pk, ahead=True)
        newest, key = newest_record(), f"ask-{next(self.numbers):08}"
        said = member.through(doors[variety % len(doors)], deed, key=key, ask=True)
        if said.how == ASKED:
            assert "ask" in (expected[0], ahead[0]), (expected, ahead, deed)
            assert ahead[0] != "refuse", (ahead, deed)
        elif said.how != DONE:
            self.must_be_as_before()
        self.must_be_theirs(newest, said, member.person.pk)

    def answer(self, what: str) -> Callable[[Member, Deed, int], None]:
        """Somebody answers what was asked last, or time does."""

        def step(member: Member, _deed: Deed, variety: int) -> None:
            newest, at = newest_record(), timezone.now()
            found = list(Approval.objects.filter(state="open").order_by("-pk")[:2])
            if what == "expire":
                expire_due(at + timedelta(days=3))
            elif found:
                approval = found[variety % len(found)]
                given = {"reason": "No"} if what == "deny" else {}
                try:
                    actor = member.actor()
                    perform(f"approvals.{what}", actor=actor, subject_id=approval.pk, arguments=given, at=at)
                except ActError:
                    self.must_be_as_before()
            self.must_be_approved(newest)

        return step

    def law(self, what: str) -> Callable[[Member, Deed, int], None]:
        """What is in force changes. Nothing that was done does."""

        def step(_member: Member, deed: Deed, variety: int) -> None:
            number = next(self.numbers)
            if what == "publish":
                acts = (GIVING, GIVING[:4], (deed.act,))[variety % 3]
                alone, asked = ((1500, 4000), (4000, 9000), (0, 100), (9000, 20_000))[variety % 4]
                alone, asked = (-1, -1) if acts == (CANCEL,) else (alone, asked)
                self.laws.lay_down(acts, alone, asked, ("senior", "supervisor")[variety % 2], number)
            elif what == "limit":
                per = ("customer", "company", "representative")[variety % 3]
                self.laws.limit(per, (3000, 9000)[variety % 2], ("refuse", "ask")[number % 2], number)
            elif what == "retire" and self.laws.guidelines:
                self.laws.retire(variety)
            elif what == "end limit" and self.laws.limits:
                self.laws.end_limit(variety)
            assert effects(self.company.customer.pk) == self.known

        return step

    def must_fit(self, expected: Says, said: Said, deed: Deed, where: str) -> None:
        """What came of it is what the guidelines say, reckoned anew."""
        answer, roles = expected
        DID.append(f"{deed.act} {said.how}")
        is_sound = deed.gives > 0 or deed.act == CANCEL  # of what cannot be, only that nothing came of it
        if said.how == DONE:
            assert answer == "allow" or not is_sound, (where, expected, said)
            assert is_sound or (deed.act, deed.gives) == ("orders.place_order", 0)
        elif is_sound and said.how in (REFUSED, NEEDS):
            assert said.how == {"refuse": REFUSED, "ask": NEEDS}.get(answer), (where, expected, said)
            if said.how == NEEDS and "may_approve" in said.decision:
                assert tuple(sorted(said.decision["may_approve"])) == roles, (where, expected, said)
        if said.how != DONE:
            self.must_be_as_before()

    def must_be_theirs(self, newest: int, said: Said, actor_id: int | None) -> None:
        """Done, it has one record, which allows it; and what was given is what that record says. Otherwise nothing was given."""
        records = given_since(newest)
        if said.how != DONE:
            assert not records
            assert effects(self.company.customer.pk) == self.known
            return
        (record,) = records
        assert (record.pk, record.actor_id, record.decision["answer"]) == (said.record_id, actor_id, "allow")
        assert "approved_by" not in record.decision
        self.must_be_what_was_given(record)

    def must_be_approved(self, newest: int) -> None:
        """What an answer did was allowed by somebody else, whose authority reaches."""
        records = given_since(newest)
        DID.extend(f"approved {one.act}" for one in records)
        if not records:
            assert effects(self.company.customer.pk) == self.known
            return
        (record,) = records
        approval = Approval.objects.get(record_id=record.pk)
        decision, by = record.decision, record.decision.get("approved_by")
        assert (decision["answer"], approval.state, approval.asked_by_id) == ("allow", "allowed", record.actor_id)
        assert approval.answered_by_id != record.actor_id
        if by is not None:
            role = Role.objects.get(representatives__pk=by["id"]).key
            assert by["id"] == approval.answered_by_id != record.actor_id
            assert role in decision["may_approve"]
            assert "refuse" not in [one["answer"] for one in decision.get("said", ())]
        self.must_be_what_was_given(record)

    def must_be_what_was_given(self, record: ActRecord) -> None:
        """The rows that came are this record's amount, and no limit that adds up is exceeded by it."""
        if record.act == CANCEL:
            return
        amount = next((one["minor"] for one in record.facts.values() if isinstance(one, dict) and "minor" in one), 0)
        came = amounts(effects(self.company.customer.pk))
        came.subtract(amounts(self.known))
        assert (came["given"], came[EFFECT[record.act]]) == (amount, amount), (record.act, came)
        others = {kind: minor for kind, minor in came.items() if minor and kind not in ("given", EFFECT[record.act])}
        # what goes back as it was paid, which is less where not all of it was paid, and what is off the whole order
        back, off = others.pop("refund", 0), others.pop("off", amount)
        assert 0 <= back <= amount == off and not others, (record.act, came)
        approver = (record.decision.get("approved_by") or {}).get("role")
        for limit in self.laws.limits if amount else ():
            total = used(limit, self.company.customer.pk, ActorKind(record.actor_kind), record.actor_id)
            may = record.actor_role == "supervisor" or approver is not None
            assert total <= (limit.most or {})["EUR"] or (limit.beyond == "ask" and may), (limit.name, total)

    def must_be_as_before(self) -> None:
        """No table differs."""
        now = fingerprint(self.tables)
        assert now == self.before, [name for name in now if now[name] != self.before[name]]
        self.is_same = True


def test_nothing_is_given_without_a_decision_that_allows_it_wherever_it_is_asked_for(settings: Any) -> None:
    settings.API_PER_MINUTE = 100_000
    nothing_laid_down()
    Role.objects.update(permissions=sorted(somebody().permissions))  # so that only guidelines stand in the way
    shop, numbers, names = Shop(stock=500), count(1), tables()
    with running() as address, httpx.Client(timeout=20) as http:
        members = [Member(make_person(role, kind=kind), address, http) for role, kind in CAST]
        _play_all(shop, members, numbers, names)
    ways = {name.rsplit(" ", 1)[-1] for name in DID}
    assert {DONE, NEEDS, REFUSED, "allow", "ask", "refuse"} <= ways
    assert {f"{act} {DONE}" for act in (*GIVING, CANCEL)} <= set(DID)
    assert any(name.startswith("approved") for name in DID)


def _play_all(shop: Shop, members: list[Member], numbers: Iterator[int], names: list[str]) -> None:
    @property_settings(
        max_examples=examples(20),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[
            Phase.explicit,
            Phase.reuse,
            Phase.generate,
        ],  # a step says where it failed, and is done a second time elsewhere
    )
    @drawn(st.lists(STEP, min_size=18, max_size=30))
    @example(EVERYTHING)
    def play(steps: list[tuple[str, int, str, int, int]]) -> None:
        one = Play(Company(shop), members, names, numbers)
        try:
            for step in steps:
                one.step(*step)
        finally:
            one.laws.clear()
            expire_due(timezone.now() + timedelta(days=3))

    play()


def test_guidelines_published_and_retired_in_the_middle_of_acts_always_give_a_clear_answer() -> None:
    nothing_laid_down()
    at, boss = timezone.now(), system_actor("tests")
    alone = {1: 1000, 2: 500, 3: 2000, 4: 100}
    first = publish("Law", _up_to(alone[1]), at=at)
    customers = [make_customer() for _number in range(16)]
    actors = [somebody(number=10 + number % 4) for number in range(16)]
    amounts = [(50, 300, 800, 1500)[number % 4] for number in range(16)]

    def give(number: int) -> Outcome:
        return perform(
            GIVING[0],
            actor=actors[number],
            arguments={"amount": euro(amounts[number]), "reason": "Late"},
            at=at,
            subject_id=customers[number].pk,
        )

    def change() -> int:
        for version in (2, 3, 4):
            text = json.dumps(as_json(_up_to(alone[version])))
            for act, given in (
                ("write_draft", {"document": text}),
                ("submit_guideline", {}),
                ("publish_guideline", {}),
            ):
                perform(f"guidelines.{act}", actor=boss, arguments=given, at=at, subject_id=first.pk)
        perform("guidelines.retire_guideline", actor=boss, arguments={"note": "."}, at=at, subject_id=first.pk)
        return GuidelineVersion.objects.filter(guideline=first).count()

    calls: list[Callable[[], Any]] = [lambda n=n: give(n) for n in range(16)]
    ended = together(*calls[:6], change, *calls[6:])
    assert ended[6] == 4, ended[6]
    results = [*ended[:6], *ended[7:]]
    for number, one in enumerate(results):
        assert isinstance(one, Outcome | Refused | SubjectBusy), one
        if isinstance(one, Outcome):
            (said,) = [said for said in one.decision.as_json()["said"] if said["rule"] == f"guideline:{first.pk}"]
            assert ActRecord.objects.get(pk=one.record_id).decision["version"] == said["version"]
            assert amounts[number] <= alone[int(said["version"])]
        elif isinstance(one, NeedsApproval):
            assert one.decision.rule == "no-guideline"  # it came when all was retired
        elif isinstance(one, Refused):
            assert amounts[number] > alone[int(one.decision.version)]
    done = [one for one in results if isinstance(one, Outcome)]
    assert Given.objects.count() == len(done) == ActRecord.objects.filter(act=GIVING[0]).count()


def _up_to(minor: int) -> Document:
    amount = f"{minor / 100:.2f}"
    rows = [(f"<= {amount}", '"allow"', "", "", ""), (f"> {amount}", '"refuse"', "", "", "")]
    return document([GIVING[0]], ["amount given"], rows)
