"""Products on the desk: found as typed, at the customer's price, compared, and proposed by a guide with reasons."""

from typing import Any

import pytest
from django.test import Client

from onhand.catalogue.enums import AttributeType
from onhand.catalogue.models import Attribute, CustomerGroup, GroupMember, Guide
from tests.catalogue.goods import make_place, make_price, make_price_list, make_product, make_variant, put_in_stock
from tests.factories import make_customer
from tests.factories.staff import make_person
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_person("senior", name="Rui Costa"))
    return client


def page(client: Client, address: str, **asked: Any) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_found_at_the_customers_price_and_read(client: Client) -> None:
    Attribute.objects.create(key="width", name="Width", type=AttributeType.NUMBER, unit="cm")
    lamp = make_product("Reading <b> lamp", values={"width": "30"}, warranty_months=24, options=["Colour"])
    white = make_variant(lamp, sku="RL-1", options={"Colour": "white"})
    everybody, dealers = make_price_list(), CustomerGroup.objects.create(name="Dealers")
    make_price(white, 9990, everybody)
    make_price(white, 5500, make_price_list(group=dealers, rank=9))
    put_in_stock(make_place(), white, 4)
    dealer = make_customer()
    GroupMember.objects.create(customer=dealer, group=dealers)
    client.force_login(make_person("administrator", name="Lena Fischer"))  # sees every customer
    found = page(client, "/desk/products/", q="reading")
    assert "Reading &lt;b&gt; lamp" in found
    assert "€99.90" in found
    assert "4 free" in found
    assert "€55.00" in page(client, "/desk/products/", q="RL-1", customer=dealer.pk)
    assert "No product fits" in page(client, "/desk/products/", q="sofa")
    read = page(client, f"/desk/products/{lamp.pk}/", customer=dealer.pk)
    assert "€55.00" in read
    assert "30 cm" in read
    assert "24 months" in read
    assert f"/desk/customers/{dealer.pk}/acts/catalogue.reserve_goods/" in read
    assert "reserve_goods" not in page(client, f"/desk/products/{lamp.pk}/")
    assert client.get("/desk/products/987654/").status_code == 404
    assert client.get("/desk/products/", {"q": "\0 ' <x>", "currency": "XXX"}).status_code == 200


def test_a_long_list_costs_as_much_as_a_short_one(client: Client) -> None:
    prices = make_price_list()
    for number in range(3):
        make_price(make_variant(make_product(f"Lamp {number}")), 100, prices)
    page(client, "/desk/products/", q="lamp")
    with statements() as few:
        page(client, "/desk/products/", q="lamp")
    for number in range(3, 80):
        make_price(make_variant(make_product(f"Lamp {number}")), 100, prices)
    with statements() as many:
        text = page(client, "/desk/products/", q="lamp")
    assert len(many) == len(few)
    assert text.count('id="found-product-') == 50


def test_compared_side_by_side_what_differs_is_marked(client: Client) -> None:
    Attribute.objects.create(key="width", name="Width", type=AttributeType.NUMBER, unit="cm")
    Attribute.objects.create(key="wood", name="Wood", type=AttributeType.TEXT)
    one = make_product("One", values={"width": "30", "wood": "oak"})
    two = make_product("Two", values={"width": "40", "wood": "oak"})
    gone = make_product("Gone", is_active=False)
    shown = page(client, "/desk/products/compare/", p=[one.pk, two.pk, gone.pk, 987654, one.pk, "x"])
    assert "30 cm" in shown
    assert "40 cm" in shown
    assert "Gone" not in shown
    assert shown.count("differs") == 1
    assert "Tick two" in page(client, "/desk/products/compare/", p=[one.pk])


def test_a_guide_proposes_with_reasons(client: Client) -> None:
    Attribute.objects.create(key="width", name="Width", type=AttributeType.NUMBER, unit="cm")
    narrow, wide = make_product("Narrow", values={"width": "30"}), make_product("Wide", values={"width": "90"})
    prices = make_price_list()
    for product in (narrow, wide):
        make_price(make_variant(product), 19000, prices)
    asks = {"attribute": "width", "attribute_id": 1, "comparison": "at_most", "value": "40", "weight": "must"}
    price = {"attribute": "", "attribute_id": None, "comparison": "costs_at_most", "value": "200", "weight": "better"}
    rows = [{"question": "Where?", "answer": "In a niche"} | asks, {"question": "Cost?", "answer": "Up to 200"} | price]
    guide = Guide.objects.create(name="Which shelf?", rows=rows)
    assert "Which shelf?" in page(client, "/desk/products/")
    assert "1 product" not in page(client, f"/desk/products/guides/{guide.pk}/")
    advice = page(client, f"/desk/products/guides/{guide.pk}/", a0="In a niche", a1="Up to 200")
    assert "1 product suits" in advice
    assert "Width at most 40 cm (must): it has 30 cm" in advice
    assert "the price is at most €200.00: it has €190.00" in advice
    assert "rules out 1 of 2" in advice
    assert "Wide" not in advice
    guide.is_active = False
    guide.save()
    assert client.get(f"/desk/products/guides/{guide.pk}/").status_code == 404


def test_the_palette_leads_there(client: Client) -> None:
    entries = client.get("/desk/palette/", {"customer": make_customer().pk}).json()
    assert any(one["label"] == "Find a product" and "/desk/products/?customer=" in one["url"] for one in entries)
