"""What the keyboard reaches from anywhere."""

import pytest
from django.test import Client

from onhand.customers.models import Customer
from onhand.kernel.models import ActRecord
from onhand.kernel.subjects import find_reference_type
from onhand.staff.models import Representative
from onhand.web import operations
from onhand.web.models import Draft
from tests.factories.callers import make_token
from tests.payments.money import make_method
from tests.web.desk.files import make_colleague, make_file

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def test_palette_offers_acts_pages_and_customers(desk: Client, ana: Customer) -> None:
    entries = desk.get(f"/desk/palette/?q=&customer={ana.pk}").json()
    offered = {(entry["kind"], entry["label"], entry["hint"]) for entry in entries}
    assert ("act", "Change the address", "Ana Núñez Prieto") in offered
    assert ("act", "Register a customer", "") in offered
    assert ("page", "Customers", "") in offered
    for entry in entries:
        if entry["url"].startswith("/desk/"):
            assert desk.get(entry["url"], follow=True).status_code == 200, entry
    found = desk.get("/desk/palette/?q=nunez").json()
    assert [(one["kind"], one["label"], one["url"]) for one in found] == [
        ("customer", "Ana Núñez Prieto", f"/desk/customers/{ana.pk}/")
    ]
    without = desk.get("/desk/palette/?q=&customer=424242").json()
    assert not any(entry["label"] == "Change the address" for entry in without)


def test_palette_offers_only_what_one_may(client: Client, ana: Customer) -> None:
    person = make_colleague("quality")
    person.role.permissions = ["customers.view", "customers.add_note"]
    person.role.save()
    client.force_login(person)
    entries = client.get(f"/desk/palette/?q=&customer={ana.pk}").json()
    assert [one["label"] for one in entries if one["kind"] == "act"] == ["Write a note"]


def test_suggestions_are_those_one_may_see(desk: Client, ana: Customer) -> None:
    other = make_file("Ben")
    identity = ana.identities.get(kind="email")
    found = desk.get(f"/desk/references/customers.email@customer:{ana.pk}?q=ANA").json()
    assert found == [{"value": str(identity.pk), "label": "ana@correo.example"}]
    assert desk.get(f"/desk/references/customers.email@customer:{ana.pk}?q=zz%00").json() == []
    for nothing in ("customers.email", "customers.email@customer:x", "customers.email@customer:424242"):
        assert desk.get(f"/desk/references/{nothing}").json() == []
    for name in ("planets", f"payments.method@customer:{ana.pk}", f"coupons.coupon@customer:{ana.pk}"):
        assert desk.get(f"/desk/references/{name}").status_code == 404
    hidden = make_colleague(visibility="own")
    client = Client()
    client.force_login(hidden)
    assert client.get(f"/desk/references/customers.email@customer:{other.pk}").json() == []


def test_what_customers_pay_with_stands_in_forms_and_is_not_read_by_number(desk: Client, ana: Customer) -> None:
    make_method(ana)
    assert (kind := find_reference_type("payments.method")) is not None
    assert kind.is_protected
    answer = desk.get(f"/desk/references/payments.method@customer:{ana.pk}")
    assert answer.status_code == 404
    assert "4242" not in answer.content.decode()


def test_drafts_are_kept_per_person_and_key(desk: Client) -> None:
    assert desk.get("/desk/drafts/note:12").json() == {"text": ""}
    for text in ("Hel", "Hello ñ \u202e", ""):
        assert desk.put("/desk/drafts/note:12", {"text": text}, content_type="application/json").status_code == 204
        assert desk.get("/desk/drafts/note:12").json()["text"] == text
    assert desk.put("/desk/drafts/note:12", {"text": "mine"}, content_type="application/json").status_code == 204
    other = Client()
    other.force_login(make_colleague())
    assert other.get("/desk/drafts/note:12").json() == {"text": ""}
    other.delete("/desk/drafts/note:12")
    assert desk.get("/desk/drafts/note:12").json()["text"] == "mine"
    assert desk.delete("/desk/drafts/note:12").status_code == 204
    assert desk.get("/desk/drafts/note:12").json() == {"text": ""}


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b'{"text": 3}', b'{"text": "\\u0000"}', b'{"text": "\\ud800"}', b"\xff", b"[" * 100_000]
)
def test_drafts_that_cannot_be(desk: Client, body: bytes) -> None:
    assert desk.put("/desk/drafts/x", body, content_type="application/json").status_code == 422
    assert not Draft.objects.exists()


def test_drafts_are_bounded(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_DRAFTS", 3)
    put = {"content_type": "application/json"}
    assert desk.put("/desk/drafts/x", {"text": "x" * 1_000_001}, **put).status_code == 422
    assert desk.put(f"/desk/drafts/{'k' * 201}", {"text": "x"}, **put).status_code == 422
    assert desk.put("/desk/drafts/", {"text": "x"}, **put).status_code == 422
    for number in range(5):
        assert desk.put(f"/desk/drafts/{number}", {"text": "x"}, **put).status_code == 204
    assert sorted(Draft.objects.values_list("key", flat=True)) == ["2", "3", "4"]


def test_drafts_lead_back_to_where_they_were_typed(desk: Client, ana: Customer) -> None:
    put = {"content_type": "application/json"}
    desk.put(f"/desk/drafts/note:{ana.pk}", {"text": "She said"}, **put)
    desk.put(f"/desk/drafts/act:customers.change_address:{ana.pk}", {"text": "{}"}, **put)
    for key in ("note:424242", "note:x", "act:customers.fly:1", "act:", "planet"):
        desk.put(f"/desk/drafts/{key}", {"text": "x"}, **put)
    page = desk.get("/desk/").content.decode()
    assert "Not sent yet" in page
    assert f"/desk/customers/{ana.pk}/acts/customers.change_address/" in page


def test_preferences_are_an_act_and_only_what_is_sent_changes(desk: Client, rosa: Representative) -> None:
    assert desk.post("/desk/preferences/", {"theme": "dark"}, headers=JSON).status_code == 204
    assert desk.post("/desk/preferences/", {"text_size": "150"}, headers=JSON).status_code == 204
    rosa.refresh_from_db()
    assert (rosa.theme, rosa.text_size, rosa.language) == ("dark", 150, "en")
    assert ActRecord.objects.filter(act="staff.change_preferences").count() == 2
    page = desk.get("/desk/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'data-text="150"' in page
    desk.post("/desk/preferences/", {"language": "es"})
    assert '<html lang="es"' in desk.get("/desk/").content.decode()
    for wrong in ({"theme": "pink"}, {"text_size": "900"}, {"language": "tlh"}, {"text_size": "\0"}):
        assert desk.post("/desk/preferences/", wrong, headers=JSON).status_code == 422
    back = desk.post("/desk/preferences/", {"theme": "light"}, headers={"Referer": "https://evil.example/"})
    assert back["Location"] == "/desk/"


def test_keys_page(desk: Client) -> None:
    assert "Show the keys" in desk.get("/desk/keys/").content.decode()


def test_tokens_of_colleagues_are_suggested_only_to_who_manages_them(desk: Client, rosa: Representative) -> None:
    other = make_colleague("senior")
    for owner in (rosa, other):
        make_token(owner, name="Webshop")
    address = "/desk/references/staff.token@representative:{}"
    assert desk.get(address.format(other.pk)).json() == []
    assert len(desk.get(address.format(rosa.pk)).json()) == 1
    lead = Client()
    lead.force_login(make_colleague("supervisor"))
    assert len(lead.get(address.format(other.pk)).json()) == 1
