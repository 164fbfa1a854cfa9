"""
What something costs whom on which day, and what tax it bears. Read, never stored with the product: an order keeps what was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from onhand.kernel.database import run_prepared
from onhand.kernel.money import Money

_PRICES = """
select w.place, p.minor, l.id, l.includes_tax, l.name
from unnest(%(variants)s::bigint[], %(pieces)s::int[]) with ordinality w(variant, pieces, place)
cross join lateral (
  select p.minor, p.price_list_id from catalogue_price p join catalogue_pricelist l on l.id = p.price_list_id
  where p.variant_id = w.variant and p.from_pieces <= w.pieces and l.currency = %(currency)s
    and l.from_day <= %(day)s and (l.until_day is null or l.until_day >= %(day)s)
    and (l.group_id is null or l.group_id in (
      select group_id from catalogue_groupmember where customer_id = any(%(customers)s::bigint[])))
  order by l.rank desc, p.minor, l.id limit 1) p
join catalogue_pricelist l on l.id = p.price_list_id
"""
_RATES = """
select c.id, r.percent from unnest(%(classes)s::bigint[]) c(id)
cross join lateral (
  select percent from catalogue_taxrate r
  where r.tax_class_id = c.id and r.country = %(country)s and r.region in ('', %(region)s) and r.from_day <= %(day)s
  order by (r.region = %(region)s) desc, r.from_day desc limit 1) r
"""


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What one piece costs, by which list, with or without tax in it."""

    amount: Money
    price_list: int
    list_name: str
    includes_tax: bool


def prices_for(
    wanted: Sequence[tuple[int, int]], currency: str, *, customer_ids: Sequence[int], on: date
) -> list[UnitPrice | None]:
    """
    What (variant, pieces) cost these customers (the members of one file) a piece, in the same order; None where no list has a price.
    One statement; costs the prices of those variants.
    """
    given = {
        "variants": [variant for variant, _pieces in wanted],
        "pieces": [pieces for _variant, pieces in wanted],
        "currency": currency,
        "day": on,
        "customers": list(customer_ids),
    }
    found = {
        place: UnitPrice(Money(minor, currency), price_list, name, includes)
        for place, minor, price_list, includes, name in run_prepared(_PRICES, given)
    }
    return [found.get(place) for place in range(1, len(wanted) + 1)]


def tax_rates(class_ids: Sequence[int], *, country: str, region: str = "", on: date) -> dict[int, Decimal]:
    """The percent of each class there and then; that of a region comes before its country's. What has no rate is left out."""
    given = {"classes": sorted(set(class_ids)), "country": country, "region": region, "day": on}
    return {tax_class: Decimal(percent) for tax_class, percent in run_prepared(_RATES, given)}
