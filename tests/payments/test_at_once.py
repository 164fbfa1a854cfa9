"""Several at the same moment: never more money moves than there is, nothing moves twice, and nobody waits for ever."""

import random
from collections import Counter
from typing import Any

import pytest
from django.db import transaction

from onhand.kernel.errors import ActError, NotPossible, SubjectBusy
from onhand.kernel.perform import Outcome, perform
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import CASH
from onhand.ledger.checks import find_faults
from onhand.payments import asking, stored, webhooks
from onhand.payments.bank.bringing_in import bring_in
from onhand.payments.bank.matching import match_statement
from onhand.payments.enums import MethodKind, PaymentState
from onhand.payments.models import (
    BankLine,
    Deposit,
    DrawerCount,
    Payment,
    ProviderAccount,
    ProviderEvent,
    Refund,
    StoredValueCard,
)
from onhand.payments.webhooks import Reply
from tests.factories import make_actor, make_customer
from tests.kernel.sessions import together
from tests.payments.money import NOW, euro, make_card, make_drawer, make_method, make_provider, method_of, owed, take
from tests.payments.stripe_simulator import Simulator, sign

pytestmark = pytest.mark.django_db(transaction=True)


def do(act: str, on: Any, key: str | None = None, **arguments: Any) -> Outcome:
    return perform(
        f"payments.{act}", actor=make_actor(), subject_id=on.pk, arguments=arguments, at=NOW, idempotency_key=key
    )


def sort(done: list[Any]) -> tuple[int, int]:
    """How many were done, and how many refused; anything else is a fault."""
    assert all(isinstance(one, Outcome | Payment | ActError) for one in done), done
    assert not any(isinstance(one, SubjectBusy) for one in done), "nobody waits for who waits for them"
    good = sum(not isinstance(one, ActError) for one in done)
    return good, len(done) - good


def paid(minor: int = 5000) -> Payment:
    payment = take(make_method(make_customer()), minor)
    asking.ask_for_payment(payment.pk, lambda: NOW)
    payment.refresh_from_db()
    return payment


def right() -> None:
    assert list(find_faults()) == []


def test_stored_value_spent_by_two_at_once_is_spent_once() -> None:
    ana = make_customer("Ana")
    card = make_card(ana, 1000)
    method = method_of(card)
    spend = {"method": method.pk, "amount": euro(400).as_json()}
    assert sort(together(*[lambda: do("take_payment", ana, **spend)] * 8)) == (2, 6)
    assert (stored.balance(card), owed(ana)) == (euro(200), 1000 - 800)
    right()


def test_a_card_spent_and_cancelled_at_once_holds_nothing_twice() -> None:
    ana = make_customer("Ana")
    card = make_card(ana, 1000)
    spend = {"method": method_of(card).pk, "amount": euro(1000).as_json()}
    done = together(lambda: do("take_payment", ana, **spend), lambda: do("cancel_card", card, reason="Lost"))
    assert sort(done)[0] >= 1
    assert (stored.balance(card), owed(ana)) == (euro(0), 0)
    right()


def test_a_gift_card_is_taken_over_by_one_of_two() -> None:
    ana, ben, eve = make_customer("Ana"), make_customer("Ben"), make_customer("Eve")
    code = do("sell_card", ana, amount=euro(500).as_json()).shown["code"]
    tries = [lambda who=who: do("take_over_card", who, code=code) for who in (ben, eve, ben, eve)]
    assert sort(together(*tries)) == (1, 3)
    assert StoredValueCard.objects.get().customer_id in (ben.pk, eve.pk)


def test_refunds_at_the_same_moment_never_exceed_what_came_in() -> None:
    payment = paid(5000)
    part = {"amount": euro(2000).as_json()}
    assert sort(together(*[lambda: do("refund_payment", payment, **part)] * 6)) == (2, 4)
    payment.refresh_from_db()
    assert (payment.refunding_minor, Refund.objects.count()) == (4000, 2)
    for made in Refund.objects.all():
        together(*[lambda pk=made.pk: asking.ask_for_refund(pk, lambda: NOW)] * 3)
    payment.refresh_from_db()
    assert (payment.refunded_minor, payment.refunding_minor, owed(payment.customer)) == (4000, 0, -1000)
    right()


def test_the_same_request_at_once_is_one_refund() -> None:
    payment = paid(5000)
    part = {"amount": euro(2000).as_json()}
    done = together(*[lambda: do("refund_payment", payment, key="once", **part)] * 6)
    assert sort(done) == (6, 0)
    assert Refund.objects.count() == 1


def test_two_taking_under_one_key_take_once() -> None:
    method = method_of(make_card(make_customer(), 1000))

    def take_once() -> Payment:
        with transaction.atomic():  # as an act does
            return take(method, 300, key="order:1")

    done = together(*[take_once] * 6)
    assert sort(done) == (6, 0)
    assert len({one.pk for one in done}) == 1
    right()


