"""
What a change of an order does to money: what comes due is taken by a payment method of the customer, what is given back goes to the methods
it came from, oldest first, or to stored value. Said in one word with its derivation: due, refund or even.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from onhand.customers.membership import family_ids
from onhand.invoicing.models import Document
from onhand.kernel.acts import Run
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.inserting import insert_row
from onhand.kernel.money import Money
from onhand.kernel.reading import read_row, read_rows
from onhand.orders.enums import OrderState
from onhand.orders.models import Order, OrderPayment
from onhand.orders.noting import By, file_ids
from onhand.orders.offering import method_label
from onhand.payments.access import TAKE
from onhand.payments.enums import MethodKind, PaymentState
from onhand.payments.models import Payment, PaymentMethod
from onhand.payments.refunding import give_back, refundable, timing
from onhand.payments.taking import take

DUE, REFUND, EVEN = "due", "refund", "even"


@dataclass(frozen=True, slots=True)
class Step:
    """One amount of a derivation: what for, how many pieces, and whether it adds to what is due (positive) or to what is given back."""

    what: str
    amount: Money
    pieces: int = 0

    def as_json(self) -> dict[str, Any]:
        """The step for records."""
        counted = {"pieces": self.pieces} if self.pieces else {}
        return {"for": self.what, **counted, "amount": self.amount.as_json()}


@dataclass(slots=True)
class Settlement:
    """What a change comes to. `ways` say by which method how much comes or goes, and when."""

    currency: str
    steps: list[Step] = field(default_factory=list)
    ways: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, amount: Money, pieces: int = 0) -> None:
        """Add an amount: positive is due, negative is given back."""
        self.steps.append(Step(what, amount, pieces))

    @property
    def total(self) -> Money:
        """Positive: due from the customer. Negative: given back to them."""
        return Money(sum(one.amount.minor for one in self.steps), self.currency)

    @property
    def word(self) -> str:
        """due, refund or even."""
        return DUE if self.total.minor > 0 else REFUND if self.total.minor < 0 else EVEN

    def as_json(self) -> dict[str, Any]:
        """The settlement for records."""
        return {
            "word": self.word,
            "amount": Money(abs(self.total.minor), self.currency).as_json(),
            "derivation": [one.as_json() for one in self.steps],
            "ways": self.ways,
        }

    def tell(self, run: Run) -> None:
        """Put it into the record and so into the preview."""
        run.changed(self.word, after=Money(abs(self.total.minor), self.currency).as_json())
        run.changed("derivation", after=[one.as_json() for one in self.steps])
        if self.ways:
            run.changed("ways", after=self.ways)


# What is to come in before all of an order is paid.
_TO_COME = """
select 1 from orders_orderpayment o join payments_payment p on p.id = o.payment_id
where o.order_id = %s and o.ended_at is null and p.state <> 'captured' limit 1
"""
# A union by ids: each half is found by its index, which an "or" would keep from being used.
_FOR_ORDER = """
id in (select id from payments_payment where document_type = 'order' and document_id = %s
  union select p.id from invoicing_document d join payments_payment p on p.document_type = 'document' and p.document_id = d.id
    where d.document_type = 'order' and d.document_id = %s)
