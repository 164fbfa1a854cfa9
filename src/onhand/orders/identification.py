"""Orders and returns as identification needs them: whose they are."""

from onhand.customers.identification.level import set_customer_of
from onhand.customers.protection import open_to_all
from onhand.kernel.database import run_prepared
from onhand.orders.models import Return

# What acts on orders record. Addresses are not among it: they are shown to who is identified.
SAID = (
    *("order", "order_state", "return", "due", "refund", "even", "derivation", "refund_timing", "lines", "pieces"),
    *("shipment", "carrier", "tracking", "invoice", "credit_note", "goodwill", "total", "paid_by", "reason"),
)


def _of_order(order_id: int) -> int | None:
    found = run_prepared("select customer_id from orders_order where id = %s", [order_id])
    return found[0][0] if found else None


def _of_return(return_id: int) -> int | None:
    return Return.objects.filter(pk=return_id).values_list("order__customer_id", flat=True).first()


def connect() -> None:
    """Fill the hooks of the customer's file; at start-up."""
    set_customer_of("order", _of_order)
    set_customer_of("return", _of_return)
    open_to_all(*SAID)
