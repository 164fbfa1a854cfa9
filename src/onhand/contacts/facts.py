"""Facts guidelines can look at: the contact an act is done on, and what is going on with the customer."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from onhand.contacts.enums import Direction
from onhand.customers.enums import ChannelKind
from onhand.guidelines.facts import Fact, Source, customer_of, register_facts
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day, day_span
from onhand.kernel.decisions import Question

LIVE = (
    ChannelKind.TELEPHONE,
    ChannelKind.CHAT,
    ChannelKind.COUNTER,
)  # there the customer waits while something is decided
YEAR = timedelta(days=365)

_CONTACT = """
select t.channel, t.direction, t.started_at <= %(at)s and (t.ended_at is null or t.ended_at > %(at)s), r.name
from contacts_contact t left join contacts_contactreason r on r.id = t.reason_id where t.id = %(contact)s
"""
# A case that was found to be the same as another is told with that one. The open ones stand in an index of their own.
_CASES = """
with file as (
  select m.id from customers_customer c join customers_customer m
    on m.id = coalesce(c.merged_into_id, c.id) or m.merged_into_id = coalesce(c.merged_into_id, c.id) where c.id = %(customer)s)
select
  (select count(*) from file f join contacts_case k on k.customer_id = f.id
    where k.merged_into_id is null and k.opened_at <= %(at)s and (k.closed_at is null or k.closed_at > %(at)s)),
  (select count(*) from file f join contacts_case k on k.customer_id = f.id
    where k.merged_into_id is null and k.kind = 'complaint' and k.opened_at >= %(since)s and k.opened_at <= %(at)s)
"""


def _of_the_contact(question: Question) -> Mapping[str, object]:
    if question.contact_id is None:
        return {}
    rows = run_prepared(_CONTACT, {"contact": question.contact_id, "at": question.at})
    if not rows:
        return {}
    channel, direction, goes_on, reason = rows[0]
    return {
        "channel": channel,
        "contact direction": direction,
        "customer waiting": bool(goes_on) and channel in LIVE,
        "contact reason": reason,
    }


def _of_the_cases(question: Question) -> Mapping[str, object]:
    """Complaints of the last 365 of the company's days, today among them."""
    customer = customer_of(question)
    if customer is None:
        return {}
    since, _next = day_span(company_day(question.at) - YEAR + timedelta(days=1))
    is_open, complaints = run_prepared(_CASES, {"customer": customer, "at": question.at, "since": since})[0]
    return {"open cases": is_open, "complaints in 12 months": complaints}


register_facts(
    Source(
        "contact",
        _("The contact"),
        (
            Fact("channel", "string", _("By which channel it came."), dict(ChannelKind.choices), '"telephone","chat"'),
            Fact("contact direction", "string", _("Who began it."), dict(Direction.choices), '"inbound"'),
            Fact(
                "customer waiting",
                "boolean",
                _("Whether the customer is on the line, in the chat or at the counter now."),
                example="true",
            ),
            Fact("contact reason", "string", _("Why they got in touch, as it was wrapped up."), example='"Damaged"'),
        ),
        _of_the_contact,
    )
)
register_facts(
    Source(
        "cases",
        _("The customer's cases"),
        (
            Fact("open cases", "number", _("How many of their cases are not closed."), example="< 3"),
            Fact(
                "complaints in 12 months",
                "number",
                _("How many complaints were opened in the last 365 days, today counted."),
                example="> 4",
            ),
        ),
        _of_the_cases,
    )
)
