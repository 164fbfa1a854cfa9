"""Stripe, against a simulator of it: whatever goes wrong on the way, the money moves once, and what waits is seen."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import stripe

from onhand.customers.enums import IdentityKind
from onhand.customers.identification import code_carriers
from onhand.customers.models import Customer, Identity
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.payments import asking, entries, webhooks
from onhand.payments.enums import EventState, MethodKind, PaymentState, ProviderKind, RefundState, RequestState
from onhand.payments.models import MethodRequest, Payment, PaymentMethod, ProviderAccount, ProviderEvent, Refund
from onhand.payments.provider import About, Account, Answer, Charge, News, Result, register
from onhand.payments.refunding import give_back, refundable
from onhand.payments.stripe.amounts import to_minor, to_units
from onhand.payments.stripe.provider import Stripe
from onhand.payments.webhooks import Reply
from tests.factories import make_actor, make_customer
from tests.payments import stripe_simulator as sim
from tests.payments.money import NOW, check_now, euro, make_method, make_provider, owed, refund, take
from tests.payments.stripe_simulator import KEY, SECRET, Simulator, sign

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """Nobody waits half a minute for an answer in a test."""
    register(ProviderKind.STRIPE, lambda account: Stripe(account, seconds=0.7), takes_methods=True, takes_by_page=True)
    yield
    register(ProviderKind.STRIPE, Stripe, takes_methods=True, takes_by_page=True)


class Clock:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **much: float) -> None:
        self.now += timedelta(**much)


def pay(account: ProviderAccount, minor: int = 5000, reference: str = "pm_ok", **changes: Any) -> Payment:
    method = make_method(make_customer(), provider=account, reference=reference, outside_customer="cus_1")
    return take(method, minor, **changes)


def ask(payment: Payment, clock: Clock) -> Payment:
    asking.ask_for_payment(payment.pk, clock)
    payment.refresh_from_db()
    return payment


def ask_back(made: Refund, clock: Clock) -> Refund:
    asking.ask_for_refund(made.pk, clock)
    made.refresh_from_db()
    return made


def test_a_payment_and_its_refund(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    clock = Clock()
    payment = ask(pay(stripe_account), clock)
    assert (payment.state, payment.captured_minor) == (PaymentState.CAPTURED, 5000)
    intent = simulator.things[payment.reference]
    assert (intent["amount"], intent["metadata"]) == (5000, {"onhand": payment.token})
    made = ask_back(refund(payment, 2000), clock)
    assert (made.state, simulator.money_in(), owed(payment.customer)) == (RefundState.DONE, 3000, -3000)
    check_now()


@pytest.mark.parametrize("fault", [sim.DOWN, sim.ERROR, sim.ERROR_AFTER, sim.LOST, sim.SLOW, sim.BUSY])
def test_whatever_goes_wrong_the_money_moves_once(
    stripe_account: ProviderAccount, simulator: Simulator, fault: str
) -> None:
    clock = Clock()
    simulator.faults.append(fault)
    payment = ask(pay(stripe_account), clock)
    assert (payment.state, payment.why, owed(payment.customer)) == (PaymentState.PENDING, "unreachable", 0)
    ask(payment, clock)
    assert payment.tries == 1, "not before its time"
    if fault == sim.ERROR:  # its key is spoilt for a day
        clock.wait(hours=25)
        simulator.keys.clear()
    clock.wait(hours=1)
    ask(payment, clock)
    assert (payment.state, simulator.money_in(), owed(payment.customer)) == (PaymentState.CAPTURED, 5000, -5000)

    simulator.faults.append(fault)
    made = ask_back(refund(payment, 2000), clock)
    assert (made.state, refundable(payment)) == (RefundState.PENDING, euro(3000))
    if fault == sim.ERROR:
        clock.wait(hours=25)
        simulator.keys.clear()
    clock.wait(hours=1)
    ask_back(made, clock)
    assert (made.state, simulator.money_in(), owed(payment.customer)) == (RefundState.DONE, 3000, -3000)


def test_after_days_without_an_answer_it_is_looked_for_before_it_is_made_again(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    clock = Clock()
    simulator.faults.append(sim.LOST)
    payment = ask(pay(stripe_account), clock)
    clock.wait(days=3)
    simulator.keys.clear()  # Stripe forgets keys after a day
    ask(payment, clock)
    assert (payment.state, simulator.money_in()) == (PaymentState.CAPTURED, 5000)
    simulator.faults.append(sim.LOST)
    made = ask_back(refund(payment, 5000), clock)
    clock.wait(days=3)
    simulator.keys.clear()
    assert (ask_back(made, clock).state, simulator.money_in()) == (RefundState.DONE, 0)
    assert len(simulator.of("payment_intent")) == len(simulator.of("refund")) == 1


def test_a_provider_that_is_down_is_asked_in_growing_pauses_and_found_by_the_sweep(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    clock = Clock()
    simulator.outage = sim.DOWN
    payment = pay(stripe_account)
    pauses = []
    for _try in range(6):
        ask(payment, clock)
        assert payment.next_try_at
        pauses.append((payment.next_try_at - clock.now).total_seconds())
        assert asking.due_payments(clock.now, 9) == []
        clock.now = payment.next_try_at
        assert asking.due_payments(clock.now, 9) == [payment.pk]
    assert pauses == [15, 30, 60, 120, 240, 480]
    assert payment.state == PaymentState.PENDING
    simulator.outage = ""
    assert ask(payment, clock).state == PaymentState.CAPTURED


def test_a_wrong_key_leaves_it_pending_and_says_why(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    from onhand.payments.providers import locked_key

    clock = Clock()
    ProviderAccount.objects.update(api_key=locked_key("sk_test_wrong"))
    payment = ask(pay(stripe_account), clock)
    assert (payment.state, payment.why) == (PaymentState.PENDING, "misconfigured")
    ProviderAccount.objects.update(api_key=locked_key(KEY))
    clock.wait(hours=1)
    assert ask(payment, clock).state == PaymentState.CAPTURED
    ProviderAccount.objects.update(api_key=b"\x01spoilt by a restore with another key")
    assert ask_back(refund(payment, 1), clock).state == RefundState.PENDING
    assert simulator.money_in() == 5000


@pytest.mark.parametrize(("reference", "words"), [("pm_declined", "declined"), ("pm_gone", "No such")])
def test_a_card_that_is_declined_fails_and_says_so(
    stripe_account: ProviderAccount, simulator: Simulator, reference: str, words: str
) -> None:
    payment = ask(pay(stripe_account, reference=reference), Clock())
    assert (payment.state, owed(payment.customer), simulator.money_in()) == (PaymentState.FAILED, 0, 0)
    assert words in payment.why


def test_money_set_aside_is_captured_or_let_go(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    clock = Clock()
    payment = ask(pay(stripe_account, captures=False), clock)
    other = ask(pay(stripe_account, reference="pm_other", captures=False), clock)
    assert (payment.state, other.state) == (PaymentState.AUTHORISED, PaymentState.AUTHORISED)
    perform("payments.capture_payment", actor=make_actor(), subject_id=payment.pk, arguments={}, at=clock.now)
    perform("payments.call_off_payment", actor=make_actor(), subject_id=other.pk, arguments={}, at=clock.now)
    simulator.faults.append(sim.LOST)
    ask(payment, clock)
    ask(other, clock)
    clock.wait(hours=1)
    simulator.keys.clear()
    ask(payment, clock)
    assert (payment.state, other.state) == (PaymentState.CAPTURED, PaymentState.CANCELLED)
    assert simulator.money_in() == 5000


def test_calling_off_what_came_in_meanwhile_is_too_late(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    clock = Clock()
    payment = ask(pay(stripe_account, captures=False), clock)
    simulator.change(payment.reference, status="succeeded", amount_received=5000)
    perform("payments.call_off_payment", actor=make_actor(), subject_id=payment.pk, arguments={}, at=clock.now)
    assert ask(payment, clock).state == PaymentState.CAPTURED
    assert owed(payment.customer) == -5000


def send(account: ProviderAccount, body: bytes, **signing: Any) -> tuple[Reply, int | None]:
    return webhooks.take_in(account.hook, body, sign(body, **signing), NOW)


def test_a_debit_comes_in_days_later_however_often_it_is_told(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    clock = Clock()
    payment = ask(pay(stripe_account, reference="pm_debit"), clock)
    assert (payment.state, payment.reference) == (PaymentState.PENDING, "pi_1")
    late = simulator.message("payment_intent.processing", dict(simulator.things["pi_1"]))
    intent = simulator.change("pi_1", status="succeeded", amount_received=5000)
    news = simulator.message("payment_intent.succeeded", intent)
    for _time in range(3):
        reply, number = send(stripe_account, news)
        assert reply == Reply.TAKEN
        if number:
            webhooks.handle(number, clock)
            webhooks.handle(number, clock)
    _reply, number = send(stripe_account, late)
    webhooks.handle(number or 0, clock)
    payment.refresh_from_db()
    assert (payment.state, owed(payment.customer)) == (PaymentState.CAPTURED, -5000)
    assert set(ProviderEvent.objects.values_list("state", flat=True)) == {EventState.HANDLED}
    assert ProviderEvent.objects.count() == 2


def test_a_message_is_not_believed_but_asked_for(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    clock = Clock()
    payment = ask(pay(stripe_account, reference="pm_debit"), clock)
    claimed = simulator.things["pi_1"] | {"status": "succeeded", "amount_received": 5000}
    _reply, number = send(stripe_account, simulator.message("payment_intent.succeeded", claimed))
    webhooks.handle(number or 0, clock)
    payment.refresh_from_db()
    assert payment.state == PaymentState.PENDING


def test_a_message_of_one_account_settles_nothing_of_another(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    clock = Clock()
    payment = ask(pay(stripe_account, reference="pm_debit"), clock)
    there = Answer(Result.DONE, "pi_1", minor=5000)
    other = make_provider(ProviderKind.STRIPE)
    told = News(About.PAYMENT, payment.token, answer=there)
    assert not webhooks._settle(told, other.pk, NOW)
    payment.refresh_from_db()
    assert (payment.state, owed(payment.customer)) == (PaymentState.PENDING, 0)
    assert webhooks._settle(told, stripe_account.pk, NOW)
    payment.refresh_from_db()
    assert payment.state == PaymentState.CAPTURED
    made = refund(payment, 700)
    back = News(About.REFUND, made.token, answer=Answer(Result.DONE, "re_1"))
    assert not webhooks._settle(back, other.pk, NOW)
    made.refresh_from_db()
    assert made.state == RefundState.PENDING
    assert webhooks._settle(back, stripe_account.pk, NOW)
    assert owed(payment.customer) == -4300


def test_a_message_before_the_answer_settles_it_once(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    clock = Clock()
    simulator.faults.append(sim.LOST)
    payment = ask(pay(stripe_account), clock)
    _reply, number = send(stripe_account, simulator.message("payment_intent.succeeded", simulator.things["pi_1"]))
    webhooks.handle(number or 0, clock)
    clock.wait(hours=1)
    ask(payment, clock)
    assert (payment.state, owed(payment.customer)) == (PaymentState.CAPTURED, -5000)


def test_a_refund_that_comes_back_is_owed_again(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    clock = Clock()
    payment = ask(pay(stripe_account), clock)
    made = ask_back(refund(payment, 2000), clock)
    thing = simulator.change(made.reference, status="failed", failure_reason="lost_or_stolen_card")
    for _time in range(2):
        _reply, number = send(stripe_account, simulator.message("refund.failed", thing))
        webhooks.handle(number or 0, clock)
    made.refresh_from_db()
    payment.refresh_from_db()
    assert (made.state, made.why, owed(payment.customer)) == (RefundState.FAILED, "lost_or_stolen_card", -5000)
    give_back(payment, euro(5000), document=("order", 1), key="again", at=NOW, by_name="Test")


def test_messages_of_others_are_refused_and_those_about_nothing_of_ours_are_kept(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    body = simulator.message("charge.succeeded", {"id": "ch_1", "object": "charge"})
    assert send(stripe_account, body, secret="whsec_other")[0] == Reply.NOT_PROVEN
    assert send(stripe_account, body, at=1_000_000)[0] == Reply.NOT_PROVEN, "a message of long ago"
    for header in ("", "t=,v1=", "t=x,v1=y", "v1=" + "a" * 64, "t=99999999999999999999,v1=" + "a" * 64):
        assert webhooks.take_in(stripe_account.hook, body, header, NOW)[0] == Reply.NOT_PROVEN
    for nonsense in (b"", b"[]", b"{}", b"null", b'{"id": 1}', b"\xff\xfe", b"[" * 100_000, b'{"id":"x","type":null'):
        assert send(stripe_account, nonsense)[0] == Reply.NOT_PROVEN
    assert webhooks.take_in("nobody", body, sign(body), NOW)[0] == Reply.NOBODY
    assert send(stripe_account, b" " * (webhooks.LARGEST + 1))[0] == Reply.TOO_LARGE
    assert not ProviderEvent.objects.exists()
    for strange in (body, json.dumps({"id": "evt_x", "type": "refund.updated", "data": []}).encode()):
        _reply, number = send(stripe_account, strange)
        webhooks.handle(number or 0, Clock())
        event = ProviderEvent.objects.get(pk=number or 0)
        assert (event.state, event.why, bytes(event.body)) == (EventState.HANDLED, "not_ours", strange)
    assert webhooks.empty_old(NOW + timedelta(days=1)) == 2
    assert webhooks.empty_old(NOW + timedelta(days=1)) == 0


def test_a_message_waits_while_the_provider_is_down(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    clock = Clock()
    payment = ask(pay(stripe_account, reference="pm_debit"), clock)
    intent = simulator.change("pi_1", status="succeeded", amount_received=5000)
    _reply, number = send(stripe_account, simulator.message("payment_intent.succeeded", intent))
    simulator.outage = sim.ERROR
    webhooks.handle(number or 0, clock)
    assert webhooks.due_events(clock.now, 9) == []
    clock.wait(minutes=1)
    simulator.outage = ""
    assert webhooks.due_events(clock.now, 9) == [number]
    webhooks.handle(number or 0, clock)
    payment.refresh_from_db()
    assert payment.state == PaymentState.CAPTURED


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, code_carriers.CodeMessage]]:
    """The mails sent."""
    mails: list[tuple[str, code_carriers.CodeMessage]] = []
    carrier = code_carriers.Carrier(IdentityKind.EMAIL, "E-mail", lambda: "", lambda to, mail: mails.append((to, mail)))
    monkeypatch.setitem(code_carriers._carriers, IdentityKind.EMAIL, carrier)
    return mails


@pytest.fixture
def ana() -> Customer:
    customer = make_customer("Ana", language="en")
    Identity.objects.create(customer=customer, kind=IdentityKind.EMAIL, value="ana@example.org", created_at=NOW)
    return customer


def test_a_customer_gives_a_card_on_a_page_of_the_provider(
    stripe_account: ProviderAccount, simulator: Simulator, ana: Customer, sent: list[Any]
) -> None:
    clock = Clock()
    address = Identity.objects.get().pk
    perform(
        "payments.ask_for_method", actor=make_actor(), subject_id=ana.pk, arguments={"address": address}, at=clock.now
    )
    request = MethodRequest.objects.get()
    simulator.faults.append(sim.LOST)
    entries.make_entry(request.pk, clock)
    assert sent == []
    clock.wait(minutes=1)
    assert entries.due_requests(clock.now, 9) == [request.pk]
    entries.make_entry(request.pk, clock)
    entries.make_entry(request.pk, clock)
    ((to, mail),) = sent
    assert to == "ana@example.org"
    assert simulator.url in mail.text
    request.refresh_from_db()
    assert request.state == RequestState.SENT
    assert len(simulator.of("customer")) == len(simulator.of("checkout.session")) == 1

    page = simulator.give_method(simulator.things[request.reference])
    for _time in range(2):
        _reply, number = send(stripe_account, simulator.message("checkout.session.completed", page))
        webhooks.handle(number or 0, clock)
    method = PaymentMethod.objects.get()
    assert (method.customer, method.kind, method.label, method.last4) == (ana, MethodKind.CARD, "Visa", "4242")
    assert str(method.expires) == "2031-12-31"
    request.refresh_from_db()
    assert (request.state, request.method) == (RequestState.DONE, method)
    take(method, 100)
    perform("payments.remove_method", actor=make_actor(), subject_id=method.pk, arguments={}, at=clock.now)
    asking.forget_method(stripe_account.pk, method.reference)
    asking.forget_method(stripe_account.pk, "pm_long_gone")
    assert "POST /v1/payment_methods/pm_given/detach" in simulator.asked


def test_a_page_that_runs_out_says_so(
    stripe_account: ProviderAccount, simulator: Simulator, ana: Customer, sent: list[Any]
) -> None:
    arguments = {"address": Identity.objects.get().pk}
    perform("payments.ask_for_method", actor=make_actor(), subject_id=ana.pk, arguments=arguments, at=NOW)
    request = MethodRequest.objects.get()
    entries.make_entry(request.pk, Clock())
    request.refresh_from_db()
    page = simulator.change(request.reference, status="expired")
    _reply, number = send(stripe_account, simulator.message("checkout.session.expired", page))
    webhooks.handle(number or 0, Clock())
    request.refresh_from_db()
    assert (len(sent), request.state, PaymentMethod.objects.count()) == (1, RequestState.EXPIRED, 0)


@pytest.mark.parametrize(
    ("minor", "currency", "units"),
    [(1234, "EUR", 1234), (500, "JPY", 500), (5, "ISK", 500), (5, "UGX", 500), (5120, "KWD", 5120), (7, "RSD", 700)],
)
def test_amounts_are_said_in_the_units_stripe_counts_in(minor: int, currency: str, units: int) -> None:
    assert to_units(Money(minor, currency)) == units
    assert to_minor(units, currency) == minor


def test_an_amount_stripe_cannot_take_fails_at_once(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="takes no"):
        to_units(Money(5124, "KWD"))
    provider = Stripe(Account(KEY, SECRET, simulator.url))
    assert (
        provider.authorise(Charge("t", Money(5124, "KWD"), "pm_ok", "cus_1", "", captures=True)).result is Result.FAILED
    )
    assert simulator.asked == []


def test_the_simulator_knows_keys_as_stripe_does(simulator: Simulator) -> None:
    client = stripe.StripeClient(KEY, base_addresses={"api": simulator.url}, max_network_retries=0)
    made: list[Any] = [
        client.v1.customers.create({"metadata": {"a": "1"}}, {"idempotency_key": "k"}) for _time in range(2)
    ]
    assert made[0].id == made[1].id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"metadata": {"a": "2"}}, {"idempotency_key": "k"})
