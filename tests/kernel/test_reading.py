"""Rows read and written by prepared statements are what querysets give and `save()` stores."""

import pytest
from django.db import connection

from onhand.kernel.inserting import insert_row, update_row
from onhand.kernel.models import Versioned
from onhand.kernel.reading import read_row, read_rows
from onhand.orders.models import Order, OrderLine
from tests.orders.shop import Shop, account_of, buyer, place, variants

pytestmark = pytest.mark.django_db


def an_order() -> Order:
    shop, customer = Shop(), buyer()
    return place(customer, [(one, 1) for one in variants(shop.kettle)], account_of(customer))


def all_of(row: Versioned | OrderLine) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_rows_are_read_with_every_kind_of_value() -> None:
    order = an_order()
    lines = read_rows(OrderLine, "order_id = %s", [order.pk], order="number desc")
    assert [all_of(line) for line in lines] == [all_of(line) for line in OrderLine.objects.order_by("-number")]
    assert isinstance(lines[0].options, dict)
    found = read_row(Order, "id = %s", [order.pk], locks=True)
    assert found is not None
    assert all_of(found) == all_of(Order.objects.get())
    assert not found._state.adding


def test_a_number_of_any_size_is_asked_for() -> None:
    order = an_order()
    for number in (0, -1, 2**15, 2**31, 2**63, 10**30):
        assert read_row(Order, "id = %s", [number]) is None
    assert read_row(Order, "id = %s", [order.pk]) == order


def test_a_statement_is_prepared_once_for_numbers_of_all_sizes() -> None:
    for number in (1, 2**20, 2**40):
        read_row(Order, "id = %s and 17 = 17", [number])
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like '%17 = 17%'")
        assert cursor.fetchone() == (1,)


def test_a_row_is_stored_and_changed() -> None:
    line = read_rows(OrderLine, "order_id = %s", [an_order().pk], order="number")[0]
    line.pk, line.number = None, 17
    insert_row(line)
    assert line.pk
    line.options, line.pieces, line.sku = {"Size": "é"}, 70_000, "not stored"
    update_row(line, "options", "pieces")
    stored = OrderLine.objects.get(number=17)
    assert (stored.options, stored.pieces) == ({"Size": "é"}, 70_000)
    assert stored.sku != "not stored"
    with pytest.raises(ValueError, match="no fields"):
        update_row(line, "colour")
