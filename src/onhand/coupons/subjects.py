"""Campaigns as subjects of acts, and what arguments refer to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.coupons import access
from onhand.coupons.enums import CouponState, Worth
from onhand.coupons.models import Campaign, Coupon
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.kernel.subjects import (
    Option,
    ReferenceType,
    SubjectType,
    register_reference,
    register_subject,
)

CAMPAIGN = "coupon_campaign"
REF_CAMPAIGN, REF_COUPON = "coupons.campaign", "coupons.coupon"
SHOWN = 20


def worth_words(one: Campaign | Coupon) -> str:
    """What a coupon takes off, in words."""
    amount = Money(one.minor, one.currency).formatted()
    if one.worth == Worth.AMOUNT or one.percent is None:
        return amount
    return str(_("%(percent)s %%, at most %(amount)s")) % {"percent": f"{one.percent.normalize():f}", "amount": amount}


def snapshot_campaign(campaign: Campaign) -> dict[str, Any]:
    """What acts change on a campaign."""
    return {
        "campaign_name": campaign.name,
        "budget": {"minor": campaign.budget_minor, "currency": campaign.currency},
        "until_day": campaign.until_day.isoformat(),
        "per_customer": campaign.per_customer,
        "in_use": campaign.is_active,
    }


register_subject(
    SubjectType(
        name=CAMPAIGN,
        label=_("Coupon campaign"),
        model=Campaign,
        visible=access.visible_campaigns,
        snapshot=snapshot_campaign,
        title=lambda campaign: campaign.name,
        page=lambda pk: f"/settings/coupons/{pk}/",
        change_labels={
            "campaign_name": _("Name"),
            "budget": _("Budget"),
            "until_day": _("Until"),
            "per_customer": _("For each customer"),
            "in_use": _("In use"),
            "code": _("Code"),
        },
    )
)


def _campaigns(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_campaigns(actor).filter(is_active=True, name__icontains=typed).order_by("name")
    return [Option(one.pk, f"{one.name} ({worth_words(one)})") for one in found[:500]]


def _campaign_label(actor: Actor, pk: int) -> str:
    one = access.visible_campaigns(actor).filter(pk=pk).first()
    return one.name if one else ""


def _open_coupons(actor: Actor, customer_id: int | None, _typed: str) -> list[Option]:
    found = access.visible_coupons(actor).filter(customer=customer_id, state=CouponState.OPEN).order_by("-pk")
    return [Option(one.pk, f"{one.code} ({worth_words(one)})") for one in found[:SHOWN]] if customer_id else []


register_reference(ReferenceType(name=REF_CAMPAIGN, options=_campaigns, is_short=True, label=_campaign_label))
register_reference(ReferenceType(name=REF_COUPON, options=_open_coupons, is_short=True, is_protected=True))
