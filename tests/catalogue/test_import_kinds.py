"""The catalogue comes in from other systems by rows: found again, changed only where it differs, each row with its own answer."""

import io
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from onhand.catalogue.models import Category, Price, Product, Stock, StockMove, Variant
from onhand.customers.imports import operations, queries, steps
from onhand.customers.imports.kinds import Bringing, Row, all_kinds, bring_in_kind, find_kind
from onhand.customers.imports.operations import Choices
from onhand.customers.imports.taking_out import csv_of, list_rows
from onhand.customers.intake.upsert import OnMatch
from onhand.customers.models import OutsideObject
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.staff.queries import actor_for
from tests.catalogue.goods import make_place, make_price, make_price_list, make_product, make_tax_class, make_variant
from tests.factories import NOON, make_actor, make_representative
from tests.factories.callers import make_token

pytestmark = pytest.mark.django_db


def bring(kind: str, *rows: Row, dry: bool = False, **changes: Any) -> list[tuple[str, list[str]]]:
    """The status of each row, and the fields at fault."""
    found = find_kind(kind)
    assert found is not None
    given: dict[str, Any] = {"actor": make_actor(), "at": timezone.now(), "system": "shop"}
    outcomes = bring_in_kind(found, rows, Bringing(**given | changes), dry=dry)
    return [(one.status.value, [problem.field for problem in one.problems]) for one in outcomes]


LAMP = {"outside_id": "p1", "code": "LAMP", "name": "Lamp", "tax_class": "Usual", "options": "size; colour"}


@pytest.fixture
def usual() -> None:
    make_tax_class()
    product = make_product()
    product.tax_class.name = "Usual"
    product.tax_class.save()


def test_a_product_is_made_found_again_and_changed_only_where_it_differs(usual: None) -> None:
    assert bring("products", LAMP) == [("created", [])]
    lamp = Product.objects.get(code="LAMP")
    assert (lamp.name, lamp.options, lamp.tax_class.name) == ("Lamp", ["size", "colour"], "Usual")
    records = ActRecord.objects.count()
    assert bring("products", LAMP, {"code": "LAMP"}) == [("unchanged", []), ("unchanged", [])]
    assert ActRecord.objects.count() == records
    assert bring("products", {"outside_id": "p1", "code": "LAMP", "brand": "Sol", "in_use": "no"}) == [("updated", [])]
    lamp.refresh_from_db()
    assert (lamp.name, lamp.brand, lamp.is_active) == ("Lamp", "Sol", False)
    assert bring("products", LAMP | {"brand": "Luna"}, on_match=OnMatch.FILL) == [("unchanged", [])]
    assert bring("products", LAMP | {"brand": "Luna"}, on_match=OnMatch.SKIP) == [("skipped", [])]
    assert ActRecord.objects.latest("pk").act == "catalogue.change_product"


def test_each_row_at_fault_says_which_field_and_stops_no_other(usual: None) -> None:
    rows: list[Row] = [
        {"name": "No code"},
        LAMP | {"tax_class": "Unknown"},
        LAMP | {"category": "Garden > Nowhere"},
        LAMP | {"warranty_months": "-3"},
        LAMP | {"in_use": "perhaps"},
        LAMP | {"kind": "gas"},
        LAMP | {"name": "x" * 300},
        LAMP | {"name": "a\x00b"},
        LAMP | {"colour": "red"},
        {"code": "NEW"},
        LAMP,
        LAMP | {"code": "OTHER"},
    ]
    assert bring("products", *rows) == [
        *(("error", [field]) for field in ("code", "tax_class", "category", "warranty_months", "in_use", "kind")),
        *(("error", [field]) for field in ("name", "name", "colour", "name")),
        ("created", []),
        ("error", ["code"]),
    ]
    assert Product.objects.filter(code__in=["LAMP", "OTHER", "NEW"]).count() == 1
    assert bring("products", LAMP, system="") == [("error", ["outside_id"])]


def test_one_of_ours_has_one_number_in_a_system(usual: None) -> None:
    assert bring("products", LAMP, LAMP | {"outside_id": "p2"}) == [("created", []), ("error", ["outside_id"])]
    assert bring("products", LAMP | {"outside_id": "p2"}, system="till") == [("unchanged", [])]
    assert set(OutsideObject.objects.values_list("system", "value")) == {("shop", "p1"), ("till", "p2")}


