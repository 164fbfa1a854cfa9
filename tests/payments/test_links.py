"""Links by which customers pay one amount: made, sent, shown, paid once, cancelled, run out; against a simulator of Stripe."""

# ruff: noqa: F811  (fixtures of another module)

from typing import Any

import pytest

from onhand.customers.models import Customer, Identity
from onhand.invoicing.models import Document
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.ledger.checks import find_faults
from onhand.payments import asking_tasks, links, webhooks
from onhand.payments.enums import LinkState, PaymentState
from onhand.payments.models import Chargeback, Payment, PaymentLink, PaymentMethod, ProviderAccount
from onhand.payments.refunding import refundable
from tests.factories import make_actor, make_customer
from tests.invoicing.documents import invoice, line
from tests.payments import stripe_simulator as sim
from tests.payments.money import NOW, check_now, euro, make_provider, owed, refund
from tests.payments.stripe_simulator import Simulator
from tests.payments.test_stripe import Clock, ana, ask_back, impatient, send, sent  # noqa: F401  (used by pytest)

pytestmark = pytest.mark.django_db


def do(name: str, subject_id: int, /, **arguments: Any) -> Outcome:
    return perform(f"payments.{name}", actor=make_actor(), subject_id=subject_id, arguments=arguments, at=NOW)


def bill(customer: Customer, minor: int = 5000) -> Document:
    return invoice(line(minor), customer=customer)


def asked(customer: Customer, minor: int, **more: Any) -> PaymentLink:
    """A link that can be paid."""
    do("ask_by_link", customer.pk, amount=euro(minor).as_json(), **more)
    link = PaymentLink.objects.latest("pk")
    links.see_to(link.pk, Clock())
    link.refresh_from_db()
    return link


def hear(account: ProviderAccount, simulator: Simulator, kind: str, thing: dict[str, Any]) -> None:
    _reply, number = send(account, simulator.message(kind, thing))
    webhooks.handle(number or 0, Clock())


def sound() -> None:
    check_now()
    assert list(find_faults()) == []


def test_an_amount_of_an_invoice_is_asked_for_sent_and_paid_once(
    stripe_account: ProviderAccount,
    simulator: Simulator,
    ana: Customer,
    sent: list[Any],
) -> None:
    document = bill(ana)
    do(
        "ask_by_link",
        ana.pk,
        amount=euro(2000).as_json(),
        invoice=document.pk,
        address=Identity.objects.get().pk,
    )
    link = PaymentLink.objects.get()
    clock = Clock()
    simulator.faults.append(sim.LOST)
    links.see_to(link.pk, clock)
    assert sent == []
    clock.wait(minutes=1)
    assert links.due_links(clock.now, 9) == [link.pk]
    for _time in range(2):
        links.see_to(link.pk, clock)
    link.refresh_from_db()
    assert (link.state, link.is_sent, link.url) == (LinkState.READY, True, f"{simulator.url}/page")
    ((to, mail),) = sent
    assert to == "ana@example.org"
    assert link.url in mail.text
    assert document.label in mail.text
    (page,) = simulator.of("checkout.session")
    assert (page["amount_total"], page["currency"]) == (2000, "eur")

    intent = simulator.pay_page(page)
    for kind, thing in (("payment_intent.succeeded", intent), ("checkout.session.completed", page)) * 2:
        hear(stripe_account, simulator, kind, thing)
    payment = Payment.objects.get()
    link.refresh_from_db()
    assert (link.state, link.payment) == (LinkState.PAID, payment)
    assert (payment.state, payment.captured_minor) == (PaymentState.CAPTURED, 2000)
    assert (payment.document_type, payment.document_id) == ("document", document.pk)
    assert (payment.method.last4, payment.method.is_active) == ("1881", False)
    assert owed(ana) == 3000
    assert links.due_links(NOW.replace(year=2030), 9) == []
    sound()


def test_what_was_paid_by_a_link_is_given_back_and_asked_back_like_any_payment(
    stripe_account: ProviderAccount,
    simulator: Simulator,
    ana: Customer,
) -> None:
    bill(ana)
    link = asked(ana, 5000)
    intent = simulator.pay_page(simulator.things[link.reference])
    dispute = simulator.dispute(intent["id"], amount=1000)
    hear(stripe_account, simulator, "charge.dispute.created", dispute)  # heard of before the payment
    payment = Payment.objects.get()
    assert Chargeback.objects.get().payment == payment
    assert (refundable(payment), owed(ana)) == (euro(4000), 1000)
    ask_back(refund(payment, 4000), Clock())
    assert owed(ana) == 5000
    sound()