"""


def usable_method(order_or_customers: Order | Sequence[int], method_id: int, field_name: str) -> PaymentMethod:
    """
    A payment method of this customer that is in use.

    :raises NotPossible: it is another's, or not used any more.
    """
    owners = file_ids(order_or_customers) if isinstance(order_or_customers, Order) else list(order_or_customers)
    found = read_row(PaymentMethod, "id = %s and customer_id = any(%s::bigint[]) and is_active", [method_id, owners])
    if found is None:
        raise NotPossible(_("Choose one of this customer's payment methods."), field=field_name)
    return found


def alternative(order: Order, method_id: int | None, field_name: str) -> PaymentMethod | None:
    """
    Where money is to go instead of back to where it came from: stored value of this customer in the order's currency.

    :raises NotPossible: it is nothing of the kind.
    """
    if method_id is None:
        return None
    found = usable_method(order, method_id, field_name)
    if found.kind != MethodKind.STORED_VALUE or found.card is None or found.card.currency != order.currency:
        raise NotPossible(
            _("Money goes back to where it came from, or to a stored-value card of the customer."), field=field_name
        )
    return found


def charge(order: Order, parts: Sequence[tuple[PaymentMethod, Money]], key: str, by: By) -> list[dict[str, Any]]:
    """
    Take what is due by these methods, each at once or by a job; of one on account nothing is taken now. How it is paid, for the settlement.

    :raises NotPossible: a balance does not suffice, or a method cannot be used.
    :raises NotPermitted: cash or a terminal's receipt is said to be there by somebody who may not take payments.
    """
    ways = []
    for number, (method, amount) in enumerate(parts, 1):
        payment = None
        if method.kind in (MethodKind.CASH, MethodKind.TERMINAL) and not by.takes_money:
            raise NotPermitted(TAKE)  # nobody but them says that this money came
        if method.kind != MethodKind.ACCOUNT:
            payment = take(
                method,
                amount,
                document=("order", order.pk),
                key=f"{key}:{number}",
                at=by.at,
                by_name=by.name,
                customer_id=order.customer_id,  # the method may be on a file merged with theirs
            )
        insert_row(OrderPayment(order=order, method=method, payment=payment, minor=amount.minor))
        ways.append({"paid_by": method_label(method), "amount": amount.as_json()})
    return ways


def is_payable_by(order_id: int, customer_id: int, currency: str) -> bool:
    """Whether it is an order in this currency of the file this customer is part of, that goes on and was booked here."""
    orders = Order.objects.filter(pk=order_id, currency=currency, from_system="").exclude(state=OrderState.CANCELLED)
    return orders.filter(customer__in=family_ids([customer_id])).exists()


def still_open(order_id: int) -> Money:
    """What is still to be paid of an order: what it comes to, less credit notes, and what was paid for it or is on its way."""
    order = Order.objects.get(pk=order_id)
    notes = Document.objects.filter(counters__document_type="order", counters__document_id=order_id)
    credited = notes.aggregate(sum=Sum("gross_minor"))["sum"] or 0
    coming = (PaymentState.PENDING, PaymentState.AUTHORISED)
    paid = sum(one.minor if one.state in coming else refundable(one).minor for one in payments_for(order))
    return Money(max(0, order.gross_minor - credited - paid), order.currency)


def title_of(order_id: int) -> str:
    """The reference of an order."""
    return str(Order.objects.values_list("reference", flat=True).get(pk=order_id))


def is_covered(order: Order) -> bool:
    """Whether everything that pays for an order is there, or agreed to come by invoice."""
    return not run_prepared(_TO_COME, [order.pk])


def payments_for(order: Order, *, locks: bool = True) -> list[Payment]:
    """
    What was paid for an order or its invoices, oldest first, locked by the order of numbers. Without `locks` only read: before its turn in
    the order of locks.
    """
    found = read_rows(Payment, _FOR_ORDER, [order.pk, order.pk], locks=locks)
    methods = read_rows(PaymentMethod, "id = any(%s::bigint[])", [sorted({one.method_id for one in found})])
    by_id = {one.pk: one for one in methods}
    for one in found:
        one.method = by_id[one.method_id]
    return found


def refund(
    order: Order,
    amount: Money,
    *,
    to: PaymentMethod | None,
    document: tuple[str, int],
    key: str,
    by: By,
    payments: Sequence[Payment] | None = None,
) -> tuple[Money, list[dict[str, Any]]]:
    """
    Give an amount back, as far as it was paid; what was given, and how. What was not paid, such as an order on account, is taken off what
    the customer owes, which the credit note does. `payments` are what `payments_for` gave in this transaction, if it was asked.
    """
    left, ways = amount, []
    for payment in payments_for(order) if payments is None else payments:
        most = refundable(payment)
        part = min(left, most, key=lambda one: one.minor)
        if part.minor <= 0:
            continue
        named = f"{key}:{payment.pk}"
        give_back(payment, part, to=to, document=document, key=named, at=by.at, by_name=by.name, is_locked=True)
        method = to or payment.method
        ways.append({"paid_to": method_label(method), "amount": part.as_json(), "refund_timing": timing(method)})
        left -= part
    if left.minor > 0:
        ways.append(to_account(left))
    return amount - left, ways


def to_account(amount: Money) -> dict[str, Any]:
    """What was not paid is not owed any more: how a settlement says it."""
    return {"paid_to": _("Their account with us"), "amount": amount.as_json()}


def expected_ways(order: Order, to: PaymentMethod | None) -> list[dict[str, Any]]:
    """Where money will go and when they have it, for what is given back later."""
    methods = [to] if to else [one.method for one in payments_for(order) if refundable(one).minor > 0]
    seen: dict[int, PaymentMethod] = {one.pk: one for one in methods}
    return [{"paid_to": method_label(one), "refund_timing": timing(one)} for one in seen.values()]


def paid_so_far(order: Order, *, locks: bool = True) -> Money:
    """What came in for an order and did not go back; `locks` as of `payments_for`."""
    return still_here(payments_for(order, locks=locks), order.currency)


def still_here(payments: Sequence[Payment], currency: str) -> Money:
    """What came in by these payments and did not go back."""
    return Money(sum(refundable(one).minor for one in payments), currency)


def mark_paid(order: Order, at: datetime) -> None:
    """Note whether an order's money is there; whoever calls it stores the order."""
    if is_covered(order):
        order.paid_at = order.paid_at or at
    else:
        order.paid_at = None
