"""Orders and returns as subjects of acts. Whoever acts on one holds the customer's lock first, then the order's."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onhand.customers.imports.kinds import lock_kind
from onhand.customers.models import Customer
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.subjects import SubjectType, register_subject
from onhand.orders import access
from onhand.orders.enums import CancelReason, Grade, OrderState, Remedy, ReturnKind, ReturnReason, ReturnState
from onhand.orders.models import Order, OrderRules, Return

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from onhand.kernel.acts import Act

ORDER, RETURN, ORDER_RULES = "order", "return", "order_rules"
RULE_LABELS: "dict[str, _StrOrPromise]" = {"days_to_pay": _("Days to pay")}

LABELS: "dict[str, _StrOrPromise]" = {
    "order": _("Order"),
    "order_state": _("State"),
    "reference": _("Number"),
    "address": _("Goes to"),
    "name": _("Name"),
    "address_lines": _("Street and number"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "region": _("Region"),
    "country": _("Country"),
    "total": _("Total"),
    "lines": _("Lines"),
    "number": _("Line"),
    "sku": _("Article number"),
    "article": _("Article"),
    "pieces": _("Pieces"),
    "unit": _("Price of one"),
    "amount": _("Amount"),
    "due": _("Due"),
    "refund": _("Refund"),
    "even": _("Even"),
    "derivation": _("How it comes about"),
    "for": _("For"),
    "ways": _("How"),
    "paid_by": _("Paid by"),
    "paid_to": _("Given back to"),
    "refund_timing": _("When the customer sees it"),
    "cancel_reason": _("Reason"),
    "reason": _("Reason"),
    "shipment": _("Shipment"),
    "carrier": _("Carrier"),
    "tracking": _("Tracking number"),
    "delivered_to": _("Taken by"),
    "proof": _("Proof of delivery"),
    "invoice": _("Invoice"),
    "credit_note": _("Credit note"),
    "goodwill": _("Goodwill"),
    "discount": _("Discount"),
    "discount_taken_back": _("Discount taken back"),
    "return": _("Return"),
    "kind": _("Kind"),
    "send_by": _("To be sent by"),
    "covered_until": _("Covered until"),
    "terms": _("Terms"),
    "remedy": _("What is done"),
    "grade": _("State of the goods"),
    "restocked": _("Back in stock"),
    "return_state": _("State"),
    "note": _("Note"),
    "serials": _("Serial numbers"),
    "scan": _("Seen"),
    "at": _("When"),
    "place": _("Where"),
    "asked_of_shop": _("Asked of the shop"),
}


_ROOT_OF_ORDER = """
select coalesce(c.merged_into_id, c.id) from orders_order o join customers_customer c on c.id = o.customer_id where o.id = %s
"""


def lock_customer_of(customer_id: int | None) -> None:
    """Lock the root of the file a row belongs to: what comes first in the order of locks."""
    found = run_prepared(
        "select coalesce(merged_into_id, id) from customers_customer where id = %s", [customer_id or 0]
    )
    if found:
        lock_in_order(Customer, [found[0][0]])


IMPORT_SHIPMENT = "orders.import_shipment"


def _lock_before_order(act: "Act", order_id: int) -> None:
    if act.name == IMPORT_SHIPMENT:
        lock_kind("shipments")
    lock_in_order(Customer, [root for (root,) in run_prepared(_ROOT_OF_ORDER, [order_id])])


def _lock_before_return(_act: "Act", return_id: int) -> None:
    found = Return.objects.filter(pk=return_id).values_list("order_id", "order__customer_id").first()
    if found is not None:
        lock_customer_of(found[1])
        lock_in_order(Order, [found[0]])


_ELSEWHERE: set[str] = set()


def on_orders_elsewhere(*acts: str) -> None:
    """Let these acts be done on orders whose goods and money are in another system: they ask that system."""
    _ELSEWHERE.update(acts)


def _refuse(order: Order, act: "Act") -> ActError | None:
    """Why nothing is done here on orders whose goods and money are in another system."""
    if not order.from_system or act.name in _ELSEWHERE:
        return None
    words = gettext("This order was brought in from %(system)s, where it is over.")
    if order.state not in (OrderState.COMPLETED, OrderState.CANCELLED):
        words = gettext("The goods and the money of this order are with %(system)s: it is asked there.")
    return NotPossible(words % {"system": order.from_system})


def snapshot_order(order: Order) -> dict[str, Any]:
    """What stands on an order's row; what happens to its lines is in what acts say."""
    return {
        "order_state": str(order.state),
        "address": {name: value for name, value in order.address.items() if value},
        "total": Money(order.gross_minor, order.currency).as_json(),
        "goodwill": Money(order.goodwill_minor, order.currency).as_json(),
        "cancel_reason": str(order.cancel_reason),
    }


def snapshot_return(one: Return) -> dict[str, Any]:
    """What stands on a return's row."""
    return {"return_state": str(one.state), "note": one.note}


def snapshot_rules(rules: OrderRules) -> dict[str, Any]:
    """The rules of orders by name."""
    return {name: getattr(rules, name) for name in RULE_LABELS}


register_subject(
    SubjectType(
        name=ORDER,
        label=_("Order"),
        model=Order,
        visible=access.visible_orders,
        snapshot=snapshot_order,
        snapshot_row=snapshot_order,
        title=lambda order: order.reference,
        page=lambda pk: f"/orders/{pk}/",
        change_labels=LABELS,
        value_labels={
            "order_state": dict(OrderState.choices),
            "cancel_reason": dict(CancelReason.choices),
            "reason": dict(ReturnReason.choices),
            "kind": dict(ReturnKind.choices),
            "remedy": dict(Remedy.choices),
        },
        locks_first=_lock_before_order,
        refuse=_refuse,
    )
)
register_subject(
    SubjectType(
        name=RETURN,
        label=_("Return"),
        model=Return,
        visible=access.visible_returns,
        snapshot=snapshot_return,
        snapshot_row=snapshot_return,
        title=lambda one: one.reference,
        page=lambda pk: f"/orders/returns/{pk}/",
        change_labels=LABELS,
        value_labels={
            "return_state": dict(ReturnState.choices),
            "reason": dict(ReturnReason.choices),
            "kind": dict(ReturnKind.choices),
            "grade": dict(Grade.choices),
        },
        locks_first=_lock_before_return,
    )
)
register_subject(
    SubjectType(
        name=ORDER_RULES,
        label=_("Rules of orders"),
        model=OrderRules,
        visible=access.visible_rules,
        snapshot=snapshot_rules,
        snapshot_row=snapshot_rules,
        title=lambda _rules: gettext("Rules of orders"),
        page=lambda _pk: "/settings/orders/",
        change_labels=RULE_LABELS,
    )
)
