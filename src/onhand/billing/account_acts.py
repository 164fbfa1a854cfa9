"""What is done on a customer's account: opening it, subscribing, changing and ending, charging once, putting right."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from babel.numbers import list_currencies
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.billing import access
from onhand.billing.cycles import cycle_of
from onhand.billing.enums import AccountKind, ChargeKind
from onhand.billing.explaining import righting_words
from onhand.billing.models import Charge, CustomerAccount, Plan, Subscription, Tariff
from onhand.billing.rightings import Corrected, adjust, reckon
from onhand.billing.subjects import ACCOUNT, REF_PLAN, SUBSCRIPTION
from onhand.billing.tax import Rates
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.invoicing.access import BILLING, IDENTIFIED
from onhand.invoicing.models import Document
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money

LONGEST_AHEAD = timedelta(days=366)
Reason = Annotated[str, Field(label=gettext_lazy("Reason"), max_length=200)]


@act(
    subject=CUSTOMER,
    permission=access.CHANGE,
    label=gettext_lazy("Open an account"),
    row_only=True,
    protects=IDENTIFIED,
    scope=BILLING,
)
def open_account(
    customer: Customer,
    *,
    run: Run,
    kind: Annotated[AccountKind, Field(label=gettext_lazy("Kind"))] = AccountKind.CONSUMER,
    currency: Annotated[str, Field(label=gettext_lazy("Currency"), max_length=3)] = "EUR",
    billing_day: Annotated[int, Field(label=gettext_lazy("Day of the month"), help=gettext_lazy("1 to 28."))] = 1,
    due_days: Annotated[
        int | None,
        Field(label=gettext_lazy("Days to pay"), help=gettext_lazy("Empty: as the company gives everybody.")),
    ] = None,
) -> None:
    """Open an account on which a customer is billed for what they subscribe to."""
    if CustomerAccount.objects.filter(customer=customer.pk).exists():
        raise NotPossible(_("This customer has an account already."))
    if currency not in list_currencies():
        raise NotPossible(_("There is no such currency. Give its three letters, such as EUR."), field="currency")
    _require_day(billing_day)
    if due_days is not None and not 0 <= due_days <= 365:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 0, "most": 365}, field="due_days")
    account = CustomerAccount.objects.create(
        customer=customer,
        kind=kind,
        currency=currency,
        billing_day=billing_day,
        due_days=due_days,
        next_bill_on=cycle_of(company_day(run.at), billing_day).end,
    )
    run.changed("account", after={"id": account.pk, "currency": currency})


def _require_day(billing_day: int) -> None:
    if not 1 <= billing_day <= 28:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": 28}, field="billing_day")


@act(
    subject=ACCOUNT,
    permission=access.CHANGE,
    label=gettext_lazy("Start a subscription"),
    protects=IDENTIFIED,
    scope=BILLING,
)
def start_subscription(
    account: CustomerAccount,
    *,
    run: Run,
    plan: Annotated[int, Field(label=gettext_lazy("Plan"), reference=REF_PLAN)],
    start_on: Annotated[date, Field(label=gettext_lazy("From"))],
    label: Annotated[
        str, Field(label=gettext_lazy("What for"), help=gettext_lazy("Such as an address or a number."), max_length=100)
    ] = "",
    discount_percent: Annotated[
        str,
        Field(label=gettext_lazy("Discount in percent"), help=gettext_lazy("Off the recurring price."), max_length=8),
    ] = "",
) -> None:
    """Subscribe a customer to a plan from a day on. Days before the next bill are on it, by day."""
    one = _subscribe(account, plan, start_on, run, label=label, discount=_percent(discount_percent))
    run.changed("subscription", after={"id": one.pk})


def _subscribe(
    account: CustomerAccount,
    plan_id: int,
    start_on: date,
    run: Run,
    *,
    label: str = "",
    discount: Decimal = Decimal(0),
    follows: Subscription | None = None,
) -> Subscription:
    plan = access.visible_plans(run.actor).filter(pk=plan_id, is_active=True).first()
    if plan is None:
        raise NotPossible(_("Choose one of the list."), field="plan")
    if abs(start_on - company_day(run.at)) > LONGEST_AHEAD:
        raise NotPossible(_("Choose a day within a year."), field="start_on")
    if not Tariff.objects.filter(plan=plan, currency=account.currency, from_day__lte=start_on).exists():
        raise NotPossible(
            _("This plan has no price in %(currency)s then.") % {"currency": account.currency}, field="plan"
        )
    return Subscription.objects.create(
        account=account,
        plan=plan,
        label=label,
        started_on=start_on,
        billed_until=start_on,
        discount_percent=discount,
        follows=follows,
    )


@act(
    subject=SUBSCRIPTION,
    permission=access.CHANGE,
    label=gettext_lazy("Change the plan"),
    protects=IDENTIFIED,
    scope=BILLING,
)
def change_plan(
    one: Subscription,
    *,
    run: Run,
    plan: Annotated[int, Field(label=gettext_lazy("Plan"), reference=REF_PLAN)],
    from_day: Annotated[date, Field(label=gettext_lazy("From"))],
) -> None:
    """Change to another plan from a day on that is not billed yet: this subscription ends the day before, a new one follows."""
    if plan == one.plan_id:
        raise NotPossible(_("This is the plan it has."), field="plan")
    _end(one, from_day - timedelta(days=1), "from_day")
    made = _subscribe(one.account, plan, from_day, run, label=one.label, discount=one.discount_percent, follows=one)
    run.changed("subscription", after={"id": made.pk, "plan": made.plan.name})


@act(
    subject=SUBSCRIPTION,
    permission=access.CHANGE,
    label=gettext_lazy("End the subscription"),
    protects=IDENTIFIED,
    scope=BILLING,
)
def end_subscription(
    one: Subscription, *, run: Run, last_day: Annotated[date, Field(label=gettext_lazy("Last day"))]
) -> None:
    """End a subscription on a day that is not billed yet. If it should have ended before, put right what was billed."""
    _end(one, last_day, "last_day")


def _end(one: Subscription, last_day: date, field: str) -> None:
    if one.ended_on is not None and one.ended_on <= last_day:
        raise NotPossible(_("It ends before that already."), field=field)
    if last_day < one.started_on - timedelta(days=1) or last_day < one.billed_until - timedelta(days=1):
        raise NotPossible(
            _("It is billed up to %(day)s. Put right what was billed instead.")
            % {"day": (one.billed_until - timedelta(days=1)).isoformat()},
            field=field,
        )
    one.ended_on = last_day


def _charge_facts(account: CustomerAccount, *, amount: Money, **_given: Any) -> Mapping[str, Any]:
    return {"amount": amount}


@act(
    subject=ACCOUNT,
    permission=access.CHANGE,
    label=gettext_lazy("Add a charge"),
    facts=_charge_facts,
    protects=IDENTIFIED,
    scope=BILLING,
)
def add_charge(
    account: CustomerAccount,
    *,
    run: Run,
    text: Annotated[str, Field(label=gettext_lazy("What for"), max_length=200)],
    amount: Annotated[Money, Field(label=gettext_lazy("Amount, with tax"))],
    plan: Annotated[int, Field(label=gettext_lazy("Taxed as"), reference=REF_PLAN)],
) -> None:
    """Charge something once, with the next bill."""
    if amount.currency != account.currency or amount.minor <= 0:
        raise NotPossible(
            _("Give an amount above nothing in %(currency)s.") % {"currency": account.currency}, field="amount"
        )
    taxed = access.visible_plans(run.actor).filter(pk=plan).first()
    if taxed is None:
        raise NotPossible(_("Choose one of the list."), field="plan")
    today = company_day(run.at)
    charge = Charge.objects.create(
        account=account,
        kind=ChargeKind.ONE_OFF,
        text=text,
        from_day=today,
        until_day=today + timedelta(days=1),
        minor=amount.minor,
        currency=amount.currency,
        percent=Rates(today).percent(taxed.tax_class_id, account.customer),
        derivation={"reason": _("Added by %(name)s.") % {"name": run.actor.name}},
        made_at=run.at,
        key=f"once:{account.pk}:{account.version}",
    )
    run.changed("charge", after={"id": charge.pk, "text": text, "amount": amount.as_json()})


def _credit(
    one: Subscription,
    *,
    from_day: date,
    until_day: date,
    usage: str,
    plan: int | None,
    started_on: date | None,
    ended_on: date | None,
    **_rest: Any,
) -> Mapping[str, Any]:
    """What is given back, for the authority; where more is charged, nothing. What cannot be reckoned the act itself refuses."""
    if from_day >= until_day or (plan is not None and not Plan.objects.filter(pk=plan).exists()):
        return {}
    righting = reckon(one, from_day, until_day, Corrected(plan, started_on, ended_on, _quantity(usage)))
    return {"credit": Money(max(0, -righting.difference.minor), righting.difference.currency)}


@act(
    subject=SUBSCRIPTION,
    permission=access.CHANGE,
    label=gettext_lazy("Put right what was billed"),
    protects=IDENTIFIED,
    scope=BILLING,
    facts=_credit,
)
def put_right(
    one: Subscription,
    *,
    run: Run,
    from_day: Annotated[date, Field(label=gettext_lazy("Billed from"))],
    until_day: Annotated[
        date,
        Field(
            label=gettext_lazy("Billed until before"), help=gettext_lazy("The first day that is not meant any more.")
        ),
    ],
    reason: Reason,
    usage: Annotated[
        str,
        Field(
            label=gettext_lazy("Used in all these days, truly"),
            help=gettext_lazy("Empty: as it is known."),
            max_length=20,
        ),
    ] = "",
    plan: Annotated[int | None, Field(label=gettext_lazy("The right plan"), reference=REF_PLAN)] = None,
    started_on: Annotated[date | None, Field(label=gettext_lazy("Truly began on"))] = None,
    ended_on: Annotated[date | None, Field(label=gettext_lazy("Truly ended on"))] = None,
) -> None:
    """
    Reckon anew what these days should have cost, given what was truly so, and charge or give back the difference. The preview shows what
    was charged, what it should have been, and how that comes about.
    """
    if from_day >= until_day:
        raise NotPossible(_("It ends before it begins."), field="until_day")
    corrected = Corrected(plan, started_on, ended_on, _quantity(usage))
    if plan is not None and not Plan.objects.filter(pk=plan).exists():
        raise NotPossible(_("Choose one of the list."), field="plan")
    righting = reckon(one, from_day, until_day, corrected)
    charges, notes = adjust(one, righting, corrected, reason=reason, at=run.at, key=f"righting:{one.pk}:{one.version}")
    run.changed(
        "adjustment",
        before={"amount": righting.was.as_json()},
        after={
            "amount": righting.should.as_json(),
            "difference": righting.difference.as_json(),
            "charge": charges[0].pk,
        },
    )
    unit = (Plan.objects.get(pk=plan) if plan is not None else one.plan).unit
    run.changed("how", after=" ".join(righting_words(charges[0].derivation, unit)))
    if notes:
        run.changed("credit_note", after=_said(*notes))


def _said(*documents: Document) -> dict[str, Any]:
    """One or several documents of a currency, with what they come to together."""
    return {
        "id": documents[0].pk,
        "number": ", ".join(one.label for one in documents),
        "amount": {"minor": sum(one.gross_minor for one in documents), "currency": documents[0].currency},
    }


def _percent(typed: str) -> Decimal:
    percent = _number(typed, "discount_percent")
    if not 0 <= percent <= 100 or percent != round(percent, 3):
        raise NotPossible(
            _("Give a percentage from 0 to 100, with at most three decimal places."), field="discount_percent"
        )
    return percent


def _quantity(typed: str) -> Decimal | None:
    if not typed.strip():
        return None
    quantity = _number(typed, "usage")
    if not 0 <= quantity <= Decimal(10) ** 13 or quantity != round(quantity, 4):
        raise NotPossible(_("Give a quantity from nothing on, with at most four decimal places."), field="usage")
    return quantity


def _number(typed: str, field: str) -> Decimal:
    try:
        number = Decimal(typed.strip().replace(",", ".") or "0")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise NotPossible(_("Give a number, such as 12.5."), field=field)
    return number
