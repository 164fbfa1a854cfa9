"""What is done on the catalogue: each act, and what it refuses."""

from typing import Any

import pytest

from onhand.catalogue.finding import find_products
from onhand.catalogue.models import (
    Attribute,
    CustomerGroup,
    PriceList,
    Product,
    Stock,
    StockPlace,
    TaxClass,
    TaxRate,
    Variant,
)
from onhand.kernel.errors import ActError, NotPermitted
from onhand.kernel.perform import Outcome, perform
from tests.catalogue.goods import (
    NOW,
    make_place,
    make_price_list,
    make_product,
    make_tax_class,
    make_variant,
    put_in_stock,
)
from tests.factories import make_actor, make_customer


def do(name: str, subject_id: int | None = None, **arguments: Any) -> Outcome:
    return perform(f"catalogue.{name}", actor=make_actor(), subject_id=subject_id, arguments=arguments, at=NOW)


def refused(name: str, subject_id: int | None = None, **arguments: Any) -> str:
    with pytest.raises(ActError) as error:
        do(name, subject_id, **arguments)
    return str(error.value.message)


@pytest.mark.django_db
def test_a_product_is_added_described_and_given_variants() -> None:
    tax = make_tax_class()
    shirt = do(
        "add_product", code="TS-1", product_name="T-shirt", kind="goods", tax_class=tax.pk, options=["Size", "Colour"]
    )
    assert shirt.subject_id
    assert "of this code" in refused("add_product", code="TS-1", product_name="X", kind="goods", tax_class=tax.pk)
    assert refused("add_product", code="TS-2", product_name="X", kind="goods", tax_class=tax.pk, options=["A", "A"])
    assert refused("add_product", code="TS-2", product_name="X", kind="goods", tax_class=10**9)
    changed = do(
        "change_product",
        shirt.subject_id,
        product_name="T-shirt, organic",
        tax_class=tax.pk,
        warranty_months=24,
        brand="Lino",
    )
    assert changed.after == {"product_name": "T-shirt, organic", "warranty_months": 24, "brand": "Lino"}
    assert refused("change_product", shirt.subject_id, product_name="T", tax_class=tax.pk, warranty_months=-1)
    do("add_variant", shirt.subject_id, sku="TS-1-M", options={"Size": "M", "Colour": "blue"}, gtin="4006381333931")
    assert "already" in refused("add_variant", shirt.subject_id, sku="TS-9", options={"Size": "M", "Colour": "blue"})
    assert "Say which: Colour" in refused("add_variant", shirt.subject_id, sku="TS-9", options={"Size": "L"})
    assert "has no Fit" in refused(
        "add_variant", shirt.subject_id, sku="TS-9", options={"Size": "L", "Colour": "red", "Fit": "slim"}
    )
    assert "of this number" in refused(
        "add_variant", shirt.subject_id, sku="TS-1-M", options={"Size": "L", "Colour": "red"}
    )
    assert "check digit" in refused(
        "add_variant", shirt.subject_id, sku="TS-9", options={"Size": "L", "Colour": "red"}, gtin="4006381333932"
    )
    blue = Variant.objects.get(sku="TS-1-M")
    do("change_variant", blue.pk, gtin="", weight_grams=180, in_use=False)
    blue.refresh_from_db()
    assert (blue.gtin, blue.weight_grams, blue.is_active) == ("", 180, False)
    assert refused("change_variant", blue.pk, gtin="12")


@pytest.mark.django_db
def test_set_attributes_takes_values_of_their_type() -> None:
    Attribute.objects.create(key="power", name="Power", type="number", unit="W")
    Attribute.objects.create(key="waterproof", name="Waterproof", type="yes_no")
    lamp = make_product()
    do("set_attributes", lamp.pk, values={"power": "7,5", "waterproof": "yes"})
    do("set_attributes", lamp.pk, values={"waterproof": False})
    lamp.refresh_from_db()
    assert lamp.values == {"power": "7.5", "waterproof": False}
    do("set_attributes", lamp.pk, values={"power": ""})
    lamp.refresh_from_db()
    assert lamp.values == {"waterproof": False}
    assert "is a number" in refused("set_attributes", lamp.pk, values={"power": "strong"})
    assert "yes or no" in refused("set_attributes", lamp.pk, values={"waterproof": "maybe"})
    assert "no attribute" in refused("set_attributes", lamp.pk, values={"taste": "sweet"})


