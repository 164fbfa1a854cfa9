"""The gate: what a notice withholds is refused for everybody it concerns who has not passed, from the moment it is due."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from onhand.guidelines import book
from onhand.kernel.actor import Via, system_actor
from onhand.kernel.decisions import Refused
from onhand.kernel.errors import ActError
from onhand.kernel.perform import perform
from onhand.receipts import gate, withholding_work
from onhand.receipts.gate import RULE
from onhand.receipts.models import Receipt
from onhand.receipts.queries import count_unread
from onhand.staff.enums import RepresentativeKind
from tests.factories import make_customer
from tests.factories.staff import actor_of
from tests.factories.work import make_person
from tests.guidelines.asking import facts_of
from tests.receipts.reading import LATER, NOTE, NOW, begin, do, note, publish, understand

pytestmark = pytest.mark.django_db(transaction=True)
EVERYBODY = [
    ("representative", RepresentativeKind.PERSON, Via.DESK),
    ("service", RepresentativeKind.SERVICE, Via.API),
    ("ai", RepresentativeKind.AI, Via.MCP),
    ("representative", RepresentativeKind.PERSON, Via.API),
    ("administrator", RepresentativeKind.PERSON, Via.DESK),
]


@pytest.mark.parametrize(("role", "kind", "via"), EVERYBODY)
def test_the_same_refusal_for_people_programs_and_ai(role: str, kind: RepresentativeKind, via: Via) -> None:
    customer, notice = make_customer(), publish(acts=[NOTE])
    actor = actor_of(make_person(role, kind=kind)).through(via)
    with pytest.raises(Refused) as refused:
        note(actor, customer)
    decision = refused.value.decision
    assert (decision.reason, decision.rule) == ("Read “Damage within 30 days” first.", f"{RULE}{notice.pk}")
    assert not customer.notes.exists()
    assert understand(actor, notice).after["outcome"] == "passed"
    note(actor, customer)
    assert customer.notes.count() == 1


def test_the_product_itself_is_not_stopped() -> None:
    publish(acts=[NOTE])
    note(system_actor("rules"), make_customer())


def test_it_is_withheld_from_the_moment_it_is_due_and_not_before() -> None:
    ana, customer = make_person(), make_customer()
    notice = publish(acts=[NOTE], due_at=LATER.isoformat())
    note(ana, customer, LATER - timedelta(microseconds=1))
    with pytest.raises(Refused):
        note(ana, customer, LATER)
    preview = {"subject_id": customer.pk, "arguments": {"text": "x"}, "preview": True}
    with pytest.raises(Refused):
        perform(NOTE, actor=actor_of(ana), at=LATER, **preview)
    understand(ana, notice, answers=(1, 1), at=LATER)
    with pytest.raises(Refused):  # a try is not enough
        note(ana, customer, LATER)
    do("withdraw_notice", None, notice, LATER, reason="x")
    note(ana, customer, LATER)


def test_only_what_is_withheld_and_only_from_those_it_concerns() -> None:
    ana, ben, customer = make_person("beginner"), make_person("senior"), make_customer()
    publish(acts=[NOTE], roles=["beginner"])
    draft = begin(acts=[NOTE])
    note(ben, customer)
    language = {"language": "es"}
    perform("customers.change_language", actor=actor_of(ana), subject_id=customer.pk, arguments=language, at=LATER)
    with pytest.raises(Refused):
        note(ana, customer)
    joins = make_person("senior")
    beginner = make_person("beginner")
    note(joins, customer)
    joins.role = beginner.role
    joins.save()
    with pytest.raises(Refused):  # of a role it concerns from now on
        note(joins, customer)
    assert draft.state == "draft"


def test_two_notices_are_both_named_each_in_the_language_of_who_reads() -> None:
    ana, customer = make_person(), make_customer()
    first = publish(acts=[NOTE])
    second = publish(acts=[NOTE], texts=[{"language": "es", "title": "Otra cosa", "text": "x"}], questions=[])
    with pytest.raises(Refused) as refused:
        note(ana, customer)
    assert refused.value.decision.reason == "Read “Damage within 30 days” first. Read “Otra cosa” first."
    rules = [said["rule"] for said in refused.value.decision.said if said["answer"] == "refuse"]
    assert rules == [f"{RULE}{first.pk}", f"{RULE}{second.pk}"]
    do("pass_notice", ana, second)
    with translation.override("es"), pytest.raises(Refused) as refused:
        note(ana, customer)
    assert "Daños en 30 días" in refused.value.decision.reason
    with translation.override("de"), pytest.raises(Refused) as refused:
        note(ana, customer)
    assert "Damage within 30 days" in refused.value.decision.reason


def test_who_approves_must_have_read_it_too() -> None:
    from tests.approvals.asked import GOODWILL, ask, lay_down, on_contact

    lay_down()
    ana, boss = make_person(), make_person("supervisor")
    approval = ask(ana, on_contact(ana))
    notice = publish(acts=[GOODWILL], at=NOW)
    allowing = {"actor": actor_of(boss), "subject_id": approval.pk, "arguments": {}}
    with pytest.raises(ActError, match="first"):
        perform("approvals.allow", at=NOW + timedelta(minutes=3), **allowing)
    understand(ana, notice)
    with pytest.raises(ActError, match="first"):
        perform("approvals.allow", at=NOW + timedelta(minutes=3), **allowing)
    understand(boss, notice)
    assert perform("approvals.allow", at=NOW + timedelta(minutes=3), **allowing).record_id


def statements(work: Callable[[], Any]) -> int:
    """How many statements the gate itself runs for a piece of work."""
    before, count = gate.run_prepared, []

    def counted(*given: Any) -> Any:
        count.append(given)
        return before(*given)

    gate.run_prepared = counted
    try:
        work()
    finally:
        gate.run_prepared = before
    return len(count)


def test_it_costs_a_statement_where_an_act_is_withheld_and_none_elsewhere() -> None:
    ana, customer = make_person(), make_customer()
    note(ana, customer)  # the book is read
    with CaptureQueriesContext(connection) as without:
        assert statements(lambda: note(ana, customer)) == 0
    notice = publish(acts=["customers.change_language"])
    note(ana, customer)
    with CaptureQueriesContext(connection) as beside:
        assert statements(lambda: note(ana, customer)) == 0
    assert len(beside) == len(without)
    do("withdraw_notice", None, notice, reason="x")
    understand(ana, publish(acts=[NOTE]))
    note(ana, customer)
    assert statements(lambda: note(ana, customer)) == 1


def test_a_process_that_was_asleep_decides_by_what_is_published() -> None:
    ana, customer = make_person(), make_customer()
    note(ana, customer)
    kept = book._Kept.book, gate._Kept.read
    notice = publish(acts=[NOTE])
    book._Kept.book, gate._Kept.read = kept  # as another process remembers it
    with pytest.raises(Refused):
        note(ana, customer)
    kept = book._Kept.book, gate._Kept.read
    do("withdraw_notice", None, notice, reason="x")
    book._Kept.book, gate._Kept.read = kept
    note(ana, customer)


def test_publishing_while_acts_run_gives_each_a_clear_answer() -> None:
    customers = [make_customer() for _ in range(4)]
    people, notice = [make_person() for _ in range(4)], begin(acts=[NOTE])
    ready, ended = threading.Barrier(5), []

    def acts(person: Any, customer: Any) -> None:
        try:
            ready.wait(20)
            for _ in range(8):
                try:
                    note(person, customer, NOW)
                    ended.append("done")
                except Refused as error:
                    ended.append(error.decision.rule)
        finally:
            connection.close()

    def publishes() -> None:
        try:
            ready.wait(20)
            do("publish_notice", None, notice)
            ended.append("published")
        finally:
            connection.close()

    pairs = zip(people, customers, strict=True)
    threads = [threading.Thread(target=acts, args=pair) for pair in pairs] + [threading.Thread(target=publishes)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(ended) == 33
    assert set(ended) <= {"done", "published", f"{RULE}{notice.pk}"}
    assert sum(customer.notes.count() for customer in customers) == ended.count("done")
    for person, customer in zip(people, customers, strict=True):
        with pytest.raises(Refused):
            note(person, customer)


def test_passing_twice_at_the_same_moment_is_one_receipt() -> None:
    ana, notice = make_person(), publish()
    ready, ended = threading.Barrier(3), []

    def passes() -> None:
        try:
            ready.wait(20)
            ended.append(understand(ana, notice).after["outcome"])
        except ActError as error:
            ended.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=passes) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(ended) == ["not_possible", "not_possible", "passed"]
    assert Receipt.objects.get().tries == 1


def test_tables_can_ask_how_many_notices_are_unread() -> None:
    ana = make_person()
    due, later = publish(), publish(due_at=LATER.isoformat())
    publish(roles=["planner"])
    actor = actor_of(ana)
    assert facts_of("notices", "customer", make_customer(), at=NOW, actor=actor) == {"notices unread": 1}
    assert facts_of("notices", "customer", None, at=LATER, actor=actor) == {"notices unread": 2}
    assert facts_of("notices", "customer", None, at=LATER - timedelta(microseconds=1), actor=actor) == {
        "notices unread": 1
    }
    understand(ana, due)
    assert facts_of("notices", "guideline", None, at=LATER, actor=actor) == {"notices unread": 1}
    understand(ana, later)
    assert facts_of("notices", "guideline", None, at=LATER, actor=actor) == {"notices unread": 0}
    assert facts_of("notices", "guideline", None, at=LATER, actor=system_actor("x")) == {"notices unread": None}
    assert count_unread(system_actor("x"), LATER).all == 0


def test_the_words_of_the_router_follow_the_language() -> None:
    notice = publish(withholds_work=True)
    with translation.override("es"):
        assert "Daños en 30 días" in withholding_work.words([notice.pk])[notice.pk]
