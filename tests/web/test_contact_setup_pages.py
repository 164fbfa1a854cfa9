"""The settings page of reasons and signatures: it teaches while empty, shows two levels, and signatures as they look."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.contacts.models import ContactReason, TeamSignature
from onhand.staff.models import Representative
from tests.factories.staff import make_person, make_team

pytestmark = pytest.mark.django_db
PAGE = "/settings/contacts/"
ACTS = "/settings/acts"


@pytest.fixture
def person() -> Representative:
    return make_person("administrator", name="Marta Ibáñez Vega")


@pytest.fixture
def client(person: Representative) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, address: str = PAGE, **asked: Any) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def send(client: Client, address: str, **given: Any) -> Any:
    return client.post(address, {"idempotency_key": timezone.now().isoformat(), "step": "do"} | given)


def shown_signatures(body: str) -> list[str]:
    return re.findall(r'<div class="signature"[^>]*>([^<]*)</div>', body)


def test_the_empty_page_teaches(client: Client) -> None:
    assert "No team to sign for" in page(client)
    make_team(name="Northern")
    body = page(client)
    assert "No reasons yet" in body
    assert "No team signs its answers yet" in body
    assert f"{ACTS}/contact_reason/new/contacts.add_contact_reason/" in body


def test_reasons_are_added_in_two_levels_and_changed_with_their_history(client: Client) -> None:
    add = f"{ACTS}/contact_reason/new/contacts.add_contact_reason/"
    above = send(client, add, reason_name="Delivery", position="2")["Location"]
    delivery = ContactReason.objects.get()
    assert above == f"{PAGE}reasons/{delivery.pk}/"
    assert f"{add}?above={delivery.pk}" in page(client, above)
    assert f'<option value="{delivery.pk}" selected' in page(client, add, above=delivery.pk)
    below = send(client, add, reason_name="Late", above=str(delivery.pk), position="0")["Location"]
    send(client, add, reason_name="Bills", position="1")
    names = re.findall(r'id="reason-\d+"><a href="[^"]+">([^<]+)</a>', page(client))
    assert names == ["Bills", "Delivery", "Late"]
    assert "one of those below it is chosen" in page(client)
    late = ContactReason.objects.get(name="Late")
    change = f"{ACTS}/contact_reason/{late.pk}/contacts.change_contact_reason/"
    given = {
        "reason_name": "Too late",
        "above": str(delivery.pk),
        "position": "0",
        "expected_version": str(late.version),
    }
    assert send(client, change, **given)["Location"] == below
    body = page(client, below)
    assert "not offered any more" in body
    assert "History" in body and "Too late" in body.split("History")[1]
    assert "offered as “Delivery”" in page(client, above)
    assert client.get(f"{PAGE}reasons/999999/").status_code == 404


def test_below_a_reason_not_in_use_nothing_is_offered(client: Client) -> None:
    above = ContactReason.objects.create(name="Delivery", is_active=False)
    below = ContactReason.objects.create(name="Late", parent=above)
    assert "the reason above it is not" in page(client, f"{PAGE}reasons/{below.pk}/")
    assert "Add a reason" not in page(client, f"{PAGE}reasons/{above.pk}/")


def test_signatures_are_shown_filled_and_without_the_lines_that_stay_empty(client: Client) -> None:
    team = make_team(name="Northern")
    add = f"{ACTS}/team_signature/new/contacts.add_signature/"
    assert f"{add}?team={team.pk}" in page(client)
    text = "Kind regards,\n{representative.first_name} of <Northern>\nYour case {case.reference}"
    here = send(client, add, team=str(team.pk), text=text, language="")["Location"]
    one = TeamSignature.objects.get()
    assert here == f"{PAGE}signatures/{one.pk}/"
    known = "Kind regards,\nMarta of &lt;Northern&gt;\nYour case K7F-29Q"
    assert shown_signatures(page(client)) == [known]
    body = page(client, here)
    assert shown_signatures(body) == [known, known.rpartition("\n")[0]]
    assert "{representative.first_name}" in body
    assert "Every other language" in body
    change = f"{ACTS}/team_signature/{one.pk}/contacts.change_signature/"
    send(client, change, text="Bye", expected_version=str(one.version))
    body = page(client, here)
    assert shown_signatures(body) == ["Bye"]
    assert "Bye" in body.split("History")[1]
    assert client.get(f"{PAGE}signatures/999999/").status_code == 404


def test_a_signature_is_shown_filled_while_it_is_typed(client: Client) -> None:
    add = f"{ACTS}/team_signature/new/contacts.add_signature/"
    assert "/desk/text-preview/signature/?field=text" in page(client, add)
    typed = {"text": "{representative.name}, {today}\n{nothing.known}", "language": "es"}
    shown = client.post("/desk/text-preview/signature/?field=text", typed).content.decode()
    assert re.search(r"<p>Marta Ibáñez Vega, \d+ de \w+ de \d{4}</p>", shown)
    assert "There is no field nothing.known" in shown


def test_who_sets_nothing_up_sees_no_such_page() -> None:
    client = Client()
    client.force_login(make_person("representative"))
    assert client.get(PAGE).status_code == 403
    assert PAGE not in page(client, "/settings/account/")