@pytest.mark.django_db
def test_set_bundle_parts_takes_goods_and_no_bundles() -> None:
    lamp, bulb = make_variant(), make_variant()
    both = make_product("Set", kind="bundle")
    do("set_bundle_parts", both.pk, parts=[{"variant": lamp.pk}, {"variant": bulb.pk, "pieces": 2}])
    assert sorted(both.parts.values_list("variant", "pieces")) == sorted([(lamp.pk, 1), (bulb.pk, 2)])
    inner = make_variant(both)
    assert refused("set_bundle_parts", both.pk, parts=[{"variant": inner.pk}])
    assert refused("set_bundle_parts", both.pk, parts=[{"variant": lamp.pk, "pieces": 0}])
    assert refused("set_bundle_parts", both.pk, parts=[{"variant": 10**9}])
    assert refused("set_bundle_parts", lamp.product_id, parts=[{"variant": bulb.pk}])


@pytest.mark.django_db
def test_price_lists_hold_for_a_time_and_a_group() -> None:
    made = do("add_price_list", list_name="Spring", currency="EUR", from_day="2026-03-01")
    assert "currency" in refused("add_price_list", list_name="Other", currency="XXY", from_day="2026-03-01")
    assert refused("add_price_list", list_name="Spring", currency="EUR", from_day="2026-03-01")
    do(
        "change_price_list",
        made.subject_id,
        list_name="Spring sale",
        from_day="2026-03-01",
        until_day="2026-03-31",
        rank=3,
    )
    spring = PriceList.objects.get(pk=made.subject_id or 0)
    assert (spring.name, spring.rank) == ("Spring sale", 3)
    assert refused("change_price_list", spring.pk, list_name="S", from_day="2026-03-01", until_day="2026-02-01")
    assert refused("change_price_list", spring.pk, list_name="S", from_day="2026-03-01", rank=-1)
    assert refused("change_price_list", spring.pk, list_name="S", from_day="2026-03-01", group=10**9)


@pytest.mark.django_db
def test_set_prices_says_what_they_were() -> None:
    lamp, prices = make_variant(), make_price_list()
    row = {"variant": lamp.pk, "amount": {"minor": 1000, "currency": "EUR"}}
    do("set_prices", prices.pk, rows=[row])
    outcome = do("set_prices", prices.pk, rows=[row | {"amount": "EUR 9.50"}, row | {"from_pieces": 10}])
    assert outcome.before["prices"][0]["price"] == {"minor": 1000, "currency": "EUR"}
    assert outcome.after["prices"][0] == {"article": lamp.sku, "from": 1, "price": {"minor": 950, "currency": "EUR"}}
    assert "in EUR" in refused("set_prices", prices.pk, rows=[row | {"amount": {"minor": 1, "currency": "USD"}}])
    assert "not negative" in refused("set_prices", prices.pk, rows=[row | {"amount": {"minor": -1, "currency": "EUR"}}])
    assert "once" in refused("set_prices", prices.pk, rows=[row, row])
    assert refused("set_prices", prices.pk, rows=[row | {"variant": 10**9}])
    assert prices.prices.count() == 2


@pytest.mark.django_db
def test_tax_classes_and_their_rates() -> None:
    made = do("add_tax_class", class_name="Reduced")
    assert refused("add_tax_class", class_name="Reduced")
    outcome = do("set_tax_rate", made.subject_id, country="ES", from_day="2026-01-01", percent="10")
    assert outcome.after == {"rate": "ES 2026-01-01: 10 %"}
    outcome = do("set_tax_rate", made.subject_id, country="ES", from_day="2026-01-01", percent="5,5")
    assert outcome.before == {"rate": "ES 2026-01-01: 10 %"}
    assert TaxRate.objects.get(tax_class=TaxClass.objects.get(name="Reduced")).percent == 5.5
    for wrong in ("-1", "101", "ten", "1.2345", "NaN", "1e999999"):
        assert refused("set_tax_rate", made.subject_id, country="ES", from_day="2026-01-01", percent=wrong)


