"""What coupons keep about a person: what they were given and where they used it."""

from django.utils.translation import gettext_lazy as _

from onhand.coupons.models import Coupon, CouponUse
from onhand.customers.privacy.holdings import TableHolding, Treatment, hold

_BUDGET = _("Budgets stay right: that so much was given and used.")

hold(
    TableHolding(
        name="coupons",
        label=_("Coupons"),
        model=Coupon,
        shown=(
            ("given_at", _("Given")),
            ("code", _("Code")),
            ("reason", _("Reason")),
            ("until", _("Until")),
            ("state", _("State")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {
                *("campaign", "code", "worth", "minor", "percent", "currency", "least_minor", "until", "most_uses"),
                *("uses", "state", "given_at", "given_by_name"),
            }
        ),
        why_kept=_BUDGET,
    )
)
hold(
    TableHolding(
        name="coupon_uses",
        label=_("Coupons used"),
        model=CouponUse,
        shown=(("at", _("When")), ("coupon__code", _("Code")), ("minor", _("Taken off"))),
        treatment=Treatment.KEEP,
        why_kept=_BUDGET,
    )
)
