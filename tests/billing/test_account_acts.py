"""Accounts, subscriptions, single charges, and putting right what was billed wrong."""

import threading
import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from onhand.billing.billing_accounts import bill_accounts
from onhand.billing.explaining import explain
from onhand.billing.models import Charge, CustomerAccount, Subscription, UsageRecord
from onhand.billing.usage import UsageDone, UsageRow, store_usage
from onhand.invoicing.models import Document
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.checks import find_faults
from tests.billing.accounts import NOW, TODAY, make_account, make_plan, make_subscription, make_tariff, use
from tests.factories import make_actor, make_customer
from tests.kernel.sessions import together


def do(name: str, subject_id: int, /, **arguments: Any) -> Outcome:
    preview = arguments.pop("preview", False)
    return perform(
        f"billing.{name}", actor=make_actor(), subject_id=subject_id, arguments=arguments, at=NOW, preview=preview
    )


def bill(account: CustomerAccount) -> Document:
    with transaction.atomic():
        bill_accounts([account.pk], day=TODAY, at=NOW)
    return Document.objects.filter(kind="invoice").latest("pk")


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


def owed(account: CustomerAccount) -> int:
    return balance_of(RECEIVABLE, "EUR", customer_id=account.customer_id).minor


@pytest.mark.django_db(transaction=True)
def test_open_account_and_start_subscription() -> None:
    ana, plan = make_customer(country="ES"), make_plan()
    make_tariff(plan)
    do("open_account", ana.pk, billing_day=15)
    account = CustomerAccount.objects.get()
    assert account.next_bill_on == date(2026, 4, 15)
    with pytest.raises(NotPossible, match="already"):
        do("open_account", ana.pk)
    for wrong in ({"billing_day": 29}, {"currency": "XXQ"}, {"due_days": 999}):
        with pytest.raises(NotPossible):
            do("open_account", make_customer().pk, **wrong)
    do(
        "start_subscription",
        account.pk,
        plan=plan.pk,
        start_on="2026-04-03",
        label="Gran Vía 1",
        discount_percent="12,5",
    )
    one = Subscription.objects.get()
    assert (one.label, one.discount_percent, one.billed_until) == ("Gran Vía 1", Decimal("12.5"), date(2026, 4, 3))
    for wrong in (
        {"plan": 10**6},
        {"discount_percent": "101"},
        {"discount_percent": "x"},
        {"start_on": "2030-01-01"},
        {"start_on": "2019-01-01"},
    ):
        with pytest.raises(NotPossible):
            do("start_subscription", account.pk, **{"plan": plan.pk, "start_on": "2026-04-03"} | wrong)


@pytest.mark.django_db(transaction=True)
def test_change_plan_and_end_subscription_split_the_month_by_day() -> None:
    cheap, dear = make_plan(), make_plan()
    make_tariff(cheap, recurring_minor=3100)
    make_tariff(dear, recurring_minor=6200)
    account = make_account()
    one = make_subscription(account, cheap)
    do("change_plan", one.pk, plan=dear.pk, from_day="2026-03-22")
    new = Subscription.objects.get(follows=one.pk)
    do("end_subscription", new.pk, last_day="2026-03-26")
    assert bill(account).gross_minor == 2100 + 1000
    with pytest.raises(NotPossible, match="billed up to"):
        do("change_plan", make_subscription(account, cheap, billed_until=TODAY).pk, plan=dear.pk, from_day="2026-03-01")
    with pytest.raises(NotPossible, match="already"):
        do("end_subscription", new.pk, last_day="2026-04-20")
    with pytest.raises(NotPossible, match="plan it has"):
        do("change_plan", new.pk, plan=dear.pk, from_day="2026-04-20")


@pytest.mark.django_db(transaction=True)
def test_add_charge_is_on_the_next_bill() -> None:
    plan = make_plan()
    account = make_account()
    do("add_charge", account.pk, text="New router", amount=euro(1999), plan=plan.pk)
    made = bill(account)
    assert [(one.text, one.gross_minor) for one in made.lines.all()] == [("New router", 1999)]
    assert "Ana Prieto" in explain(Charge.objects.get())[0]
    for amount in (euro(0), euro(-5), Money(5, "USD").as_json()):
        with pytest.raises(NotPossible):
            do("add_charge", account.pk, text="x", amount=amount, plan=plan.pk)


