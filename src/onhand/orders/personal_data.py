"""What orders keep about a person: what they bought, where it went, and what was said. The books stay, the words and addresses go."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.orders.models import (
    Order,
    OrderChange,
    OrderExtra,
    OrderLine,
    OrderPayment,
    Return,
    ReturnLine,
    Scan,
    Shipment,
    ShipmentLine,
    ShippedPiece,
    WarrantyClaim,
)

_BOOKS = _("The books say what was sold, sent and given back, without to whom and where.")

hold(
    TableHolding(
        name="orders",
        label=_("Orders"),
        model=Order,
        shown=(
            ("reference", _("Number")),
            ("placed_at", _("Placed")),
            ("state", _("State")),
            ("currency", _("Currency")),
            ("gross_minor", _("Total in minor units")),
            ("address", _("Goes to")),
            ("note", _("Note")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {
                *("reference", "customer", "state", "currency", "net_minor", "tax_minor", "gross_minor", "version"),
                *("discount_minor", "goodwill_minor", "placed_at", "placed_by_name", "paid_at", "cancelled_at"),
                *("cancel_reason", "completed_at", "delivered_at"),
            }
        ),
        subject="order",
        why_kept=_BOOKS,
    )
)
hold(
    TableHolding(
        name="order_lines",
        label=_("What was ordered"),
        model=OrderLine,
        paths=("order__customer_id",),
        shown=(
            ("order__reference", _("Order")),
            ("sku", _("Article number")),
            ("title", _("Article")),
            ("pieces", _("Pieces")),
            ("shipped", _("Shipped")),
            ("delivered", _("Delivered")),
            ("returned", _("Returned")),
            ("exchanged", _("Exchanged")),
        ),
        treatment=Treatment.KEEP,
        why_kept=_BOOKS,
        beside=(OrderExtra,),
    )
)
hold(
    TableHolding(
        name="order_payments",
        label=_("How orders are paid"),
        model=OrderPayment,
        paths=("order__customer_id",),
        shown=(("order__reference", _("Order")), ("method__kind", _("Method")), ("minor", _("Amount in minor units"))),
        treatment=Treatment.KEEP,
        why_kept=_BOOKS,
    )
)
hold(
    TableHolding(
        name="order_changes",
        label=_("What happened to orders"),
        model=OrderChange,
        shown=(
            ("order__reference", _("Order")),
            ("at", _("When")),
            ("kind", _("What")),
            ("before", _("Before")),
            ("after", _("After")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"order", "customer", "number", "kind", "at", "by_name", "settlement"}),
        why_kept=_BOOKS,
    )
)
hold(
    TableHolding(
        name="shipments",
        label=_("Shipments"),
        model=Shipment,
        paths=("order__customer_id",),
        shown=(
            ("order__reference", _("Order")),
            ("carrier", _("Carrier")),
            ("tracking", _("Tracking number")),
            ("shipped_at", _("Shipped")),
            ("delivered_at", _("Delivered")),
            ("delivered_to", _("Taken by")),
            ("address", _("Goes to")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"order", "number", "carrier", "state", "shipped_at", "delivered_at"}),
        why_kept=_BOOKS,
        beside=(ShipmentLine,),
    )
)
hold(
    TableHolding(
        name="serial_numbers",
        label=_("Serial numbers of what was sent"),
        model=ShippedPiece,
        paths=("line__order__customer_id",),
        shown=(("line__order__reference", _("Order")), ("line__title", _("Article")), ("serial", _("Serial number"))),
        treatment=Treatment.DELETE,
    )
)
hold(
    TableHolding(
        name="shipment_scans",
        label=_("What carriers said of shipments"),
        model=Scan,
        paths=("shipment__order__customer_id",),
        shown=(
            ("shipment__order__reference", _("Order")),
            ("at", _("When")),
            ("kind", _("What")),
            ("place", _("Where")),
        ),
        treatment=Treatment.DELETE,
    )
)
hold(
    TableHolding(
        name="returns",
        label=_("Returns"),
        model=Return,
        paths=("order__customer_id",),
        shown=(
            ("reference", _("Number")),
            ("order__reference", _("Order")),
            ("agreed_at", _("Agreed")),
            ("kind", _("Kind")),
            ("reason", _("Reason")),
            ("state", _("State")),
            ("note", _("Note")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {
                *("reference", "order", "kind", "state", "reason", "agreed_at", "agreed_by_name", "send_by", "version"),
                *("received_at", "closed_at", "refund_to", "charged_minor", "expected_minor", "credited_minor"),
                "given_back_minor",
            }
        ),
        subject="return",
        why_kept=_BOOKS,
    )
)
hold(
    TableHolding(
        name="return_lines",
        label=_("What was returned"),
        model=ReturnLine,
        paths=("in_return__order__customer_id",),
        shown=(
            ("in_return__reference", _("Return")),
            ("line__title", _("Article")),
            ("pieces", _("Pieces")),
            ("grade", _("State of the goods")),
            ("fault", _("What is wrong")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"in_return", "line", "pieces", "received", "taken", "restocked", "grade", "deduction_minor"}),
        why_kept=_BOOKS,
    )
)
hold(
    TableHolding(
        name="warranty_claims",
        label=_("Claims under warranty"),
        model=WarrantyClaim,
        paths=("order__customer_id",),
        shown=(
            ("order__reference", _("Order")),
            ("line__title", _("Article")),
            ("serial", _("Serial number")),
            ("bought_on", _("Bought on")),
            ("fault", _("What is wrong")),
            ("claimed_at", _("Claimed")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"order", "line", "bought_on", "covered_until", "terms", "remedy", "in_return", "claimed_at"}),
        why_kept=_BOOKS,
    )
)
