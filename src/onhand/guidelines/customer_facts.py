"""
Facts about the customer an act is about: who they are, how well they are identified, what they were given before. They stand here because
customers stand below guidelines. Everything is of the whole file: the customer's row and those merged into it.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from onhand.customers.enums import CustomerKind, FlagKind
from onhand.customers.identification.level import reached
from onhand.guidelines.facts import Fact, Source, customer_of, in_units, register_facts
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.decisions import Question

WINDOWS = (30, 90, 365)  # days, today among them

# The row the file is read as, and the flags that are on any row of it at that moment.
_CUSTOMER = """
select r.kind, r.language, r.country, r.customer_since, array(
  select distinct f.kind from customers_customer m join customers_flag f on f.customer_id = m.id
  where (m.id = r.id or m.merged_into_id = r.id) and f.set_at <= %(at)s
    and (f.lifted_at is null or f.lifted_at > %(at)s) and (f.until is null or f.until > %(at)s))
from customers_customer c join customers_customer r on r.id = coalesce(c.merged_into_id, c.id) where c.id = %(customer)s
"""
_GIVEN = """
select count(*) filter (where g.day >= %(first)s), count(*) filter (where g.day >= %(second)s), count(*),
  coalesce(sum(g.minor) filter (where g.day >= %(first)s and g.currency = %(currency)s), 0)::bigint,
  coalesce(sum(g.minor) filter (where g.day >= %(second)s and g.currency = %(currency)s), 0)::bigint,
  coalesce(sum(g.minor) filter (where g.currency = %(currency)s), 0)::bigint
from customers_customer c join customers_customer m
  on m.id = coalesce(c.merged_into_id, c.id) or m.merged_into_id = coalesce(c.merged_into_id, c.id)
join guidelines_given g on g.customer_id = m.id and g.day >= %(third)s and g.day <= %(today)s
where c.id = %(customer)s
"""


def _of_the_customer(question: Question) -> Mapping[str, object]:
    customer = customer_of(question)
    if customer is None:
        return {}
    rows = run_prepared(_CUSTOMER, {"customer": customer, "at": question.at})
    if not rows:
        return {}
    kind, language, country, since, flags = rows[0]
    today = company_day(question.at)
    months = (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)
    return {
        "customer kind": kind,
        "customer language": language,
        "customer country": country or None,
        "months since customer": max(0, months),
        "flagged abusive": FlagKind.ABUSIVE in flags,
        "flagged vulnerable": FlagKind.VULNERABLE in flags,
        "fraud alert": FlagKind.FRAUD_ALERT in flags,
    }


def _of_the_identification(question: Question) -> Mapping[str, object]:
    """The level reached on the contact the act is done on, or without one by whoever may work so."""
    customer = customer_of(question)
    if customer is None:
        return {}
    return {"identification level": reached(question.actor, customer, question.contact_id, question.at).level}


def _of_what_was_given(question: Question) -> Mapping[str, object]:
    customer = customer_of(question)
    if customer is None:
        return {}
    today, currency = company_day(question.at), currency_of(question)
    first, second, third = (today - timedelta(days=days - 1) for days in WINDOWS)
    given = {"customer": customer, "currency": currency, "today": today, "first": first, "second": second}
    row = run_prepared(_GIVEN, given | {"third": third})[0]
    found: dict[str, object] = {}
    for place, days in enumerate(WINDOWS):
        found[f"remedies in {days} days"] = row[place]
        found[f"given in {days} days"] = in_units(row[place + len(WINDOWS)], currency) if currency else None
    return found


def currency_of(question: Question) -> str:
    """The currency amounts of a question are in: of what is given, else of the subject; empty where neither has one."""
    if question.gives is not None:
        return question.gives.currency
    found = getattr(question.subject, "currency", "")
    return found if isinstance(found, str) else ""


register_facts(
    Source(
        "customer",
        _("The customer"),
        (
            Fact("customer kind", "string", _("A person or an organisation."), dict(CustomerKind.choices), '"person"'),
            Fact("customer language", "string", _("The language they are written to in."), example='"es"'),
            Fact("customer country", "string", _("Where they live, as a country's two letters."), example='"ES","PT"'),
            Fact("months since customer", "number", _("Whole months since they became a customer."), example=">= 24"),
            Fact("flagged abusive", "boolean", _("Whether the file bears the sign “abusive”."), example="true"),
            Fact("flagged vulnerable", "boolean", _("Whether the file bears the sign “vulnerable”."), example="true"),
            Fact("fraud alert", "boolean", _("Whether the file bears a fraud alert."), example="false"),
        ),
        _of_the_customer,
    )
)
register_facts(
    Source(
        "identification",
        _("How well the customer is identified"),
        (
            Fact(
                "identification level",
                "number",
                _("On this contact: 0 not at all, 1 by questions, 2 strongly; 3 for work without a contact."),
                example=">= 1",
            ),
        ),
        _of_the_identification,
    )
)
register_facts(
    Source(
        "given",
        _("What the customer was given before"),
        (
            Fact(
                "remedies in 30 days", "number", _("How often they were given something, today counted."), example="0"
            ),
            Fact(
                "remedies in 90 days", "number", _("How often they were given something, today counted."), example="< 3"
            ),
            Fact(
                "remedies in 365 days",
                "number",
                _("How often they were given something, today counted."),
                example="> 5",
            ),
            Fact("given in 30 days", "number", _("How much, in the currency of what is given now."), example="<= 50"),
            Fact("given in 90 days", "number", _("How much, in the currency of what is given now."), example="<= 200"),
            Fact("given in 365 days", "number", _("How much, in the currency of what is given now."), example="> 500"),
        ),
        _of_what_was_given,
    )
)