def test_asked_by_several_jobs_at_once_the_money_moves_once(
    stripe_account: ProviderAccount, simulator: Simulator
) -> None:
    method = make_method(make_customer(), provider=stripe_account, reference="pm_ok", outside_customer="cus_1")
    payment = take(method, 5000)
    assert together(*[lambda: asking.ask_for_payment(payment.pk, lambda: NOW)] * 4) == [None] * 4
    assert (len(simulator.of("payment_intent")), simulator.money_in(), owed(method.customer)) == (1, 5000, -5000)
    body = simulator.message("payment_intent.succeeded", simulator.things["pi_1"], "evt_same")
    done = together(*[lambda: webhooks.take_in(stripe_account.hook, body, sign(body), NOW)] * 6)
    assert [reply for reply, _number in done] == [Reply.TAKEN] * 6
    event = ProviderEvent.objects.get()
    together(*[lambda: webhooks.handle(event.pk, lambda: NOW)] * 4)
    assert owed(method.customer) == -5000
    right()


def test_a_drawer_is_closed_once_and_takes_nothing_afterwards() -> None:
    ana, drawer = make_customer("Ana"), make_drawer()
    cash = {"amount": euro(100).as_json(), "drawer": drawer.pk}
    done = together(
        *[lambda: do("close_drawer", drawer, counted=euro(0).as_json(), why="closing time")] * 3,
        *[lambda: do("take_cash", ana, **cash)] * 5,
    )
    assert sum(isinstance(one, Outcome) and one.act == "payments.close_drawer" for one in done) == 1
    sort(done)
    drawer.refresh_from_db()
    taken = Payment.objects.count()
    assert not drawer.is_open
    assert DrawerCount.objects.count() == 1
    assert balance_of(CASH, "EUR", owner_id=drawer.pk).minor in {0, 100 * taken}
    with pytest.raises(NotPossible):
        do("take_cash", ana, **cash)
    right()


def test_a_deposit_is_given_back_once() -> None:
    ana = make_customer("Ana")
    do("ask_for_deposit", ana, amount=euro(900).as_json(), reason="Router")
    deposit = Deposit.objects.get()
    do("hold_deposit", deposit, method=method_of(make_card(ana, 900)).pk)
    done = together(*[lambda: do("return_deposit", deposit)] * 3, *[lambda: do("apply_deposit", deposit)] * 3)
    assert sort(done) == (1, 5)
    right()


def test_the_same_statement_brought_in_and_matched_at_once_is_one() -> None:
    ana = make_customer("Ana Prieto")
    content = f"Date,Amount,Name,Text\n2026-03-09,5.00,Prieto,{ana.reference}\n".encode()

    def bring() -> Any:
        one = bring_in(actor=make_actor(), file_name="a.csv", content=content, at=NOW)
        return match_statement(one.pk, lambda: NOW)

    assert sum(together(*[bring] * 4)) == 1
    assert (BankLine.objects.count(), owed(ana)) == (1, -500)
    right()


@pytest.mark.parametrize("seed", range(3))
def test_anything_at_once_leaves_the_books_right(seed: int) -> None:
    """Everybody does anything with two customers: what is refused changes nothing, and no two wait for one another."""
    chance = random.Random(seed)
    people = [make_customer("Ana"), make_customer("Ben")]
    make_drawer()
    provider = make_provider()
    methods = {one.pk: [method_of(make_card(one, 3000)), make_method(one, provider=provider)] for one in people}

    def anything(number: int) -> Any:
        own = random.Random(f"{seed}:{number}")
        who = own.choice(people)
        amount = euro(own.choice([1, 333, 1000, 2999])).as_json()
        match own.randrange(7):
            case 0 | 1:
                return do("take_payment", who, method=own.choice(methods[who.pk]).pk, amount=amount)
            case 2:
                return do("take_cash", who, amount=amount)
            case 3 | 4:
                payment = Payment.objects.filter(state=PaymentState.CAPTURED).order_by("?").first()
                to = methods[payment.customer_id][0].pk if payment and own.random() < 0.5 else None
                return do("refund_payment", payment or who, amount=amount, to=to)
            case 5:
                for pk in asking.due_payments(NOW, 5):
                    asking.ask_for_payment(pk, lambda: NOW)
                for pk in asking.due_refunds(NOW, 5):
                    asking.ask_for_refund(pk, lambda: NOW)
            case _:
                return do("load_card", methods[who.pk][0].card, amount=amount)
        return ActError("nothing")

    counted: Counter[str] = Counter()
    for begin in range(0, 60, 6):
        numbers = [chance.randrange(10**6) + begin for _one in range(6)]
        for one in together(*[lambda n=n: anything(n) for n in numbers]):
            assert isinstance(one, Outcome | ActError), one
            assert not isinstance(one, SubjectBusy)
            counted[type(one).__name__] += 1
    assert counted["Outcome"] > 10, counted
    right()
    kinds = {MethodKind.STORED_VALUE, MethodKind.CASH}
    assert not Payment.objects.filter(method__kind__in=kinds).exclude(state=PaymentState.CAPTURED).exists()
