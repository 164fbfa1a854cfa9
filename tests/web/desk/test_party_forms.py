"""Forms with lists of choices, hours and days, drawn and read by the one form of all acts; the same acts for programs."""

import html
import re

import pytest
from django.test import Client

from onhand.customers.models import Customer, Relation
from onhand.kernel.models import ActRecord
from tests.factories import make_customer
from tests.factories.callers import Caller, make_representative, make_token
from tests.web.desk.test_act_views import PANEL, form_address, inputs

pytestmark = pytest.mark.django_db


def ticked(page: str, name: str) -> dict[str, bool]:
    """The boxes to tick of one argument: value → whether it is ticked."""
    boxes = re.findall(rf'<input type="checkbox"[^>]* name="{name}" value="([^"]*)"( checked)?', page)
    return {value: bool(mark) for value, mark in boxes}


def test_needs_are_ticked_previewed_and_kept(desk: Client, ana: Customer) -> None:
    address = form_address(ana, "change_accessibility_needs")
    page = desk.get(address, headers=PANEL).content.decode()
    assert set(ticked(page, "accessibility_needs").values()) == {False}
    typed = {"accessibility_needs": ["deaf", "more_time"], "idempotency_key": "0123456789abcdef"}
    shown = html.unescape(desk.post(f"{address}preview/", typed).content.decode())
    assert "Deaf: no calls, Needs more time" in shown
    assert desk.post(address, typed, headers=PANEL).status_code == 200
    ana.refresh_from_db()
    assert ana.accessibility_needs == ["deaf", "more_time"]
    again = ticked(desk.get(address, headers=PANEL).content.decode(), "accessibility_needs")
    assert [value for value, is_ticked in again.items() if is_ticked] == ["deaf", "more_time"]
    assert desk.post(address, {"idempotency_key": "fedcba9876543210"}, headers=PANEL).status_code == 200
    ana.refresh_from_db()
    assert ana.accessibility_needs == [], "nothing ticked is an empty list"


def test_scopes_are_ticked_and_what_is_wrong_comes_back_as_typed(desk: Client, ana: Customer) -> None:
    ben = make_customer("Ben Castle", site=ana.site)
    address = form_address(ana, "add_relation")
    page = desk.get(address, headers=PANEL).content.decode()
    assert {"contact_details", "preferences"} <= set(ticked(page, "may_be_told"))
    typed = {
        "other": str(ben.pk),
        "relation_kind": "authorised",
        "may_be_told": ["contact_details", "wings"],
        "valid_until": "2999-01-01",
        "idempotency_key": "0123456789abcdef",
    }
    refused = desk.post(address, typed, headers=PANEL)
    assert refused.status_code == 422
    assert "Choose one of the list." in refused.content.decode()
    assert ticked(refused.content.decode(), "may_be_told")["contact_details"]
    assert inputs(refused.content.decode())["valid_until"] == "2999-01-01"
    shown = html.unescape(
        desk.post(f"{address}preview/", typed | {"may_be_told": ["contact_details"]}).content.decode()
    )
    for words in ("Ben Castle", "Authorised person", "Addresses, numbers and e-mail", "Jan 2999"):
        assert words in shown, words
    assert desk.post(address, typed | {"may_be_told": ["contact_details"]}, headers=PANEL).status_code == 200
    assert Relation.objects.get().may_be_told == ["contact_details"]


def test_hours_are_shown_and_read(desk: Client, ana: Customer) -> None:
    address = form_address(ana, "change_preferences")
    typed = {"reach_from": "09:30", "reach_until": "17:00", "idempotency_key": "0123456789abcdef"}
    assert desk.post(address, typed, headers=PANEL).status_code == 200
    page = desk.get(address, headers=PANEL).content.decode()
    assert re.search(r'name="reach_from"[^>]* type="time"|type="time"[^>]* name="reach_from"', page)
    assert inputs(page)["reach_from"] == "09:30"
    wrong = desk.post(address, typed | {"reach_from": "9 o'clock"}, headers=PANEL)
    assert "Give a time of day such as 17:30." in wrong.content.decode()


def test_flags_are_chosen_from_those_on_the_file(desk: Client, ana: Customer) -> None:
    flag = ana.flags.create(kind="vulnerable", reason="x", set_by_name="R", set_at=ana.created_at)
    desk_of_all = Client()
    desk_of_all.force_login(make_representative("lead@example.com"))
    page = desk_of_all.get(form_address(ana, "lift_flag"), headers=PANEL).content.decode()
    assert f'<option value="{flag.pk}" selected>Vulnerable</option>' in page
    assert desk.get(form_address(ana, "lift_flag"), headers=PANEL).status_code == 404, "not for every representative"


def test_an_address_of_another_country_can_be_taken_back(desk: Client, ana: Customer) -> None:
    address = form_address(ana)
    typed = {"address_lines": "1 Mill Lane", "postal_code": "ls14ap", "city": "Leeds", "country": "GB"}
    done = desk.post(address, typed | {"idempotency_key": "0123456789abcdef"}, headers=PANEL)
    undo = f"?undo={ActRecord.objects.get().pk}"
    assert undo in html.unescape(done.content.decode())
    values = inputs(desk.get(address + undo, headers=PANEL).content.decode())
    assert (values["postal_code"], values["country"]) == ("28013", "ES")


def test_programs_send_lists_hours_and_days(client: Client) -> None:
    caller = Caller(make_token(make_representative()), client)
    ana, ben = make_customer("Ana"), make_customer("Ben")

    def send(act: str, **arguments: object) -> int:
        answer = caller.post(f"acts/customers.{act}", {"subject_id": ana.pk, "arguments": arguments})
        return int(answer.status_code)

    scopes = {"may_be_told": ["contact_details"], "may_do": []}
    assert send("add_relation", other=ben.pk, relation_kind="authorised", valid_until="2999-01-01", **scopes) == 200
    assert send("change_accessibility_needs", accessibility_needs=["blind"]) == 200
    assert send("change_preferences", reach_from="09:00", reach_until="17:00:00") == 200
    for wrong in ({"may_be_told": "contact_details"}, {"may_do": ["wings"]}, {"may_do": None}, {"valid_until": "soon"}):
        assert send("add_relation", other=ben.pk, relation_kind="broker", **scopes | wrong) == 422, wrong
    listed = {one["name"]: one["arguments"] for one in caller.get("acts").json()["acts"]}
    told = listed["customers.add_relation"]["properties"]["may_be_told"]
    assert "contact_details" in told["items"]["enum"], "a program sees which scopes there are"
    hours = listed["customers.change_preferences"]["properties"]["reach_from"]["anyOf"][0]
    assert hours == {"format": "time", "type": "string"}
