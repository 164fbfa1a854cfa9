"""The settings pages of the catalogue: from an empty one to a product with a price and stock; lists stay bounded."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.catalogue.models import Attribute, PriceList, Product, StockPlace, TaxClass, Variant
from onhand.web.settings import catalogue, prices, stock
from tests.catalogue.goods import make_place, make_price, make_price_list, make_product, make_variant, put_in_stock
from tests.factories.staff import make_person
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db
ACTS = "/settings/acts"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_person("administrator", name="Lena Fischer"))
    return client


def page(client: Client, address: str, **asked: Any) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def send(client: Client, address: str, **given: Any) -> Any:
    answer = client.post(address, {"idempotency_key": timezone.now().isoformat(), "step": "do"} | given)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def test_from_an_empty_catalogue_to_a_lamp_that_can_be_ordered(client: Client) -> None:
    for address, words in (
        ("products", "No products"),
        ("prices", "No price lists"),
        ("taxes", "No tax classes"),
        ("stock", "No places yet"),
    ):
        assert words in page(client, f"/settings/{address}/")
    send(client, f"{ACTS}/tax_class/new/catalogue.add_tax_class/", class_name="Usual")
    usual = TaxClass.objects.get()
    send(
        client,
        f"{ACTS}/tax_class/{usual.pk}/catalogue.set_tax_rate/",
        country="ES",
        from_day="2026-01-01",
        percent="21",
    )
    assert "21 %" in page(client, "/settings/taxes/")
    made = send(
        client,
        f"{ACTS}/product/new/catalogue.add_product/",
        code="L-1",
        product_name="Lamp <b>",
        kind="goods",
        tax_class=usual.pk,
    )
    lamp = Product.objects.get()
    assert made == f"/settings/products/{lamp.pk}/"
    send(client, f"{ACTS}/product/{lamp.pk}/catalogue.add_variant/", sku="L-1-B")
    variant = Variant.objects.get()
    made = send(
        client,
        f"{ACTS}/price_list/new/catalogue.add_price_list/",
        list_name="Everybody",
        currency="EUR",
        from_day="2026-01-01",
    )
    rows = {
        "rows__0__variant": str(variant.pk),
        "rows__0__amount": "49.90",
        "rows__0__amount__currency": "EUR",
        "rows__0__from_pieces": "1",
    }
    send(client, f"{ACTS}/price_list/{PriceList.objects.get().pk}/catalogue.set_prices/", **rows)
    assert "€49.90" in page(client, made)
    made = send(client, f"{ACTS}/stock_place/new/catalogue.add_stock_place/", place_name="Madrid", kind="branch")
    goods = {"rows__0__variant": str(variant.pk), "rows__0__pieces": "12", "rows__0__shelf": "A3"}
    send(client, f"{ACTS}/stock_place/{StockPlace.objects.get().pk}/catalogue.receive_stock/", delivery="D-1", **goods)
    assert "A3" in page(client, made)
    shown = page(client, f"/settings/products/{lamp.pk}/")
    assert "€49.90" in shown
    assert "Lamp &lt;b&gt;" in shown
    assert ">12<" in shown
    shown = page(client, f"/settings/products/variants/{variant.pk}/")
    assert "Everybody" in shown
    assert "Madrid" in shown
    assert "Lamp &lt;b&gt;" in page(client, "/settings/products/", q="lam")
    assert "Nothing found" in page(client, "/settings/products/", q="sofa")


def test_categories_attributes_and_groups_stand_on_one_page(client: Client) -> None:
    assert "Products are compared" in page(client, "/settings/catalogue/")
    send(client, f"{ACTS}/product_category/new/catalogue.add_category/", category_name="Light")
    send(
        client,
        f"{ACTS}/product_attribute/new/catalogue.add_attribute/",
        attribute_name="Power",
        type="number",
        unit="W",
    )
    send(client, f"{ACTS}/customer_group/new/catalogue.add_customer_group/", group_name="Staff")
    shown = page(client, "/settings/catalogue/")
    assert all(f">{word}<" in shown for word in ("Light", "Power", "Staff"))
    lamp = make_product(values={"power": "7"})
    form = page(client, f"{ACTS}/product/{lamp.pk}/catalogue.set_attributes/")
    assert "Power (W)" in form
    assert Attribute.objects.count() == 1


def test_a_bundle_shows_its_parts_and_lists_are_read_page_by_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (catalogue, prices, stock):
        monkeypatch.setattr(module, "PAGE", 2)
    both, variants = make_product("A set", kind="bundle"), [make_variant() for _ in range(3)]
    both.parts.create(variant=variants[0], pieces=4)
    assert variants[0].product.name in page(client, f"/settings/products/{both.pk}/")
    assert "after=" in page(client, "/settings/products/")
    listed, place = make_price_list(), make_place()
    for one in variants:
        make_price(one, 100, listed)
        make_price(one, 90, listed, from_pieces=5)
        put_in_stock(place, one, 1)
    seen, address = [], f"/settings/prices/{listed.pk}/"
    after = ""
    while True:
        shown = page(client, address + after)
        seen += [one.sku for one in variants for _ in range(shown.count(f">{one.sku}<"))]
        if "?after=" not in shown:
            break
        after = "?after=" + shown.split("?after=")[1].split('"')[0]
    assert sorted(seen) == sorted([one.sku for one in variants] * 2), "no price is left out or shown twice"
    assert "after=" in page(client, f"/settings/stock/{place.pk}/")


def test_a_product_is_a_few_statements_however_many_variants_it_has(client: Client) -> None:
    lamp, listed = make_product(), make_price_list()
    make_price(make_variant(lamp), 100, listed)
    page(client, f"/settings/products/{lamp.pk}/")
    with statements() as few:
        page(client, f"/settings/products/{lamp.pk}/")
    for _ in range(9):
        make_price(make_variant(lamp), 100, listed)
    with statements() as many:
        page(client, f"/settings/products/{lamp.pk}/")
    assert len(many) == len(few)


def test_what_is_not_there_is_not_found(client: Client) -> None:
    for address in ("products/9", "products/variants/9", "prices/9", "stock/9"):
        assert client.get(f"/settings/{address}/").status_code == 404


def test_the_parts_of_a_bundle_are_there_to_be_changed(client: Client) -> None:
    lamp = make_variant(make_product("Lamp"), sku="L-7")
    bundle = make_product("Set", kind="bundle")
    bundle.parts.create(variant=lamp, pieces=3)
    form = page(client, f"{ACTS}/product/{bundle.pk}/catalogue.set_bundle_parts/")
    assert f'data-value="{lamp.pk}"' in form
    assert "(L-7)" in form
    assert 'value="3"' in form
