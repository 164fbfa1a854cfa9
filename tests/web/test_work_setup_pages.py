"""The settings pages of work: reasons for being away, kinds of work, what people can take."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.routing.models import AwayReason, KindSetting, Seat
from onhand.staff.models import Representative
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
    return client.post(address, {"idempotency_key": timezone.now().isoformat(), "step": "do"} | given)


def test_reasons_begin_with_an_empty_page_that_teaches(client: Client) -> None:
    assert "No reasons yet" in page(client, "/settings/away/")
    add = f"{ACTS}/away_reason/new/routing.add_away_reason/"
    made = send(client, add, reason_name="Lunch", counts_as="break", most_minutes="45")["Location"]
    reason = AwayReason.objects.get()
    assert made == f"/settings/away/{reason.pk}/"
    body = page(client, made)
    assert "45 minutes" in body
    assert "routing.retire_away_reason" in body
    assert "routing.bring_away_reason_back" not in body
    send(client, f"{ACTS}/away_reason/{reason.pk}/routing.retire_away_reason/")
    assert "not in use" in page(client, "/settings/away/")


def test_a_kind_of_work_opens_with_what_holds_and_is_marked_once_changed(client: Client) -> None:
    body = page(client, "/settings/work/")
    first = re.search(r'href="([^"]*kind=contact.email[^"]*)"', body)
    assert first
    form = page(client, first[1].replace("&amp;", "&"))
    assert '<option value="contact.email" selected' in form
    sent = send(
        client,
        f"{ACTS}/work_kind/new/routing.set_up_kind/",
        kind="contact.email",
        units="4",
        minutes="9",
        interrupts=["contact.letter"],
    )
    setting = KindSetting.objects.get()
    assert sent["Location"] == f"/settings/work/#kind-{setting.pk}"
    assert 'name="back" value="/settings/work/"' in form
    body = page(client, "/settings/work/")
    line = body.partition(f'id="kind-{setting.pk}"')[2].partition("</tr>")[0]
    assert "changed" in line
    assert "4 units" in line
    assert "Letter" in line
    assert f"{ACTS}/work_kind/{setting.pk}/routing.change_kind/" in line


def test_what_somebody_can_take_is_changed_from_the_list_and_from_their_page(client: Client) -> None:
    ana = make_person(name="Ana Prieto")
    form = f"{ACTS}/seat/{ana.pk}/routing.set_up_seat/"
    assert f"{form}?back=/settings/seats/" in page(client, "/settings/seats/")
    assert f"{form}?back=/settings/people/{ana.pk}/" in page(client, f"/settings/people/{ana.pk}/")
    opened = page(client, form, back="/settings/seats/")
    assert 'name="back" value="/settings/seats/"' in opened
    assert 'name="limits__contact.email"' in opened
    assert 'value="10"' in opened
    assert 'name="back"' not in page(client, form, back="https://elsewhere.example/settings/")
    given = {"capacity": "7", "hardest": "3", "limits__contact.email": "2", "limits__contact.letter": ""}
    refused = send(client, form, **given | {"leaving": "hand_over"})
    assert refused.status_code == 422
    assert "Say to whom their work goes." in refused.content.decode()
    assert send(client, form, back="/settings/seats/", **given)["Location"] == "/settings/seats/"
    seat = Seat.objects.get(pk=ana.pk)
    assert (seat.capacity, seat.hardest, seat.limits) == (7, 3, {"contact.email": 2})
    for address in ("/settings/seats/", f"/settings/people/{ana.pk}/"):
        assert "E-mail: 2" in page(client, address)


def test_the_list_of_people_is_bounded(client: Client) -> None:
    people = [make_person(name=f"Person {number:03}") for number in range(52)]
    page(client, "/settings/seats/")  # makes the seats that are missing
    page(client, "/settings/seats/", after=people[48].pk)
    with statements() as sent:
        first = page(client, "/settings/seats/")
    assert first.count('<tr id="row-') == 50
    many = len(sent)
    with statements() as sent:
        page(client, "/settings/seats/", q="Person 00")
    assert len(sent) == many
    after = re.search(r"after=(\d+)", first)
    assert after
    rest = page(client, "/settings/seats/", after=after[1])
    assert rest.count('<tr id="row-') == 3
    assert people[-1].name in rest


def test_programs_take_no_work_and_own_settings_are_seen() -> None:
    ana, webshop = make_person(name="Ana Prieto"), make_person("service", kind="service")
    own = Client()
    own.force_login(ana)
    body = page(own, f"/settings/people/{ana.pk}/")
    assert 'id="seat"' in body
    assert "routing.set_up_seat" not in body
    reading = Client()
    reading.force_login(make_person("administrator"))
    assert 'id="seat"' not in page(reading, f"/settings/people/{webshop.pk}/")
    assert Representative.objects.count() == 3
