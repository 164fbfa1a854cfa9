"""
Discounts given on a line before lines kept them can be taken back too: what was given stands in the changes of the order. Only where it is
sure: nothing but discounts changed the lines since, and the order has one line of that title. What left stands as it is.
"""

from typing import ClassVar

from django.db import migrations

GIVEN = """
update orders_orderline l set own_discount_minor = g.minor from (
  select c.order_id, c.after->>'article' as title, sum((c.after->'discount'->>'minor')::bigint) as minor
  from orders_orderchange c join orders_order o on o.id = c.order_id
  where c.kind = 'discount' and o.state in ('pending', 'in_process') and not exists (
    select from orders_orderchange x where x.order_id = c.order_id
      and x.kind in ('lines', 'options', 'pieces_cancelled', 'rest_cancelled', 'discount_back', 'shipped'))
  group by 1, 2) g
where l.order_id = g.order_id and l.title = g.title and l.own_discount_minor = 0 and g.minor between 1 and l.discount_minor
  and l.invoiced = 0
  and (select count(*) from orders_orderline k where k.order_id = l.order_id and k.title = l.title) = 1;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0009_discounts_and_pieces_taken_back")]
    operations: ClassVar = [migrations.RunSQL(GIVEN, migrations.RunSQL.noop)]
