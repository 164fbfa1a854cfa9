"""What is agreed about paying: payment plans, holding dunning, fixed amounts a month, and writing off."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.billing import access
from onhand.billing.billing_accounts import line_of
from onhand.billing.cycles import month_on
from onhand.billing.enums import ChargeKind, InstalmentState, PlanState
from onhand.billing.models import Charge, CustomerAccount, Instalment, PaymentPlan
from onhand.billing.payment_plans import settle, spread
from onhand.billing.standing import standing_of
from onhand.billing.subjects import ACCOUNT, PAYMENT_PLAN
from onhand.invoicing.access import BILLING, IDENTIFIED
from onhand.invoicing.enums import What
from onhand.invoicing.issuing import LineWanted, issue_credit_note, issue_invoice
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.ledger.chart import RECEIVABLE, WRITTEN_OFF
from onhand.ledger.posting import credit, debit, post

MOST_PARTS = 60
Parts = Annotated[int, Field(label=gettext_lazy("In how many parts"), help=gettext_lazy("One a month, 1 to 60."))]
FirstOn = Annotated[date, Field(label=gettext_lazy("First payment on"))]
First = Annotated[
    Money | None,
    Field(label=gettext_lazy("First payment"), help=gettext_lazy("Empty: as much as the others.")),
]


@act(
    subject=ACCOUNT,
    permission=access.AGREE,
    label=gettext_lazy("Agree a payment plan"),
    protects=IDENTIFIED,
    scope=BILLING,
)
def agree_payment_plan(
    account: CustomerAccount, *, run: Run, parts: Parts, first_on: FirstOn, first_payment: First = None
) -> None:
    """Let a customer pay what is open in monthly parts. While they are paid nobody is dunned for it."""
    if PaymentPlan.objects.filter(account=account.pk, state=PlanState.RUNNING).exists():
        raise NotPossible(_("There is a payment plan already. Renegotiate that one."))
    plan = _agree(account, parts, first_on, first_payment, run)
    run.changed("payment_plan", after=_said(plan))


@act(
    subject=PAYMENT_PLAN,
    permission=access.AGREE,
    label=gettext_lazy("Renegotiate"),
    protects=IDENTIFIED,
    scope=BILLING,
)
def renegotiate_payment_plan(
    plan: PaymentPlan, *, run: Run, parts: Parts, first_on: FirstOn, first_payment: First = None
) -> None:
    """Replace a payment plan, running or in default, by a new one over what is open now."""
    if plan.state not in (PlanState.RUNNING, PlanState.DEFAULTED) or plan.replaced_by_id is not None:
        raise NotPossible(_("This plan is over."))
    if plan.state == PlanState.RUNNING:
        settle(plan, company_day(run.at), run.at)
    newer = PaymentPlan.objects.filter(account=plan.account_id, state=PlanState.RUNNING).exclude(pk=plan.pk)
    if plan.state == PlanState.PAID or newer.exists():
        raise NotPossible(_("This plan is over."))
    unpaid = plan.instalments.exclude(state=InstalmentState.PAID)
    unpaid.update(state=InstalmentState.CANCELLED)
    PaymentPlan.objects.filter(pk=plan.pk).update(state=PlanState.REPLACED, ended_at=run.at)
    plan.state, plan.ended_at = PlanState.REPLACED, run.at
    new = _agree(plan.account, parts, first_on, first_payment, run)
    plan.replaced_by = new
    run.changed("payment_plan", after=_said(new))


def _agree(account: CustomerAccount, parts: int, first_on: date, first: Money | None, run: Run) -> PaymentPlan:
    balance = standing_of(account.pk, account.currency).balance
    if balance.minor <= 0:
        raise NotPossible(_("Nothing is open on this account."))
    if not 1 <= parts <= MOST_PARTS:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": MOST_PARTS}, field="parts")
    if not 0 <= (first_on - company_day(run.at)).days <= 62:
        raise NotPossible(_("The first payment is due within two months."), field="first_on")
    amounts = _amounts(balance, parts, first)
    plan = PaymentPlan.objects.create(
        account=account,
        minor=balance.minor,
        currency=balance.currency,
        agreed_at=run.at,
        agreed_by_name=run.actor.name,
    )
    billing_day = min(first_on.day, 28)
    Instalment.objects.bulk_create(
        Instalment(
            plan=plan,
            number=place + 1,
            due_on=first_on if not place else month_on(first_on, place, billing_day),
            minor=amount.minor,
        )
        for place, amount in enumerate(amounts)
    )
    return plan


def _amounts(balance: Money, parts: int, first: Money | None) -> Sequence[Money]:
    if first is None:
        amounts = spread(balance, parts)
    else:
        if first.currency != balance.currency or not 0 < first.minor < balance.minor or parts < 2:
            shown = balance.formatted()
            raise NotPossible(
                _("Give less than the %(amount)s that are open.") % {"amount": shown}, field="first_payment"
            )
        amounts = [first, *spread(balance - first, parts - 1)]
    if not all(amount.minor for amount in amounts):
        raise NotPossible(_("These are more parts than the amount has."), field="parts")
    return amounts


def _said(plan: PaymentPlan) -> dict[str, Any]:
    rows = plan.instalments.order_by("number").values_list("due_on", "minor")
    return {
        "id": plan.pk,
        "amount": {"minor": plan.minor, "currency": plan.currency},
        "instalments": [
            {"due": due.isoformat(), "amount": {"minor": minor, "currency": plan.currency}} for due, minor in rows
        ],
    }


@act(subject=ACCOUNT, permission=access.AGREE, label=gettext_lazy("Hold dunning"), row_only=True)
def hold_dunning(
    account: CustomerAccount,
    *,
    run: Run,
    until: Annotated[
        date | None,
        Field(
            label=gettext_lazy("Until"),
            help=gettext_lazy("Empty: dunning goes on."),
            current=lambda account: account.hold_until,
        ),
    ] = None,
    why: Annotated[
        str, Field(label=gettext_lazy("Why"), max_length=300, current=lambda account: account.hold_reason)
    ] = "",
) -> None:
    """Dun a customer no further until a day, such as while something is disputed; or let it go on."""
    if until is not None and (until < company_day(run.at) or (until - company_day(run.at)).days > 366):
        raise NotPossible(_("Choose a day within a year."), field="until")
    if until is not None and not why.strip():
        raise NotPossible(_("Say why."), field="why")
    account.hold_until, account.hold_reason = until, why if until else ""


@act(
    subject=ACCOUNT,
    permission=access.CHANGE,
    label=gettext_lazy("Set a fixed amount a month"),
    row_only=True,
    protects=IDENTIFIED,
    scope=BILLING,
)
def set_budget(
    account: CustomerAccount,
    *,
    run: Run,
    amount: Annotated[Money | None, Field(label=gettext_lazy("A month, with tax"))] = None,
) -> None:
    """Bill a fixed amount each month instead of what was used, to be settled later; empty: bill what was used again."""
    if amount is not None and (amount.currency != account.currency or amount.minor <= 0):
        raise NotPossible(
            _("Give an amount above nothing in %(currency)s.") % {"currency": account.currency}, field="amount"
        )
    if amount is None and _unsettled(account):
        raise NotPossible(_("Settle what was used first."), field="amount")
    account.budget_minor = amount.minor if amount else None


@act(
    subject=ACCOUNT,
    permission=access.CHANGE,
    label=gettext_lazy("Settle the fixed amounts"),
    protects=IDENTIFIED,
    scope=BILLING,
)
def true_up_budget(account: CustomerAccount, *, run: Run) -> None:
    """Set what was really used against the fixed amounts billed since the last time: the difference is invoiced or given back."""
    used = [one for one in _unsettled(account) if one.kind != ChargeKind.BUDGET]
    budgets = [one for one in _unsettled(account) if one.kind == ChargeKind.BUDGET]
    if not used and not budgets:
        raise NotPossible(_("There is nothing to settle."))
    today, key = company_day(run.at), f"true-up:{account.pk}:{account.version}"
    lines = [line_of(one) for one in used]
    back = [_taken_off(one) for one in budgets]
    total = sum(one.amount.minor for one in (*lines, *back))
    about = {"of": ("account", account.pk), "address": {}, "key": key, "at": run.at, "day": today}
    if total >= 0:
        document = issue_invoice(account.customer_id, [*lines, *back], due_days=account.due_days, **about)  # type: ignore[arg-type]
    else:
        turned = [_turned(one) for one in (*back, *lines)]
        document = issue_credit_note(account.customer_id, turned, counters=None, **about)  # type: ignore[arg-type]
    Charge.objects.filter(pk__in=[one.pk for one in used]).update(document=document)
    Charge.objects.bulk_create(_settled(one, document.pk, run) for one in budgets)
    name = "invoice" if total >= 0 else "credit_note"
    money = Money(document.gross_minor, document.currency).as_json()
    run.changed(name, after={"id": document.pk, "number": document.label, "amount": money})


def _unsettled(account: CustomerAccount) -> list[Charge]:
    """What was used and waits, and the fixed amounts billed in its place."""
    used = Charge.objects.filter(
        account=account.pk, document__isnull=True, kind__in=(ChargeKind.RECURRING, ChargeKind.USAGE)
    )
    billed = Charge.objects.filter(account=account.pk, kind=ChargeKind.BUDGET, document__isnull=False, minor__gt=0)
    settled = set(
        Charge.objects.filter(account=account.pk, kind=ChargeKind.BUDGET, minor__lt=0).values_list("key", flat=True)
    )
    return [*used.order_by("pk"), *(one for one in billed.order_by("pk") if f"settled:{one.pk}" not in settled)]


def _taken_off(one: Charge) -> LineWanted:
    amount = Money(-one.minor, one.currency)
    return LineWanted(What.CHARGE, one.text, 1, amount, one.percent, one.includes_tax, ("charge", one.pk))


def _turned(one: LineWanted) -> LineWanted:
    return LineWanted(one.what, one.text, one.pieces, -one.amount, one.percent, one.includes_tax, one.source)


def _settled(one: Charge, document_id: int, run: Run) -> Charge:
    """The contrary of a fixed amount, so that it is settled once."""
    return Charge(
        account_id=one.account_id,
        kind=ChargeKind.BUDGET,
        text=one.text,
        from_day=one.from_day,
        until_day=one.until_day,
        quantity=Decimal(1),
        minor=-one.minor,
        currency=one.currency,
        includes_tax=one.includes_tax,
        percent=one.percent,
        document_id=document_id,
        made_at=run.at,
        key=f"settled:{one.pk}",
    )


def _amount_facts(account: CustomerAccount, *, amount: Money, **_given: Any) -> Mapping[str, Any]:
    return {"amount": amount}


@act(subject=ACCOUNT, permission=access.WRITE_OFF, label=gettext_lazy("Write off"), facts=_amount_facts, gives="amount")
def write_off(
    account: CustomerAccount,
    *,
    run: Run,
    amount: Annotated[Money, Field(label=gettext_lazy("Amount"))],
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=200)],
) -> None:
    """Give up an amount a customer owes: it is booked as lost, and not asked for any more."""
    balance = standing_of(account.pk, account.currency).balance
    if amount.currency != account.currency or not 0 < amount.minor <= balance.minor:
        shown = max(balance, Money(0, account.currency), key=lambda one: one.minor).formatted()
        raise NotPossible(_("Give an amount up to the %(amount)s that are open.") % {"amount": shown}, field="amount")
    post(
        "write_off",
        document=("account", account.pk),
        key=f"write_off:{account.pk}:{account.version}",
        lines=[debit(WRITTEN_OFF, amount), credit(RECEIVABLE, amount, customer_id=account.customer_id)],
        at=run.at,
        booked_on=company_day(run.at),
        customer_id=account.customer_id,
        text=reason,
    )
    run.changed("written_off", after={"amount": amount.as_json(), "reason": reason})


@act(subject=ACCOUNT, permission=access.CHANGE, label=gettext_lazy("Bill again"), row_only=True)
def bill_again(account: CustomerAccount, *, run: Run) -> None:
    """Let the next billing run try an account again after what stopped it was put right."""
    if not account.problem:
        raise NotPossible(_("Nothing stops this account from being billed."))
    account.problem = ""
