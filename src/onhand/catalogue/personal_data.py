"""What the catalogue keeps about a person: which prices they get, and what was kept for them."""

from django.utils.translation import gettext_lazy as _

from onhand.catalogue.models import GroupMember, Reservation
from onhand.customers.privacy.holdings import TableHolding, Treatment, hold

hold(
    TableHolding(
        name="price_groups",
        label=_("Groups with prices of their own"),
        model=GroupMember,
        shown=(("group__name", _("Group")),),
        treatment=Treatment.DELETE,
    )
)
hold(
    TableHolding(
        name="reservations",
        label=_("Goods kept for them"),
        model=Reservation,
        shown=(
            ("made_at", _("Since")),
            ("stock__variant__sku", _("Article")),
            ("pieces", _("Pieces")),
            ("stock__place__name", _("Where")),
            ("state", _("State")),
        ),
        treatment=Treatment.KEEP,
        why_kept=_("Stock stays right: that so many pieces were kept, without for what."),
    )
)
