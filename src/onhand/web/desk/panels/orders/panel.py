"""The customer's orders in words."""

from typing import Any

from onhand.customers.panels import Reading
from onhand.kernel.acts import get_act
from onhand.web.addresses import address_of
from onhand.web.orders.pages import list_row

PLACE = "orders.place_order"


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The lines of the panel, the page with all of them, and the way to place one."""
    may = reading.actor.may(get_act(PLACE).permission)
    return {
        "orders": [list_row(one) for one in content["orders"]],
        "all_url": address_of("orders:of_customer", content["customer_id"]) if content["has_more"] else "",
        "place_url": address_of("desk:customer_act", content["customer_id"], PLACE) if may else "",
    }
