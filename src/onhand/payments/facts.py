"""What guidelines can ask about payments: how a payment was made, and what a customer has with us to spend."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.customer_facts import currency_of
from onhand.guidelines.facts import Fact, Source, customer_of, in_units, register_facts
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.decisions import Question
from onhand.ledger.chart import STORED_VALUE
from onhand.payments.enums import MethodKind, PaymentState

# What is on a card stands on the credit side of its account.
_BALANCE = """
select coalesce(-sum(a.balance), 0)::bigint
from customers_customer c join customers_customer m
  on m.id = coalesce(c.merged_into_id, c.id) or m.merged_into_id = coalesce(c.merged_into_id, c.id)
join payments_storedvaluecard k on k.customer_id = m.id and k.state = 'active' and k.currency = %(currency)s
join ledger_ledgeraccount a on a.role = %(role)s and a.currency = k.currency and a.owner_id = k.id
where c.id = %(customer)s
"""


def _of_the_payment(question: Question) -> Mapping[str, object]:
    one = question.subject
    if one is None:
        return {}
    came = one.captured_at
    return {
        "payment method": str(one.method.kind),
        "payment state": str(one.state),
        "days since paid": (company_day(question.at) - company_day(came)).days if came else None,
    }


def _of_the_balance(question: Question) -> Mapping[str, object]:
    customer, currency = customer_of(question), currency_of(question)
    if customer is None or not currency:
        return {}
    given = {"customer": customer, "currency": currency, "role": STORED_VALUE.key}
    return {"stored value balance": in_units(run_prepared(_BALANCE, given)[0][0], currency)}


register_facts(
    Source(
        "payment",
        _("The payment"),
        (
            Fact("payment method", "string", _("How it was paid."), dict(MethodKind.choices), '"card"'),
            Fact("payment state", "string", _("How far the payment is."), dict(PaymentState.choices), '"captured"'),
            Fact(
                "days since paid", "number", _("Days since the money came in; null where it has not."), example="<= 90"
            ),
        ),
        _of_the_payment,
        subjects=frozenset({"payment"}),
    )
)
register_facts(
    Source(
        "stored value",
        _("Stored value"),
        (
            Fact(
                "stored value balance",
                "number",
                _("What the customer has on cards of ours, in the currency the act is about."),
                example="> 0",
            ),
        ),
        _of_the_balance,
    )
)
