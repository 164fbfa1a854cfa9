"""What people do about payments: each act, its refusals, and what its record says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Model

from onhand.customers.models import Customer, Note
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import IdentityNeeded, NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.locked_texts import unlock_text
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import BANK, CASH, DEPOSIT
from onhand.ledger.totals import trial_balance
from onhand.payments import access, asking, deposits, documents, stored
from onhand.payments.enums import CardState, DepositState, MethodKind, PaymentState, ProviderKind, RefundState
from onhand.payments.models import (
    Deposit,
    Drawer,
    DrawerCount,
    Payment,
    PaymentMethod,
    ProviderAccount,
    Refund,
    StoredValueCard,
)
from onhand.payments.providers import API_KEY, WEBHOOK_SECRET
from onhand.web.models import Draft
from onhand.web.operations import WORDS, keep_draft
from tests.factories import make_actor, make_customer
from tests.factories.staff import make_person
from tests.payments.money import (
    NOW,
    TODAY,
    check_now,
    euro,
    make_card,
    make_drawer,
    make_method,
    make_provider,
    method_of,
    owed,
    refund,
    take,
)

pytestmark = pytest.mark.django_db


def do(act: str, on: Model | None = None, /, *, actor: Any = None, at: Any = NOW, **arguments: Any) -> Outcome:
    """Do `payments.<act>`, by somebody who may do everything."""
    return perform(
        f"payments.{act}",
        actor=actor or make_actor(),
        subject_id=on.pk if on is not None else None,
        arguments={name: value.as_json() if isinstance(value, Money) else value for name, value in arguments.items()},
        at=at,
    )


def balance(role_key: str) -> int:
    """What stands in a role everybody books on, in cents of EUR."""
    return sum(one.balance for one in trial_balance() if (one.role.key, one.currency) == (role_key, "EUR"))


def test_take_payment_by_a_method_of_the_customer() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    method = make_method(ana)
    done = do("take_payment", ana, method=method.pk, amount=euro(2500))
    assert done.after == {"payment": "€25.00, Visa •••• 4242: Pending"}
    payment = Payment.objects.get()
    assert (payment.document_type, payment.document_id, payment.customer) == ("customer", ana.pk, ana)
    assert ActRecord.objects.get(act="payments.take_payment").facts == {"amount": {"minor": 2500, "currency": "EUR"}}
    for wrong in (make_method(ben).pk, 10**9):
        with pytest.raises(NotPossible, match="not the customer's"):
            do("take_payment", ana, method=wrong, amount=euro(2500))
    for minor in (0, -5):
        with pytest.raises(NotPossible, match="above nothing"):
            do("take_payment", ana, method=method.pk, amount=euro(minor))
    assert Payment.objects.count() == 1


def test_take_payment_for_a_document_of_the_customer_only(monkeypatch: pytest.MonkeyPatch) -> None:
    ana = make_customer("Ana")
    monkeypatch.setattr(documents, "_kinds", {})
    documents.register_document(
        "order",
        lambda *asked: asked == (7, ana.pk, "EUR"),
        still_open=lambda _number: Money(2500, "EUR"),
        title=lambda number: f"O-{number}",
    )
    wanted = {"method": method_of(make_card(ana, 900)).pk, "amount": euro(100)}
    do("take_payment", ana, **wanted, document_type="order", document_id=7)
    assert Payment.objects.filter(document_type="order", document_id=7).exists()
    for kind, number in (("order", 8), ("house", 7)):
        with pytest.raises(NotPossible, match="not the customer's"):
            do("take_payment", ana, **wanted, document_type=kind, document_id=number)


def test_whoever_is_on_a_contact_is_identified_first() -> None:
    ana = make_customer("Ana")
    clerk = make_actor(permissions=frozenset({"payments.view", "payments.take", "payments.refund", "customers.view"}))
    card = make_card(ana, 900)
    payment = take(method_of(card), 100)
    with pytest.raises(IdentityNeeded):
        do("take_payment", ana, actor=clerk, method=method_of(card).pk, amount=euro(1))
    with pytest.raises(IdentityNeeded):
        do("refund_payment", payment, actor=clerk, amount=euro(1))
    with pytest.raises(NotPermitted):
        do("open_drawer", make_drawer(is_open=False), actor=clerk, counted=euro(0))
    hidden = make_actor(permissions=clerk.permissions, visibility=Visibility.OWN)
    with pytest.raises(SubjectNotFound):
        do("refund_payment", payment, actor=hidden, amount=euro(1))


def test_take_cash_into_the_drawer() -> None:
    ana, drawer = make_customer("Ana"), make_drawer()
    do("take_cash", ana, amount=euro(1250), drawer=drawer.pk)
    do("take_cash", ana, amount=euro(250))
    assert balance_of(CASH, "EUR", owner_id=drawer.pk) == euro(1500)
    assert PaymentMethod.objects.filter(customer=ana, kind=MethodKind.CASH).count() == 1
    with pytest.raises(NotPossible, match="No drawer of USD"):
        do("take_cash", ana, amount=Money(100, "USD"))


def test_note_terminal_payment_takes_a_receipt_once() -> None:
    ana = make_customer("Ana")
    do("note_terminal_payment", ana, amount=euro(900), receipt="R-17")
    with pytest.raises(NotPossible, match="already"):
        do("note_terminal_payment", ana, amount=euro(900), receipt="R-17")
    assert (owed(ana), balance("provider")) == (-900, 900)


def test_a_receipt_of_the_same_number_is_another_on_the_next_day_of_the_company(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"
    ana, midnight = make_customer("Ana"), datetime(2026, 3, 10, 23, tzinfo=UTC)
    do("note_terminal_payment", ana, amount=euro(900), receipt="R-17", at=midnight - timedelta(minutes=1))
    do("note_terminal_payment", ana, amount=euro(800), receipt="R-17", at=midnight)
    with pytest.raises(NotPossible, match="already"):
        do(
            "note_terminal_payment", ana, amount=euro(800), receipt="R-17", at=midnight + timedelta(hours=2)
        )  # 11 March in UTC too


def test_capture_payment_and_call_off_payment() -> None:
    ana = make_customer("Ana")
    payment = take(make_method(ana), 5000, captures=False)
    with pytest.raises(NotPossible, match="authorised"):
        do("capture_payment", payment)
    asking.ask_for_payment(payment.pk, lambda: NOW)
    do("capture_payment", payment)
    asking.ask_for_payment(payment.pk, lambda: NOW)
    payment.refresh_from_db()
    assert payment.state == PaymentState.CAPTURED
    with pytest.raises(NotPossible, match="settled"):
        do("call_off_payment", payment)
    unasked = take(make_method(ana), 100)
    do("call_off_payment", unasked)
    asking.ask_for_payment(unasked.pk, lambda: NOW)
    unasked.refresh_from_db()
    assert (unasked.state, owed(ana)) == (PaymentState.CANCELLED, -5000)
    aside = take(make_method(ana), 700, captures=False)
    asking.ask_for_payment(aside.pk, lambda: NOW)
    do("call_off_payment", aside)
    asking.ask_for_payment(aside.pk, lambda: NOW)
    aside.refresh_from_db()
    assert (aside.state, owed(ana)) == (PaymentState.CANCELLED, -5000)
    check_now()


def by_hand(customer: Customer, minor: int = 5000) -> Payment:
    return take(make_method(customer, provider=make_provider(ProviderKind.MANUAL)), minor)


def test_confirm_payment_and_deny_payment_of_what_nobody_here_carries_out() -> None:
    ana = make_customer("Ana")
    payment, other = by_hand(ana), by_hand(ana)
    assert payment.next_try_at is None, "nobody is asked"
    assert do("confirm_payment", payment, receipt="B-9").after["state"] == "captured"
    do("deny_payment", other, why="No answer")
    payment.refresh_from_db()
    other.refresh_from_db()
    assert (payment.reference, other.state, owed(ana)) == ("B-9", PaymentState.FAILED, -5000)
    with pytest.raises(NotPossible, match="settled"):
        do("confirm_payment", payment, receipt="B-9")
    with pytest.raises(NotPossible, match="by itself"):
        do("confirm_payment", take(make_method(ana), 100), receipt="x")


def test_refund_payment_says_when_the_customer_has_it() -> None:
    ana = make_customer("Ana")
    payment = take(make_method(ana), 5000)
    asking.ask_for_payment(payment.pk, lambda: NOW)
    preview = perform(
        "payments.refund_payment",
        actor=make_actor(),
        subject_id=payment.pk,
        arguments={"amount": euro(2000).as_json()},
        at=NOW,
        preview=True,
    )
    assert "working days" in preview.after["when"]
    assert not Refund.objects.exists()
    done = do("refund_payment", payment, amount=euro(2000))
    assert done.after["refund"] == "€20.00, Visa •••• 4242: Pending"
    card = make_card(ana)
    do("refund_payment", payment, amount=euro(3000), to=method_of(card).pk)
    assert stored.balance(card) == euro(3000)
    with pytest.raises(NotPossible, match=r"At most €0.00"):
        do("refund_payment", payment, amount=euro(1))
    with pytest.raises(NotPossible, match="not the customer's"):
        do("refund_payment", payment, amount=euro(1), to=10**9)


def test_confirm_refund_and_deny_refund_of_a_transfer() -> None:
    ana = make_customer("Ana")
    payment = take(make_method(ana, MethodKind.BANK, reference="ES9121000418450200051332"), 5000)
    assert payment.state == PaymentState.PENDING, "until it stands on a statement"
    do("confirm_payment", payment, receipt="T-1")
    payment.refresh_from_db()
    first, second = refund(payment, 1000), refund(payment, 500)
    assert first.state == RefundState.PENDING
    do("confirm_refund", first, receipt="T-2")
    do("deny_refund", second, why="Account closed")
    assert (owed(ana), balance("bank")) == (-4000, 4000)
    payment.refresh_from_db()
    assert (payment.refunded_minor, payment.refunding_minor) == (1000, 0)
    with pytest.raises(NotPossible, match="settled"):
        do("confirm_refund", first, receipt="T-2")
    check_now()


def test_sell_card_shows_its_code_once_and_keeps_it_nowhere() -> None:
    ana = make_customer("Ana")
    done = do("sell_card", ana, amount=euro(5000))
    code = done.shown["code"]
    card = StoredValueCard.objects.get()
    assert (card.customer, stored.balance(card), owed(ana)) == (None, euro(5000), 5000)
    record = ActRecord.objects.get(act="payments.sell_card")
    assert code not in str([record.arguments, record.after, record.before])
    assert stored.find_by_code(code) == card
    themselves = do("sell_card", ana, amount=euro(100), for_themselves=True)
    assert PaymentMethod.objects.get(kind=MethodKind.STORED_VALUE).customer == ana
    assert themselves.shown["code"] != code


def test_sell_card_has_its_value_once_it_is_paid() -> None:
    ana = make_customer("Ana")
    do("sell_card", ana, amount=euro(5000), method=make_method(ana).pk)
    card, payment = StoredValueCard.objects.get(), Payment.objects.get()
    assert stored.balance(card) == euro(0)
    asking.ask_for_payment(payment.pk, lambda: NOW)
    assert (stored.balance(card), owed(ana)) == (euro(5000), 0)
    make_drawer()
    do("take_cash", ana, amount=euro(1))
    cash = PaymentMethod.objects.get(kind=MethodKind.CASH)
    do("sell_card", ana, amount=euro(700), method=cash.pk)
    assert stored.balance(StoredValueCard.objects.order_by("-pk")[0]) == euro(700)


def test_load_card_of_whoever_has_it() -> None:
    ana = make_customer("Ana")
    card = make_card(ana, 100)
    do("load_card", card, amount=euro(400))
    do("load_card", card, amount=euro(300), method=method_of(make_card(ana, 300)).pk)
    assert stored.balance(card) == euro(800)
    with pytest.raises(NotPossible, match="not the customer's"):
        do("load_card", card, amount=euro(1), method=method_of(card).pk)
    with pytest.raises(IdentityNeeded):
        do("load_card", make_card(None), amount=euro(1))
    with pytest.raises(NotPossible, match="EUR only"):
        do("load_card", card, amount=Money(1, "USD"))


def test_take_over_card_by_its_code_once() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    code = do("sell_card", ana, amount=euro(5000)).shown["code"]
    with pytest.raises(NotPossible, match="no card of this code"):
        do("take_over_card", ben, code="2222-2222-2222-2222")
    do("take_over_card", ben, code=code.lower())
    card = StoredValueCard.objects.get()
    assert card.customer == ben
    take(method_of(card), 5000)
    with pytest.raises(NotPossible, match="on a file already"):
        do("take_over_card", ana, code=code)
    assert code not in str(ActRecord.objects.filter(act="payments.take_over_card").values_list("arguments", "after"))


def test_cancel_card_puts_what_is_left_on_the_account() -> None:
    ana = make_customer("Ana")
    card = make_card(ana, 700)
    do("cancel_card", card, reason="Lost")
    card.refresh_from_db()
    assert (card.state, stored.balance(card), owed(ana)) == (CardState.CANCELLED, euro(0), 0)
    with pytest.raises(NotPossible, match="cancelled"):
        do("cancel_card", card, reason="Lost")
    with pytest.raises(NotPossible, match="not in use"):
        take(PaymentMethod.objects.get(card=card), 1)
    nobodys = make_card(None)
    stored.load(nobodys, euro(100), key="x", at=NOW, customer_id=ana.pk)
    with pytest.raises(NotPossible, match="whose card"):
        do("cancel_card", nobodys, reason="Lost")


def test_add_bank_account_and_remove_method() -> None:
    ana = make_customer("Ana")
    do("add_bank_account", ana, iban="es91 2100 0418 4502 0005 1332")
    method = PaymentMethod.objects.get()
    assert (method.reference, method.last4) == ("ES9121000418450200051332", "1332")
    with pytest.raises(NotPossible, match="already"):
        do("add_bank_account", ana, iban="ES9121000418450200051332")
    with pytest.raises(NotPossible, match="not an IBAN"):
        do("add_bank_account", ana, iban="ES9121000418450200051333")
    do("remove_method", method)
    with pytest.raises(NotPossible, match="not in use"):
        do("remove_method", method)
    with pytest.raises(NotPossible, match="not in use"):
        do("take_payment", ana, method=method.pk, amount=euro(1))


def test_ask_for_method_needs_a_provider_with_pages() -> None:
    ana = make_customer("Ana")
    with pytest.raises(NotPossible, match="No payment provider"):
        do("ask_for_method", ana, address=1)
    make_provider(ProviderKind.PRACTICE)
    with pytest.raises(NotPossible, match="No payment provider"):
        do("ask_for_method", ana, address=1)


def test_a_drawer_is_opened_counted_and_closed_and_differences_are_booked() -> None:
    do("add_drawer", drawer_name="Front desk", currency="eur")
    drawer = Drawer.objects.get()
    with pytest.raises(NotPossible, match="this name"):
        do("add_drawer", drawer_name="Front desk")
    with pytest.raises(NotPossible, match="currency"):
        do("add_drawer", drawer_name="Other", currency="XXZ")
    with pytest.raises(NotPossible, match="Open the drawer"):
        do("count_drawer", drawer, counted=euro(0))
    do("open_drawer", drawer, counted=euro(0))
    do("move_cash", drawer, amount=euro(10000), why="Change")
    do("take_cash", make_customer("Ana"), amount=euro(2550))
    with pytest.raises(NotPossible, match="say why"):
        do("count_drawer", drawer, counted=euro(12500))
    done = do("count_drawer", drawer, counted=euro(12500), why="Wrong change given")
    assert done.after["difference"] == {"minor": -50, "currency": "EUR"}
    with pytest.raises(NotPossible, match=r"only €125\.00"):
        do("move_cash", drawer, amount=euro(-12501))
    with pytest.raises(NotPossible, match="in EUR"):
        do("close_drawer", drawer, counted=Money(12500, "USD"))
    with pytest.raises(NotPossible, match="in EUR"):
        do("close_drawer", drawer, counted=euro(-1))
    do("close_drawer", drawer, counted=euro(12500))
    with pytest.raises(NotPossible, match="Open the drawer"):
        do("close_drawer", drawer, counted=euro(12500))
    kinds = list(DrawerCount.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["opened", "counted", "closed"]
    assert balance("cash_difference") == 50
    assert balance_of(CASH, "EUR", owner_id=drawer.pk) == euro(12500)


def test_change_drawer_takes_only_an_empty_one_out_of_use() -> None:
    drawer = make_drawer(name="Front desk")
    with pytest.raises(NotPossible, match="Close and empty"):
        do("change_drawer", drawer, drawer_name="Till", in_use=False)
    do("close_drawer", drawer, counted=euro(0))
    do("change_drawer", drawer, drawer_name="Till", in_use=False)
    drawer.refresh_from_db()
    assert (drawer.name, drawer.is_active) == ("Till", False)
    with pytest.raises(NotPossible, match="this name"):
        do("change_drawer", make_drawer(is_open=False), drawer_name="Till")


def ask_deposit(ana: Customer, minor: int = 36500, percent: str = "1.5") -> Deposit:
    do("ask_for_deposit", ana, amount=euro(minor), reason="Router", interest_percent=percent)
    return Deposit.objects.latest("pk")


def test_interest_on_a_deposit_is_for_who_manages_payments() -> None:
    ana = make_customer("Ana")
    taker = make_actor(permissions=make_actor().permissions - {access.MANAGE})
    asked = {"amount": euro(36500).as_json(), "reason": "Router"}
    with pytest.raises(NotPermitted):
        do("ask_for_deposit", ana, actor=taker, interest_percent="0.0001", **asked)
    assert not Deposit.objects.exists()
    do("ask_for_deposit", ana, actor=taker, **asked)
    assert Deposit.objects.get().interest_percent == 0


def test_a_deposit_is_held_once_paid_and_earns_interest_by_the_day() -> None:
    ana = make_customer("Ana")
    deposit = ask_deposit(ana)
    do("hold_deposit", deposit, method=make_method(ana).pk)
    deposit.refresh_from_db()
    assert deposit.state == DepositState.ASKED, "until the money came in"
    asking.ask_for_payment(Payment.objects.get().pk, lambda: NOW)
    deposit.refresh_from_db()
    assert (deposit.state, deposits.held(deposit), owed(ana)) == (DepositState.HELD, euro(36500), 0)
    later = NOW + timedelta(days=100)
    done = do("add_interest", deposit, at=later, until=(TODAY + timedelta(days=100)).isoformat())
    assert done.after["interest"] == {"minor": 150, "currency": "EUR"}  # 365 € at 1.5 % for 100 days
    for day in (TODAY + timedelta(days=100), TODAY + timedelta(days=101)):
        with pytest.raises(NotPossible, match="after the last interest"):
            do("add_interest", deposit, at=later, until=day.isoformat())
    assert (deposits.held(deposit), balance("interest")) == (euro(36650), 150)
    check_now()


def test_apply_deposit_and_return_deposit_to_where_it_came_from() -> None:
    ana = make_customer("Ana")
    deposit = ask_deposit(ana, 10000, "0")
    do("hold_deposit", deposit, method=method_of(make_card(ana, 10000)).pk)
    assert owed(ana) == 10000, "the card was bought on account"
    do("apply_deposit", deposit, amount=euro(4000))
    assert (owed(ana), deposits.held(deposit)) == (6000, euro(6000))
    for wrong in (euro(6001), euro(0), euro(-1), Money(1, "USD")):
        with pytest.raises(NotPossible, match="up to what is held"):
            do("apply_deposit", deposit, amount=wrong)
    done = do("return_deposit", deposit)
    assert "At once" in done.after["when"]
    deposit.refresh_from_db()
    assert (deposit.state, deposit.applied_minor, deposit.returned_minor) == (DepositState.RETURNED, 4000, 6000)
    assert (owed(ana), balance_of(DEPOSIT, "EUR", customer_id=ana.pk, owner_id=deposit.pk).minor) == (6000, 0)
    assert stored.balance(StoredValueCard.objects.get()) == euro(6000)
    with pytest.raises(NotPossible, match="not possible now"):
        do("apply_deposit", deposit)
    check_now()


def test_hold_deposit_from_a_credit_and_cancel_deposit() -> None:
    ana = make_customer("Ana")
    deposit, other = ask_deposit(ana, 5000), ask_deposit(ana, 1)
    with pytest.raises(NotPossible, match="does not hold that much"):
        do("hold_deposit", deposit)
    take(method_of(make_card(ana, 5000, make_customer("Ben"))), 5000)
    do("hold_deposit", deposit)
    assert owed(ana) == 0
    do("cancel_deposit", other)
    with pytest.raises(NotPossible, match="not possible now"):
        do("cancel_deposit", deposit)
    do("return_deposit", deposit)
    assert owed(ana) == -5000, "without a payment of its own it is left on the account"


def test_ask_for_deposit_refuses_nonsense() -> None:
    ana = make_customer("Ana")
    for percent in ("-1", "101", "NaN", "x", "0.00001", "1e9"):
        with pytest.raises(NotPossible, match="percentage"):
            ask_deposit(ana, 100, percent)
    with pytest.raises(NotPossible, match="above nothing"):
        ask_deposit(ana, 0)
    assert not Deposit.objects.exists()


@pytest.mark.parametrize(("days", "cents"), [(0, 0), (1, 0), (122, 1), (365, 2)])
def test_interest_is_rounded_once(days: int, cents: int) -> None:
    deposit = Deposit(minor=100, currency="EUR", interest_percent=Decimal("1.5"))
    deposit.interest_from = date(2026, 1, 1)
    assert deposits.interest(deposit, date(2026, 1, 1) + timedelta(days=days)) == euro(cents)


def test_the_bank_holds_what_drawers_do_not() -> None:
    drawer = make_drawer()
    do("move_cash", drawer, amount=euro(500))
    do("move_cash", drawer, amount=euro(-200), why="To the bank")
    assert (balance(BANK.key), balance_of(CASH, "EUR", owner_id=drawer.pk)) == (-300, euro(300))
    with pytest.raises(NotPossible, match="in EUR"):
        do("move_cash", drawer, amount=euro(0))


def test_add_provider_and_change_provider_keep_their_secrets_locked() -> None:
    do("add_provider", account_name="Stripe", kind="stripe", api_key="sk_live_very_secret", webhook_secret="whsec_x")
    account = ProviderAccount.objects.get()
    assert account.is_default
    assert b"very_secret" not in bytes(account.api_key)
    assert "very_secret" not in str(ActRecord.objects.values_list("arguments", "after", "before"))
    with pytest.raises(NotPossible, match="this name"):
        do("add_provider", account_name="Stripe", kind="practice")
    with pytest.raises(NotPossible, match="secret key"):
        do("add_provider", account_name="Other", kind="stripe")
    do("add_provider", account_name="By hand", kind="manual")
    other = ProviderAccount.objects.get(name="By hand")
    do("change_provider", other, account_name="Hands", in_use=True, usual=True)
    account.refresh_from_db()
    assert not account.is_default
    with pytest.raises(NotPossible, match="in use"):
        do("change_provider", other, account_name="Hands", in_use=False, usual=True)
    with pytest.raises(NotPossible, match="this name"):
        do("change_provider", other, account_name="Stripe")


def test_change_provider_secrets_one_or_both() -> None:
    do("add_provider", account_name="Stripe", kind="stripe", api_key="sk_1", webhook_secret="whsec_1")
    account = ProviderAccount.objects.get()
    do("change_provider_secrets", account, api_key="sk_2")
    account.refresh_from_db()
    assert unlock_text(account.api_key, API_KEY) == "sk_2"
    assert unlock_text(account.webhook_secret, WEBHOOK_SECRET) == "whsec_1"
    with pytest.raises(NotPossible, match="at least one"):
        do("change_provider_secrets", account)


def test_a_number_of_a_card_in_a_note_reason_or_draft_is_never_stored() -> None:
    ana = make_customer("Ana")
    number = "4242-4242-4242-4242"
    perform(
        "customers.add_note", actor=make_actor(), subject_id=ana.pk, arguments={"text": f"Pays with {number}"}, at=NOW
    )
    do("ask_for_deposit", ana, amount=euro(100), reason=f"instead of {number}")
    keep_draft(
        actor=make_actor(id=make_person("representative").pk), key=f"{WORDS[0]}7", text=f"your card {number}", at=NOW
    )
    texts = [*Note.objects.values_list("text", flat=True), *Deposit.objects.values_list("reason", flat=True)]
    texts += [str(row) for row in ActRecord.objects.values_list("arguments", "before", "after")]
    texts += list(Draft.objects.values_list("text", flat=True))
    assert len(texts) == 5
    assert all("4242-4242" not in text and "••••-••••-••••-4242" in text for text in texts)
