"""Attempts that were not allowed stay on record, bounded, and drafts are tried on them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from onhand.customers.bulk import answered_once
from onhand.guidelines import attempts as module
from onhand.guidelines.attempts import attempts_against, forget_attempts, visible_attempts, who_tries
from onhand.guidelines.models import RefusedAttempt
from onhand.kernel import decisions
from onhand.kernel.bulk import decide_for_all
from onhand.kernel.decisions import NeedsApproval, Refused, noting
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from tests.approvals.asked import ask, do, on_contact
from tests.approvals.asked import lay_down as goodwill_is_decided
from tests.factories import make_customer
from tests.factories.staff import actor_of
from tests.factories.work import make_person
from tests.guidelines.company import document, nothing_laid_down, publish, somebody
from tests.guidelines.test_trials import LATER, draft, give, tried
from tests.invoicing.documents import NOW

pytestmark = pytest.mark.django_db(transaction=True)
GOODWILL = "invoicing.give_goodwill"
ROWS = [
    ("<= 10", '"allow"', "", "", ""),
    ("(10..50]", '"ask"', '"supervisor"', "", ""),
    ("> 50", '"refuse"', "", "", ""),
]


def lay_down() -> Any:
    nothing_laid_down()
    return publish("Goodwill", document([GOODWILL], ["amount given"], ROWS))


def attempt(minor: int, **more: Any) -> None:
    with pytest.raises(Refused):
        give(minor, **more)


def test_what_was_not_allowed_is_kept_with_who_what_why_and_the_facts() -> None:
    made, customer = lay_down(), make_customer()
    arguments = {"amount": Money(6000, "EUR").as_json(), "reason": "A long wait"}
    with pytest.raises(Refused):
        perform(GOODWILL, actor=somebody(number=9), arguments=arguments, at=NOW, subject_id=customer.pk)
    assert not ActRecord.objects.filter(act=GOODWILL).exists()
    one = RefusedAttempt.objects.get()
    assert (one.at, one.times, one.actor_id, one.actor_role, one.act) == (NOW, 1, 9, "representative", GOODWILL)
    assert (one.subject_type, one.subject_id, one.customer_id) == ("customer", customer.pk, customer.pk)
    assert (one.answer, one.guidelines) == ("refuse", [made.pk])
    assert one.facts["amount"] == {"minor": 6000, "currency": "EUR"}
    assert one.decision["known"]["amount given"] == "60.00"
    assert "A long wait" not in str((one.facts, one.decision))  # the words of an argument are kept nowhere


def test_what_needs_somebody_else_is_kept_too_and_what_is_tried_out_is_not() -> None:
    lay_down()
    customer = make_customer().pk
    arguments = {"amount": Money(2000, "EUR").as_json(), "reason": "x"}
    given: dict[str, Any] = {"arguments": arguments, "at": NOW, "subject_id": customer}
    perform(GOODWILL, actor=somebody(), preview=True, **given)
    assert not RefusedAttempt.objects.exists()
    with pytest.raises(NeedsApproval):
        perform(GOODWILL, actor=somebody(), **given)
    assert RefusedAttempt.objects.get().answer == "ask"


def test_the_same_in_a_minute_is_counted_and_a_flood_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    lay_down()
    customer = make_customer().pk
    arguments = {"amount": Money(6000, "EUR").as_json(), "reason": "x"}

    def again(at: Any, subject: int = customer) -> None:
        with pytest.raises(Refused):
            perform(GOODWILL, actor=somebody(), arguments=arguments, at=at, subject_id=subject)

    for seconds in (0, 1, 59, 60):
        again(NOW + timedelta(seconds=seconds))
    assert list(RefusedAttempt.objects.order_by("pk").values_list("times", flat=True)) == [3, 1]
    monkeypatch.setattr(module, "MOST_A_MINUTE", 3)
    for _number in range(5):
        again(NOW + timedelta(minutes=5), make_customer().pk)
    assert RefusedAttempt.objects.filter(at=NOW + timedelta(minutes=5)).count() == 3


def test_what_cannot_be_kept_is_refused_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    lay_down()
    monkeypatch.setattr(module, "_NOTE", "select 1 / 0, " + ", ".join(["%s"] * 16))
    attempt(6000)
    assert not RefusedAttempt.objects.exists()


def test_the_database_lets_nothing_of_an_attempt_change_but_how_often() -> None:
    lay_down()
    attempt(6000)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update guidelines_refusedattempt set actor_name = 'Somebody else'")
    assert forget_attempts(NOW) == 0
    assert forget_attempts(LATER) == 1


def test_who_tries_and_who_sees_it() -> None:
    made = lay_down()
    boss, person = make_person("supervisor"), make_person("representative")
    ana = somebody(number=person.pk)
    for _number in range(2):
        attempt(6000, actor=ana)
    attempt(7000, actor=somebody(number=99))
    found = attempts_against(made.pk, [GOODWILL], NOW - timedelta(days=1))
    assert who_tries(found, 5) == [(ana.name, 2), ("representative 99", 1)]
    assert visible_attempts(actor_of(boss)).count() == 3
    assert not visible_attempts(actor_of(person)).exists()
    assert not attempts_against(made.pk + 1, [GOODWILL], NOW - timedelta(days=1)).exists()


def test_an_approver_who_may_not_allow_it_is_not_who_attempted_it() -> None:
    goodwill_is_decided()
    asker, senior = make_person("representative"), make_person("senior")
    approval = ask(asker, on_contact(asker))
    with pytest.raises(Refused):
        do("allow", approval, senior)
    assert not RefusedAttempt.objects.exists()


def test_a_trial_counts_attempts_that_came_to_nothing() -> None:
    made = lay_down()
    for minor in (6000, 7000, 20_000):
        attempt(minor)
    attempt(2000)
    pursued = make_customer()
    arguments = {"amount": Money(2000, "EUR").as_json(), "reason": "x"}
    given: dict[str, Any] = {"arguments": arguments, "subject_id": pursued.pk, "actor": somebody()}
    with pytest.raises(NeedsApproval):
        perform(GOODWILL, at=NOW, **given)
    perform(GOODWILL, at=NOW + timedelta(minutes=1), approver=somebody("supervisor", 8), **given)
    looser = [
        ("<= 65", '"allow"', "", "", ""),
        ("(65..100]", '"ask"', '"supervisor"', "", ""),
        ("> 100", '"refuse"', "", "", ""),
    ]
    trial = tried(draft(made, document([GOODWILL], ["amount given"], looser)))
    assert trial.total == 1
    assert trial.counts == {
        "ask": {"allow": 1},
        "refuse": {"allow": 1, "ask": 1, "refuse": 1},
        "tried": {"allow": 1},
    }
    assert trial.refused == {}


def test_what_a_part_was_not_allowed_is_kept_once_the_rest_is_done() -> None:
    lay_down()
    ana = make_customer()
    arguments = {"amount": Money(6000, "EUR").as_json(), "reason": "x"}

    def part() -> None:
        perform(GOODWILL, actor=somebody(number=9), arguments=arguments, at=NOW, subject_id=ana.pk, as_part=True)

    with transaction.atomic():
        with pytest.raises(Refused):
            part()
        assert not RefusedAttempt.objects.exists()
    assert RefusedAttempt.objects.get().actor_id == 9
    RefusedAttempt.objects.all().delete()
    with pytest.raises(Refused), noting(somebody(number=9)), transaction.atomic():
        part()
    assert RefusedAttempt.objects.get().times == 1
    with pytest.raises(Refused), noting(somebody(number=8)), transaction.atomic():
        part()
    assert RefusedAttempt.objects.get().times == 1  # of somebody else: not their attempt


def test_of_one_transaction_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MOST_NOTED", 3)
    lay_down()
    customers = [make_customer() for _number in range(5)]
    arguments = {"amount": Money(6000, "EUR").as_json(), "reason": "x"}
    with transaction.atomic():
        for one in customers:
            with pytest.raises(Refused):
                perform(GOODWILL, actor=somebody(), arguments=arguments, at=NOW, subject_id=one.pk, as_part=True)
    assert RefusedAttempt.objects.count() == 3


def test_what_is_not_allowed_to_be_done_to_many_at_once_is_kept() -> None:
    import_act = "customers.import_customer"
    publish("Imports", document([import_act], [], [('"refuse"', "", "", "")]))
    with pytest.raises(Refused):
        decide_for_all(import_act, actor=somebody(number=4), at=NOW)
    one = RefusedAttempt.objects.get()
    assert (one.act, one.subject_type, one.subject_id, one.actor_id) == (import_act, "customer", None, 4)

    def work() -> list[dict[str, Any]]:
        decide_for_all(import_act, actor=somebody(number=5), at=NOW)
        return []

    with pytest.raises(Refused):
        answered_once(work, actor=somebody(number=5), key=None, digest=b"", at=NOW)
    assert list(RefusedAttempt.objects.order_by("pk").values_list("actor_id", "times")) == [(4, 1), (5, 1)]