def test_a_dry_run_says_the_same_and_writes_nothing(usual: None) -> None:
    before = (Product.objects.count(), ActRecord.objects.count(), OutsideObject.objects.count())
    assert bring("products", LAMP, {"code": "X"}, dry=True) == [("created", []), ("error", ["name"])]
    assert (Product.objects.count(), ActRecord.objects.count(), OutsideObject.objects.count()) == before


def test_variants_categories_prices_and_counts(usual: None) -> None:
    rows = (
        {"name": "Garden"},
        {"name": "Tools", "within": "Garden"},
        {"name": "Garden"},
        {"name": "X", "within": "No"},
    )
    assert [status for status, _fields in bring("categories", *rows)] == ["created", "created", "unchanged", "error"]
    assert Category.objects.get(name="Tools").parent == Category.objects.get(name="Garden")
    bring("products", LAMP | {"category": "Garden > Tools"})
    variant = {
        "sku": "L-S",
        "product": "LAMP",
        "options": "size=S; colour=red",
        "gtin": "4006381333931",
        "outside_id": "7",
    }
    wrong = [
        variant | {"sku": "L-M", "outside_id": "8", "gtin": "4006381333932", "options": "size=M; colour=red"},
        variant | {"sku": "L-M", "outside_id": "8"},
        variant | {"sku": "L-M", "outside_id": "8", "options": "size"},
        variant | {"sku": "L-M", "outside_id": "8", "product": "NONE"},
        variant | {"options": "size=XL; colour=red"},
    ]
    assert bring("variants", variant, *wrong) == [
        ("created", []),
        *(("error", [field]) for field in ("gtin", "options", "options", "product", "options")),
    ]
    assert bring("variants", variant | {"weight_grams": "250"}, variant) == [("updated", []), ("unchanged", [])]
    prices = make_price_list(name="Shop")
    price = {"sku": "L-S", "price_list": "shop", "price": "12.50"}
    assert bring(
        "prices", price, price, price | {"price": "1,2,3"}, price | {"sku": "NONE"}, price | {"price": "0.001"}
    ) == [
        ("created", []),
        ("unchanged", []),
        ("error", ["price"]),
        ("error", ["sku"]),
        ("error", ["price"]),
    ]
    assert Price.objects.get(price_list=prices).minor == 1250
    place = make_place()
    count = {"sku": "L-S", "place": place.name, "pieces": "7", "shelf": "A1"}
    assert bring("stock", count, count | {"place": "Moon"}, count | {"pieces": "-1"}) == [
        ("created", []),
        ("error", ["place"]),
        ("error", ["pieces"]),
    ]
    assert bring("stock", count, count | {"pieces": "5"}) == [("unchanged", []), ("updated", [])]
    assert Stock.objects.get().on_hand == 5
    assert list(StockMove.objects.order_by("pk").values_list("pieces", flat=True)) == [7, -2]


def test_who_may_not_keep_the_catalogue_brings_nothing_in() -> None:
    nobody = make_actor(permissions=frozenset({"customers.import", "catalogue.view"}))
    with pytest.raises(NotPermitted):
        bring("products", LAMP, actor=nobody)
    kind = find_kind("products")
    assert kind is not None
    with pytest.raises(NotPermitted):
        list_rows(kind, nobody, at=NOON)


def test_what_is_taken_out_comes_in_again_unchanged(usual: None) -> None:
    bring("categories", {"name": "Garden"}, {"name": "=Tools", "within": "Garden"})
    bring("products", LAMP | {"category": "Garden > =Tools", "description": "-10 %\nand more", "brand": "+Sol"})
    variant = make_variant(Product.objects.get(code="LAMP"), sku="L-1", options={"size": "S", "colour": "=red"})
    make_price(variant, 1999)
    for kind in all_kinds():
        if kind.name not in ("categories", "products", "variants", "prices", "stock"):
            continue
        rows = [row for _pk, row in list_rows(kind, make_actor(), at=NOON, system="shop")]
        assert {status for status, _fields in bring(kind.name, *rows)} <= {"unchanged"}, kind.name
    kind = find_kind("products")
    assert kind is not None
    text = b"".join(csv_of(kind, make_actor(), at=NOON)).decode()
    assert text.startswith("\ufeffcode,name,kind")
    assert "'+Sol" in text
    assert "'-10 %" in text
    assert [pk for pk, _row in list_rows(kind, make_actor(), at=NOON, after=Product.objects.get(code="LAMP").pk)] == []


def upload(content: str, kind: str) -> Any:
    actor = actor_for(make_representative("Ana Prieto"))
    data = content.encode()
    one = operations.store_file(actor=actor, file=io.BytesIO(data), name="p.csv", size=len(data), at=NOON, kind=kind)
    return actor, one


