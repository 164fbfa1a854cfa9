"""What the page of a customer's account shows, in words."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from onhand.billing.enums import AccountKind, ChargeKind, InstalmentState, PlanState
from onhand.billing.explaining import explain
from onhand.billing.models import Charge, CustomerAccount, DunningStep, PaymentPlan, Subscription
from onhand.billing.standing import OpenItem, Standing, standing_of
from onhand.billing.statements import read_statement
from onhand.billing.subjects import ACCOUNT, PAYMENT_PLAN, SUBSCRIPTION
from onhand.customers.membership import family_ids
from onhand.kernel.actor import Actor
from onhand.kernel.acts import acts_on
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.balances import bookings_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.words import booked_words
from onhand.web.addresses import address_of
from onhand.web.desk.act_views import act_address
from onhand.web.templating import show_date

MOST = 50
PLAN_TONES = {PlanState.RUNNING: "info", PlanState.DEFAULTED: "bad", PlanState.PAID: "good"}
PART_TONES = {InstalmentState.PAID: "good", InstalmentState.MISSED: "bad"}
KEYS = {"billing.start_subscription": "s", "billing.agree_payment_plan": "p", "billing.hold_dunning": "h"}


def account_context(
    account: CustomerAccount, actor: Actor, since: date | None, until: date | None, today: date
) -> dict[str, Any]:
    """The page of an account; with days, what was booked in that time."""
    standing = standing_of(account.pk, account.currency)
    return {
        "title": balance_words(standing),
        "badge": standing_badge(standing, today),
        "facts": _facts(account, standing, today),
        "problem": account.problem,
        "items": [item_row(one, today) for one in standing.items],
        "subscriptions": _subscriptions(account, actor, today),
        "charges": _charges(account),
        "plans": [_plan(one, actor) for one in PaymentPlan.objects.filter(account=account).order_by("-pk")[:5]],
        "steps": [
            _step(one)
            for one in DunningStep.objects.filter(account=account).select_related("stage").order_by("-pk")[:10]
        ],
        "booked": _statement(account, standing, since, until, today),
        "acts": _acts(account, actor),
        "live": f"account:{account.pk} customer:{account.customer_id}",
    }


def balance_words(standing: Standing) -> str:
    """The balance as a headline."""
    if standing.balance.minor < 0:
        return _("%(amount)s credit") % {"amount": (-standing.balance).formatted()}
    return _("%(amount)s open") % {"amount": standing.balance.formatted()}


def standing_badge(standing: Standing, today: date) -> tuple[str, str]:
    """Whether something is overdue."""
    overdue = standing.overdue(today)
    if overdue.minor:
        return _("%(amount)s overdue") % {"amount": overdue.formatted()}, "bad"
    return (_("Nothing overdue"), "good")


def _facts(account: CustomerAccount, standing: Standing, today: date) -> list[tuple[str, str]]:
    facts = [
        (_("Kind"), str(AccountKind(account.kind).label)),
        (_("Next bill"), show_date(account.next_bill_on)),
    ]
    if following := standing.next_due(today):
        facts.append((_("Next due"), f"{show_date(following.due_on)}: {following.left.formatted()}"))
    if account.budget_minor:
        facts.append((_("Fixed amount a month"), Money(account.budget_minor, account.currency).formatted()))
    if account.hold_until and account.hold_until >= today:
        facts.append((_("Dunning held until"), f"{show_date(account.hold_until)}: {account.hold_reason}"))
    if account.dunning_stage:
        facts.append((_("Stage of dunning"), str(account.dunning_stage)))
    return facts


def item_row(one: OpenItem, today: date) -> dict[str, Any]:
    """Something open, as a row."""
    is_document = one.kind == "document"
    return {
        "id": f"{one.kind}-{one.id}",
        "label": one.label if one.kind != "instalment" else _("Instalment %(number)s") % {"number": one.label},
        "url": address_of("money:document", one.id) if is_document else "",
        "due": show_date(one.due_on),
        "left": one.left.formatted(),
        "of": one.amount.formatted() if one.left != one.amount else "",
        "is_late": one.due_on < today,
    }


def _subscriptions(account: CustomerAccount, actor: Actor, today: date) -> list[dict[str, Any]]:
    found = Subscription.objects.filter(account=account).select_related("plan").order_by("ended_on", "pk")
    return [
        {
            "id": one.pk,
            "name": one.label or one.plan.name,
            "plan": one.plan.name if one.label else "",
            "span": _span(one),
            "is_over": one.ended_on is not None and one.ended_on < today,
            "billed": show_date(one.billed_until - timedelta(days=1)) if one.billed_until > one.started_on else "",
            "acts": [
                {"label": str(act.label), "url": act_address(act, one.pk)}
                for act in acts_on(SUBSCRIPTION, actor)
                if one.ended_on is None or act.name == "billing.put_right"
            ],
        }
        for one in found[:MOST]
    ]


def _span(one: Subscription) -> str:
    if one.ended_on is None:
        return _("since %(day)s") % {"day": show_date(one.started_on)}
    return _("%(first)s to %(last)s") % {"first": show_date(one.started_on), "last": show_date(one.ended_on)}


def _charges(account: CustomerAccount) -> list[dict[str, Any]]:
    """What waits for the next bill, and what was put right, each explained."""
    found = Charge.objects.filter(Q(document__isnull=True) | Q(kind=ChargeKind.ADJUSTMENT), account=account)
    rows = found.select_related("subscription__plan", "document").order_by("-pk")[:MOST]
    return [
        {
            "id": one.pk,
            "text": one.text,
            "amount": Money(one.minor, one.currency).formatted(),
            "state": one.document.label if one.document else _("on the next bill"),
            "url": address_of("money:document", one.document_id) if one.document_id else "",
            "explained": explain(one, one.subscription.plan.unit if one.subscription else ""),
        }
        for one in rows
    ]


def _plan(plan: PaymentPlan, actor: Actor) -> dict[str, Any]:
    state = PlanState(plan.state)
    can_change = state in (PlanState.RUNNING, PlanState.DEFAULTED) and plan.replaced_by_id is None
    return {
        "id": plan.pk,
        "amount": Money(plan.minor, plan.currency).formatted(),
        "agreed": show_date(plan.agreed_at),
        "by": plan.agreed_by_name,
        "state": str(state.label),
        "tone": PLAN_TONES.get(state, ""),
        "parts": [
            {
                "number": one.number,
                "due": show_date(one.due_on),
                "amount": Money(one.minor, plan.currency).formatted(),
                "state": str(InstalmentState(one.state).label),
                "tone": PART_TONES.get(InstalmentState(one.state), ""),
            }
            for one in plan.instalments.order_by("number")
        ],
        "acts": [{"label": str(act.label), "url": act_address(act, plan.pk)} for act in acts_on(PAYMENT_PLAN, actor)]
        if can_change
        else [],
    }


def _step(step: DunningStep) -> dict[str, str]:
    return {
        "id": str(step.pk),
        "stage": step.stage.name,
        "day": show_date(step.day),
        "overdue": Money(step.overdue_minor, step.currency).formatted(),
    }


def _statement(
    account: CustomerAccount, standing: Standing, since: date | None, until: date | None, today: date
) -> dict[str, Any]:
    """What was booked on the account, newest first, with the balance after each: of the last year, or of the days asked for."""
    first, last = since or (until or today) - timedelta(days=365), until or today
    shown = {
        "rows": [],
        "first": first.isoformat(),
        "last": last.isoformat(),
        "most": today.isoformat(),
        "since": show_date(first),
        "refused": "",
        "pdf_url": address_of("money:statement", account.pk),
    }
    if not (since or until):
        return shown | _newest(account, standing, first)
    try:
        found = read_statement(account, first, last, today)
    except NotPossible as refused:
        return shown | {"before": "", "refused": refused.message}
    rows = [
        {
            "id": number,
            "day": show_date(one.day),
            "what": f"{booked_words(one.what)} {one.text}".strip(),
            "url": address_of("money:document", one.document_id) if one.document_id else "",
            "amount": one.amount.formatted(),
            "balance": one.balance.formatted(),
        }
        for number, one in enumerate(found.movements)
    ]
    return shown | {"rows": rows[::-1], "before": found.opening.formatted()}


def _newest(account: CustomerAccount, standing: Standing, since: date) -> dict[str, Any]:
    """The newest bookings since a day, at most some: costs what is shown, however much there is."""
    rows, after = [], standing.balance
    for one in bookings_of(family_ids([account.customer_id]), RECEIVABLE, most=200):
        if one.amount.currency != account.currency:
            continue
        if one.booked_on < since:
            break
        kind, number = one.document
        rows.append(
            {
                "id": one.id,
                "day": show_date(one.booked_on),
                "what": f"{booked_words(one.what)} {one.text}".strip(),
                "url": address_of("money:document", number) if kind == "document" else "",
                "amount": one.amount.formatted(),
                "balance": after.formatted(),
            }
        )
        after -= one.amount
    return {"rows": rows, "before": after.formatted()}


def _acts(account: CustomerAccount, actor: Actor) -> list[dict[str, str]]:
    shut = set() if account.problem else {"billing.bill_again"}
    shut |= set() if account.budget_minor else {"billing.true_up_budget"}
    return [
        {"label": str(one.label), "url": act_address(one, account.pk), "key": KEYS.get(one.name, "")}
        for one in acts_on(ACCOUNT, actor)
        if one.name not in shut
    ]
