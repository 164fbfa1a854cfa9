"""What is done about coupons: campaigns, codes for everybody, and coupons given to one customer."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.coupons import access, using
from onhand.coupons.enums import Worth
from onhand.coupons.models import Campaign, Coupon
from onhand.coupons.subjects import CAMPAIGN, REF_CAMPAIGN, REF_COUPON, worth_words
from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.membership import member_ids
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money

MOST_DAYS, MOST_USES, LARGEST = 3650, 1_000_000, 10**12
Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=60)]
Budget = Annotated[
    Money,
    Field(
        label=gettext_lazy("Budget"),
        help=gettext_lazy("What all its coupons together may cost. One that is given and not used yet counts."),
        current=lambda campaign: Money(campaign.budget_minor, campaign.currency) if campaign else None,
    ),
]
Until = Annotated[
    date,
    Field(label=gettext_lazy("Until"), current=lambda campaign: campaign.until_day if campaign else None),
]
PerCustomer = Annotated[
    int,
    Field(
        label=gettext_lazy("For each customer"),
        current=lambda campaign: campaign.per_customer if campaign else 1,
    ),
]


@act(subject=CAMPAIGN, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a coupon campaign"))
def add_campaign(
    *,
    run: Run,
    campaign_name: Name,
    worth: Annotated[Worth, Field(label=gettext_lazy("Takes off"))],
    amount: Annotated[
        Money,
        Field(label=gettext_lazy("Amount"), help=gettext_lazy("Of a share: the most one coupon takes off.")),
    ],
    percent: Annotated[str, Field(label=gettext_lazy("Share in per cent"), max_length=6)] = "",
    least: Annotated[Money | None, Field(label=gettext_lazy("For orders of at least"))] = None,
    from_day: Annotated[date, Field(label=gettext_lazy("From"))],
    until_day: Until,
    days_valid: Annotated[int, Field(label=gettext_lazy("Days one given is valid"))] = 90,
    per_customer: PerCustomer = 1,
    budget: Budget,
) -> Campaign:
    """Say what coupons of one sort are worth, from when to when they are given, and how much may be given away."""
    if Campaign.objects.filter(name=campaign_name).exists():
        raise NotPossible(_("There is a campaign of this name."), field="campaign_name")
    if until_day < from_day:
        raise NotPossible(_("It ends before it begins."), field="until_day")
    for field, given in (("least", least), ("budget", budget)):
        if given is not None and given.currency != amount.currency:
            raise NotPossible(_("Give it in %(currency)s.") % {"currency": amount.currency}, field=field)
    for field, number, most in (("days_valid", days_valid, MOST_DAYS), ("per_customer", per_customer, 1000)):
        if not 1 <= number <= most:
            raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": most}, field=field)
    for field, minor in (("amount", amount.minor), ("budget", budget.minor)):
        if not 0 < minor <= LARGEST:
            raise NotPossible(_("Give an amount above nothing."), field=field)
    if least is not None and not 0 <= least.minor <= LARGEST:
        raise NotPossible(_("Give an amount that is not negative."), field="least")
    return Campaign.objects.create(
        name=campaign_name,
        worth=worth,
        minor=amount.minor,
        percent=_share(percent) if worth == Worth.SHARE else None,
        currency=amount.currency,
        least_minor=least.minor if least else 0,
        from_day=from_day,
        until_day=until_day,
        days_valid=days_valid,
        per_customer=per_customer,
        budget_minor=budget.minor,
    )


@act(subject=CAMPAIGN, permission=access.MANAGE, label=gettext_lazy("Change budget and days"))
def change_campaign(
    campaign: Campaign,
    *,
    run: Run,
    until_day: Until,
    per_customer: PerCustomer,
    budget: Budget,
    in_use: Annotated[
        bool, Field(label=gettext_lazy("Coupons are given"), current=lambda campaign: campaign.is_active)
    ],
) -> None:
    """Change how long coupons are given and how much may be given away. Coupons that were given keep their worth and day."""
    if until_day < campaign.from_day:
        raise NotPossible(_("It ends before it begins."), field="until_day")
    if not 1 <= per_customer <= 1000:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": 1000}, field="per_customer")
    if budget.currency != campaign.currency:
        raise NotPossible(_("Give it in %(currency)s.") % {"currency": campaign.currency}, field="budget")
    promised = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk).promised_minor
    if not promised <= budget.minor <= LARGEST:
        least = Money(promised, campaign.currency).formatted()
        raise NotPossible(_("%(amount)s is promised already; give no less.") % {"amount": least}, field="budget")
    campaign.until_day, campaign.per_customer = until_day, per_customer
    campaign.budget_minor, campaign.is_active, campaign.promised_minor = budget.minor, in_use, promised


@act(subject=CAMPAIGN, permission=access.MANAGE, label=gettext_lazy("Publish a code"))
def publish_code(
    campaign: Campaign,
    *,
    run: Run,
    code: Annotated[str, Field(label=gettext_lazy("Code"), max_length=30)],
    most_uses: Annotated[int, Field(label=gettext_lazy("How often it can be used"))],
) -> None:
    """Publish a code anybody can use, so many times in all, and each customer as often as the campaign allows."""
    plain = using.plain_code(code)
    if len(plain) < 4 or not plain.replace("-", "").isalnum() or not plain.isascii():
        raise NotPossible(_("A code has four to thirty letters and digits."), field="code")
    if not 1 <= most_uses <= MOST_USES:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": MOST_USES}, field="most_uses")
    using.make(
        campaign,
        customer=None,
        code=plain,
        until=campaign.until_day,
        most_uses=most_uses,
        reason="",
        at=run.at,
        by_name=run.actor.name,
    )
    campaign.refresh_from_db(fields=["promised_minor"])
    run.changed("code", after={"code": plain, "most_uses": most_uses})


@act(subject=CAMPAIGN, permission=access.MANAGE, label=gettext_lazy("Withdraw a code"))
def withdraw_code(
    campaign: Campaign, *, run: Run, code: Annotated[str, Field(label=gettext_lazy("Code"), max_length=30)]
) -> None:
    """End a published code: nobody can use it from now on."""
    coupon = Coupon.objects.filter(campaign=campaign, customer=None, code=using.plain_code(code)).first()
    if coupon is None or not using.withdraw(coupon):
        raise NotPossible(_("No code of this campaign can be used under this name."), field="code")
    campaign.refresh_from_db(fields=["promised_minor"])
    run.changed("code", before={"code": coupon.code})


def _face(_customer: Customer, *, campaign: int, **_rest: Any) -> Mapping[str, Any]:
    """What the coupon may cost the company, for the authority."""
    found = Campaign.objects.filter(pk=campaign).first()
    return {"coupon": Money(found.minor, found.currency)} if found else {}


@act(
    subject=CUSTOMER,
    permission=access.GIVE,
    label=gettext_lazy("Give a coupon"),
    protects=IDENTIFIED,
    scope=access.COUPONS,
    only_adds=True,
    facts=_face,
    gives="coupon",
)
def give_coupon(
    customer: Customer,
    *,
    run: Run,
    campaign: Annotated[int, Field(label=gettext_lazy("Coupon"), reference=REF_CAMPAIGN)],
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=200)],
) -> None:
    """Give the customer a coupon with a code of their own, to be used once. Its code is on their file."""
    found = access.visible_campaigns(run.actor).filter(pk=campaign, is_active=True).first()
    today = company_day(run.at)
    if found is None or not found.from_day <= today <= found.until_day:
        raise NotPossible(_("Choose one of the list."), field="campaign")
    if using.given_to(found, member_ids(customer.pk)) >= found.per_customer:
        raise NotPossible(
            _("The customer was given %(count)s of these, which is all.") % {"count": found.per_customer},
            field="campaign",
        )
    coupon = using.make(
        found,
        customer=customer,
        code=using.new_code(),
        until=using.last_day(found, today),
        most_uses=1,
        reason=reason,
        at=run.at,
        by_name=run.actor.name,
    )
    said = {"code": coupon.code, "worth": worth_words(coupon), "until": coupon.until.isoformat()}
    run.changed("coupon", after=said)


@act(
    subject=CUSTOMER,
    permission=access.GIVE,
    label=gettext_lazy("Withdraw a coupon"),
    protects=IDENTIFIED,
    scope=access.COUPONS,
)
def withdraw_coupon(
    customer: Customer,
    *,
    run: Run,
    coupon: Annotated[int, Field(label=gettext_lazy("Coupon"), reference=REF_COUPON)],
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=200)],
) -> None:
    """Withdraw a coupon that was not used yet. What it would have cost is free for others again."""
    found = Coupon.objects.filter(pk=coupon, customer=customer).first()
    if found is None or not using.withdraw(found):
        raise NotPossible(_("This coupon cannot be used any more."), field="coupon")
    run.changed("coupon", before={"code": found.code, "worth": worth_words(found)})


def _share(typed: str) -> Decimal:
    try:
        percent = Decimal(typed.strip().replace(",", "."))
    except InvalidOperation:
        percent = Decimal(-1)
    if not percent.is_finite() or not 0 < percent <= 100 or percent != percent.quantize(Decimal("0.01")):
        raise NotPossible(_("Give a share above 0 and up to 100, with at most two decimals."), field="percent")
    return percent
