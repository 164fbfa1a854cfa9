"""The life of a deposit in the books: held apart from what the customer owes, with interest by the day, applied or given back."""

from datetime import date, datetime

from onhand.kernel.days import company_day
from onhand.kernel.money import Money
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import DEPOSIT, INTEREST, RECEIVABLE
from onhand.ledger.posting import Line, credit, debit, post
from onhand.payments.enums import DepositState
from onhand.payments.models import Deposit, Payment

DAYS_A_YEAR = 365


def held(deposit: Deposit) -> Money:
    """What is held of it now, interest included."""
    return -balance_of(DEPOSIT, deposit.currency, customer_id=deposit.customer_id, owner_id=deposit.pk)


def hold_paid(payment: Payment, at: datetime) -> None:
    """Hold what was paid for a deposit. What came in without a deposit waiting for it stays on the customer's account."""
    rows = Deposit.objects.select_for_update(of=("self",), no_key=True)
    deposit = rows.filter(pk=payment.document_id, state=DepositState.ASKED).first()
    if deposit is None or deposit.currency != payment.currency or payment.captured_minor < deposit.minor:
        return
    hold(deposit, at, payment=payment)
    deposit.version += 1
    deposit.save()


def hold(deposit: Deposit, at: datetime, *, payment: Payment | None = None) -> None:
    """Take the deposit from the customer's account, and hold it."""
    amount = Money(deposit.minor, deposit.currency)
    deposit.state, deposit.held_on, deposit.interest_from = DepositState.HELD, company_day(at), company_day(at)
    deposit.payment = payment
    _book(
        deposit,
        "held",
        at,
        [
            debit(RECEIVABLE, amount, customer_id=deposit.customer_id),
            credit(DEPOSIT, amount, customer_id=deposit.customer_id, owner_id=deposit.pk),
        ],
    )


def interest(deposit: Deposit, until: date) -> Money:
    """What the deposit itself earned from the last day interest was added for until a day: by days of a year of 365, rounded once."""
    if deposit.interest_from is None or until <= deposit.interest_from:
        return Money(0, deposit.currency)
    days = (until - deposit.interest_from).days
    left = max(0, deposit.minor - deposit.applied_minor - deposit.returned_minor)
    top, bottom = deposit.interest_percent.as_integer_ratio()
    return Money(left, deposit.currency).part(top * days, bottom * 100 * DAYS_A_YEAR)


def add_interest(deposit: Deposit, until: date, at: datetime) -> Money:
    """Add the interest up to a day to what is held; nothing is booked where there is none."""
    earned = interest(deposit, until)
    if earned.minor:
        deposit.interest_minor += earned.minor
        _book(
            deposit,
            f"interest:{until.isoformat()}",
            at,
            [debit(INTEREST, earned), credit(DEPOSIT, earned, customer_id=deposit.customer_id, owner_id=deposit.pk)],
        )
    deposit.interest_from = until
    return earned


def give_up(deposit: Deposit, amount: Money, at: datetime, *, why: str) -> None:
    """Put an amount of what is held back on the customer's account: `why` is applied or returned."""
    number = deposit.version
    _book(
        deposit,
        f"{why}:{number}",
        at,
        [
            debit(DEPOSIT, amount, customer_id=deposit.customer_id, owner_id=deposit.pk),
            credit(RECEIVABLE, amount, customer_id=deposit.customer_id),
        ],
    )


def _book(deposit: Deposit, what: str, at: datetime, lines: list[Line]) -> None:
    post(
        "deposit",
        document=("deposit", deposit.pk),
        key=f"deposit:{deposit.pk}:{what}",
        lines=lines,
        at=at,
        booked_on=company_day(at),
        customer_id=deposit.customer_id,
    )
