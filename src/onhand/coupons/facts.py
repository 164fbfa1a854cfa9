"""What guidelines can ask about coupons: how many the customer was given."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.facts import Fact, Source, customer_of, register_facts
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day, day_span
from onhand.kernel.decisions import Question

DAYS = 365

_COUPONS = """
select count(*), count(*) filter (where k.state = 'open' and k.until >= %(today)s)
from customers_customer c join customers_customer m
  on m.id = coalesce(c.merged_into_id, c.id) or m.merged_into_id = coalesce(c.merged_into_id, c.id)
join coupons_coupon k on k.customer_id = m.id and k.given_at >= %(since)s and k.given_at <= %(at)s where c.id = %(customer)s
"""


def _of_the_coupons(question: Question) -> Mapping[str, object]:
    customer = customer_of(question)
    if customer is None:
        return {}
    today = company_day(question.at)
    since, _next = day_span(today - timedelta(days=DAYS - 1))
    given = {"customer": customer, "today": today, "since": since, "at": question.at}
    count, usable = run_prepared(_COUPONS, given)[0]
    return {"coupons in 12 months": count, "coupons not used": usable}


register_facts(
    Source(
        "coupons",
        _("Coupons the customer was given"),
        (
            Fact(
                "coupons in 12 months",
                "number",
                _("How many they were given in the last 365 days, today counted."),
                example="< 3",
            ),
            Fact("coupons not used", "number", _("How many of those they can still use."), example="0"),
        ),
        _of_the_coupons,
    )
)