def test_no_more_than_is_open_is_asked_for_unless_said_so(
    stripe_account: ProviderAccount,
    simulator: Simulator,
    ana: Customer,
) -> None:
    document = bill(ana)
    other = bill(make_customer())
    for wrong in (
        {"amount": euro(5001)},
        {"amount": euro(0)},
        {"amount": euro(-5)},
        {"amount": Money(100, "USD")},
        {"amount": euro(100), "invoice": other.pk},
        {"amount": euro(100), "hours": 1},
        {"amount": euro(100), "hours": 25},
        {"amount": euro(6000), "invoice": document.pk, "in_advance": True},
        {"amount": euro(100), "address": 999_999},
    ):
        with pytest.raises(NotPossible):
            do("ask_by_link", ana.pk, **wrong | {"amount": wrong["amount"].as_json()})  # type: ignore[attr-defined]
    assert not PaymentLink.objects.exists()
    asked(ana, 3000, invoice=document.pk)
    with pytest.raises(NotPossible, match=r"20\.00"):
        do("ask_by_link", ana.pk, amount=euro(2001).as_json(), invoice=document.pk)
    link = asked(ana, 9000, in_advance=True)
    simulator.pay_page(simulator.things[link.reference])
    hear(stripe_account, simulator, "checkout.session.completed", simulator.things[link.reference])
    assert owed(ana) == -4000
    assert Payment.objects.get().document_type == "customer"
    sound()


def test_a_cancelled_link_is_closed_and_what_was_paid_before_is_taken(
    stripe_account: ProviderAccount,
    simulator: Simulator,
    ana: Customer,
) -> None:
    bill(ana)
    link, late = asked(ana, 1000), asked(ana, 2000)
    simulator.pay_page(simulator.things[late.reference])
    for one in (link, late):
        do("cancel_link", one.pk)
        with pytest.raises(NotPossible):
            do("cancel_link", one.pk)
        links.see_to(one.pk, Clock())
        one.refresh_from_db()
    assert (link.state, link.is_shut, simulator.things[link.reference]["status"]) == ("cancelled", True, "expired")
    assert (late.state, owed(ana)) == (LinkState.PAID, 3000)
    hear(stripe_account, simulator, "checkout.session.expired", simulator.things[link.reference])
    link.refresh_from_db()
    assert link.state == LinkState.CANCELLED
    sound()


def test_one_cancelled_while_its_page_is_made_is_not_sent_and_closed(
    stripe_account: ProviderAccount,
    simulator: Simulator,
    ana: Customer,
    sent: list[Any],
) -> None:
    bill(ana)
    do("ask_by_link", ana.pk, amount=euro(1000).as_json(), address=Identity.objects.get().pk)
    link = PaymentLink.objects.get()
    begun = links._begin(link.pk, NOW)
    assert begun
    do("cancel_link", link.pk)
    provider: Any = links.open_provider(stripe_account)
    links._prepare(begun, provider.make_page(links._wanted(begun)), NOW)
    links.see_to(link.pk, Clock())
    link.refresh_from_db()
    assert (sent, link.state, link.is_shut) == ([], LinkState.CANCELLED, True)
    assert simulator.things[link.reference]["status"] == "expired"


def test_a_link_runs_out_by_the_providers_word_or_by_the_clock(
    stripe_account: ProviderAccount,
    simulator: Simulator,
    ana: Customer,
) -> None:
    bill(ana)
    told, silent, paid = asked(ana, 1000), asked(ana, 1000), asked(ana, 1000)
    hear(stripe_account, simulator, "checkout.session.expired", simulator.change(told.reference, status="expired"))
    simulator.pay_page(simulator.things[paid.reference])  # and nobody tells
    clock = Clock()
    clock.wait(hours=25)
    for number in links.due_links(clock.now, 9):
        links.see_to(number, clock)
    for one in (told, silent, paid):
        one.refresh_from_db()
    assert [told.state, silent.state, paid.state] == [LinkState.EXPIRED, LinkState.EXPIRED, LinkState.PAID]
    assert owed(ana) == 4000
    assert links.due_links(clock.now.replace(year=2030), 9) == []
    assert simulator.things[silent.reference]["status"] == "expired"


def test_a_provider_that_is_down_or_has_no_pages(
    stripe_account: ProviderAccount,
    simulator: Simulator,
    ana: Customer,
) -> None:
    bill(ana)
    do("ask_by_link", ana.pk, amount=euro(1000).as_json())
    link = PaymentLink.objects.get()
    simulator.outage = sim.DOWN
    clock = Clock()
    for _time in range(links.LAST_TRY):
        links.see_to(link.pk, clock)
        link.refresh_from_db()
        clock.now = link.next_try_at or clock.now
    assert (link.state, link.why) == (LinkState.FAILED, "unreachable")
    ProviderAccount.objects.update(is_default=False)
    make_provider(is_default=True)
    with pytest.raises(NotPossible, match="No payment provider"):
        do("ask_by_link", ana.pk, amount=euro(1000).as_json())
    assert not PaymentMethod.objects.exists()
    asking_tasks.see_to_link(link.pk)