def test_a_file_of_products_goes_the_way_of_every_import(usual: None) -> None:
    lines = "".join(f"{n},P-{n},Thing {n},{'Usual' if n != 3 else 'None'}\n" for n in range(6))
    actor, one = upload(f"ID,Product code,Title,VAT\n{lines}", "products")
    assert one.mapping == {"0": "outside_id", "1": "code", "2": "name", "3": "tax_class"}
    mapping = {int(place): name for place, name in one.mapping.items()}
    choose = {"actor": actor, "import_id": one.pk, "queue": lambda _pk: None}
    with pytest.raises(NotPossible, match="which system"):
        operations.choose_columns(**choose, choices=Choices(mapping, on_match="update"))
    with pytest.raises(NotPossible, match="Code"):
        operations.choose_columns(**choose, choices=Choices({2: "name"}, on_match="update"))
    operations.choose_columns(**choose, choices=Choices(mapping, system="shop", on_match="update"))
    while steps.step(one.pk, timezone.now):
        pass
    one.refresh_from_db()
    assert (one.state, one.counts["checked"]) == ("checked", {"created": 5, "error": 1})
    assert not Product.objects.filter(code="P-1").exists()
    perform("customers.start_import", actor=actor, subject_id=one.pk, arguments={}, at=NOON)
    while steps.step(one.pk, timezone.now):
        pass
    one.refresh_from_db()
    assert (one.state, one.counts["done"]) == ("done", {"created": 5, "error": 1})
    (problem,) = queries.problems(one, "done")
    assert (problem.row, problem.column, problem.value) == (5, "VAT", "None")
    assert "P-3" in "".join(queries.wrong_rows(one, "done"))
    assert Product.objects.filter(code__startswith="P-").count() == 5
    with pytest.raises(NotPossible):
        perform("customers.undo_import", actor=actor, subject_id=one.pk, arguments={}, at=NOON)


def test_a_kind_nobody_knows_or_may_bring_is_refused() -> None:
    with pytest.raises(NotPossible):
        upload("a,b\n1,2\n", "moons")


@pytest.mark.django_db(transaction=True)
def test_programs_send_rows_and_the_same_key_acts_once(usual: None) -> None:
    headers = {"Authorization": f"Bearer {make_token(make_representative())}"}

    def send(body: dict[str, Any], key: str = "", kind: str = "products") -> Any:
        more = {"Idempotency-Key": key} if key else {}
        return Client().post(f"/api/v1/import/{kind}", body, content_type="application/json", headers=headers | more)

    body = {
        "system": "shop",
        "rows": [LAMP, {"code": 5}, {"code": "B", "name": "B", "tax_class": "Usual", "in_use": True}],
    }
    dry = send(body | {"dry": True}, key="k").json()
    assert (dry["created"], dry["errors"]) == (2, 1)
    first = send(body, key="k").json()
    assert [one["status"] for one in first["results"]] == ["created", "error", "created"]
    assert list(first["results"][1]["fields"]) == ["name"]
    assert first["results"][0]["id"] == Product.objects.get(code="LAMP").pk
    assert send(body, key="k").json() == first | {"is_replay": True}
    assert send({"rows": body["rows"]}, key="k").status_code == 409
    assert send(body).json()["unchanged"] == 2
    assert send({"rows": []}).status_code == 422
    assert send({"rows": [{"code": {"x": 1}}]}).status_code == 422
    assert send(body, kind="moons").status_code == 404
    listed = Client().get("/api/v1/export/products?most=2&system=shop", headers=headers).json()
    assert (len(listed["rows"]), listed["next"]) == (2, listed["rows"][1]["id"])
    rest = Client().get(f"/api/v1/export/products?most=2&after={listed['next']}", headers=headers).json()
    assert rest["next"] is None
    kinds = Client().get("/api/v1/import", headers=headers).json()
    assert [one["name"] for one in kinds][:3] == ["categories", "products", "variants"]
    file = Client().get("/api/v1/export/products?format=csv", headers=headers)
    assert b"LAMP" in b"".join(file.streaming_content)  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_two_programs_that_bring_the_same_make_it_once(usual: None) -> None:
    statuses: list[str] = []

    def work() -> None:
        try:
            statuses.extend(status for status, _fields in bring("products", *(LAMP | {"code": f"C{n}", "outside_id": f"o{n}"} for n in range(10))))  # fmt: skip  # noqa: E501
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == ["created"] * 10 + ["unchanged"] * 20
    assert Variant.objects.count() == 0
