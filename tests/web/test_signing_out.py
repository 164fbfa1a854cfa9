"""Signing out in the web: what becomes of one's work is shown first, and done at once."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.kernel.models import ActRecord
from onhand.routing.models import Seat, WorkItem
from onhand.staff.models import Representative
from tests.factories.work import do, make_person, make_seat, make_work, offer

pytestmark = pytest.mark.django_db
HOME = "/account/login/"


def at(person: Representative) -> Client:
    client = Client()
    client.force_login(person)
    return client


def is_signed_in(client: Client) -> bool:
    return bool(client.get("/desk/").status_code == 200)


def working(**seat: Any) -> tuple[Representative, WorkItem]:
    """Somebody who takes part and has something in work of a queue that lets it go back."""
    ana = make_person("representative", name="Ana")
    item = offer(make_work(subject="Damaged kettle"), make_seat(ana, seen_at=timezone.now(), **seat))
    do("accept_work", item, ana)
    return ana, item


def test_what_goes_back_is_shown_before_anything_is_done() -> None:
    ana, item = working()
    client = at(ana)
    answer = client.post("/account/logout/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/logout/")
    assert is_signed_in(client)
    page = client.get("/account/logout/").content.decode()
    assert "1 goes back to its queue, with its age:" in page
    assert "Damaged kettle" in page
    assert Seat.objects.get(pk=ana.pk).state == "available"
    assert WorkItem.objects.get(pk=item.pk).holder_id == ana.pk


def test_signing_out_leaves_work_at_once() -> None:
    ana, item = working()
    client = at(ana)
    assert client.post("/account/logout/", {"seen": "1"}).status_code == 302
    assert not is_signed_in(client)
    seat, item = Seat.objects.get(pk=ana.pk), WorkItem.objects.get(pk=item.pk)
    assert (seat.state, seat.load) == ("signed_out", 0)
    assert (item.state, item.holder_id) == ("waiting", None)
    record = ActRecord.objects.get(act="routing.leave_work")
    assert (record.actor_id, record.after["state"]) == (ana.pk, "signed_out")


def test_who_keeps_or_has_nothing_at_hand_signs_out_in_one_press() -> None:
    keeps, item = working(leaving="keep")
    client = at(keeps)
    assert "1 stays with you:" in client.get("/account/logout/").content.decode()
    client.post("/account/logout/")
    assert not is_signed_in(client)
    assert WorkItem.objects.get(pk=item.pk).state == "parked"
    assert Seat.objects.get(pk=keeps.pk).state == "signed_out"


def test_what_goes_to_a_colleague_says_to_whom_and_what_is_offered_is_no_question() -> None:
    rui = make_person("representative", name="Rui Teixeira")
    ana, _item = working(leaving="hand_over", colleague=rui)
    assert "1 goes to Rui Teixeira:" in at(ana).get("/account/logout/").content.decode()
    eva = make_person("representative")
    offered = offer(make_work(), make_seat(eva))
    client = at(eva)
    client.post("/account/logout/")
    assert not is_signed_in(client)
    assert WorkItem.objects.get(pk=offered.pk).state == "waiting"


def test_who_takes_no_part_signs_out_as_ever() -> None:
    for person in (make_person("representative"), make_person("administrator")):
        client = at(person)
        client.post("/account/logout/")
        assert not is_signed_in(client)
    assert not ActRecord.objects.filter(act="routing.leave_work").exists()
    assert Client().post("/account/logout/").status_code == 302
