"""What guidelines can ask about the account of a customer who is billed: how it stands."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from onhand.billing.enums import AccountKind
from onhand.billing.standing import standing_of
from onhand.billing.subjects import ACCOUNT, PAYMENT_PLAN, SUBSCRIPTION
from onhand.guidelines.facts import Fact, Source, customer_of, register_customer_of, register_facts
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.decisions import Question

# The account of the file; of several, which merging brings about, the oldest that is named first.
_ACCOUNT = """
select a.id, a.currency, a.kind, a.dunning_stage, a.hold_until,
  exists (select from billing_paymentplan p where p.account_id = a.id and p.state = 'running')
from customers_customer c join customers_customer m
  on m.id = coalesce(c.merged_into_id, c.id) or m.merged_into_id = coalesce(c.merged_into_id, c.id)
join billing_customeraccount a on a.customer_id = m.id
where c.id = %(customer)s order by a.id <> %(account)s, a.id limit 1
"""


def _of_the_account(question: Question) -> Mapping[str, object]:
    """One statement for the account and two for how it stands."""
    customer = customer_of(question)
    if customer is None:
        return {}
    rows = run_prepared(_ACCOUNT, {"customer": customer, "account": _account_id(question)})
    if not rows:
        return {}
    pk, currency, kind, stage, hold_until, has_plan = rows[0]
    today, standing = company_day(question.at), standing_of(pk, currency)
    since = standing.overdue_since(today)
    return {
        "account kind": kind,
        "dunning stage": stage,
        "dunning held": hold_until is not None and hold_until >= today,
        "payment plan running": has_plan,
        "amount open": standing.balance,
        "amount overdue": standing.overdue(today),
        "days overdue": (today - since).days if since else 0,
    }


def _account_id(question: Question) -> int:
    """The account an act names itself; 0 where it names the customer only."""
    if question.subject_type == ACCOUNT:
        return question.subject_id or 0
    return int(getattr(question.subject, "account_id", 0) or 0)


register_customer_of(SUBSCRIPTION, lambda one: one.account.customer_id)
register_customer_of(PAYMENT_PLAN, lambda plan: plan.account.customer_id)
register_facts(
    Source(
        "account",
        _("The customer's account"),
        (
            Fact("account kind", "string", _("Which sort of account it is."), dict(AccountKind.choices), '"consumer"'),
            Fact("dunning stage", "number", _("Which step of dunning it has reached; 0 for none."), example=">= 2"),
            Fact("dunning held", "boolean", _("Whether dunning is held."), example="true"),
            Fact("payment plan running", "boolean", _("Whether a payment plan is running."), example="false"),
            Fact(
                "amount open",
                "number",
                _("What they owe, in the account's currency; below nothing is their credit."),
                example="> 100",
            ),
            Fact("amount overdue", "number", _("What of it was due before today."), example="0"),
            Fact(
                "days overdue", "number", _("Days since the oldest of it was due; 0 where nothing is."), example="> 30"
            ),
        ),
        _of_the_account,
    )
)