@pytest.mark.django_db(transaction=True)
def test_put_right_gives_back_what_was_charged_too_much_and_shows_it_before() -> None:
    plan = make_plan()
    make_tariff(plan)
    account = make_account()
    one = make_subscription(account, plan)
    use(one, "300")
    made = bill(account)
    assert made.gross_minor == 3000 + 2500 + 3000
    facts = {"from_day": "2026-03-01", "until_day": "2026-04-01", "usage": "100", "reason": "Meter read wrong"}
    seen = do("put_right", one.pk, **facts, preview=True)
    assert (seen.before["adjustment"]["amount"], seen.after["adjustment"]["difference"]) == (euro(8500), euro(-4250))
    how = seen.after["how"]
    assert "A month costs" in how and "Used: 100" in how and "That makes" in how
    assert how.endswith("It should have been €42.50 and was €85.00.")
    assert Charge.objects.count() == 2
    done = do("put_right", one.pk, **facts)
    assert done.after["how"] == how
    note = Document.objects.get(kind="credit_note")
    assert (note.counters_id, note.gross_minor) == (made.pk, 4250)
    assert owed(account) == 4250
    righting = Charge.objects.get(kind="adjustment")
    assert (righting.minor, righting.document_id) == (-4250, note.pk)
    said = explain(righting, plan.unit)
    assert said[0] == "Meter read wrong" and "It should have been €42.50 and was €85.00." in said
    assert " ".join(said[1:-1]) == how  # the last is about the tax
    with pytest.raises(NotPossible, match="no difference"):
        do("put_right", one.pk, **facts)
    do("put_right", one.pk, **facts | {"usage": "", "reason": "It was right after all"})
    waiting = Charge.objects.get(document__isnull=True)
    assert waiting.minor == 4250
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_put_right_goes_by_the_right_plan_and_dates_and_refuses_what_is_not_billed() -> None:
    plan, other = make_plan(), make_plan()
    make_tariff(plan, recurring_minor=3100)
    make_tariff(other, recurring_minor=1550)
    account = make_account()
    one = make_subscription(account, plan)
    days = {"from_day": "2026-03-01", "until_day": "2026-04-01", "reason": "Ended before"}
    with pytest.raises(NotPossible, match="not billed"):
        do("put_right", one.pk, **days, ended_on="2026-03-10")
    bill(account)
    with pytest.raises(NotPossible, match="whole"):
        do("put_right", one.pk, **days | {"from_day": "2026-03-05"}, ended_on="2026-03-10")
    do("put_right", one.pk, **days, ended_on="2026-03-10")
    assert owed(account) == 1000
    do("put_right", one.pk, **days | {"reason": "Other plan"}, ended_on="2026-03-10", plan=other.pk)
    assert owed(account) == 500
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_usage_comes_in_once_and_each_wrong_row_is_named() -> None:
    plan = make_plan()
    one = make_subscription(make_account(), plan)
    good = UsageRow(one.pk, "a", date(2026, 3, 3), Decimal("1.5"))
    rows = [
        good,
        good,
        UsageRow(one.pk, "b", date(2026, 3, 4), Decimal(2)),
        UsageRow(10**6, "c", date(2026, 3, 4), Decimal(2)),
        UsageRow(one.pk, "d", date(2026, 5, 4), Decimal(2)),
        UsageRow(one.pk, "e", date(2026, 3, 4), Decimal("-1")),
        UsageRow(one.pk, "f", date(2026, 3, 4), Decimal("NaN")),
        UsageRow(one.pk, "b", date(2026, 3, 4), Decimal(3)),
    ]
    done = store_usage(rows, source="meter", today=TODAY)
    assert (done.stored, done.known, sorted(done.errors)) == (2, 1, [3, 4, 5, 6, 7])
    again = store_usage(rows[:3], source="meter", today=TODAY)
    assert (again.stored, again.known, again.errors) == (0, 3, {})
    other = store_usage([UsageRow(one.pk, "a", date(2026, 3, 3), Decimal(9))], source="meter", today=TODAY)
    assert sorted(other.errors) == [0]
    assert store_usage([good], source="other meter", today=TODAY).stored == 1
    assert store_usage([], source="meter", today=TODAY).stored == 0


@pytest.mark.django_db(transaction=True)
def test_usage_of_days_billed_already_is_refused_by_name_and_what_was_known_stays_known() -> None:
    plan = make_plan()
    make_tariff(plan)
    account = make_account()
    one = make_subscription(account, plan)
    early = UsageRow(one.pk, "early", date(2026, 3, 31), Decimal(60))
    assert store_usage([early], source="meter", today=TODAY).stored == 1
    bill(account)
    late = [
        UsageRow(one.pk, "late", date(2026, 3, 31), Decimal(5)),
        UsageRow(one.pk, "new", TODAY, Decimal(5)),
        early,
        UsageRow(one.pk, "early", date(2026, 3, 31), Decimal(61)),
    ]
    done = store_usage(late, source="meter", today=TODAY)
    assert (done.stored, done.known, sorted(done.errors)) == (1, 1, [0, 3])
    assert done.errors[0] == "This day is billed already: put right what was billed."
    assert not UsageRecord.objects.filter(outside_id="late").exists()


