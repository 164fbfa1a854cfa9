"""What is laid down about billing: plans with their tariffs, stages of dunning, and starting a billing run."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.billing import access
from onhand.billing.models import BillingRun, DunningStage, Plan, Tariff
from onhand.billing.running import begin_run
from onhand.billing.subjects import PLAN, RUN, STAGE
from onhand.catalogue.models import TaxClass
from onhand.catalogue.subjects import REF_TAX_CLASS
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money

LARGEST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRow:
    """What a unit costs up to so many units above what is included."""

    up_to: Annotated[
        str, Field(label=gettext_lazy("Up to units"), help=gettext_lazy("Empty: all others."), max_length=20)
    ] = ""
    rate: Annotated[str, Field(label=gettext_lazy("Each costs"), max_length=20)]


@act(subject=PLAN, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a plan"))
def add_plan(
    *,
    run: Run,
    plan_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100)],
    tax_class: Annotated[int, Field(label=gettext_lazy("Tax class"), reference=REF_TAX_CLASS)],
    unit: Annotated[
        str, Field(label=gettext_lazy("Unit of usage"), help=gettext_lazy("Such as kWh."), max_length=20)
    ] = "",
) -> Plan:
    """Add something customers can subscribe to. What it costs is set by its tariff."""
    if Plan.objects.filter(name=plan_name).exists():
        raise NotPossible(_("There is a plan of this name."), field="plan_name")
    if not TaxClass.objects.filter(pk=tax_class).exists():
        raise NotPossible(_("Choose one of the list."), field="tax_class")
    return Plan.objects.create(name=plan_name, tax_class_id=tax_class, unit=unit)


@act(subject=PLAN, permission=access.MANAGE, label=gettext_lazy("Change the plan"), row_only=True)
def rename_plan(
    plan: Plan,
    *,
    run: Run,
    plan_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda plan: plan.name)],
    in_use: Annotated[bool, Field(label=gettext_lazy("In use"), current=lambda plan: plan.is_active)] = False,
) -> None:
    """Rename a plan, or offer it no more; who has it keeps it."""
    if Plan.objects.filter(name=plan_name).exclude(pk=plan.pk).exists():
        raise NotPossible(_("There is a plan of this name."), field="plan_name")
    plan.name, plan.is_active = plan_name, in_use


@act(subject=PLAN, permission=access.MANAGE, label=gettext_lazy("Set what it costs"))
def set_tariff(
    plan: Plan,
    *,
    run: Run,
    from_day: Annotated[date, Field(label=gettext_lazy("From"))],
    recurring: Annotated[Money, Field(label=gettext_lazy("A month"))],
    includes_tax: Annotated[bool, Field(label=gettext_lazy("Tax is in the prices"))] = True,
    included: Annotated[str, Field(label=gettext_lazy("Units included a month"), max_length=20)] = "",
    tiers: Annotated[list[TierRow] | None, Field(label=gettext_lazy("What more units cost"))] = None,
) -> None:
    """Set what a plan costs from a day on, as a new version of its tariff. Days before it keep the price they had."""
    if recurring.minor < 0:
        raise NotPossible(_("A price is not below nothing."), field="recurring")
    if Tariff.objects.filter(plan=plan.pk, currency=recurring.currency, from_day=from_day).exists():
        raise NotPossible(_("There is a version of that day. Choose another day."), field="from_day")
    made = Tariff.objects.create(
        plan=plan,
        number=Tariff.objects.filter(plan=plan.pk).count() + 1,
        from_day=from_day,
        currency=recurring.currency,
        includes_tax=includes_tax,
        recurring_minor=recurring.minor,
        included=_number(included or "0", "included", 4),
        tiers=_tiers(tiers or []),
    )
    run.changed(
        "tariff",
        after={"version": made.number, "from": from_day.isoformat(), "month": recurring.as_json(), "tiers": made.tiers},
    )


def _tiers(rows: list[TierRow]) -> list[dict[str, Any]]:
    tiers: list[dict[str, Any]] = []
    last: Decimal | None = Decimal(0)
    for row in rows:
        rate = _number(row.rate, "tiers", 6)
        bound = _number(row.up_to, "tiers", 4) if row.up_to.strip() else None
        if last is None or (bound is not None and bound <= last):
            raise NotPossible(_("Give the tiers in order; the last one without a bound."), field="tiers")
        tiers.append({"up_to": None if bound is None else f"{bound.normalize():f}", "rate": f"{rate.normalize():f}"})
        last = bound
    if tiers and last is not None:
        raise NotPossible(_("Give the tiers in order; the last one without a bound."), field="tiers")
    return tiers


def _number(typed: str, field: str, places: int) -> Decimal:
    try:
        number = Decimal(typed.strip().replace(",", "."))
        good = number.is_finite() and 0 <= number <= LARGEST and number == round(number, places)
    except InvalidOperation:
        good = False
    if not good:
        raise NotPossible(_("Give a number, such as 12.5."), field=field)
    return number


@act(subject=STAGE, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a stage of dunning"))
def add_dunning_stage(
    *,
    run: Run,
    stage_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=60)],
    after_days: Annotated[int, Field(label=gettext_lazy("Days after it was due"))],
    fee: Annotated[Money | None, Field(label=gettext_lazy("Fee"))] = None,
    text: Annotated[
        str, Field(label=gettext_lazy("What the customer is written"), widget="textarea", max_length=5_000)
    ] = "",
) -> DunningStage:
    """Add a stage after the last one. Empty texts are not sent."""
    last = DunningStage.objects.order_by("-number").first()
    _require_after(after_days, last)
    return DunningStage.objects.create(
        number=last.number + 1 if last else 1, name=stage_name, after_days=after_days, text=text, **_fee(fee)
    )


@act(subject=STAGE, permission=access.MANAGE, label=gettext_lazy("Change the stage"), row_only=True)
def change_dunning_stage(
    stage: DunningStage,
    *,
    run: Run,
    stage_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=60, current=lambda stage: stage.name)],
    after_days: Annotated[
        int, Field(label=gettext_lazy("Days after it was due"), current=lambda stage: stage.after_days)
    ],
    fee: Annotated[
        Money | None,
        Field(label=gettext_lazy("Fee"), current=lambda stage: Money(stage.fee_minor, stage.fee_currency)),
    ] = None,
    text: Annotated[
        str,
        Field(
            label=gettext_lazy("What the customer is written"),
            widget="textarea",
            max_length=5_000,
            current=lambda stage: stage.text,
        ),
    ] = "",
) -> None:
    """Change when a stage is reached, what it costs and what the customer is written."""
    before = DunningStage.objects.filter(number__lt=stage.number).order_by("-number").first()
    following = DunningStage.objects.filter(number__gt=stage.number).order_by("number").first()
    _require_after(after_days, before)
    if following is not None and after_days >= following.after_days:
        raise NotPossible(_("The next stage comes after that."), field="after_days")
    stage.name, stage.after_days, stage.text = stage_name, after_days, text
    for name, value in _fee(fee).items():
        setattr(stage, name, value)


def _require_after(after_days: int, before: DunningStage | None) -> None:
    least = before.after_days + 1 if before else 1
    if not least <= after_days <= 365:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": least, "most": 365}, field="after_days")


def _fee(fee: Money | None) -> dict[str, Any]:
    if fee is not None and fee.minor < 0:
        raise NotPossible(_("A price is not below nothing."), field="fee")
    return {"fee_minor": fee.minor if fee else 0, "fee_currency": fee.currency if fee else "EUR"}


@act(subject=RUN, creates=True, permission=access.MANAGE, label=gettext_lazy("Bill everybody"))
def start_billing_run(*, run: Run, day: Annotated[date, Field(label=gettext_lazy("Up to"))]) -> BillingRun:
    """Make the bills of all accounts that are to be billed up to a day. It goes on in the background; progress is shown."""
    from onhand.billing.tasks import work_on_billing

    made = begin_run(day, at=run.at, by_name=run.actor.name)
    work_on_billing.defer(run_id=made.pk)
    return made
