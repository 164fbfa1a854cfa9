"""Giving money back, inside the transaction of the act that does: to where it came from, or to stored value of the customer."""

from datetime import datetime

from django.utils.translation import gettext as _

from onhand.customers.membership import family_ids
from onhand.customers.models import Customer
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.inserting import insert_row
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.reading import read_row
from onhand.payments import drawers, stored
from onhand.payments.asking_tasks import queue_refund
from onhand.payments.enums import MethodKind, PaymentState
from onhand.payments.models import Payment, PaymentMethod, Refund
from onhand.payments.reading import find_method
from onhand.payments.settling import lock_payment, note_refunded
from onhand.payments.taking import AT_ONCE, asks_provider

_GIVEN_BACK = "select refunded_minor, refunding_minor from payments_payment where id = %s"


def refundable(payment: Payment) -> Money:
    """What can still be given back: captured, less refunded, on its way back, and taken back by a bank; nothing of one elsewhere."""
    if payment.from_system:
        return Money(0, payment.currency)
    gone = payment.refunded_minor + payment.refunding_minor + payment.taken_back_minor
    return Money(max(0, payment.captured_minor - gone), payment.currency)


def give_back(
    payment: Payment,
    amount: Money,
    *,
    document: tuple[str, int],
    key: str,
    at: datetime,
    by_name: str,
    to: PaymentMethod | None = None,
    drawer_id: int | None = None,
    is_locked: bool = False,
) -> Refund:
    """
    Give back an amount of a payment to the method it came from, or `to` a stored-value card of the same customer. Stored value, cash and
    the card terminal are done and booked at once; a provider is asked by a job; a transfer is pending until somebody makes it. The same
    `key` again gives the same refund. `is_locked` says that the payment was locked and read with its method in this transaction.

    :raises NotPossible: more than can be given back, another currency, a method that is not allowed, no drawer or not enough in it.
    """
    if is_locked:
        lock_in_order(Customer, [payment.customer_id])
    locked = payment if is_locked else lock_payment(payment.pk)
    earlier = read_row(Refund, "key = %s", [key])
    if earlier is not None:
        return _same(earlier, locked, amount, document)
    _require_refundable(locked, amount)
    target = locked.method if is_locked and _is_plain(locked.method, to) else _allowed(locked, to)
    refund = Refund(
        customer_id=locked.customer_id,
        payment=locked,
        to=target,
        minor=amount.minor,
        document_type=document[0],
        document_id=document[1],
        key=key,
        made_at=at,
        made_by_name=by_name,
    )
    if target.kind == MethodKind.CASH:
        refund.drawer_id = drawers.lock_filled(drawer_id, amount).pk
    is_asked = target.kind not in AT_ONCE and asks_provider(target)
    if is_asked:
        refund.next_try_at = at
    insert_row(refund)
    if target.kind in AT_ONCE:
        note_refunded(refund, locked, at)
    elif is_asked:
        queue_refund(refund.pk)
    ((payment.refunded_minor, payment.refunding_minor),) = run_prepared(_GIVEN_BACK, [payment.pk])
    return refund


def timing(method: PaymentMethod) -> str:
    """When the customer sees the money that goes back to this method, as it may be told to them."""
    match method.kind:
        case MethodKind.STORED_VALUE:
            return _("At once: it can be spent again right away.")
        case MethodKind.CASH:
            return _("At once, in cash.")
        case MethodKind.CARD | MethodKind.TERMINAL:
            return _("On the card within 5 to 10 working days, depending on the customer's bank.")
        case MethodKind.BANK:
            return _("On the bank account within 1 to 3 working days after the transfer was made.")
    return _("At once, on the customer's account with us.")


def _require_refundable(payment: Payment, amount: Money) -> None:
    if amount.minor <= 0:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    if payment.from_system:
        raise NotPossible(_("This was paid to %(system)s: it is given back there.") % {"system": payment.from_system})
    if payment.state != PaymentState.CAPTURED:
        raise NotPossible(_("Nothing has come in of this payment."))
    if amount.currency != payment.currency:
        words = {"currency": payment.currency}
        raise NotPossible(_("This was paid in %(currency)s: give it back in %(currency)s.") % words, field="amount")
    most = refundable(payment)
    if most < amount:
        words = {"amount": most.formatted()}
        raise NotPossible(_("At most %(amount)s of this payment can be given back.") % words, field="amount")


def _is_plain(method: PaymentMethod, to: PaymentMethod | None) -> bool:
    """Whether money goes back to where it came from, and nothing more is to be known of that."""
    return to is None and method.card_id is None and method.provider_id is None


def _allowed(payment: Payment, to: PaymentMethod | None) -> PaymentMethod:
    """Where the money goes: read anew under the customer's lock."""
    wanted = payment.method_id if to is None else to.pk
    target = find_method(wanted)
    if target is None or (target.customer_id != payment.customer_id and not _same_file(target, payment)):
        raise NotPossible(_("This payment method is not the customer's."), field="to")
    if target.pk != payment.method_id and target.kind != MethodKind.STORED_VALUE:
        raise NotPossible(
            _("Money goes back to where it came from, or to a stored-value card of the customer."), field="to"
        )
    if target.card is not None:
        stored.lock_usable(target.card, payment.currency)
    return target


def _same_file(target: PaymentMethod, payment: Payment) -> bool:
    return target.customer_id in family_ids([payment.customer_id])


def _same(earlier: Refund, payment: Payment, amount: Money, document: tuple[str, int]) -> Refund:
    asked = (payment.pk, amount.minor, amount.currency, *document)
    there = (earlier.payment_id, earlier.minor, payment.currency, earlier.document_type, earlier.document_id)
    if asked != there:
        raise NotPossible(_("Another refund was made under this key."))
    return earlier
