"""Files that may be the same customer's, with the acts that settle it."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.merging.duplicates import Duplicate
from onhand.customers.panels import Reading
from onhand.web.addresses import address_of


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The lines of the panel."""
    return {"duplicates": [_line(reading.customer_id, one) for one in content["duplicates"]]}


def _line(customer_id: int, one: Duplicate) -> dict[str, Any]:
    def act(name: str, argument: str, value: int) -> str:
        return f"{address_of('desk:customer_act', customer_id, name)}?{argument}={value}"

    return {
        "id": one.id,
        "name": one.name,
        "reference": one.reference,
        "place": one.city,
        "reasons": " · ".join(one.reasons),
        "url": address_of("desk:customer", one.customer_id),
        "acts": [
            {"label": _("Merge into this file"), "url": act("customers.merge_customer", "other", one.customer_id)},
            {"label": _("Not the same"), "url": act("customers.dismiss_duplicate", "duplicate", one.id)},
        ],
    }
