"""Needs guides: what suits, in which order, and why; what cannot be compared is refused when it is written."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from onhand.catalogue.enums import AttributeType, Comparison, Weight
from onhand.catalogue.guiding import advise, fulfils, questions_of, wishes_of
from onhand.catalogue.models import Attribute, Category, Guide
from onhand.catalogue.offers import currency_for, offers
from onhand.kernel.errors import NotPossible
from onhand.kernel.perform import perform
from tests.catalogue.goods import (
    NOW,
    TODAY,
    make_place,
    make_price,
    make_price_list,
    make_product,
    make_variant,
    put_in_stock,
)
from tests.factories import make_actor
from tests.factories.staff import make_person
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db


def row(question: str, answer: str, **asks: Any) -> dict[str, Any]:
    return {"question": question, "answer": answer} | asks


@pytest.fixture
def guide() -> Guide:
    tables = Category.objects.create(name="Tables")
    width = Attribute.objects.create(key="width", name="Width", type=AttributeType.NUMBER, unit="cm")
    oak = Attribute.objects.create(key="material", name="Material", type=AttributeType.TEXT)
    parts = Attribute.objects.create(key="parts", name="In parts", type=AttributeType.YES_NO)
    prices = make_price_list()
    for name, wide, material, comes, cents, pieces in (
        ("Isla", "70", "Oak", True, 20000, 3),
        ("Faro", "70", "oak", False, 18000, 0),
        ("Roble", "89.5", "beech", True, 15000, 5),
        ("Nave", "120", "oak", True, 10000, 5),
        ("Blank", None, None, None, 9000, 5),
    ):
        values = {"width": wide, "material": material, "parts": comes} if wide else {}
        variant = make_variant(make_product(name, category=tables, values=values))
        make_price(variant, cents, prices)
        if pieces:
            put_in_stock(make_place(), variant, pieces)
    make_product("Chair", values={"width": "40", "material": "oak"})
    rows = [
        row("How wide?", "Up to 90", attribute=width.pk, comparison="at_most", value="90", weight="must"),
        row("How wide?", "Any"),
        row("Oak?", "Yes", attribute=oak.pk, comparison="is", value="OAK"),
        row("Oak?", "Yes", attribute=parts.pk, comparison="is", value="yes"),
        row("Cost?", "Up to 190", comparison="costs_at_most", value="190", weight="must"),
    ]
    given = {"guide_name": "Tables", "category": tables.pk, "rows": rows}
    perform("catalogue.add_guide", actor=make_actor(), arguments=given, at=NOW)
    return Guide.objects.get()


def names(guide: Guide, **answers: str) -> list[str]:
    asked = {
        question: answers[key]
        for key, question in (("wide", "How wide?"), ("oak", "Oak?"), ("cost", "Cost?"))
        if key in answers
    }
    advice = advise(guide, wishes_of(guide, asked), "EUR", customer_ids=[], on=TODAY)
    return [one.product.name for one in advice.proposals]


def test_what_suits_comes_with_what_speaks_for_it(guide: Guide) -> None:
    assert questions_of(guide) == {"How wide?": ["Up to 90", "Any"], "Oak?": ["Yes"], "Cost?": ["Up to 190"]}
    assert names(guide, wide="Up to 90", oak="Yes") == ["Isla", "Roble", "Faro"]  # Faro is free nowhere
    assert names(guide, wide="Any", oak="Yes") == ["Nave", "Isla", "Roble", "Faro", "Blank"]
    assert names(guide, cost="Up to 190", wide="Up to 90") == ["Roble", "Faro"]
    assert names(guide, wide="Not an answer") == ["Blank", "Nave", "Roble", "Isla", "Faro"]
    wishes = wishes_of(guide, {"How wide?": "Up to 90", "Oak?": "Yes"})
    advice = advise(guide, wishes, "EUR", customer_ids=[], on=TODAY)
    best = advice.proposals[0]
    assert [(each.wish.attribute, each.is_fulfilled, each.has) for each in best.reasons] == [
        ("width", True, "70"),
        ("material", True, "Oak"),
        ("parts", True, True),
    ]
    assert advice.looked_at == 5
    assert [count for _wish, count in advice.ruled_out] == [2]


def test_it_costs_the_same_statements_however_many_products(guide: Guide) -> None:
    wishes = wishes_of(guide, {"How wide?": "Up to 90"})
    with statements() as few:
        advise(guide, wishes, "EUR", customer_ids=[], on=TODAY)
    for number in range(30):
        make_variant(make_product(f"More {number}", category=guide.category, values={"width": "60"}))
    with statements() as many:
        found = advise(guide, wishes, "EUR", customer_ids=[], on=TODAY)
    assert len(many) == len(few)
    assert found.looked_at == 35
    assert len(found.proposals) == 10


@pytest.mark.parametrize(
    ("has", "comparison", "value", "expected"),
    [
        ("89.5", Comparison.AT_MOST, "90", True),
        ("100", Comparison.AT_MOST, "90", False),
        ("90", Comparison.AT_LEAST, "90.0", True),
        ("nine", Comparison.AT_MOST, "90", False),
        ("NaN", Comparison.AT_MOST, "90", False),
        (True, Comparison.IS, "yes", True),
        (False, Comparison.IS, "yes", False),
        (False, Comparison.IS_NOT, "yes", True),
        (None, Comparison.IS_NOT, "yes", False),
        ("1e3", Comparison.IS, "1000", True),
        ("Oak", Comparison.IS, " oak ", True),
        (Decimal("189.90"), Comparison.COSTS_AT_MOST, "189,90", True),
    ],
)
def test_how_values_compare(has: Any, comparison: Comparison, value: str, *, expected: bool) -> None:
    assert fulfils(has, comparison, value) is expected


@pytest.mark.parametrize(
    ("asks", "words"),
    [
        ({"attribute": "width", "comparison": "at_most", "value": "wide"}, "cannot be compared"),
        ({"attribute": "width", "comparison": "at_most", "value": ""}, "cannot be compared"),
        ({"attribute": "material", "comparison": "at_least", "value": "3"}, "cannot be compared"),
        ({"attribute": "parts", "comparison": "is", "value": "perhaps"}, "cannot be compared"),
        ({"attribute": "width", "comparison": "costs_at_most", "value": "3"}, "leave the attribute empty"),
        ({"comparison": "costs_at_most", "value": "much"}, "cannot be compared"),
        ({"comparison": "is", "value": "3"}, "say of what attribute"),
        ({"attribute": 999_999, "comparison": "is", "value": "3"}, "choose one of the list"),
    ],
)
def test_what_could_never_be_understood_is_refused(guide: Guide, asks: dict[str, Any], words: str) -> None:
    keys = {one.key: one.pk for one in Attribute.objects.all()}
    asks = asks | ({"attribute": keys.get(asks["attribute"], asks["attribute"])} if "attribute" in asks else {})
    rows = [row("How wide?", "Any"), row("How wide?", "Some", **asks)]
    before = guide.rows
    with pytest.raises(NotPossible, match=words) as error:
        perform(
            "catalogue.change_guide",
            actor=make_actor(),
            subject_id=guide.pk,
            arguments={"guide_name": "Tables", "rows": rows},
            at=NOW,
        )
    assert "rows" in error.value.fields
    guide.refresh_from_db()
    assert guide.rows == before


def test_the_form_opens_with_what_there_is_and_saved_unchanged_changes_nothing(guide: Guide) -> None:
    client = Client()
    client.force_login(make_person("administrator"))
    address = f"/settings/acts/needs_guide/{guide.pk}/catalogue.change_guide/"
    shown = client.get(address).content.decode()
    boxes = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', shown))
    for name, choices in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', shown, re.S):
        boxes[name] = next(iter(re.findall(r'value="([^"]*)" selected', choices)), "")
    assert boxes["rows__0__question"] == "How wide?"
    assert boxes["rows__0__comparison"] == "at_most"
    before = guide.rows
    assert client.post(address, boxes | {"step": "do"}).status_code == 302
    guide.refresh_from_db()
    assert guide.rows == before


def test_one_out_of_use_is_shown_to_who_keeps_it_only(guide: Guide) -> None:
    perform("catalogue.use_guide", actor=make_actor(), subject_id=guide.pk, arguments={"in_use": False}, at=NOW)
    guide.refresh_from_db()
    assert not guide.is_active


def test_an_offer_is_the_cheapest_and_dearest_variant_in_the_customers_currency() -> None:
    euro, pounds = make_price_list(rank=1), make_price_list(currency="GBP")
    lamp = make_product()
    small, large = make_variant(lamp), make_variant(lamp)
    make_price(small, 1000, euro)
    make_price(large, 3000, euro)
    make_price(small, 900, pounds)
    place = make_place()
    put_in_stock(place, small, 4)
    put_in_stock(make_place(is_active=False), small, 4)
    found = offers([lamp.pk], "EUR", customer_ids=[], on=TODAY)[lamp.pk]
    assert (found.least.minor, found.most.minor, found.free) == (1000, 3000, 4)  # type: ignore[union-attr]
    assert offers([lamp.pk], "USD", customer_ids=[], on=TODAY)[lamp.pk].least is None
    assert [currency_for(one, TODAY) for one in ("GB", "ES", "US", "")] == ["GBP", "EUR", "EUR", "EUR"]


def test_weights_are_said_in_words() -> None:
    assert {str(one.label) for one in Weight} == {"must", "better"}
