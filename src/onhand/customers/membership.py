"""Which customers' rows make up one file: the customer itself and those merged into it."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q

from onhand.customers.models import Customer

# For statements with a parameter %(customer)s: the id of a customer that is not merged itself. Of somebody erased there are none:
# what is still on its way out is not shown any more.
MEMBERS = """
select m.id from customers_customer m where (m.id = %(customer)s or m.merged_into_id = %(customer)s) and m.erased_at is null
"""


def of_file(customer_id: int | None) -> Q:
    """Rows with a `customer` that is the one named or was merged into it, which are found first, by their index. None has no rows."""
    if customer_id is None:
        return Q(pk__in=())
    return Q(customer__in=Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id)).values("pk"))


def member_ids(customer_id: int) -> list[int]:
    """The ids of the file of a customer that is not merged itself; its own first."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, {"customer": customer_id})
        return sorted((pk for (pk,) in cursor.fetchall()), key=lambda pk: (pk != customer_id, pk))


_FAMILY = """
with roots as (select coalesce(c.merged_into_id, c.id) as id from customers_customer c where c.id = any(%s))
select id from roots union select m.id from customers_customer m join roots on m.merged_into_id = roots.id
"""


def family_ids(customer_ids: Iterable[int]) -> list[int]:
    """Every customer of the files these are part of, to be locked together."""
    with connection.cursor() as cursor:
        cursor.execute(_FAMILY, [list(customer_ids)])
        return sorted(pk for (pk,) in cursor.fetchall())
