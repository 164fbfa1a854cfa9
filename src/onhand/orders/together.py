"""
What is bought together: how many orders of the last year hold both of two products, counted each night. On the desk it says what others
who bought this bought too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from onhand.catalogue.access import visible_products
from onhand.catalogue.models import Product
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.orders.models import BoughtTogether

DAYS = 365
KEPT_A_PRODUCT = 20
MOST_PRODUCTS_OF_AN_ORDER = 30  # beyond it is a shop's stock, not a purchase
MOST_SHOWN = 5
_COUNT = """
insert into orders_boughttogether (product_id, other_id, orders)
with bought as (
  select distinct l.order_id, v.product_id from orders_order o join orders_orderline l on l.order_id = o.id
  join catalogue_variant v on v.id = l.variant_id join catalogue_product p on p.id = v.product_id and p.is_active
  where o.placed_at >= %(since)s and o.state <> 'cancelled' and l.pieces > 0
), few as (
  select order_id from bought group by 1 having count(*) between 2 and %(most)s
), pairs as (
  select a.product_id, b.product_id as other_id, count(*) as orders,
    row_number() over (partition by a.product_id order by count(*) desc, b.product_id) as place
  from few join bought a using (order_id) join bought b using (order_id)
  where a.product_id <> b.product_id group by 1, 2
)
select product_id, other_id, orders from pairs where place <= %(kept)s
"""


@dataclass(frozen=True, slots=True)
class Companion:
    """A product, and how many orders of the last year hold it together with one that was asked about."""

    product: Product
    orders: int


@transaction.atomic
def count_together(at: datetime) -> None:
    """Count anew from the orders of the last year. Reads each of their lines once; keeps twenty companions a product."""
    BoughtTogether.objects.all().delete()
    given = {"since": at - timedelta(days=DAYS), "most": MOST_PRODUCTS_OF_AN_ORDER, "kept": KEPT_A_PRODUCT}
    run_prepared(_COUNT, given)


def bought_with(product_ids: Sequence[int], *, actor: Actor, most: int = MOST_SHOWN) -> list[Companion]:
    """What is most often bought with any of these and is none of them: the commonest first, those the actor may see."""
    rows = (
        BoughtTogether.objects.filter(product__in=product_ids, other__in=visible_products(actor))
        .exclude(other__in=product_ids)
        .filter(other__is_active=True)
        .values("other")
        .annotate(sum=Sum("orders"))
        .order_by("-sum", "other")[:most]
    )
    counts = {row["other"]: int(row["sum"]) for row in rows}
    products = Product.objects.in_bulk(counts)
    return [Companion(products[pk], orders) for pk, orders in counts.items()]
