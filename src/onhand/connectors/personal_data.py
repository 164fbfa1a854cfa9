"""What is kept of a person's orders at outside shops. What was paid and given back stays with the order; words go."""

from django.utils.translation import gettext_lazy as _

from onhand.connectors.models import Outgoing, OutsideLine, OutsideOrder, OutsideRefund
from onhand.customers.privacy.holdings import TableHolding, Treatment, hold

_BOOKS = _("The order says what was sold and given back, without to whom.")

hold(
    TableHolding(
        name="outside_orders",
        label=_("Orders at outside shops"),
        model=OutsideOrder,
        paths=("order__customer_id",),
        shown=(
            ("shop__name", _("Shop")),
            ("number", _("Number")),
            ("status", _("State there")),
            ("paid_at", _("Paid")),
            ("paid_by", _("Paid by")),
            ("refunded_minor", _("Given back in minor units")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {
                *(
                    "shop",
                    "outside_id",
                    "number",
                    "order",
                    "state",
                    "status",
                    "changed_at",
                    "paid_at",
                    "refunded_minor",
                ),
                *("fingerprint", "seen_at", "tries", "next_read_at"),
            }
        ),
        why_kept=_BOOKS,
        beside=(OutsideLine,),
    )
)
hold(
    TableHolding(
        name="outside_refunds",
        label=_("Money given back by outside shops"),
        model=OutsideRefund,
        paths=("outside_order__order__customer_id",),
        shown=(
            ("outside_order__number", _("Order")),
            ("made_at", _("When")),
            ("minor", _("Amount in minor units")),
            ("reason", _("Reason")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"outside_order", "outside_id", "minor", "lines", "made_at", "gone_at", "outgoing"}),
        why_kept=_BOOKS,
    )
)
hold(
    TableHolding(
        name="outside_wishes",
        label=_("What outside shops were told"),
        model=Outgoing,
        paths=("outside_order__order__customer_id",),
        shown=(
            ("outside_order__number", _("Order")),
            ("kind", _("What")),
            ("made_at", _("When")),
            ("minor", _("Amount in minor units")),
            ("reason", _("Reason")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {
                *("outside_order", "kind", "state", "minor", "moves_money", "restocks", "lines", "key", "made_at"),
                *("made_by_name", "tries", "next_try_at", "done_at"),
            }
        ),
        why_kept=_BOOKS,
    )
)
