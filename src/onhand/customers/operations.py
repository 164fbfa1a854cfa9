"""Writes on customers that are part of acts, or of setting up a company."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from onhand.customers.enums import CustomerKind
from onhand.customers.finding.vocabulary import learn, learn_words
from onhand.customers.finding.words import search_text_of, vocabulary_of
from onhand.customers.models import Address, Customer
from onhand.customers.time_zones import time_zone_of
from onhand.kernel.database import run_prepared
from onhand.kernel.references import reference_code


def next_reference() -> str:
    """A reference code that no customer has had before."""
    return next_references(1)[0]


def next_references(count: int) -> list[str]:
    """Several reference codes that no customer has had before."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('customers_reference') from generate_series(1, %s)", [count])
        return [reference_code(number) for (number,) in cursor.fetchall()]


def new_customer(
    *,
    name: str,
    kind: CustomerKind,
    language: str,
    at: datetime,
    form_of_address: str = "",
    born_on: date | None = None,
    country: str = "",
    city: str = "",
    site_id: int | None = None,
    team_id: int | None = None,
    owner_id: int | None = None,
) -> Customer:
    """Store a new customer, who lives by the time of their country. Part of an act: runs in its transaction."""
    customer = Customer(
        reference=next_reference(),
        kind=kind,
        name=name,
        language=language,
        form_of_address=form_of_address,
        born_on=born_on,
        country=country,
        city=city,
        time_zone=time_zone_of(country),
        site_id=site_id,
        team_id=team_id,
        owner_id=owner_id,
        customer_since=at.date(),
        created_at=at,
    )
    customer.search_text = search_text_of(customer)
    learn_words("", customer.search_text)
    customer.save(force_insert=True)
    return customer


@dataclass(slots=True)
class _Other:
    """What else a file is found by: a customer merged into it, or a further address."""

    name: str
    address_lines: str
    postal_code: str
    city: str
    region: str


# The parameter is the root, three times.
_OTHERS = """
select 0, m.id, m.name, m.address_lines, m.postal_code, m.city, m.region from customers_customer m
where m.merged_into_id = %s and m.erased_at is null
union all
select 1, a.id, '', a.address_lines, a.postal_code, a.city, a.region from customers_address a
where a.ended_at is null and a.customer_id in (
  select %s::bigint union all select m.id from customers_customer m where m.merged_into_id = %s and m.erased_at is null)
order by 1, 2
"""


def assign_search_text(customer: Customer) -> None:
    """
    Bring the words the subject of the running act is found by in line with its name and addresses and those of the customers merged
    into it. The act writes the row. A customer that is merged itself is found by its root, and one erased not at all.
    """
    before = customer.search_text
    if customer.merged_into_id is not None or customer.erased_at is not None:
        customer.search_text = ""
        return
    others = [_Other(*row[2:]) for row in run_prepared(_OTHERS, [customer.pk] * 3)]
    customer.search_text = search_text_of(customer, *others)
    learn_words(before, customer.search_text)


def refresh_search_text(customer: Customer) -> None:
    """
    The same for a customer that is not the running act's subject, such as the root of a customer whose name changes: written
    at once. Runs in the caller's transaction.
    """
    before = customer.search_text
    assign_search_text(customer)
    if customer.search_text != before:
        customer.save(update_fields=["search_text"])


def many_search_texts(rows: Mapping[int, Mapping[str, Any]]) -> dict[int, str]:
    """
    The words the customers of these ids are found by once they have these columns (name and address), for writes of many at once.
    Takes new words into the vocabulary. Four statements, however many there are.
    """
    others: dict[int, list[Customer | Address]] = defaultdict(list)
    for one in Customer.objects.filter(merged_into__in=rows, erased_at__isnull=True).order_by("pk"):
        others[one.merged_into_id or 0].append(one)
    places = Address.objects.filter(Q(customer__in=rows) | Q(customer__merged_into__in=rows), ended_at__isnull=True)
    for place in places.select_related("customer").order_by("pk"):
        others[place.customer.merged_into_id or place.customer_id].append(place)
    columns = ("name", "address_lines", "postal_code", "city", "region")
    texts = {
        pk: search_text_of(Customer(**{name: row.get(name, "") for name in columns}), *others[pk])
        for pk, row in rows.items()
    }
    learn(vocabulary_of(texts.values()))
    return texts


def end_of_day(day: date, time_zone: str) -> datetime:
    """The moment a day is over for who lives by that time zone: what holds until a day holds through it."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(time_zone))
