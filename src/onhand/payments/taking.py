"""
Taking money from customers, inside the transaction of the act that takes it.

Stored value, cash and what was paid at the card terminal are captured and booked at once. What a provider carries out is left pending,
and a job asks the provider outside of any transaction. A transfer is pending until it stands on a bank statement.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from onhand.customers.membership import family_ids
from onhand.customers.models import Customer
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.inserting import insert_row
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.reading import read_row
from onhand.payments import drawers, stored
from onhand.payments.asking_tasks import queue_payment
from onhand.payments.enums import MethodKind, PaymentState, ProviderKind
from onhand.payments.models import Payment, PaymentMethod
from onhand.payments.reading import find_method
from onhand.payments.settling import note_captured, note_failed

AT_ONCE = (MethodKind.STORED_VALUE, MethodKind.CASH, MethodKind.TERMINAL)


def take(
    method: PaymentMethod,
    amount: Money,
    *,
    document: tuple[str, int],
    key: str,
    at: datetime,
    by_name: str,
    customer_id: int | None = None,
    drawer_id: int | None = None,
    captures: bool = True,
    reference: str = "",
) -> Payment:
    """
    Take an amount by one of the customer's methods, for a document. The payment is captured at once or pending, as its method goes; told
    by an event once it is captured or failed. The same `key` again gives the same payment.

    `customer_id` is who pays, where the method is on a row merged with theirs. `drawer_id` is where cash goes: the open drawer, if not
    said. Without `captures` a provider only sets the money aside, until `capture`. `reference` is the receipt of the card terminal.

    :raises NotPossible: the method is not theirs, not in use or run out; the balance does not suffice; another currency; no drawer.
    """
    payer = customer_id or method.customer_id
    lock_in_order(Customer, [payer])
    earlier = read_row(Payment, "key = %s", [key])
    if earlier is not None:
        return _same(earlier, method, amount, document)
    found = usable_method(method.pk, payer, amount, at)
    payment = Payment(
        customer_id=payer,
        method=found,
        minor=amount.minor,
        currency=amount.currency,
        captures=captures,
        document_type=document[0],
        document_id=document[1],
        key=key,
        reference=reference,
        made_at=at,
        made_by_name=by_name,
    )
    if found.kind == MethodKind.CASH:
        payment.drawer_id = drawers.lock_open(drawer_id, amount.currency).pk
    is_asked = found.kind not in AT_ONCE and asks_provider(found)
    if is_asked:
        payment.next_try_at = at
    insert_row(payment)
    if found.kind in AT_ONCE:
        note_captured(payment, at)
    elif is_asked:
        queue_payment(payment.pk)
    return payment


def usable_method(method_id: int, payer: int, amount: Money, at: datetime) -> PaymentMethod:
    """The method, if this customer can pay that amount with it now. Called under the customer's lock."""
    if amount.minor <= 0:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    found = find_method(method_id)
    if found is None or (found.customer_id != payer and found.customer_id not in family_ids([payer])):
        raise NotPossible(_("This payment method is not the customer's."), field="method")
    if not found.is_active or (found.provider is not None and not found.provider.is_active):
        raise NotPossible(_("This payment method is not in use any more."), field="method")
    if found.expires is not None and found.expires < company_day(at):
        raise NotPossible(_("This card has run out. Ask the customer for another one."), field="method")
    if found.kind == MethodKind.ACCOUNT:
        raise NotPossible(_("On account nothing is taken now: the customer pays the invoice."), field="method")
    if found.card is not None:
        stored.require_enough(found.card, amount)
    return found


def asks_provider(method: PaymentMethod) -> bool:
    """Whether a program of ours can ask the provider of this method; else somebody says how it went."""
    return method.provider is not None and method.provider.kind != ProviderKind.MANUAL


def capture(payment: Payment, *, at: datetime) -> None:
    """
    Have the money taken that an authorised payment set aside. Part of an act.

    :raises NotPossible: it is not set aside.
    """
    lock_in_order(Customer, [payment.customer_id])
    if payment.state != PaymentState.AUTHORISED:
        raise NotPossible(_("Only a payment that is authorised can be captured."))
    payment.captures = True
    payment.next_try_at = at
    payment.tries = 0
    payment.save(update_fields=["captures", "next_try_at", "tries"])
    queue_payment(payment.pk)


def call_off(payment: Payment, *, at: datetime) -> None:
    """
    Call a payment off that has not come in: at once where nobody was asked yet, else the provider is asked to let go of it. Part of an act.

    :raises NotPossible: it is settled, or the provider is being asked and nobody knows yet how it went.
    """
    lock_in_order(Customer, [payment.customer_id])
    if payment.state not in (PaymentState.PENDING, PaymentState.AUTHORISED):
        raise NotPossible(_("This is settled already."))
    payment.is_called_off = True
    never_asked = not payment.tries and not payment.reference
    if never_asked or not asks_provider(payment.method):
        note_failed(payment, "called_off", at)
        return
    if not payment.reference:
        raise NotPossible(
            _(
                "The provider was asked and has not answered yet. Once it has, the payment can be called off or given back."
            )
        )
    payment.next_try_at, payment.tries = at, 0
    payment.save(update_fields=["is_called_off", "next_try_at", "tries"])
    queue_payment(payment.pk)


def _same(earlier: Payment, method: PaymentMethod, amount: Money, document: tuple[str, int]) -> Payment:
    asked = (method.pk, amount.minor, amount.currency, *document)
    there = (earlier.method_id, earlier.minor, earlier.currency, earlier.document_type, earlier.document_id)
    if asked != there:
        raise NotPossible(_("Another payment was taken under this key."))
    return earlier
