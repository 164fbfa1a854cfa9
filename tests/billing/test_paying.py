"""How accounts stand, payment plans, dunning, fixed amounts a month, writing off."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from onhand.billing import tasks
from onhand.billing.billing_accounts import bill_accounts
from onhand.billing.dunning import dun_all
from onhand.billing.models import Charge, CustomerAccount, DunningStage, DunningStep, Instalment, PaymentPlan
from onhand.billing.payment_plans import follow_up
from onhand.billing.standing import standing_of
from onhand.contacts.models import Case, Message
from onhand.customers.models import Customer, Identity
from onhand.invoicing.models import Document
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.kernel.reactor import deliver
from onhand.ledger.chart import BANK, RECEIVABLE
from onhand.ledger.checks import find_faults
from onhand.ledger.posting import credit, debit, post
from tests.billing.accounts import NOW, TODAY, make_account, make_plan, make_subscription, make_tariff
from tests.billing.test_account_acts import do, euro, owed
from tests.factories import make_actor
from tests.invoicing.documents import invoice, line


def pay(account: CustomerAccount, minor: int) -> None:
    number = Document.objects.count() * 1000 + minor
    with transaction.atomic():
        post(
            "payment",
            document=("test", number),
            key=f"test:{number}:{account.pk}:{owed(account)}",
            lines=[
                debit(BANK, Money(minor, "EUR")),
                credit(RECEIVABLE, Money(minor, "EUR"), customer_id=account.customer_id),
            ],
            at=NOW,
            booked_on=TODAY,
        )


def owing(*amounts: int, day: date = TODAY) -> CustomerAccount:
    """An account that owes invoices of these amounts, due a fortnight after a day."""
    account = make_account()
    for minor in amounts:
        invoice(line(minor, "0"), customer=account.customer, day=day, at=NOW - timedelta(days=1))
    return account


@pytest.mark.django_db(transaction=True)
def test_what_comes_in_pays_what_was_due_first() -> None:
    account = owing(1000)
    invoice(line(500, "0"), customer=account.customer, day=date(2026, 4, 10))
    pay(account, 1200)
    standing = standing_of(account.pk, "EUR")
    assert [(one.amount.minor, one.left.minor) for one in standing.items] == [(500, 300)]
    assert [one.amount.minor for one in standing.paid] == [1000]
    assert standing.overdue(date(2026, 4, 20)).minor == 0
    assert standing.overdue(date(2026, 4, 25)).minor == 300
    pay(account, 400)
    assert standing_of(account.pk, "EUR").balance == Money(-100, "EUR")
    assert standing_of(account.pk, "EUR").items == []


@pytest.mark.django_db(transaction=True)
def test_agree_payment_plan_and_what_comes_in_pays_its_parts() -> None:
    account = owing(10000)
    do("agree_payment_plan", account.pk, parts=4, first_on="2026-04-05", first_payment=euro(4000))
    plan = PaymentPlan.objects.get()
    rows = list(plan.instalments.order_by("number").values_list("due_on", "minor"))
    assert rows == [(date(2026, 4, 5), 4000), *((date(2026, n, 5), 2000) for n in (5, 6, 7))]
    with pytest.raises(NotPossible, match="already"):
        do("agree_payment_plan", account.pk, parts=2, first_on="2026-04-05")
    follow_up(date(2026, 4, 2), NOW)
    deliver()
    assert Instalment.objects.get(number=1).reminded_on == date(2026, 4, 2)
    pay(account, 4000)
    follow_up(date(2026, 4, 6), NOW)
    assert list(plan.instalments.order_by("number").values_list("state", flat=True)) == ["paid", "open", "open", "open"]
    assert standing_of(account.pk, "EUR").overdue(date(2026, 5, 1)).minor == 0, (
        "nothing is overdue while the plan is kept"
    )
    pay(account, 6000)
    follow_up(date(2026, 4, 7), NOW)
    plan.refresh_from_db()
    assert plan.state == "paid"
    other = owing(100)
    for wrong in (
        {"parts": 0},
        {"parts": 61},
        {"first_on": "2026-03-01"},
        {"first_payment": euro(100)},
        {"first_payment": euro(0)},
    ):
        with pytest.raises(NotPossible):
            do("agree_payment_plan", other.pk, **{"parts": 2, "first_on": "2026-04-05"} | wrong)
    with pytest.raises(NotPossible, match="Nothing is open"):
        do("agree_payment_plan", make_account().pk, parts=2, first_on="2026-04-05")


@pytest.mark.django_db(transaction=True)
def test_a_missed_part_ends_the_plan_is_work_for_somebody_and_dunning_goes_on() -> None:
    account = owing(9000, day=date(2026, 3, 1))
    DunningStage.objects.create(number=1, name="Reminder", after_days=5)
    do("agree_payment_plan", account.pk, parts=3, first_on="2026-04-05")
    assert dun_all(date(2026, 4, 8), NOW) == 0, "overdue by three days"
    follow_up(date(2026, 4, 8), NOW)
    assert Instalment.objects.get(number=1).state == "missed"
    follow_up(date(2026, 4, 11), NOW)
    assert PaymentPlan.objects.get().state == "defaulted"
    deliver()
    assert Case.objects.get().customer_id == account.customer_id
    assert dun_all(date(2026, 4, 11), NOW) == 1
    plan = PaymentPlan.objects.get()
    pay(account, 1000)
    do("renegotiate_payment_plan", plan.pk, parts=2, first_on="2026-04-20")
    plan.refresh_from_db()
    new = PaymentPlan.objects.get(state="running")
    assert (plan.state, plan.replaced_by_id, new.minor) == ("replaced", new.pk, 8000)
    assert sorted(set(plan.instalments.values_list("state", flat=True))) == ["cancelled"]
    with pytest.raises(NotPossible, match="over"):
        do("renegotiate_payment_plan", plan.pk, parts=2, first_on="2026-04-20")


@pytest.mark.django_db(transaction=True)
def test_dunning_goes_by_stages_with_fees_and_is_held() -> None:
    first = DunningStage.objects.create(number=1, name="Reminder", after_days=3, text="Please look.")
    DunningStage.objects.create(number=2, name="Last warning", after_days=10, fee_minor=500, fee_currency="EUR")
    account = owing(5000)  # due 15 April
    Identity.objects.create(customer=account.customer, kind="email", value="ana@example.com", created_at=NOW)
    assert dun_all(date(2026, 4, 17), NOW) == 0
    do("hold_dunning", account.pk, until="2026-04-19", why="Disputed")
    assert dun_all(date(2026, 4, 18), NOW) == 0
    assert dun_all(date(2026, 4, 20), NOW) == 1
    assert dun_all(date(2026, 4, 20), NOW) == 0, "once a day"
    step = DunningStep.objects.get()
    assert (step.stage_id, step.overdue_minor, step.fee_document_id) == (first.pk, 5000, None)
    deliver()
    tasks.write_billing_notice(account.customer_id, "Reminder", "Please look.", "notice-1")
    tasks.write_billing_notice(account.customer_id, "Reminder", "Please look.", "notice-1")
    assert Message.objects.count() == 1
    assert dun_all(date(2026, 4, 25), NOW) == 1
    assert owed(account) == 5500
    assert DunningStep.objects.latest("pk").fee_document is not None
    assert dun_all(date(2026, 4, 26), NOW) == 0
    pay(account, 5500)
    dun_all(date(2026, 4, 27), NOW)
    account.refresh_from_db()
    assert account.dunning_stage == 0
    for wrong in ({"until": "2025-01-01", "why": "x"}, {"until": "2026-04-19", "why": " "}):
        with pytest.raises(NotPossible):
            do("hold_dunning", account.pk, **wrong)
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("budget", [1000, 5000])
def test_set_budget_bills_a_fixed_amount_and_true_up_budget_settles_it(budget: int) -> None:
    plan = make_plan()
    make_tariff(plan, recurring_minor=2000, tiers=[])
    account = make_account()
    make_subscription(account, plan)
    do("set_budget", account.pk, amount=euro(budget))
    for day in (TODAY, date(2026, 5, 1)):
        with transaction.atomic():
            bill_accounts([account.pk], day=day, at=NOW + timedelta(days=60))
    assert owed(account) == 2 * budget
    with pytest.raises(NotPossible, match="Settle"):
        do("set_budget", account.pk)
    do("true_up_budget", account.pk)
    assert owed(account) == 4000
    with pytest.raises(NotPossible, match="nothing to settle"):
        do("true_up_budget", account.pk)
    do("set_budget", account.pk)
    assert not Charge.objects.filter(document__isnull=True).exists()
    for wrong in (euro(0), Money(5, "USD").as_json()):
        with pytest.raises(NotPossible):
            do("set_budget", account.pk, amount=wrong)
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_write_off_gives_up_what_is_open_and_no_more() -> None:
    account = owing(5000)
    do("write_off", account.pk, amount=euro(2000), reason="Insolvent")
    assert owed(account) == 3000
    for amount in (euro(3001), euro(0), euro(-1), Money(5, "USD").as_json()):
        with pytest.raises(NotPossible):
            do("write_off", account.pk, amount=amount, reason="x")
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_bill_again_lets_the_next_run_try() -> None:
    account = make_account(problem="No price")
    do("bill_again", account.pk)
    account.refresh_from_db()
    assert account.problem == ""
    with pytest.raises(NotPossible):
        do("bill_again", account.pk)


@pytest.mark.django_db(transaction=True)
def test_the_night_bills_looks_at_plans_and_duns() -> None:
    plan = make_plan()
    make_tariff(plan)
    account = make_account()
    make_subscription(account, plan)
    tasks.bill_nightly(int(datetime(2026, 4, 1, 3).timestamp()))
    tasks.go_on_billing(int(NOW.timestamp()))
    assert Document.objects.get().document_id == account.pk


def new(name: str, **arguments: Any) -> int:
    return perform(f"billing.{name}", actor=make_actor(), arguments=arguments, at=NOW).subject_id or 0


@pytest.mark.django_db(transaction=True)
def test_plans_with_tariffs_and_stages_are_set() -> None:
    tax = make_plan().tax_class
    plan = new("add_plan", plan_name="Power", tax_class=tax.pk, unit="kWh")
    do("rename_plan", plan, plan_name="Green power", in_use=True)
    tiers = [{"up_to": "100", "rate": "0,25"}, {"up_to": "", "rate": "0.2"}]
    do("set_tariff", plan, from_day="2026-01-01", recurring=euro(1000), included="10", tiers=tiers)
    for wrong in (
        {"from_day": "2026-01-01"},
        {"recurring": euro(-1)},
        {"included": "x"},
        {"tiers": [{"up_to": "100", "rate": "1"}]},
        {"tiers": [{"up_to": "", "rate": "1"}, {"up_to": "5", "rate": "1"}]},
        {"tiers": [{"up_to": "5", "rate": "1"}, {"up_to": "5", "rate": "1"}, {"up_to": "", "rate": "1"}]},
    ):
        with pytest.raises(NotPossible):
            do("set_tariff", plan, **{"from_day": "2026-02-01", "recurring": euro(1)} | wrong)
    with pytest.raises(NotPossible):
        new("add_plan", plan_name="Green power", tax_class=tax.pk)
    first = new("add_dunning_stage", stage_name="Reminder", after_days=3)
    second = new("add_dunning_stage", stage_name="Warning", after_days=10, fee=euro(500))
    do("change_dunning_stage", first, stage_name="Friendly reminder", after_days=5)
    for stage, days in ((first, 10), (second, 5), (first, 0)):
        with pytest.raises(NotPossible):
            do("change_dunning_stage", stage, stage_name="x", after_days=days)
    assert DunningStage.objects.get(pk=second).fee_minor == 500
    new("start_billing_run", day="2026-04-01")
    with pytest.raises(NotPossible, match="going"):
        new("start_billing_run", day="2026-04-01")


def merge(old: CustomerAccount, into: CustomerAccount) -> None:
    Customer.objects.filter(pk=old.customer_id).update(merged_into=into.customer_id)


@pytest.mark.django_db(transaction=True)
def test_who_was_merged_owes_and_pays_as_one() -> None:
    DunningStage.objects.create(number=1, name="Reminder", after_days=5)
    old, root = owing(5000, day=date(2026, 3, 1)), make_account()
    day = date(2026, 4, 8)
    merge(old, root)
    pay(root, 5000)
    for account in (old, root):
        assert standing_of(account.pk, "EUR").balance == Money(0, "EUR")
        assert standing_of(account.pk, "EUR").overdue(day).minor == 0
    assert dun_all(day, NOW) == 0, "who paid is not dunned"
    assert not DunningStep.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_with_two_accounts_is_dunned_once_and_by_what_all_of_it_owes() -> None:
    DunningStage.objects.create(number=1, name="Reminder", after_days=5)
    first, second, stranger = make_account(), owing(5000, day=date(2026, 3, 1)), owing(700, day=date(2026, 3, 1))
    CustomerAccount.objects.filter(pk=second.pk).update(dunning_stage=1)
    merge(second, first)
    invoice(line(100, "0"), customer=first.customer, day=date(2026, 3, 1), at=NOW - timedelta(days=1))
    assert dun_all(date(2026, 4, 8), NOW) == 2
    steps = dict(DunningStep.objects.values_list("account", "overdue_minor"))
    assert steps == {first.pk: 5100, stranger.pk: 700}
    second.refresh_from_db()
    assert second.dunning_stage == 0, "what was begun there goes on with the first"


@pytest.mark.django_db(transaction=True)
def test_a_payment_plan_of_a_merged_row_covers_the_file() -> None:
    DunningStage.objects.create(number=1, name="Reminder", after_days=5)
    root, old = make_account(), owing(9000, day=date(2026, 3, 1))
    do("agree_payment_plan", old.pk, parts=3, first_on="2026-04-20")
    merge(old, root)
    for account in (root, old):
        assert [item.kind for item in standing_of(account.pk, "EUR").items] == ["instalment"] * 3
    assert dun_all(date(2026, 4, 15), NOW) == 0
