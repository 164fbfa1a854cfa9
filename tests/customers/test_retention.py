"""Retention rules: what they would do is shown before, they run by themselves in batches, and a legal hold stops them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from onhand.contacts.models import Case, Contact
from onhand.customers.models import Customer, Erasure, Flag, Note, RetentionRule, RetentionRun
from onhand.customers.privacy import retention
from onhand.customers.privacy.enums import RetentionKind
from onhand.kernel import sealing
from onhand.kernel.errors import ActError, NotPermitted
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.kernel.perform import Outcome, perform
from onhand.kernel.records import Subject, record_access
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = NOON - timedelta(days=500)


def act_on(rule: int | None, name: str, *, preview: bool = False, **arguments: Any) -> Outcome:
    return perform(
        f"customers.{name}", actor=make_actor(), subject_id=rule, arguments=arguments, at=NOON, preview=preview
    )


def make_rule(kind: str, months: int = 12, *, on: bool = True) -> RetentionRule:
    rule = act_on(None, "add_retention_rule", kind=kind, months=months).subject_id
    if on:
        act_on(rule, "switch_retention_rule_on", understood=True)
    return RetentionRule.objects.get(pk=rule)


def old_customer(name: str, at: datetime = LONG_AGO) -> Customer:
    return make_customer(name, created_at=at)


def run(at: datetime = NOON) -> int:
    return retention.run_rules(at)


@pytest.mark.parametrize(
    ("at", "months", "expected"),
    [
        (datetime(2026, 3, 31), 1, datetime(2026, 2, 28)),
        (datetime(2024, 3, 31), 1, datetime(2024, 2, 29)),
        (datetime(2026, 1, 15), 13, datetime(2024, 12, 15)),
        (datetime(2026, 12, 31), 6, datetime(2026, 6, 30)),
        (datetime(2026, 5, 30), 24, datetime(2024, 5, 30)),
    ],
)
def test_months_are_counted_as_people_count_them(at: datetime, months: int, expected: datetime) -> None:
    assert retention.months_before(at, months) == expected


def test_customers_nobody_had_to_do_with_are_erased_and_others_are_not() -> None:
    gone, root = old_customer("Long Gone"), old_customer("Root")
    seen, asked, fresh = old_customer("Seen"), old_customer("Asked"), make_customer("Fresh")
    held, busy = old_customer("Held"), old_customer("Busy")
    merged = make_customer("Merged Lately", merged_into=root)
    Contact.objects.create(customer=seen, channel="chat", started_at=NOON, ended_at=NOON)
    Note.objects.create(customer=asked, text="x", author_name="Ana", created_at=NOON)
    Flag.objects.create(customer=held, kind="legal_hold", reason="case", set_by_name="Ana", set_at=NOON)
    Case.objects.create(reference="C1", customer=busy, kind="question", subject="x", opened_at=LONG_AGO)
    rule = make_rule(RetentionKind.CUSTOMERS)
    foreseen = retention.foresee(rule.kind, rule.months, NOON)
    assert [one.id for one in foreseen.examples] == [gone.pk, held.pk, busy.pk]
    assert (foreseen.count, foreseen.oldest) == (3, LONG_AGO)
    assert run() == 1
    erased = set(Customer.objects.exclude(erased_at=None).values_list("pk", flat=True))
    assert erased == {gone.pk}
    assert Customer.objects.filter(pk__in=[fresh.pk, merged.pk, root.pk], erased_at=None).count() == 3
    done = RetentionRun.objects.get()
    assert (done.erased, done.held, done.ended_at) == (1, 2, NOON)
    erasure = Erasure.objects.get()
    assert (erasure.basis, erasure.requested_by_name) == ("not_needed", "retention rules")
    assert ActRecord.objects.get(act="customers.erase_customer").actor_kind == "system"


def test_old_notes_go_with_what_their_records_say() -> None:
    customer, held = make_customer("Ana"), make_customer("Held")
    Flag.objects.create(customer=held, kind="legal_hold", reason="case", set_by_name="Ana", set_at=NOON)
    for at, text in ((LONG_AGO, "old words"), (NOON, "new words")):
        for one in (customer, held):
            perform("customers.add_note", actor=make_actor(), subject_id=one.pk, arguments={"text": text}, at=at)
    make_rule(RetentionKind.NOTES)
    assert run() == 1
    assert sorted(customer.notes.values_list("text", flat=True)) == ["new words"]
    assert held.notes.count() == 2
    said = [
        record.arguments["text"]
        for record in ActRecord.objects.filter(subject_type="customer", subject_id=customer.pk).order_by("pk")
    ]
    assert said[:2] == ["", "new words"]
    assert list(sealing.check_all({})) == []


def test_old_reasons_are_taken_out_of_access_records() -> None:
    customer = make_customer()
    for at in (LONG_AGO, NOON):
        record_access(actor=make_actor(), subject=Subject("customer", customer.pk), page="file", reason="calls", at=at)
    make_rule(RetentionKind.REASONS)
    assert run() == 1
    assert list(AccessRecord.objects.order_by("pk").values_list("reason", flat=True)) == ["", "calls"]
    assert list(sealing.check_all({})) == []


def test_a_run_goes_on_in_batches_and_comes_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    customer = make_customer()
    Note.objects.bulk_create(
        Note(customer=customer, text="x", author_name="Ana", created_at=LONG_AGO) for _ in range(5)
    )
    make_rule(RetentionKind.NOTES)
    assert retention.run_rules(NOON, batches=1) == 2
    assert RetentionRun.objects.get().ended_at is None
    assert retention.run_rules(NOON + timedelta(minutes=10), batches=9) == 3
    assert RetentionRun.objects.get().ended_at == NOON + timedelta(minutes=10)
    Note.objects.create(customer=customer, text="x", author_name="Ana", created_at=LONG_AGO)
    assert run(NOON + timedelta(hours=23)) == 0
    assert run(NOON + timedelta(hours=25)) == 1
    assert RetentionRun.objects.count() == 2


def test_rules_are_looked_at_before_they_are_on() -> None:
    make_customer()
    Note.objects.create(customer=make_customer(), text="x", author_name="Ana", created_at=LONG_AGO)
    rule = make_rule(RetentionKind.NOTES, on=False).pk
    assert run() == 0
    assert act_on(rule, "switch_retention_rule_on", understood=True, preview=True).after["foreseen"]["count"] == 1
    for name, arguments in (
        ("switch_retention_rule_on", {"understood": False}),
        ("switch_retention_rule_off", {}),
        ("change_retention_rule", {"months": 12}),
        ("change_retention_rule", {"months": 0}),
    ):
        with pytest.raises(ActError):
            act_on(rule, name, **arguments)
    with pytest.raises(ActError):
        act_on(None, "add_retention_rule", kind="notes", months=3)
    act_on(rule, "switch_retention_rule_on", understood=True)
    act_on(rule, "change_retention_rule", months=6)
    assert RetentionRule.objects.get().is_on is False  # changed: to be looked at again
    act_on(rule, "switch_retention_rule_on", understood=True)
    act_on(rule, "switch_retention_rule_off")
    assert run() == 0
    assert Note.objects.count() == 1
    with pytest.raises(NotPermitted):
        perform(
            "customers.add_retention_rule",
            actor=make_actor(permissions=frozenset()),
            arguments={"kind": "reasons", "months": 3},
            at=NOON,
        )


def test_a_rule_switched_off_stops_a_run_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    for _ in range(3):
        Note.objects.create(customer=make_customer(), text="x", author_name="Ana", created_at=LONG_AGO)
    rule = make_rule(RetentionKind.NOTES)
    retention.run_rules(NOON, batches=1)
    act_on(rule.pk, "switch_retention_rule_off")
    assert run() == 0
    run_now = RetentionRun.objects.get()
    assert retention.do_batch(run_now.pk, NOON) is None
    assert Note.objects.count() == 2
