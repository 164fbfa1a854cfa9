"""Approvals on the floor: those that wait, where the customer waits first, each answered there; and the pages of deputies and times."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from onhand.approvals.models import Approval, Deputy
from onhand.staff.models import Representative
from tests.approvals.asked import ask, given, lay_down, on_contact
from tests.factories.work import make_person

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def at(person: Representative) -> Client:
    client = Client()
    client.force_login(person)
    return client


def asked(asker: Representative, **more: object) -> Approval:
    now = timezone.now()
    return ask(asker, on_contact(asker, at=now), at=now, **more)


def test_where_the_customer_waits_comes_first_and_all_is_answered_from_the_floor() -> None:
    lay_down()
    ana, boss = make_person("representative", name="Ana"), make_person("supervisor", name="Lena")
    later, first = asked(ana, customer_waits=False), asked(ana)
    page = at(boss).get("/floor/").content.decode()
    assert 'data-live="approvals" data-live-url="/floor/approvals/"' in page
    assert re.findall(r'id="approval-(\d+)"', page) == [str(first.pk), str(later.pk)]
    for said in ("The customer waits", "€50.00", "A long wait", 'data-row-key="a"', 'data-row-key="d"'):
        assert said in page
    key = {"idempotency_key": "abcdefgh1"}
    answer = at(boss).post(f"/floor/approvals/{first.pk}/", key, headers=FRAGMENT)
    left = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in left
    assert re.findall(r'id="approval-(\d+)"', left) == [str(later.pk)]
    assert "autofocus" in left  # so that the next is answered by the next key
    first.refresh_from_db()
    assert (first.state, first.answered_by_name, given()) == ("allowed", "Lena", 1)
    again = at(boss).post(f"/floor/approvals/{first.pk}/", {"idempotency_key": "abcdefgh2"}, headers=FRAGMENT)
    assert again.status_code == 422
    assert "This has ended" in again.content.decode()
    assert at(boss).post(f"/floor/approvals/{later.pk}/", key | {"idempotency_key": "abcdefgh3"}).status_code == 302
    assert "approval-" not in at(boss).get("/floor/approvals/", headers=FRAGMENT).content.decode()
    alone = at(boss).get("/floor/approvals/").content.decode()
    assert "Nothing waits for an answer" in alone
    assert 'data-live-url="/floor/approvals/?alone=1"' in alone
    assert "Nothing waits" in at(boss).get("/floor/approvals/?alone=1", headers=FRAGMENT).content.decode()


def test_what_stands_against_it_is_said_in_its_row() -> None:
    lay_down()
    ana, boss = make_person("representative"), make_person("supervisor")
    approval = asked(ana)
    Representative.objects.filter(pk=ana.pk).update(is_active=False)
    answer = at(boss).post(f"/floor/approvals/{approval.pk}/", {"idempotency_key": "abcdefgh1"}, headers=FRAGMENT)
    assert answer.status_code == 422
    assert "does not work here any more" in answer.content.decode().split(f'id="approval-{approval.pk}"')[1]


def test_who_may_not_answer_sees_none_of_it_and_the_wall_shows_nobodys_matters() -> None:
    lay_down()
    ana, boss = make_person("representative"), make_person("supervisor")
    approval = asked(ana)
    assert at(ana).get("/floor/approvals/").status_code == 404
    assert at(ana).post(f"/floor/approvals/{approval.pk}/").status_code == 404
    assert "floor-approvals" not in at(boss).get("/floor/?wall=1").content.decode()


def test_a_deputy_is_named_on_the_list_and_answers_from_there() -> None:
    lay_down()
    ana, boss = make_person("representative"), make_person("supervisor", name="Lena")
    senior = make_person("senior", name="Mia")
    approval, today = asked(ana), timezone.localdate().isoformat()
    assert "/desk/acts/approvals.name_deputy/new/" in at(boss).get("/desk/approvals/").content.decode()
    sent = {"deputy": senior.pk, "first_day": today, "last_day": today, "note": "", "idempotency_key": "abcdefgh1"}
    at(boss).post("/desk/acts/approvals.name_deputy/new/", sent)
    deputy = Deputy.objects.get()
    assert "Mia answers in your place" in at(boss).get("/desk/approvals/").content.decode()
    assert f"/desk/acts/approvals.end_deputy/{deputy.pk}/" in at(senior).get("/desk/approvals/").content.decode()
    page = at(senior).get(f"/desk/approvals/{approval.pk}/").content.decode()
    assert "You answer in the place of Lena" in page
    assert 'data-key="d"' in page
    at(senior).post(f"/floor/approvals/{approval.pk}/", {"idempotency_key": "abcdefgh2"}, headers=FRAGMENT)
    assert "Allowed by Mia for Lena" in at(ana).get(f"/desk/approvals/{approval.pk}/beside/").content.decode()
    settings = at(make_person("administrator")).get("/settings/approvals/").content.decode()
    for said in ("30 minutes; after 5 minutes the next gets it", "Lena", "Mia"):
        assert said in settings