@pytest.mark.django_db(transaction=True)
def test_usage_that_comes_while_its_account_is_billed_waits_and_is_not_lost() -> None:
    plan = make_plan()
    make_tariff(plan)
    account = make_account()
    one = make_subscription(account, plan)
    row = UsageRow(one.pk, "late", date(2026, 3, 31), Decimal(60))
    is_billed = threading.Event()

    def bill_slowly() -> None:
        with transaction.atomic():
            bill_accounts([account.pk], day=TODAY, at=NOW)
            is_billed.set()
            _until_somebody_waits()

    def bring_in() -> UsageDone:
        assert is_billed.wait(30)
        return store_usage([row], source="meter", today=TODAY)

    _billed, done = together(bill_slowly, bring_in)
    assert (_billed, done.stored, list(done.errors)) == (None, 0, [0]), done
    assert not UsageRecord.objects.exists()


def _until_somebody_waits() -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where not granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for the accounts that are billed")


def bill_on(account: CustomerAccount, day: date) -> Document:
    with transaction.atomic():
        bill_accounts([account.pk], day=day, at=NOW)
    return Document.objects.filter(kind="invoice").latest("pk")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("includes_tax", [True, False])
def test_put_right_gives_back_on_several_invoices_what_one_cannot_hold(includes_tax: bool) -> None:
    plan = make_plan()
    make_tariff(plan, includes_tax=includes_tax, tiers=[])
    account = make_account()
    one = make_subscription(account, plan)
    march, april = bill_on(account, TODAY), bill_on(account, date(2026, 5, 1))
    owed_before = owed(account)
    facts = {"from_day": "2026-03-01", "until_day": "2026-05-01", "reason": "Ended before"}
    outcome = do("put_right", one.pk, **facts, ended_on="2026-03-10")
    notes = list(Document.objects.filter(kind="credit_note").order_by("pk"))
    assert outcome.after["credit_note"]["number"] == ", ".join(note.label for note in notes)
    assert outcome.after["credit_note"]["amount"] == euro(sum(note.gross_minor for note in notes))
    assert [note.counters_id for note in notes] == [april.pk, march.pk], "the newest first"
    assert notes[0].gross_minor == april.gross_minor
    rightings = Charge.objects.filter(kind="adjustment").order_by("pk")
    assert [charge.document_id for charge in rightings] == [note.pk for note in notes], "nothing is left waiting"
    assert sum(charge.minor for charge in rightings) == 968 - 6000
    assert owed(account) == owed_before - sum(note.gross_minor for note in notes)
    assert abs(owed(account) - (968 if includes_tax else round(968 * march.gross_minor / 3000))) <= 1
    with pytest.raises(NotPossible, match="no difference"):
        do("put_right", one.pk, **facts, ended_on="2026-03-10")
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_left", [True, False])
def test_put_right_gives_back_what_no_invoice_holds_to_who_left_and_else_with_the_next_bill(has_left: bool) -> None:
    plan = make_plan()
    make_tariff(plan, tiers=[])
    account = make_account()
    one = make_subscription(account, plan, ended_on=date(2026, 3, 31) if has_left else None)
    Charge.objects.create(
        account=account, kind="one_off", text="Sorry", from_day=TODAY, until_day=TODAY, minor=-2000, currency="EUR",
        percent=Decimal(21), made_at=NOW, key="sorry",
    )  # fmt: skip
    made = bill(account)
    assert made.gross_minor == 1000
    facts = {"from_day": "2026-03-01", "until_day": "2026-04-01", "reason": "Never began", "started_on": "2026-04-01"}
    do("put_right", one.pk, **facts)
    notes = list(Document.objects.filter(kind="credit_note").order_by("pk").values_list("counters", "gross_minor"))
    assert notes == [(made.pk, 1000), (None, 2000)][: 2 if has_left else 1]
    assert owed(account) == (-2000 if has_left else 0)
    waiting = list(Charge.objects.filter(document__isnull=True).values_list("minor", flat=True))
    assert waiting == ([] if has_left else [-2000])
    with pytest.raises(NotPossible, match="no difference"):
        do("put_right", one.pk, **facts)
    assert list(find_faults()) == []
