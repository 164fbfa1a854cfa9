"""The billing run: everybody once, whatever happens in the middle."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from onhand.billing import running
from onhand.billing.enums import RunState
from onhand.billing.models import BillingRun, Charge, CustomerAccount, Subscription, Tariff, UsageRecord
from onhand.billing.running import begin_run, left_of, work_on_run
from onhand.invoicing.models import Document
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.checks import find_faults
from tests.billing.accounts import NOW, TODAY, make_account, make_plan, make_subscription, make_tariff, use
from tests.factories import make_customer


def run() -> BillingRun:
    going = begin_run(TODAY, at=NOW, by_name="Ana")
    assert work_on_run(going.pk, NOW)
    going.refresh_from_db()
    return going


@pytest.mark.django_db(transaction=True)
def test_a_run_makes_charges_and_their_invoice_and_moves_on() -> None:
    plan = make_plan(name="Power")
    make_tariff(plan)
    account = make_account()
    subscription = make_subscription(account, plan)
    use(subscription, "100")
    use(subscription, "999", date(2026, 4, 1))
    going = run()
    assert (going.state, going.accounts, going.charges, going.documents) == (RunState.DONE, 1, 2, 1)
    bill = Document.objects.get()
    assert (bill.gross_minor, bill.document_type, bill.document_id) == (3000 + 1250, "account", account.pk)
    lines = bill.lines.order_by("position").values_list("text", "pieces", "source_type")
    assert list(lines) == [
        ("Power, Mar 1, 2026 to Mar 31, 2026", 1, "charge"),
        ("Power, Mar 1, 2026 to Mar 31, 2026", 100, "charge"),
    ]
    assert set(Charge.objects.values_list("document", flat=True)) == {bill.pk}
    account.refresh_from_db()
    subscription.refresh_from_db()
    assert (account.next_bill_on, subscription.billed_until) == (date(2026, 5, 1), TODAY)
    assert balance_of(RECEIVABLE, "EUR", customer_id=account.customer_id) == Money(4250, "EUR")
    assert (run().documents, left_of(going)) == (0, 0)
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_months_that_were_missed_are_billed_one_by_one() -> None:
    plan = make_plan()
    make_tariff(plan)
    account = make_account(next_bill_on=date(2026, 2, 1))
    make_subscription(account, plan, billed_until=date(2026, 1, 1))
    assert run().documents == 3
    assert list(Charge.objects.order_by("from_day").values_list("from_day", flat=True)) == [
        date(2026, n, 1) for n in (1, 2, 3)
    ]


@pytest.mark.django_db(transaction=True)
def test_an_account_that_cannot_be_billed_holds_up_nobody() -> None:
    good, bad, worse = make_plan(), make_plan(), make_plan()
    make_tariff(good)
    make_tariff(worse, recurring_minor=10**17)
    accounts = [make_account() for _ in range(3)]
    for account, plan in zip(accounts, (good, bad, worse), strict=True):
        make_subscription(account, plan)
    stranger = make_account(make_customer(country="FR"))
    make_subscription(stranger, good)
    going = run()
    assert (going.documents, going.problems) == (1, 3)
    problems = dict(CustomerAccount.objects.values_list("pk", "problem"))
    assert problems[accounts[0].pk] == ""
    assert "no price" in problems[accounts[1].pk]
    assert "reason" in problems[accounts[2].pk]
    assert "rate of tax" in problems[stranger.pk]
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_one_run_at_a_time_and_none_of_a_day_to_come() -> None:
    begin_run(TODAY, at=NOW, by_name="Ana")
    with pytest.raises(NotPossible, match="going"):
        begin_run(TODAY, at=NOW, by_name="Bo")
    BillingRun.objects.update(state=RunState.DONE)
    with pytest.raises(NotPossible, match="still to come"):
        begin_run(TODAY + timedelta(days=1), at=NOW, by_name="Ana")


@pytest.mark.django_db(transaction=True)
def test_what_is_to_be_given_back_waits_until_it_is_set_against_enough() -> None:
    plan = make_plan()
    make_tariff(plan)
    account = make_account()
    make_subscription(account, plan)
    for minor in (-5000, 700):
        Charge.objects.create(
            account=account, kind="one_off", text="Once", from_day=TODAY, until_day=TODAY, minor=minor, currency="EUR",
            percent=Decimal(21), made_at=NOW, key=f"once:{minor}",
        )  # fmt: skip
    run()
    assert Document.objects.get().gross_minor == 3700
    assert Charge.objects.get(document__isnull=True).minor == -5000


@pytest.mark.django_db(transaction=True)
def test_several_at_once_bill_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 3)
    plan = make_plan()
    make_tariff(plan)
    for _ in range(20):
        make_subscription(make_account(), plan)
    going = begin_run(TODAY, at=NOW, by_name="Ana")
    wrong: list[Exception] = []

    def work() -> None:
        try:
            work_on_run(going.pk, NOW)
        except Exception as error:  # noqa: BLE001  (told in the test's own thread)
            wrong.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []
    going.refresh_from_db()
    assert (going.accounts, going.documents, going.problems) == (20, 20, 0)
    assert sorted(Document.objects.values_list("number", flat=True)) == list(range(1, 21))
    assert Charge.objects.count() == 20
    assert list(find_faults()) == []


@pytest.mark.django_db
def test_tariffs_usage_and_what_was_charged_are_never_changed() -> None:
    plan = make_plan()
    make_tariff(plan)
    subscription = make_subscription(make_account(), plan)
    use(subscription, "5")
    Charge.objects.create(
        account=subscription.account, kind="one_off", text="Once", from_day=TODAY, until_day=TODAY, minor=5, currency="EUR",
        percent=Decimal(21), made_at=NOW, key="once",
    )  # fmt: skip
    changes = [
        lambda: Tariff.objects.update(recurring_minor=1),
        lambda: UsageRecord.objects.update(quantity=1),
        lambda: UsageRecord.objects.all().delete(),
        lambda: Charge.objects.update(minor=1),
        lambda: Charge.objects.all().delete(),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert Subscription.objects.count() == 1