@pytest.mark.django_db
def test_goods_come_in_and_are_counted() -> None:
    made = do("add_stock_place", place_name="Madrid", kind="branch")
    assert refused("add_stock_place", place_name="Madrid", kind="branch")
    place, lamp = StockPlace.objects.get(pk=made.subject_id or 0), make_variant()
    outcome = do("receive_stock", place.pk, rows=[{"variant": lamp.pk, "pieces": 12, "shelf": "A3"}], delivery="D-77")
    assert outcome.after == {"moves": [f"+12 {lamp.sku}"]}
    assert "already" in refused("receive_stock", place.pk, rows=[{"variant": lamp.pk, "pieces": 12}], delivery="D-77")
    outcome = do("count_stock", place.pk, rows=[{"variant": lamp.pk, "pieces": 10}])
    assert outcome.after == {"moves": [f"-2 {lamp.sku}"]}
    stock = Stock.objects.get(place=place, variant=lamp)
    assert (stock.on_hand, stock.shelf) == (10, "A3")
    for rows in (
        [{"variant": lamp.pk, "pieces": -1}],
        [{"variant": lamp.pk, "pieces": 1}] * 2,
        [{"variant": 10**9, "pieces": 1}],
    ):
        assert refused("count_stock", place.pk, rows=rows)
    service = make_variant(make_product("Assembly", kind="service"))
    assert "Only goods" in refused("count_stock", place.pk, rows=[{"variant": service.pk, "pieces": 1}])


@pytest.mark.django_db
def test_who_only_sees_the_catalogue_changes_nothing() -> None:
    place, lamp = make_place(), make_variant()
    put_in_stock(place, lamp, 1)
    with pytest.raises(NotPermitted):
        perform(
            "catalogue.count_stock",
            actor=make_actor(permissions=frozenset({"catalogue.view"})),
            subject_id=place.pk,
            arguments={"rows": [{"variant": lamp.pk, "pieces": 3}]},
            at=NOW,
        )


@pytest.mark.django_db
def test_products_are_found_as_typed() -> None:
    lamp = make_product("Stehlampe Größe L", brand="Ána Casa", description="Mit warmem Licht")
    variant = make_variant(lamp, sku="SL-1/L", gtin="4006381333931")
    make_product("Lampenschirm", is_active=False)
    for typed in ("stehl", "steh & | !(", "grosse STEH", "ana", "licht warm", "SL-1/L", "4006381333931", lamp.code):
        assert [one.id for one in find_products(typed)] == [lamp.pk], typed
    for typed in ("", "   ", "lampenschirm", "!!!", "x" * 5000):
        assert find_products(typed) == [], typed
    assert find_products("stehlampe")[0].variants == 1
    assert variant.pk
    assert Product.objects.count() == 2


@pytest.mark.django_db
def test_the_catalogue_is_arranged_and_customers_put_into_groups() -> None:
    light = do("add_category", category_name="Light")
    do("add_category", category_name="Lamps", within=light.subject_id)
    do("add_category", category_name="Light", within=light.subject_id)
    assert refused("add_category", category_name="Light")
    assert refused("add_category", category_name="X", within=10**9)
    do("add_attribute", attribute_name="Größe", type="number", unit="cm")
    assert Attribute.objects.get().key == "groe"
    assert refused("add_attribute", attribute_name="groe", type="text")
    do("add_attribute", attribute_name="電力", type="text")
    do("add_customer_group", group_name="Staff")
    assert refused("add_customer_group", group_name="Staff")
    ana, staff = make_customer("Ana"), CustomerGroup.objects.get()
    assert do("join_group", ana.pk, group=staff.pk).after == {"customer_group": "Staff"}
    assert "is in this group" in refused("join_group", ana.pk, group=staff.pk)
    assert refused("join_group", ana.pk, group=10**9)
    assert do("leave_group", ana.pk, group=staff.pk).before == {"customer_group": "Staff"}
    assert "not in this group" in refused("leave_group", ana.pk, group=staff.pk)
