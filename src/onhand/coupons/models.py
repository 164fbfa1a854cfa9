"""
Coupons: campaigns with what a coupon is worth and how much may be given away, the coupons, and their uses. The database keeps how often a
coupon was used and what of a budget is promised, and refuses more.
"""

from django.db import models
from django.db.models import F, Q

from onhand.coupons.enums import CouponState, Worth
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned


class Campaign(Versioned):
    """
    What coupons of one sort are worth: an amount (`minor`), or a share (`percent`) of at most `minor`, in minor units of `currency`, on
    orders of at least `least_minor`. A customer gets and uses at most `per_customer`. `promised_minor` is what coupons that can still be
    used and those that were used may cost together; never more than `budget_minor`.
    """

    name = models.CharField(max_length=60, unique=True)
    worth = models.CharField(max_length=6, choices=Worth)
    minor = models.BigIntegerField()
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    least_minor = models.BigIntegerField(default=0)
    from_day = models.DateField()
    until_day = models.DateField()
    days_valid = models.PositiveSmallIntegerField()
    per_customer = models.PositiveSmallIntegerField(default=1)
    budget_minor = models.BigIntegerField()
    promised_minor = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(promised_minor__gte=0, promised_minor__lte=F("budget_minor")), name="campaign_within_budget"
            ),
            models.CheckConstraint(
                condition=Q(minor__gt=0, least_minor__gte=0, per_customer__gte=1, days_valid__gte=1),
                name="campaign_of_something",
            ),
            models.CheckConstraint(
                condition=Q(worth=Worth.AMOUNT, percent__isnull=True)
                | Q(worth=Worth.SHARE, percent__gt=0, percent__lte=100),
                name="campaign_worth_is_said",
            ),
            models.CheckConstraint(condition=Q(until_day__gte=F("from_day")), name="campaign_ends_after_it_begins"),
        ]


class Coupon(models.Model):
    """
    A code somebody can use: once, given to one customer; or published, by anybody and `most_uses` times. Its worth is its campaign's as it
    was when it was made. `until` is the last day.
    """

    campaign = models.ForeignKey(Campaign, db_index=False, on_delete=models.PROTECT, related_name="coupons")
    code = models.CharField(max_length=30, unique=True)
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    worth = models.CharField(max_length=6, choices=Worth)
    minor = models.BigIntegerField()
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    least_minor = models.BigIntegerField(default=0)
    until = models.DateField()
    most_uses = models.PositiveIntegerField(default=1)
    uses = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=CouponState, default=CouponState.OPEN)
    reason = models.CharField(max_length=200, blank=True, default="")
    given_at = models.DateTimeField()
    given_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(uses__lte=F("most_uses")), name="coupon_uses_within_most"),
            models.CheckConstraint(
                condition=~Q(state=CouponState.USED) | Q(uses=F("most_uses")), name="coupon_used_means_all_uses"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-id"], name="coupon_of_campaign"),
            models.Index(fields=["customer", "-id"], condition=Q(customer__isnull=False), name="coupon_of_customer"),
            models.Index(fields=["until"], condition=Q(state=CouponState.OPEN), name="coupon_runs_out"),
        ]


class CouponUse(models.Model):
    """A coupon used on a document: what it took off. Taken back when the document comes to nothing (`taken_back_at`)."""

    coupon = models.ForeignKey(Coupon, db_index=False, on_delete=models.PROTECT, related_name="used")
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="+")
    minor = models.BigIntegerField()
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "document_type", "document_id"],
                condition=Q(taken_back_at__isnull=True),
                name="coupon_once_a_document",
            ),
            models.CheckConstraint(condition=Q(minor__gt=0), name="coupon_use_of_something"),
        ]
        indexes = [
            models.Index(fields=["coupon", "customer"], name="coupon_use_of_customer"),
            models.Index(fields=["document_type", "document_id"], name="coupon_use_of_document"),
            models.Index(fields=["customer"], name="coupon_use_by_customer"),
        ]
