"""Payments a customer's bank asks back, told by Stripe: taken, given back and decided once each, however often and in whatever order."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from onhand.contacts.cases import states
from onhand.contacts.models import Case
from onhand.customers.timeline import read_timeline
from onhand.customers.timeline import tell as tell_entry
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import EventRecord
from onhand.kernel.money import Money
from onhand.ledger.chart import PROVIDER, PROVIDER_FEES
from onhand.ledger.checks import find_faults
from onhand.ledger.models import Entry
from onhand.payments import handlers, webhooks
from onhand.payments.enums import ChargebackState, PaymentState
from onhand.payments.events import ChargebackBegan, ChargebackEnded
from onhand.payments.models import Chargeback, ChargebackMove, Payment, ProviderAccount
from onhand.payments.refunding import refundable
from onhand.payments.words import disputed_words
from tests.payments.money import NOW, check_now, owed, refund
from tests.payments.stripe_simulator import Simulator
from tests.payments.test_stripe import Clock, ask, ask_back, impatient, pay, send  # noqa: F401  (used by pytest)

pytestmark = pytest.mark.django_db
ALL = (
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)


def paid(account: ProviderAccount, minor: int = 5000) -> Payment:
    return ask(pay(account, minor), Clock())


def tell(account: ProviderAccount, simulator: Simulator, kind: str, dispute: dict[str, Any]) -> None:
    """Stripe tells, and the job does what it says."""
    _reply, number = send(account, simulator.message(kind, dispute))
    webhooks.handle(number or 0, Clock())


def booked(role: Any, currency: str = "EUR") -> int:
    rows = Entry.objects.filter(account__role=role.key, account__currency=currency).values_list("amount", flat=True)
    return sum(rows)


def sound() -> None:
    check_now()
    assert list(find_faults()) == []


def test_what_the_bank_takes_is_owed_again_with_its_fee_and_given_back_when_won(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    payment = paid(stripe_account)
    dispute = simulator.dispute(payment.reference)
    tell(stripe_account, simulator, ALL[0], dispute)
    payment.refresh_from_db()
    one = Chargeback.objects.get()
    assert (payment.disputed, payment.taken_back_minor, payment.state) == ("open", 5000, PaymentState.CAPTURED)
    assert (one.minor, one.reason, one.state) == (5000, "fraudulent", ChargebackState.OPEN)
    assert one.respond_by
    assert (owed(payment.customer), booked(PROVIDER), booked(PROVIDER_FEES)) == (0, -1500, 1500)
    assert refundable(payment).minor == 0
    with pytest.raises(NotPossible):
        refund(payment, 100)
    sound()
    simulator.move(dispute["id"], 5000, fee=-1500)
    simulator.change(dispute["id"], status="won")
    tell(stripe_account, simulator, ALL[3], dispute)
    payment.refresh_from_db()
    assert (payment.disputed, payment.taken_back_minor) == ("won", 0)
    assert (owed(payment.customer), booked(PROVIDER), booked(PROVIDER_FEES)) == (-5000, 5000, 0)
    assert refundable(payment).minor == 5000
    sound()


@pytest.mark.parametrize("seed", range(4))
def test_messages_repeated_and_in_any_order_book_once(
    stripe_account: ProviderAccount, simulator: Simulator, seed: int
) -> None:
    payment = paid(stripe_account)
    chance = random.Random(seed)
    dispute = simulator.dispute(payment.reference, withdrawn=False)
    first = [*ALL, *ALL]
    chance.shuffle(first)
    for kind in first[:4]:
        tell(stripe_account, simulator, kind, dispute)
    assert owed(payment.customer) == -5000, "nothing was taken yet"
    simulator.move(dispute["id"], -5000, fee=1500)
    for kind in first[4:8]:
        tell(stripe_account, simulator, kind, dispute)
    assert owed(payment.customer) == 0
    simulator.move(dispute["id"], 5000)
    simulator.change(dispute["id"], status="won")
    for kind in first:
        body = simulator.message(kind, dispute)
        for _time in range(2):
            _reply, number = send(stripe_account, body)
            for _again in range(2):
                webhooks.handle(number or 0, Clock())
    assert (Chargeback.objects.count(), ChargebackMove.objects.count()) == (1, 2)
    assert (owed(payment.customer), booked(PROVIDER_FEES)) == (-5000, 1500)
    for event in (ChargebackBegan, ChargebackEnded):
        assert EventRecord.objects.filter(name=event.name).count() == 1
    sound()


def test_what_was_decided_is_not_open_again_by_what_was_said_before(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    """A job that asked before the decision, and writes after the one that asked later."""
    from onhand.payments.providers import open_provider

    payment = paid(stripe_account)
    dispute = simulator.dispute(payment.reference)
    body = simulator.message(ALL[0], dispute)
    provider: Any = open_provider(stripe_account)
    old = provider.read(body)
    simulator.change(dispute["id"], status="lost")
    tell(stripe_account, simulator, ALL[4], dispute)
    with transaction.atomic():
        assert webhooks._settle(old, stripe_account.pk, NOW + timedelta(hours=1))
    one = Chargeback.objects.get()
    payment.refresh_from_db()
    assert (one.state, payment.disputed, payment.taken_back_minor) == (ChargebackState.LOST, "lost", 5000)
    assert one.ended_at == NOW
    assert owed(payment.customer) == 0
    sound()


def test_a_dispute_heard_of_before_the_payment_settles_both(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    payment = ask(pay(stripe_account, reference="pm_debit"), Clock())
    simulator.change(payment.reference, status="succeeded", amount_received=5000)
    tell(stripe_account, simulator, ALL[0], simulator.dispute(payment.reference))
    payment.refresh_from_db()
    assert (payment.state, payment.taken_back_minor, owed(payment.customer)) == (PaymentState.CAPTURED, 5000, 0)
    sound()


def test_an_inquiry_takes_nothing_and_ends_without_being_taken(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    payment = paid(stripe_account)
    dispute = simulator.dispute(payment.reference, withdrawn=False, status="warning_needs_response")
    tell(stripe_account, simulator, ALL[0], dispute)
    assert Chargeback.objects.get().state == ChargebackState.ASKED
    refund(payment, 5000)
    simulator.change(dispute["id"], status="warning_closed")
    tell(stripe_account, simulator, ALL[4], dispute)
    assert Chargeback.objects.get().state == ChargebackState.DROPPED
    sound()


def test_part_of_it_and_another_currency_of_the_account(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    payment = paid(stripe_account)
    dispute = simulator.dispute(payment.reference, withdrawn=False, amount=2000)
    simulator.move(dispute["id"], -2310, fee=1700, currency="usd")
    tell(stripe_account, simulator, ALL[1], dispute)
    payment.refresh_from_db()
    assert (payment.taken_back_minor, owed(payment.customer)) == (2000, -3000)
    assert refundable(payment) == Money(3000, "EUR")
    assert (booked(PROVIDER), booked(PROVIDER, "USD"), booked(PROVIDER_FEES, "USD")) == (3000, -1700, 1700)
    sound()


def test_given_back_and_taken_back_is_booked_as_it_was(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    payment = paid(stripe_account)
    ask_back(refund(payment, 5000), Clock())
    tell(stripe_account, simulator, ALL[0], simulator.dispute(payment.reference))
    payment.refresh_from_db()
    assert (owed(payment.customer), refundable(payment).minor) == (5000, 0)
    sound()


def test_disputes_of_others_and_of_another_account_are_nothing_of_ours(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    payment = paid(stripe_account)
    dispute = simulator.dispute(payment.reference)
    simulator.change(payment.reference, metadata={"onhand": "somebody else's"})
    tell(stripe_account, simulator, ALL[0], dispute)
    simulator.change(dispute["id"], payment_intent=None)
    tell(stripe_account, simulator, ALL[2], dispute)
    tell(stripe_account, simulator, ALL[2], dispute | {"id": "dp_gone"})
    assert not Chargeback.objects.exists()
    assert owed(payment.customer) == -5000


def happen(event: type[Any], handler: Any) -> None:
    for record in EventRecord.objects.filter(name=event.name):
        handler(record)


def test_it_becomes_a_case_due_when_the_bank_wants_its_answer_and_open_again_when_lost(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    payment = paid(stripe_account)
    dispute = simulator.dispute(payment.reference)
    tell(stripe_account, simulator, ALL[0], dispute)
    for _time in range(2):
        happen(ChargebackBegan, handlers.open_case)
    case = Case.objects.get()
    assert Chargeback.objects.get().case_id == case.pk
    assert case.customer_id == payment.customer_id
    assert "€50.00" in case.subject
    assert case.closed_at is None
    states.close(case, "", NOW)
    states.store(case)
    simulator.change(dispute["id"], status="lost")
    tell(stripe_account, simulator, ALL[4], dispute)
    happen(ChargebackEnded, handlers.look_again)
    case.refresh_from_db()
    assert case.closed_at is None
    assert case.reopened == 1


def test_it_stands_on_the_customers_timeline_and_moves_are_never_changed(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    payment = paid(stripe_account)
    tell(stripe_account, simulator, ALL[0], simulator.dispute(payment.reference))
    with pytest.raises(DatabaseError), transaction.atomic():
        ChargebackMove.objects.update(minor=1)
    told = [entry for entry in read_timeline(payment.customer_id).entries if entry.kind == "chargeback"]
    ((_entry, telling),) = [(one, tell_entry(one)) for one in told]
    assert telling.headline == "The bank asks €50.00 back"
    assert telling.said == "The customer says it was fraud"
    assert ("Taken back", "€50.00") in list(telling.facts)
    assert disputed_words(Payment.objects.get()) == "Asked back by the bank: To be answered"
