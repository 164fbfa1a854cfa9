"""The pages of orders: what they show beside the customer, to whom, and how they are found; the same acts over REST."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.invoicing.models import Document
from onhand.kernel.models import AccessRecord
from onhand.kernel.money import Money
from onhand.orders import panels
from onhand.orders.finding import find_orders
from onhand.orders.labels import label_html
from onhand.orders.models import Order
from onhand.staff.enums import RepresentativeKind
from tests.factories import make_actor, make_customer
from tests.factories.callers import make_token
from tests.factories.drawing import needs_pdf
from tests.factories.orders import make_order
from tests.factories.staff import make_person, make_site
from tests.factories.statements import statements
from tests.orders.shop import (
    ADDRESS,
    NOON,
    Shop,
    buyer,
    card_of,
    deliver,
    delivered,
    do,
    lines,
    place,
    read,
    ship,
    the_return,
    variants,
)

pytestmark = pytest.mark.django_db
PARTS = {"HX-Request": "true"}


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_person("administrator", name="Lena Fischer"))
    return client


def page(client: Client, address: str, **asked: Any) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


def test_an_order_is_shown_with_everything_that_belongs_to_it(client: Client) -> None:
    shop, ana = Shop(), buyer("Ana <b>Prieto")
    order = place(ana, [(variants(shop.kettle)[0], 2)], card_of(ana), shipping=euro(490), note="Ring <twice>")
    ship(order)
    deliver(order, postal_code="28906", place="Getafe", proof="Signed")
    line = lines(order)[0]
    do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 1}], reason="damaged")
    shown = page(client, f"/orders/{order.pk}/")
    one = the_return(order)
    for words in (order.reference, "€84.90", "Correos", f"PK{order.pk:07}", "28906 Getafe", one.reference, "INV-"):
        assert words in shown, words
    assert "Return requested" in shown
    assert "Refund: €40.00" in shown
    assert "<b>Prieto" not in shown
    assert "&lt;twice&gt;" in shown
    assert order.reference in page(client, f"/orders/{order.pk}/parts/")
    file = page(client, f"/orders/{order.pk}/dispute/")
    assert "Delivered to another address" in file
    assert 'href="#scan-' in file
    assert one.reference in page(client, f"/orders/returns/{one.pk}/")
    assert order.reference in page(client, f"/orders/customers/{ana.pk}/")
    assert order.reference in page(client, f"/desk/customers/{ana.pk}/panels/orders/")
    assert "Order: Placed" in page(client, f"/desk/customers/{ana.pk}/timeline/")


def test_what_was_cancelled_of_an_order_and_taken_back_of_a_discount_is_told(client: Client) -> None:
    shop, ana = Shop(), buyer()
    order = place(ana, [(variants(shop.chair)[0], 2), (variants(shop.chair)[1], 1)], card_of(ana))
    first, second = lines(order)
    do("discount_line", order.pk, line=first.pk, amount=euro(1000), reason="A scratch")
    assert "Take back a discount" in page(client, f"/orders/{order.pk}/")
    do("take_back_discount", order.pk, line=first.pk, reason="No scratch")
    do("cancel_pieces", order.pk, rows=[{"line": second.pk, "pieces": 1}], reason="not_available")
    shown = page(client, f"/orders/{order.pk}/")
    for words in (
        "Discount taken back",
        "Due: €10.00",
        "No scratch",
        "Pieces cancelled",
        "Refund: €100.00",
        "Not available",
    ):
        assert words in shown, words
    assert "0 × " not in shown
    assert "Take back a discount" not in shown
    assert "Cancel pieces" in shown
    ship(order)
    assert "Cancel pieces" not in page(client, f"/orders/{order.pk}/")


def test_the_label_is_a_pdf_with_the_number_of_the_return(client: Client) -> None:
    shop, ana = Shop(), buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    do("return_lines", order.pk, rows=[{"line": lines(order)[0].pk, "pieces": 1}], reason="other")
    one = the_return(order)
    html = label_html(one)
    assert one.reference in html
    assert "<svg" in html
    assert "Calle Mayor 1" in html
    needs_pdf()
    answer = client.get(f"/orders/returns/{one.pk}/label.pdf")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert AccessRecord.objects.filter(subject_id=ana.pk, reason__contains=one.reference).exists()


def test_a_machine_that_cannot_draw_says_what_to_install(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, ana = Shop(), buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    do("return_lines", order.pk, rows=[{"line": lines(order)[0].pk, "pieces": 1}], reason="other")
    real = __import__

    def without_pango(name: str, *given: Any, **named: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *given, **named)

    monkeypatch.setattr("builtins.__import__", without_pango)
    answer = client.get(f"/orders/returns/{the_return(order).pk}/label.pdf")
    assert answer.status_code == 503
    assert "libpangoft2-1.0-0" in answer.content.decode()
    invoice = Document.objects.get()
    answer = client.get(f"/money/documents/{invoice.pk}/file.pdf")
    assert answer.status_code == 503
    assert "libpangoft2-1.0-0" in answer.content.decode()


def test_who_has_not_identified_the_customer_sees_no_orders() -> None:
    site = make_site()
    customer = make_customer("Ana Prieto", site=site, **ADDRESS)
    order = make_order(customer, address={"name": "Ana", **ADDRESS}, note="secret words")
    client = Client()
    client.force_login(make_person("representative", sites=(site,)))
    for address in (f"/orders/{order.pk}/", f"/orders/{order.pk}/dispute/", f"/orders/customers/{customer.pk}/"):
        shown = page(client, address)
        assert "Identify the customer first" in shown
        assert "secret words" not in shown
    assert client.get(f"/orders/{order.pk}/parts/").status_code == 404
    elsewhere = Client()
    elsewhere.force_login(make_person("representative", sites=(make_site(),)))
    assert elsewhere.get(f"/orders/{order.pk}/").status_code == 404


def test_orders_are_found_by_what_people_have_at_hand(client: Client) -> None:
    shop, ana = Shop(), buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 1)], card_of(ana))
    line = lines(order)[0]
    do("claim_warranty", order.pk, serial=f"SN{line.pk}-1", fault="Leaks")
    code = order.reference.removeprefix("A-")
    for typed in (
        order.reference,
        order.reference.lower(),
        code,
        f"pk{order.pk:07}".upper(),
        f"sn{line.pk}-1",
    ):
        found = find_orders(make_actor(), typed)
        assert [one.id for one in found] == [order.pk], typed
    assert [one.id for one in find_orders(make_actor(), the_return(order).reference)] == [order.pk]
    assert find_orders(make_actor(), "A-222-222") == []
    assert find_orders(make_actor(permissions=frozenset()), order.reference) == []
    listed = json.loads(page(client, "/desk/palette/", q=order.reference))
    assert listed[0]["url"] == f"/orders/{order.pk}/"


def offered(client: Client, **asked: Any) -> dict[str, str]:
    """The acts on an order the palette offers, with their addresses."""
    entries = json.loads(page(client, "/desk/palette/", q="", **asked))
    return {one["label"]: one["url"] for one in entries if one["hint"] and one["url"].startswith("/desk/acts/orders.")}


def test_the_palette_offers_on_an_order_what_its_page_does(client: Client) -> None:
    shop, ana = Shop(), buyer()
    order = place(ana, [(variants(shop.kettle)[0], 2)], card_of(ana))
    assert not offered(client, customer=ana.pk)
    before = offered(client, customer=ana.pk, order=order.pk)
    assert before["Cancel the order"] == f"/desk/acts/orders.cancel_order/{order.pk}/"
    assert "Claim under warranty" not in before
    shown = page(client, f"/orders/{order.pk}/")
    assert f'data-order="{order.pk}"' in shown
    for address in before.values():
        assert f'href="{address}"' in shown
        assert client.get(address).status_code == 200
    ship(order)
    deliver(order)
    after = offered(client, order=order.pk)
    assert "Claim under warranty" in after
    assert "Cancel the order" not in after
    shown = page(client, f"/orders/{order.pk}/")
    assert all(f'href="{address}"' in shown for address in after.values())
    assert not offered(client, order=order.pk + 1000)
    assert not offered(client, order="x")


def test_the_palette_offers_on_an_order_nothing_to_who_is_not_shown_it() -> None:
    site = make_site()
    order = make_order(make_customer("Ana Prieto", site=site, **ADDRESS), address={"name": "Ana", **ADDRESS})
    there, elsewhere = Client(), Client()
    there.force_login(make_person("representative", sites=(site,)))  # has not identified the customer
    elsewhere.force_login(make_person("representative", sites=(make_site(),)))
    for client in (there, elsewhere):
        answer = client.get("/desk/palette/", {"order": order.pk})
        assert order.reference not in answer.content.decode()
    assert "data-order" not in page(there, f"/orders/{order.pk}/")


def test_the_list_of_a_customers_orders_goes_on_page_by_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = buyer()
    orders = [make_order(ana, placed_at=NOON + timedelta(hours=number // 2)) for number in range(9)]
    found = panels.orders_of([ana.pk], most=4)
    seen = [one.id for one in found]
    while found:
        found = panels.orders_of([ana.pk], before=(found[-1].placed_at, found[-1].id), most=4)
        seen += [one.id for one in found]
    assert seen == [one.pk for one in reversed(orders)]
    monkeypatch.setattr("onhand.web.orders.views.PAGE", 4)
    address, times = f"/orders/customers/{ana.pk}/", 0
    while address:
        shown = page(client, address)
        times += 1
        marked = [part.split('"')[0] for part in shown.split('href="')[1:] if "before=" in part.split('"')[0]]
        address = marked[0].replace("&amp;", "&") if marked else ""
    assert times == 3


def test_the_page_costs_the_same_number_of_statements_however_long_the_order(client: Client) -> None:
    shop, ana = Shop(), buyer()
    card = card_of(ana)
    short = delivered(ana, [(variants(shop.chair)[0], 1)], card)
    long = delivered(ana, [(one, 1) for one in (*variants(shop.chair), *variants(shop.kettle))], card)
    page(client, f"/orders/{short.pk}/")
    with statements() as first:
        page(client, f"/orders/{short.pk}/")
    with statements() as second:
        page(client, f"/orders/{long.pk}/")
    assert len(second) <= len(first)


def test_the_same_is_done_and_refused_over_rest() -> None:
    shop, ana = Shop(), buyer()
    card = card_of(ana)
    service = make_person("service", kind=RepresentativeKind.SERVICE)
    client = Client(headers={"Authorization": f"Bearer {make_token(service)}"})

    def act(name: str, subject: int, way: str = "", **arguments: Any) -> Any:
        return client.post(
            f"/api/v1/acts/orders.{name}{way}",
            {"subject_id": subject, "arguments": arguments},
            content_type="application/json",
            headers={"Idempotency-Key": f"{name}-{subject}-{timezone.now().timestamp()}"},
        )

    given = {"rows": [{"variant": variants(shop.chair)[0].pk, "pieces": 2}], "payments": [{"method": card.pk}]}
    seen = act("place_order", ana.pk, "/preview", **given)
    assert seen.status_code == 200, seen.content
    assert seen.json()["after"]["due"] == euro(20_000)
    assert not Order.objects.exists()
    made = act("place_order", ana.pk, **given)
    assert made.status_code in (200, 201), made.content
    order = Order.objects.get()
    refused = act("cancel_order", order.pk)
    assert refused.status_code == 422
    assert "reason" in refused.json()["fields"]
    assert act("cancel_order", order.pk, reason="other", refund_to=card_of(buyer("Ben")).pk).status_code == 422
    assert act("cancel_order", order.pk, reason="other").status_code == 200
    assert read(order).state == "cancelled"
