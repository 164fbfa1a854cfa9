"""The desk, finding customers, and their files."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onhand.customers.finding.typed import read_typed
from onhand.customers.models import Customer
from onhand.kernel.models import AccessRecord
from onhand.kernel.perform import perform
from onhand.kernel.references import ALPHABET
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for
from tests.factories import NOON
from tests.factories.writing import make_message, make_thread
from tests.web.desk.files import make_colleague, make_file

pytestmark = pytest.mark.django_db


def note(customer: Customer, person: Representative, text: str) -> None:
    perform("customers.add_note", actor=actor_for(person), arguments={"text": text}, subject_id=customer.pk, at=NOON)


def test_home_shows_where_one_was_and_what_one_did(desk: Client, rosa: Representative, ana: Customer) -> None:
    assert "Your day begins here" in desk.get("/desk/").content.decode()
    desk.get(f"/desk/customers/{ana.pk}/")
    desk.post(f"/desk/customers/{ana.pk}/acts/customers.add_note/", {"text": "Called."})
    page = desk.get("/desk/").content.decode()
    assert page.count("Ana Núñez Prieto") >= 3, "in the work column and in the list of today"
    assert "Write a note" in page


def test_home_does_not_begin_the_day_below_work(desk: Client, rosa: Representative, ana: Customer) -> None:
    make_message(make_thread(ana, representative_id=rosa.pk, representative_name=rosa.name, needs_answer=True))
    page = desk.get("/desk/").content.decode()
    assert "Your day begins here" not in page
    assert "appear here, below your work" in page


def test_customers_are_listed_and_found(desk: Client, ana: Customer) -> None:
    make_file("Ben Castle")
    page = desk.get("/desk/customers/").content.decode()
    assert "Ana Núñez Prieto" in page
    assert "Ben Castle" in page
    assert "+34 910 12 34 56" in page
    page = desk.get("/desk/customers/", {"q": "nunes"}).content.decode()
    assert "Ana <mark>Núñez</mark> Prieto" in page
    assert "Found by" in page
    assert "similar" in page
    assert "Ben Castle" not in page
    assert "Nobody found" in desk.get("/desk/customers/", {"q": "<script>zz"}).content.decode()


def test_list_goes_on_where_it_ended(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        make_file(f"Customer {number}")
    monkeypatch.setattr("onhand.web.desk.customer_views.PAGE", 2)
    seen: list[str] = []
    address: str | None = "/desk/customers/"
    while address:
        page = desk.get(address).content.decode()
        seen += re.findall(r'class="open" href="[^"]+">(Customer \d)<', page)
        address = next_page(page)
    assert seen == [f"Customer {number}" for number in range(5)]


def test_what_is_typed_is_ranked_in_one_page(desk: Client) -> None:
    for number in range(52):
        make_file(f"Customer {number}")
    page = desk.get("/desk/customers/?q=customer").content.decode()
    assert page.count("data-row") == 50
    assert "Type more to find others" in page
    assert next_page(page) is None


def test_a_wrong_reference_is_said_to_be_wrong(desk: Client, ana: Customer) -> None:
    near = next(read_typed(ana.reference[:6] + c).near for c in ALPHABET if c != ana.reference[6])
    assert ana.reference in near
    typed = next(ana.reference[:6] + c for c in ALPHABET if c != ana.reference[6])
    page = desk.get("/desk/customers/", {"q": typed}).content.decode()
    assert "check character of this reference does not fit" in page
    assert "one character differs" in page


def next_page(page: str) -> str | None:
    """Where the page says it goes on."""
    found = re.search(r'class="pager"><a class="button" href="([^"]+)"', page)
    return html.unescape(found[1]) if found else None


def test_file_is_shown_and_its_reading_recorded(desk: Client, rosa: Representative, ana: Customer) -> None:
    note(ana, rosa, "<b>Bold</b> & said")
    page = desk.get(f"/desk/customers/{ana.pk}/panels/contact_points/").content.decode()
    for part in (
        "Ana Núñez Prieto",
        ana.reference,
        "+34 910 12 34 56",
        "ana@correo.example",
        "Calle Mayor 1",
        "Spain",
        "Spanish",
    ):
        assert part in page, part
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; said" in page
    assert f'data-live="customer:{ana.pk}"' in page
    access = AccessRecord.objects.get()
    assert (access.subject_id, access.actor_id, access.contact_id, access.page) == (
        ana.pk,
        rosa.pk,
        None,
        "desk.customer",
    )


def test_parts_for_live_updates(desk: Client, ana: Customer) -> None:
    for part in ("header", "panels/contact_points", "timeline"):
        answer = desk.get(f"/desk/customers/{ana.pk}/{part}/", headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert "<html" not in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
    assert AccessRecord.objects.count() == 1


def test_timeline_in_pages_by_day_and_kind(
    desk: Client, rosa: Representative, ana: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onhand.web.desk.customer_pages.PAGE", 3)
    monkeypatch.setattr("onhand.web.desk.customer_views.TIMELINE_PAGE", 3)
    for number in range(5):
        note(ana, rosa, f"note {number}")
    first = desk.get(f"/desk/customers/{ana.pk}/").content.decode()
    assert re.findall(r"note \d", first) == ["note 4", "note 3", "note 2"]
    address = next_page(first)
    assert address is not None
    rest = desk.get(address).content.decode()
    assert re.findall(r"note \d", rest) == ["note 1", "note 0"]
    assert first.count('class="day"') == 1
    assert 'class="day"' not in rest, "the day has its headline on the page before"
    assert next_page(rest) is None
    assert "note 4" not in desk.get(f"/desk/customers/{ana.pk}/?show=act").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=~~",
        "show=planet",
        "contact=99999999999999999999",
        "contact=-1",
        "undo=x",
        "q=%00",
        "place=%00&after=1",
        "after=²",
    ],
)
def test_addresses_of_nobodys_making(desk: Client, ana: Customer, query: str) -> None:
    for address in (
        f"/desk/customers/{ana.pk}/",
        f"/desk/customers/{ana.pk}/timeline/",
        "/desk/customers/",
        "/desk/palette/",
    ):
        assert desk.get(f"{address}?{query}").status_code == 200


ADDRESSES = (
    "",
    "header/",
    "panels/contact_points/",
    "timeline/",
    "acts/customers.change_address/",
    "acts/customers.fly/",
)


def said(answer: Any) -> str:
    """A page without what differs from one request to the next."""
    return re.sub(r'content="\w{64}"|value="\w{64}"|[0-9a-f]{16}|424242', "", answer.content.decode())


def test_missing_and_hidden_look_alike(client: Client) -> None:
    hidden = make_file("Hidden Person")
    client.force_login(make_colleague(visibility="own"))
    for tail in ADDRESSES:
        answers = {said(client.get(f"/desk/customers/{number}/{tail}")) for number in (hidden.pk, 424242)}
        assert len(answers) == 1
        for number in (hidden.pk, 424242, 0, 2**70):
            assert client.get(f"/desk/customers/{number}/{tail}").status_code == 404, (number, tail)


def test_who_may_not_see_customers_sees_none(client: Client, ana: Customer) -> None:
    person = make_colleague()
    person.role.permissions = ["staff.own_account"]
    person.role.save()
    client.force_login(person)
    assert client.get("/desk/").status_code == 200
    assert client.get("/desk/customers/").status_code == 404
    assert client.get(f"/desk/customers/{ana.pk}/").status_code == 404
    assert client.get("/desk/palette/?q=ana").json() == []


def test_nobody_is_sent_to_sign_in(client: Client, ana: Customer) -> None:
    for address in (
        "/desk/",
        "/desk/customers/",
        f"/desk/customers/{ana.pk}/",
        "/desk/palette/",
        "/desk/drafts/x",
        "/desk/keys/",
    ):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    "address",
    ["/desk/", "/desk/customers/", "/desk/customers/{}/", "/desk/customers/{}/timeline/", "/desk/palette/?customer={}"],
)
def test_as_many_queries_for_three_rows_as_for_one(
    desk: Client, rosa: Representative, ana: Customer, address: str, count_queries: Callable[..., Any]
) -> None:
    def fill() -> None:
        other = make_file("Anton")
        desk.get(f"/desk/customers/{other.pk}/")
        note(ana, rosa, "said")
        ana.identities.create(kind="email", value=f"a{ana.identities.count()}@b.example", created_at=NOON)
        desk.put(f"/desk/drafts/note:{other.pk}", {"text": "x"}, content_type="application/json")

    fill()
    desk.get(address.format(ana.pk))
    one = count_queries(lambda: desk.get(address.format(ana.pk)))
    fill()
    fill()
    three = count_queries(lambda: desk.get(address.format(ana.pk)))
    assert three == one
    assert one <= 12


def test_the_file_just_opened_is_in_the_work_column_at_once(desk: Client, ana: Customer) -> None:
    page = desk.get(f"/desk/customers/{ana.pk}/").content.decode()
    column = page[page.index('id="work"') : page.index('id="stream"')]
    assert "Ana Núñez Prieto" in column
    assert 'aria-current="page"' in column
