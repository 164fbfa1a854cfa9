"""What payments book: money that comes in is credited to the customer's account at once, money that goes out is debited to it."""

from datetime import datetime

from onhand.kernel.days import company_day
from onhand.kernel.money import Money
from onhand.ledger.chart import BANK, CASH, PROVIDER, PROVIDER_FEES, RECEIVABLE, STORED_VALUE, UNMATCHED
from onhand.ledger.posting import Line, debit, post
from onhand.payments.enums import MethodKind
from onhand.payments.models import ChargebackMove, Payment, PaymentMethod, Refund


def money_line(
    method: PaymentMethod, amount: Money, *, drawer_id: int | None = None, is_on_statement: bool = False
) -> Line:
    """
    Where the money of a method is, on the debit side. What came by bank is on the account of money nobody was found for where its
    statement was brought in, else at the bank.
    """
    if is_on_statement:
        return debit(UNMATCHED, amount)
    match method.kind:
        case MethodKind.CASH:
            return debit(CASH, amount, owner_id=drawer_id or 0)
        case MethodKind.STORED_VALUE:
            return debit(STORED_VALUE, amount, owner_id=method.card_id or 0)
        case MethodKind.BANK if method.provider_id is None:
            return debit(BANK, amount)
    return debit(PROVIDER, amount)


def book_payment(payment: Payment, amount: Money, at: datetime, *, is_on_statement: bool = False) -> int:
    """Book what came in of a payment; the journal's number."""
    line = money_line(payment.method, amount, drawer_id=payment.drawer_id, is_on_statement=is_on_statement)
    return post(
        "payment",
        document=("payment", payment.pk),
        key=f"payment:{payment.pk}",
        lines=[line, debit(RECEIVABLE, -amount, customer_id=payment.customer_id)],
        at=at,
        booked_on=company_day(at),
        customer_id=payment.customer_id,
    )


def book_chargeback(move: ChargebackMove, payment: Payment, at: datetime) -> int:
    """Book what a provider took for a chargeback, or gave back: the customer's payment, and the provider's fee; the journal's number."""
    amount, fee = Money(move.minor, payment.currency), Money(move.fee_minor, move.fee_currency)
    return post(
        "chargeback",
        document=("chargeback", move.chargeback_id),
        key=f"chargeback:{move.pk}",
        lines=[
            debit(RECEIVABLE, amount, customer_id=payment.customer_id),
            money_line(payment.method, -amount),
            debit(PROVIDER_FEES, fee),
            debit(PROVIDER, -fee),
        ],
        at=at,
        booked_on=company_day(at),
        customer_id=payment.customer_id,
    )


def book_refund(refund: Refund, payment: Payment, at: datetime, *, is_on_statement: bool = False) -> int:
    """Book what went out of a refund; the journal's number."""
    amount = Money(refund.minor, payment.currency)
    line = money_line(refund.to, -amount, drawer_id=refund.drawer_id, is_on_statement=is_on_statement)
    return post(
        "refund",
        document=("refund", refund.pk),
        key=f"refund:{refund.pk}",
        lines=[line, debit(RECEIVABLE, amount, customer_id=payment.customer_id)],
        at=at,
        booked_on=company_day(at),
        customer_id=payment.customer_id,
    )
