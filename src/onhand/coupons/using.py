"""
Giving and using coupons, inside an act's transaction. Whoever uses one holds the customer's lock; then the coupon is locked, then its
campaign. A coupon is used at most as often as it may be and a budget never overspent, whoever acts at the same moment.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from onhand.coupons.enums import CouponState, Worth
from onhand.coupons.models import Campaign, Coupon, CouponUse
from onhand.customers.models import Customer
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.kernel.reading import read_rows
from onhand.kernel.references import ALPHABET

GROUPS, GROUP = 3, 4  # 29^12 codes: guessing one of a million that are open takes 10^11 tries
HUNDRED = Decimal(100)

_USED_ON = "document_type = %s and document_id = %s and taken_back_at is null"


@dataclass(frozen=True, slots=True)
class Redemption:
    """A coupon that can be used now, locked, and what it takes off."""

    coupon: Coupon
    off: Money


def new_code() -> str:
    """A code nobody guesses, in groups that can be said over the telephone."""
    return "-".join("".join(secrets.choice(ALPHABET) for _each in range(GROUP)) for _group in range(GROUPS))


def plain_code(typed: str) -> str:
    """A code as it is kept: capitals, without blanks."""
    return "".join(typed.upper().split())


def make(
    campaign: Campaign,
    *,
    customer: Customer | None,
    code: str,
    until: date,
    most_uses: int,
    reason: str,
    at: datetime,
    by_name: str,
) -> Coupon:
    """
    A coupon of a campaign; what it may cost is promised from the budget.

    :raises NotPossible: the budget does not suffice, or there is a coupon of this code.
    """
    _promise(campaign, campaign.minor * most_uses)
    try:
        with transaction.atomic():
            return Coupon.objects.create(
                campaign=campaign,
                code=code,
                customer=customer,
                worth=campaign.worth,
                minor=campaign.minor,
                percent=campaign.percent,
                currency=campaign.currency,
                least_minor=campaign.least_minor,
                until=until,
                most_uses=most_uses,
                reason=reason,
                given_at=at,
                given_by_name=by_name,
            )
    except IntegrityError as error:
        raise NotPossible(_("There is a coupon of this code."), field="code") from error


def last_day(campaign: Campaign, today: date) -> date:
    """Until when a coupon given today holds."""
    return today + timedelta(days=campaign.days_valid)


def redeemable(code: str, *, customer_ids: Sequence[int], total: Money, on: date, field: str = "coupon") -> Redemption:
    """
    What a code takes off an order of `total` by these customers (the members of one file). The coupon is locked until the transaction ends.

    :raises NotPossible: there is none they can use, it is used up or over, or the order does not fit it; says which.
    """
    coupon = Coupon.objects.select_for_update(no_key=True).filter(code=plain_code(code)).first()
    if coupon is None or (coupon.customer_id is not None and coupon.customer_id not in customer_ids):
        raise NotPossible(_("There is no coupon “%(code)s” of this customer.") % {"code": code[:30]}, field=field)
    if problem := _problem(coupon, customer_ids, total, on):
        raise NotPossible(problem, field=field)
    return Redemption(coupon, _off(coupon, total))


def use(redemption: Redemption, *, customer: Customer, document: tuple[str, int], at: datetime) -> CouponUse:
    """Write down that a coupon was used on a document. Called in the transaction of `redeemable`."""
    coupon = redemption.coupon
    coupon.uses += 1
    if coupon.uses == coupon.most_uses:
        coupon.state = CouponState.USED
    coupon.save(update_fields=["uses", "state"])
    return CouponUse.objects.create(
        coupon=coupon,
        customer=customer,
        minor=redemption.off.minor,
        document_type=document[0],
        document_id=document[1],
        at=at,
    )


def take_back(document: tuple[str, int], *, at: datetime) -> list[str]:
    """The codes used on a document that came to nothing can be used again until their day; which they were."""
    codes = []
    for one in read_rows(CouponUse, _USED_ON, list(document), order="coupon_id"):
        coupon = Coupon.objects.select_for_update(no_key=True).get(pk=one.coupon_id)
        coupon.uses -= 1
        if coupon.state == CouponState.USED:
            coupon.state = CouponState.OPEN
        elif coupon.state in (
            CouponState.WITHDRAWN,
            CouponState.EXPIRED,
        ):  # nobody uses it again: this use is promised no more
            Campaign.objects.filter(pk=coupon.campaign_id).update(promised_minor=F("promised_minor") - coupon.minor)
        coupon.save(update_fields=["uses", "state"])
        one.taken_back_at = at
        one.save(update_fields=["taken_back_at"])
        codes.append(coupon.code)
    return codes


def withdraw(coupon: Coupon, state: CouponState = CouponState.WITHDRAWN) -> bool:
    """End a coupon that is open; what it could still have cost is free for others again. Whether it was open."""
    locked = Coupon.objects.select_for_update(no_key=True).get(pk=coupon.pk)
    if locked.state != CouponState.OPEN:
        return False
    locked.state = state
    locked.save(update_fields=["state"])
    left = locked.minor * (locked.most_uses - locked.uses)
    Campaign.objects.filter(pk=locked.campaign_id).update(promised_minor=F("promised_minor") - left)
    return True


def given_to(campaign: Campaign, customer_ids: Sequence[int]) -> int:
    """How many coupons of a campaign these customers were given, those withdrawn left out."""
    found = Coupon.objects.filter(campaign=campaign, customer__in=customer_ids)
    return found.exclude(state=CouponState.WITHDRAWN).count()


def _promise(campaign: Campaign, minor: int) -> None:
    """Take from the budget what may be spent; the row is locked by it."""
    within = Campaign.objects.filter(pk=campaign.pk, budget_minor__gte=F("promised_minor") + minor)
    if not within.update(promised_minor=F("promised_minor") + minor):
        raise NotPossible(_("The budget of “%(name)s” does not suffice.") % {"name": campaign.name}, field="campaign")


def _problem(coupon: Coupon, customer_ids: Sequence[int], total: Money, on: date) -> str:
    words = {
        CouponState.USED: _("This coupon was used."),
        CouponState.WITHDRAWN: _("This coupon was withdrawn."),
        CouponState.EXPIRED: _("This coupon has expired."),
    }
    if problem := words.get(CouponState(coupon.state)):
        return problem
    if on > coupon.until:
        return _("This coupon was valid until %(day)s.") % {"day": coupon.until.isoformat()}
    if total.currency != coupon.currency:
        return _("This coupon is for orders in %(currency)s.") % {"currency": coupon.currency}
    if total.minor < max(coupon.least_minor, 1):
        least = Money(coupon.least_minor, coupon.currency).formatted()
        return _("This coupon is for orders of at least %(amount)s.") % {"amount": least}
    if coupon.customer_id is None:
        used = CouponUse.objects.filter(coupon=coupon, customer__in=customer_ids, taken_back_at=None).count()
        if used >= coupon.campaign.per_customer:
            return _("The customer used this code %(count)s times, which is all.") % {"count": used}
    return ""


def _off(coupon: Coupon, total: Money) -> Money:
    """What it takes off: never more than the order, nor than its most; a share is rounded once."""
    most = min(coupon.minor, total.minor)
    if coupon.worth == Worth.AMOUNT or coupon.percent is None:
        return Money(most, total.currency)
    return Money(min(max(total.times(coupon.percent / HUNDRED).minor, 1), most), total.currency)
