"""What billing keeps about a person: what they were billed for, which the law has companies keep, and how they agreed to pay."""

from django.utils.translation import gettext_lazy as _

from onhand.billing.models import (
    Charge,
    CustomerAccount,
    DunningStep,
    Instalment,
    PaymentPlan,
    Subscription,
    UsageRecord,
)
from onhand.customers.privacy.holdings import Members, TableHolding, Treatment, hinders_erasure, hold

WHY_KEPT = _("Tax law has companies keep what stands behind their invoices.")

hold(
    TableHolding(
        name="billing_accounts",
        label=_("Account"),
        model=CustomerAccount,
        shown=(
            ("kind", _("Kind")),
            ("billing_day", _("Day of the month")),
            ("hold_until", _("Dunning held until")),
            ("hold_reason", _("Why")),
            ("dunning_stage", _("Stage of dunning")),
        ),
        treatment=Treatment.KEEP,
        subject="account",
        why_kept=WHY_KEPT,
    )
)
hold(
    TableHolding(
        name="subscriptions",
        label=_("Subscriptions"),
        model=Subscription,
        shown=(
            ("plan__name", _("Plan")),
            ("label", _("What for")),
            ("started_on", _("From")),
            ("ended_on", _("Until")),
        ),
        paths=("account__customer_id",),
        treatment=Treatment.KEEP,
        subject="subscription",
        why_kept=WHY_KEPT,
    )
)
hold(
    TableHolding(
        name="usage",
        label=_("Usage"),
        model=UsageRecord,
        shown=(("subscription__plan__name", _("Plan")), ("day", _("Day")), ("quantity", _("Quantity"))),
        paths=("subscription__account__customer_id",),
        treatment=Treatment.KEEP,
        why_kept=WHY_KEPT,
    )
)
hold(
    TableHolding(
        name="charges",
        label=_("Charges"),
        model=Charge,
        shown=(
            ("text", _("What for")),
            ("from_day", _("From")),
            ("minor", _("Amount in the smallest unit")),
            ("currency", _("Currency")),
            ("derivation", _("How it came about")),
        ),
        paths=("account__customer_id",),
        treatment=Treatment.KEEP,
        why_kept=WHY_KEPT,
    )
)
hold(
    TableHolding(
        name="payment_plans",
        label=_("Payment plans"),
        model=PaymentPlan,
        shown=(
            ("agreed_at", _("Agreed")),
            ("minor", _("Amount in the smallest unit")),
            ("currency", _("Currency")),
            ("state", _("State")),
        ),
        paths=("account__customer_id",),
        treatment=Treatment.KEEP,
        subject="payment_plan",
        why_kept=WHY_KEPT,
        beside=(Instalment,),
    )
)
hold(
    TableHolding(
        name="dunning",
        label=_("Dunning"),
        model=DunningStep,
        shown=(("day", _("Day")), ("stage__name", _("Stage")), ("overdue_minor", _("Amount in the smallest unit"))),
        paths=("account__customer_id",),
        treatment=Treatment.KEEP,
        why_kept=WHY_KEPT,
    )
)


@hinders_erasure
def open_subscriptions(members: Members) -> list[str]:
    """Say that somebody is still subscribed to something."""
    going = Subscription.objects.filter(account__customer__in=members, ended_on__isnull=True).count()
    return [str(_("There is a subscription that goes on."))] if going else []
