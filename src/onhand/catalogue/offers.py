"""What products cost whom and how many are free, for lists: two statements however many products."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.numbers import get_territory_currencies

from onhand.kernel.database import run_prepared
from onhand.kernel.money import Money

_FROM = """
select v.product_id, min(p.minor), max(p.minor), bool_or(p.includes_tax)
from catalogue_variant v cross join lateral (
  select p.minor, l.includes_tax from catalogue_price p join catalogue_pricelist l on l.id = p.price_list_id
  where p.variant_id = v.id and p.from_pieces = 1 and l.currency = %(currency)s
    and l.from_day <= %(day)s and (l.until_day is null or l.until_day >= %(day)s)
    and (l.group_id is null or l.group_id in (
      select group_id from catalogue_groupmember where customer_id = any(%(customers)s::bigint[])))
  order by l.rank desc, p.minor, l.id limit 1) p
where v.product_id = any(%(products)s::bigint[]) and v.is_active group by 1
"""
_FREE = """
select v.product_id, sum(s.on_hand - s.reserved) from catalogue_variant v join catalogue_stock s on s.variant_id = v.id
join catalogue_stockplace w on w.id = s.place_id and w.is_active
where v.product_id = any(%s::bigint[]) and v.is_active group by 1
"""
_CURRENCIES = """
select currency, max(rank) from catalogue_pricelist
where group_id is null and from_day <= %(day)s and (until_day is null or until_day >= %(day)s) group by 1 order by 2 desc, min(id)
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the variants of a product cost one piece, from the least to the most, and how many pieces are free anywhere."""

    least: Money | None
    most: Money | None
    includes_tax: bool
    free: int


def offers(product_ids: Sequence[int], currency: str, *, customer_ids: Sequence[int], on: date) -> dict[int, Offer]:
    """The offer of each product to these customers (the members of one file). Costs the prices and stock of their variants."""
    given = {"products": list(product_ids), "currency": currency, "customers": list(customer_ids), "day": on}
    costs = {product: found for product, *found in run_prepared(_FROM, given)}
    free = dict(run_prepared(_FREE, [list(product_ids)]))
    return {product: _offer(costs.get(product), currency, int(free.get(product) or 0)) for product in product_ids}


def _offer(cost: list[object] | None, currency: str, free: int) -> Offer:
    if cost is None:
        return Offer(None, None, includes_tax=False, free=free)
    least, most, includes_tax = cost
    return Offer(Money(int(str(least)), currency), Money(int(str(most)), currency), bool(includes_tax), free)


def currencies(on: date) -> list[str]:
    """The currencies everybody can buy in on that day, the most usual first."""
    return [currency for currency, _rank in run_prepared(_CURRENCIES, {"day": on})]


def currency_for(country: str, on: date) -> str:
    """The currency of a country (ISO 3166) where we have prices in it, else our most usual one; empty where there are no prices."""
    ours = currencies(on)
    theirs = get_territory_currencies(country) if country else []
    return next((one for one in theirs if one in ours), ours[0] if ours else "")
