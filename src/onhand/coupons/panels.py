"""The panel of a customer's coupons."""

from django.utils.translation import gettext_lazy as _

from onhand.coupons.access import COUPONS, VIEW
from onhand.coupons.enums import CouponState
from onhand.coupons.models import Coupon
from onhand.coupons.subjects import worth_words
from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.panels import Panel, PanelContext, Reading, register_panel
from onhand.kernel.days import company_day

SHOWN = 20


def read_coupons(reading: Reading) -> PanelContext:
    """The newest coupons: what each takes off, until when, and whether it can be used."""
    found = Coupon.objects.filter(customer__in=reading.member_ids).order_by("-pk")[:SHOWN]
    today = company_day(reading.at)
    return {
        "coupons": [
            {
                "id": one.pk,
                "code": one.code,
                "worth": worth_words(one),
                "until": one.until,
                "is_open": one.state == CouponState.OPEN and one.until >= today,
                "state": CouponState(one.state).label
                if one.state != CouponState.OPEN or one.until >= today
                else CouponState.EXPIRED.label,
                "reason": one.reason,
            }
            for one in found
        ]
    }


register_panel(
    Panel(
        key="coupons",
        label=_("Coupons"),
        order=68,
        permission=VIEW,
        read=read_coupons,
        level=IDENTIFIED,
        scope=COUPONS,
        count="select count(*) from coupons_coupon c where c.state = 'open' and c.customer_id in (select m.id from members m)",
    )
)
