"""
Bills of many accounts at once: what each is charged for the time until its next bill, and the invoices, in one transaction. An account's
next bill moves on with it, so that whoever is killed in the middle has billed an account wholly or not at all.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from onhand.billing.charging import Costs, NoTariffError, Terms, costs_of
from onhand.billing.cycles import month_on
from onhand.billing.enums import ChargeKind
from onhand.billing.explaining import span_words
from onhand.billing.models import Charge, CustomerAccount, Plan, Subscription, Tariff
from onhand.billing.tax import Rates
from onhand.customers.models import Customer
from onhand.invoicing.enums import What
from onhand.invoicing.issuing import LineWanted
from onhand.invoicing.issuing_many import InvoiceWanted, issue_invoices
from onhand.kernel.bulk import copy_rows
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money

_USAGE = """
select u.subscription_id, u.day, sum(u.quantity)
from unnest(%s::bigint[], %s::date[], %s::date[]) w(subscription, start, until)
join billing_usagerecord u on u.subscription_id = w.subscription and u.day >= w.start and u.day < w.until
group by 1, 2
"""
_IDS = "select nextval('billing_charge_id_seq') from generate_series(1, %s)"
_ON_INVOICE = """
update billing_charge c set document_id = w.document from unnest(%s::bigint[], %s::bigint[]) w(charge, document)
where c.id = w.charge and c.document_id is null
"""
_MOVE_ON = """
update billing_customeraccount a set next_bill_on = w.day from unnest(%s::bigint[], %s::date[]) w(account, day) where a.id = w.account
"""
_BILLED = """
update billing_subscription s set billed_until = w.day from unnest(%s::bigint[], %s::date[]) w(subscription, day)
where s.id = w.subscription
"""
_CHARGE = tuple(one.attname for one in Charge._meta.concrete_fields)
ROLES = {ChargeKind.FEE: What.FEE}
BUDGETED = (ChargeKind.RECURRING, ChargeKind.USAGE)


@dataclass(slots=True)
class Billed:
    """What came of some accounts."""

    accounts: int = 0
    charges: int = 0
    documents: int = 0
    problems: int = 0


@dataclass(slots=True)
class Bill:
    """An account while its bill is made."""

    account: CustomerAccount
    customer: Customer
    until: date
    subscriptions: list[Subscription] = field(default_factory=list)
    waiting: list[Charge] = field(default_factory=list)
    new: list[Charge] = field(default_factory=list)
    problem: str = ""


def bill_accounts(account_ids: Sequence[int], *, day: date, at: datetime) -> Billed:
    """
    Bill those of these accounts that are to be billed up to a day. In the caller's transaction, which holds nothing yet: customers are
    locked first. An account that cannot be billed keeps the problem and is passed over until somebody solves it.
    """
    bills = _locked(account_ids, day)
    if not bills:
        return Billed()
    plans = Plan.objects.in_bulk({one.plan_id for bill in bills for one in bill.subscriptions})
    _make_charges(bills, plans, Rates(day), at)
    made = [bill for bill in bills if not bill.problem]
    documents = _issue(made, day, at)
    _move_on(made)
    troubled = [bill for bill in bills if bill.problem]
    for bill in troubled:
        CustomerAccount.objects.filter(pk=bill.account.pk).update(problem=bill.problem[:300])
    return Billed(len(made), sum(len(bill.new) for bill in made), documents, len(troubled))


def _locked(account_ids: Sequence[int], day: date) -> list[Bill]:
    """The accounts that are still to be billed, locked after their customers, with what hangs on them."""
    customer_ids = CustomerAccount.objects.filter(pk__in=account_ids).values_list("customer_id", flat=True)
    lock_in_order(Customer, customer_ids)
    rows = CustomerAccount.objects.filter(pk__in=account_ids, next_bill_on__lte=day, problem="")
    accounts = list(rows.order_by("pk").select_for_update(no_key=True))
    customers = Customer.objects.in_bulk([one.customer_id for one in accounts])
    bills = {one.pk: Bill(one, customers[one.customer_id], one.next_bill_on) for one in accounts}
    for subscription in Subscription.objects.filter(account__in=list(bills)).order_by("pk"):
        bills[subscription.account_id].subscriptions.append(subscription)
    for charge in Charge.objects.filter(account__in=list(bills), document__isnull=True).order_by("pk"):
        bills[charge.account_id].waiting.append(charge)
    return list(bills.values())


def _make_charges(bills: Sequence[Bill], plans: dict[int, Plan], rates: Rates, at: datetime) -> None:
    due = [
        (bill, one)
        for bill in bills
        for one in bill.subscriptions
        if one.billed_until < bill.until and (one.ended_on is None or one.ended_on >= one.billed_until)
    ]
    tariffs = _tariffs({one.plan_id for _bill, one in due})
    usage = _usage(due)
    for bill, one in due:
        terms = terms_of(one, tariffs.get((one.plan_id, bill.account.currency), []), bill.account.billing_day)
        try:
            costs = costs_of(terms, one.billed_until, bill.until, usage.get(one.pk, {}))
            percent = rates.percent(plans[one.plan_id].tax_class_id, bill.customer)
        except (NoTariffError, NotPossible) as problem:
            bill.problem = bill.problem or _why(problem, plans[one.plan_id])
            continue
        with translation.override(bill.customer.language):
            bill.new += [_charge(bill, one, plans[one.plan_id], cost, percent, at) for cost in costs]
    for bill in bills:
        if bill.account.budget_minor and not bill.problem:
            _add_budget(bill, plans, rates, at)


def _why(problem: Exception, plan: Plan) -> str:
    if isinstance(problem, NotPossible):
        return problem.message
    return _("There is no price of %(plan)s on %(day)s.") % {"plan": plan.name, "day": str(problem)}


def terms_of(one: Subscription, tariffs: Sequence[Tariff], billing_day: int) -> Terms:
    """What decides what a subscription costs."""
    return Terms(tariffs, one.started_on, one.ended_on, billing_day, one.discount_percent)


def _tariffs(plan_ids: set[int]) -> dict[tuple[int, str], list[Tariff]]:
    found: dict[tuple[int, str], list[Tariff]] = {}
    for tariff in Tariff.objects.filter(plan__in=plan_ids):
        found.setdefault((tariff.plan_id, tariff.currency), []).append(tariff)
    return found


def _usage(due: Sequence[tuple[Bill, Subscription]]) -> dict[int, dict[date, Decimal]]:
    found: dict[int, dict[date, Decimal]] = {}
    given = [[one.pk for _bill, one in due], [one.billed_until for _b, one in due], [bill.until for bill, _one in due]]
    for subscription, day, quantity in run_prepared(_USAGE, given):
        found.setdefault(subscription, {})[day] = quantity
    return found


def _charge(bill: Bill, one: Subscription, plan: Plan, cost: Costs, percent: Decimal, at: datetime) -> Charge:
    name = one.label or plan.name
    return Charge(
        account=bill.account,
        subscription=one,
        kind=cost.kind,
        text=f"{name}, {span_words(cost.span.start, cost.span.end)}",
        from_day=cost.span.start,
        until_day=cost.span.end,
        quantity=cost.quantity,
        minor=cost.amount.minor,
        currency=cost.amount.currency,
        includes_tax=cost.includes_tax,
        percent=percent,
        derivation=cost.derivation,
        made_at=at,
        key=f"{one.pk}:{cost.kind}:{cost.span.start.isoformat()}",
    )


def _add_budget(bill: Bill, plans: dict[int, Plan], rates: Rates, at: datetime) -> None:
    """The fixed amount of the month, in place of what was used, which waits for the true-up."""
    going = [one for one in bill.subscriptions if one.ended_on is None or one.ended_on >= bill.until]
    if not going:
        return
    with translation.override(bill.customer.language):
        text = _("Budget amount, %(days)s") % {
            "days": span_words(month_on(bill.until, -1, bill.account.billing_day), bill.until)
        }
    bill.new.append(
        Charge(
            account=bill.account,
            kind=ChargeKind.BUDGET,
            text=text,
            from_day=month_on(bill.until, -1, bill.account.billing_day),
            until_day=bill.until,
            minor=bill.account.budget_minor or 0,
            currency=bill.account.currency,
            percent=rates.percent(plans[going[0].plan_id].tax_class_id, bill.customer),
            made_at=at,
            key=f"budget:{bill.account.pk}:{bill.until.isoformat()}",
        )
    )


def _issue(bills: Sequence[Bill], day: date, at: datetime) -> int:
    new = [charge for bill in bills for charge in bill.new]
    if new:
        for charge, (number,) in zip(new, run_prepared(_IDS, [len(new)]), strict=True):
            charge.pk = number
    chosen = [(bill, on_bill) for bill in bills if (on_bill := to_invoice(bill.account, [*bill.waiting, *bill.new]))]
    documents = issue_invoices(
        [
            InvoiceWanted(
                bill.customer,
                [line_of(charge) for charge in on_bill],
                ("account", bill.account.pk),
                f"bill:{bill.account.pk}:{bill.until.isoformat()}",
                due_days=bill.account.due_days,
            )
            for bill, on_bill in chosen
        ],
        at=at,
        day=day,
    )
    waited = []
    for (_bill, on_bill), document in zip(chosen, documents, strict=True):
        for charge in on_bill:
            waited += [] if charge._state.adding else [(charge.pk, document.pk)]
            charge.document_id = document.pk
    copy_rows("billing_charge", _CHARGE, (_row(charge) for charge in new))
    if waited:
        run_prepared(_ON_INVOICE, [[charge for charge, _d in waited], [document for _c, document in waited]])
    return len(documents)


def to_invoice(account: CustomerAccount, charges: Sequence[Charge]) -> list[Charge]:
    """
    The charges that go on a bill now. What a budget stands for waits for the true-up; what is to be given back waits until it is set
    against enough, as an invoice is not below nothing.
    """
    chosen = [one for one in charges if not (account.budget_minor and one.kind in BUDGETED)]
    if sum(one.minor for one in chosen) < 0:
        chosen = [one for one in chosen if one.minor >= 0]
    return chosen


def line_of(charge: Charge) -> LineWanted:
    """A charge as a line of an invoice."""
    return LineWanted(
        ROLES.get(ChargeKind(charge.kind), What.CHARGE),
        charge.text,
        charge.quantity if charge.kind == ChargeKind.USAGE and charge.quantity > 0 else 1,
        Money(charge.minor, charge.currency),
        charge.percent,
        charge.includes_tax,
        ("charge", charge.pk),
    )


def _row(charge: Charge) -> list[object]:
    return [json.dumps(charge.derivation) if name == "derivation" else _value(charge, name) for name in _CHARGE]


def _value(charge: Charge, name: str) -> object:
    value = getattr(charge, name)
    return str(value) if isinstance(value, str) else value


def _move_on(bills: Sequence[Bill]) -> None:
    ids = [bill.account.pk for bill in bills]
    days = [month_on(bill.until, 1, bill.account.billing_day) for bill in bills]
    run_prepared(_MOVE_ON, [ids, days])
    billed = [(one.pk, bill.until) for bill in bills for one in bill.subscriptions if one.billed_until < bill.until]
    if billed:
        run_prepared(_BILLED, [[pk for pk, _day in billed], [day for _pk, day in billed]])
