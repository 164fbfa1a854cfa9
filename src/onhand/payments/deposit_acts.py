"""Deposits: asked for, held, with interest, applied to what the customer owes, returned."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.payments import access, deposits, subjects, taking
from onhand.payments.arguments import Amount, DrawerOf
from onhand.payments.enums import DepositState, PaymentState
from onhand.payments.models import Deposit, PaymentMethod, new_token
from onhand.payments.refunding import give_back, refundable, timing

Whole = Annotated[Money | None, Field(label=gettext_lazy("Amount"), help=gettext_lazy("Empty: all that is held."))]


def _asked(_customer: Customer, *, amount: Money, **_others: Any) -> Mapping[str, Any]:
    return {"amount": amount}


def _returned(deposit: Deposit, *, amount: Money | None = None, **_others: Any) -> Mapping[str, Any]:
    return {"refund": amount or deposits.held(deposit)}


def _held(deposit: Deposit, *, amount: Money | None = None, **_others: Any) -> Mapping[str, Any]:
    return {"amount": amount or deposits.held(deposit)}


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Ask for a deposit"),
    only_adds=True,
    row_only=True,
    facts=_asked,
)
def ask_for_deposit(
    customer: Customer,
    *,
    run: Run,
    amount: Amount,
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=200)],
    interest_percent: Annotated[
        str,
        Field(
            label=gettext_lazy("Interest in percent a year"),
            max_length=10,
            help=gettext_lazy("Such as 0.75; it is added by the day."),
        ),
    ] = "0",
) -> None:
    """Ask the customer for a deposit. It is held once it is paid."""
    if amount.minor <= 0:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    percent = _percent(interest_percent)
    if percent and not run.actor.may(access.MANAGE):
        raise NotPermitted(access.MANAGE)  # it is the company's money
    deposit = Deposit.objects.create(
        customer=customer,
        minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        interest_percent=percent,
        asked_at=run.at,
        asked_by_name=run.actor.name,
    )
    run.changed("deposit", after=f"{amount.formatted()} ({deposit.pk})")


def _percent(written: str) -> Decimal:
    try:
        read = Decimal(written.strip().replace(",", "."))
    except InvalidOperation:
        read = Decimal(-1)
    if not read.is_finite() or not 0 <= read <= 100 or read != read.quantize(Decimal("0.0001")):
        raise NotPossible(_("Give a percentage from 0 to 100, such as 0.75."), field="interest_percent")
    return read


@act(
    subject=subjects.DEPOSIT,
    permission=access.TAKE,
    label=gettext_lazy("Hold the deposit"),
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
)
def hold_deposit(
    deposit: Deposit,
    *,
    run: Run,
    method: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Pays with"),
            reference=subjects.REF_DEPOSIT_METHOD,
            help=gettext_lazy("Empty: it is taken from what the customer has on their account."),
        ),
    ] = None,
    drawer: DrawerOf = None,
) -> None:
    """Take the deposit from the customer, and hold it: once the money came in, or at once from a credit on their account."""
    _require(deposit, DepositState.ASKED)
    amount = Money(deposit.minor, deposit.currency)
    if method is None:
        if -balance_of(RECEIVABLE, deposit.currency, customer_id=deposit.customer_id) < amount:
            raise NotPossible(
                _("The customer's account does not hold that much. Say what they pay with."), field="method"
            )
        deposits.hold(deposit, run.at)
        return
    found = PaymentMethod.objects.filter(pk=method).first()
    if found is None:
        raise NotPossible(_("This payment method is not the customer's."), field="method")
    payment = taking.take(
        found,
        amount,
        document=(subjects.DEPOSIT, deposit.pk),
        key=f"deposit:{new_token()}",
        at=run.at,
        by_name=run.actor.name,
        customer_id=deposit.customer_id,
        drawer_id=drawer,
    )
    deposit.refresh_from_db()  # paid at once, it is held already
    run.changed("payment", after=str(PaymentState(payment.state).label))


@act(subject=subjects.DEPOSIT, permission=access.MANAGE, label=gettext_lazy("Add interest"))
def add_interest(
    deposit: Deposit, *, run: Run, until: Annotated[date, Field(label=gettext_lazy("Up to the day"))]
) -> None:
    """Add the interest the deposit earned up to a day: by days of a year of 365, to the cent."""
    _require(deposit, DepositState.HELD)
    if until > company_day(run.at) or deposit.interest_from is None or until <= deposit.interest_from:
        raise NotPossible(_("Give a day after the last interest, and not in the future."), field="until")
    deposits.add_interest(deposit, until, run.at)


@act(
    subject=subjects.DEPOSIT,
    permission=access.TAKE,
    label=gettext_lazy("Apply the deposit"),
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
    facts=_held,
)
def apply_deposit(deposit: Deposit, *, run: Run, amount: Whole = None) -> None:
    """Settle what the customer owes from the deposit, interest up to today included."""
    given = _release(deposit, run, amount, "applied")
    deposit.applied_minor += given.minor


@act(
    subject=subjects.DEPOSIT,
    permission=access.REFUND,
    label=gettext_lazy("Return the deposit"),
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
    facts=_returned,
)
def return_deposit(
    deposit: Deposit,
    *,
    run: Run,
    amount: Whole = None,
    to: Annotated[
        int | None,
        Field(
            label=gettext_lazy("To"),
            reference=subjects.REF_DEPOSIT_TO,
            help=gettext_lazy("Empty: to where it came from. Else to a stored-value card of the customer."),
        ),
    ] = None,
    drawer: DrawerOf = None,
) -> None:
    """
    Return the deposit with interest up to today: to where it was paid from, or to stored value. What was not paid with it, such as the
    interest, is left on the customer's account.
    """
    given = _release(deposit, run, amount, "returned")
    deposit.returned_minor += given.minor
    payment = deposit.payment
    if payment is None or not refundable(payment).minor:
        return
    target = None if to is None else PaymentMethod.objects.filter(pk=to).first()
    if to is not None and target is None:
        raise NotPossible(_("This payment method is not the customer's."), field="to")
    refund = give_back(
        payment,
        min(given, refundable(payment), key=lambda one: one.minor),
        document=(subjects.DEPOSIT, deposit.pk),
        key=f"deposit back:{new_token()}",
        at=run.at,
        by_name=run.actor.name,
        to=target,
        drawer_id=drawer,
    )
    run.changed("when", after=timing(refund.to))


@act(subject=subjects.DEPOSIT, permission=access.TAKE, label=gettext_lazy("Ask for the deposit no longer"))
def cancel_deposit(deposit: Deposit, *, run: Run) -> None:
    """Ask for a deposit no longer that was never paid. What comes in for it all the same stays on the customer's account."""
    _require(deposit, DepositState.ASKED)
    deposit.state, deposit.ended_at = DepositState.CANCELLED, run.at


def _require(deposit: Deposit, state: DepositState) -> None:
    if deposit.state != state:
        words = {"state": DepositState(deposit.state).label}
        raise NotPossible(_("This is not possible now: the deposit is %(state)s.") % words)


def _release(deposit: Deposit, run: Run, amount: Money | None, why: str) -> Money:
    """Put an amount of what is held on the customer's account; the deposit ends with the last of it."""
    _require(deposit, DepositState.HELD)
    if deposit.interest_from is not None and company_day(run.at) > deposit.interest_from:
        deposits.add_interest(deposit, company_day(run.at), run.at)
    there = deposits.held(deposit)
    given = there if amount is None else amount
    if given.currency != deposit.currency or given.minor <= 0 or there < given:
        words = {"amount": there.formatted()}
        raise NotPossible(_("Give an amount up to what is held: %(amount)s.") % words, field="amount")
    deposits.give_up(deposit, given, run.at, why=why)
    if given == there:
        deposit.state = DepositState.APPLIED if why == "applied" else DepositState.RETURNED
        deposit.ended_at = run.at
    return given
