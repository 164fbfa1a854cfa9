"""Approvals on the desk: asked for from an act's form, answered on their page, shown beside the contact."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.approvals.models import Approval
from onhand.contacts.models import Contact
from onhand.customers.models import IdentityCheck
from onhand.staff.models import Representative
from tests.approvals.asked import GOODWILL, given, lay_down
from tests.factories import make_customer
from tests.factories.approvals import make_approval
from tests.factories.contacts import make_contact
from tests.factories.work import make_person

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def signed_in(person: Representative) -> Client:
    client = Client()
    client.force_login(person)
    return client


def on_call(person: Representative) -> Contact:
    """A call of theirs that goes on now, with the customer identified."""
    now = timezone.now()
    contact = make_contact(make_customer("Ana Prieto"), person.pk, started_at=now)
    until = now + timedelta(hours=1)
    given = {"way": "questions", "level": 1, "at": now, "until": until, "by_name": person.name}
    IdentityCheck.objects.create(customer=contact.customer, contact_id=contact.pk, **given)
    return contact


def form_of(contact: Contact) -> str:
    return f"/desk/customers/{contact.customer_id}/acts/{GOODWILL}/"


def typed(**more: Any) -> dict[str, Any]:
    return {"amount": "50", "amount__currency": "EUR", "reason": "A long wait", "idempotency_key": "abcdefgh1"} | more


def test_the_form_asks_the_supervisor_allows_and_the_asker_sees_it() -> None:
    lay_down()
    ana, boss = make_person("representative", name="Ana Ruiz"), make_person("supervisor", name="Lena Fischer")
    contact = on_call(ana)
    desk, floor = signed_in(ana), signed_in(boss)
    form = desk.get(form_of(contact), headers=FRAGMENT).content.decode()
    assert 'name="ask_approval"' in form
    preview = desk.post(f"{form_of(contact)}preview/", typed(), headers=FRAGMENT).content.decode()
    assert 'data-outcome="ask"' in preview
    not_done = desk.post(form_of(contact), typed(), headers=FRAGMENT)
    assert not_done.status_code == 422
    assert 'data-outcome="ask"' in not_done.content.decode()
    asking = typed(ask_approval="1", approval_note="She waited two weeks", approval_waits="true")
    asked = desk.post(form_of(contact), asking, headers=FRAGMENT)
    approval = Approval.objects.get()
    assert asked.status_code == 200
    assert f'data-live="approval:{approval.pk}"' in asked.content.decode()
    assert (approval.contact_id, approval.customer_waits, approval.note) == (contact.pk, True, "She waited two weeks")
    assert desk.post(form_of(contact), asking, headers=FRAGMENT).status_code == 200
    assert Approval.objects.count() == 1
    beside = desk.get(f"/desk/contacts/{contact.pk}/help/").content.decode()
    assert "Waits for an answer" in beside
    assert "€50.00" in beside
    page = floor.get(f"/desk/approvals/{approval.pk}/").content.decode()
    for words in (
        "Give goodwill",
        "She waited two weeks",
        "Ana Ruiz asks to be allowed",
        "The customer waits",
        'data-key="a"',
    ):
        assert words in page
    assert 'data-key="d"' in page
    assert "Give goodwill" in floor.get("/desk/approvals/").content.decode()
    allowed = floor.post(f"/desk/approvals/{approval.pk}/allow/", {"idempotency_key": "abcdefgh2"})
    assert allowed.status_code == 302
    assert given() == 1
    assert "Allowed by Lena Fischer" in desk.get(f"/desk/contacts/{contact.pk}/help/").content.decode()
    assert "Allowed by Lena Fischer" in desk.get(f"/desk/approvals/{approval.pk}/beside/").content.decode()
    twice = floor.post(f"/desk/approvals/{approval.pk}/allow/", {"idempotency_key": "abcdefgh3"})
    assert twice.status_code == 422
    assert "This has ended" in twice.content.decode()


def test_a_denial_says_why_and_what_to_tell_the_customer() -> None:
    lay_down()
    ana, boss = make_person("representative"), make_person("supervisor")
    contact = on_call(ana)
    desk = signed_in(ana)
    desk.post(form_of(contact), typed(ask_approval="1"), headers=FRAGMENT)
    approval = Approval.objects.get()
    said = {"reason": "Twice this month", "words": "We can offer a coupon", "idempotency_key": "abcdefgh4"}
    signed_in(boss).post(f"/desk/acts/approvals.deny/{approval.pk}/", said, headers=FRAGMENT)
    beside = desk.get(f"/desk/contacts/{contact.pk}/help/").content.decode()
    for words in ("Denied by", "Twice this month", "We can offer a coupon"):
        assert words in beside
    timeline = desk.get(f"/desk/customers/{contact.customer_id}/timeline/").content.decode()
    assert "Approval asked for" in timeline


def test_what_cannot_be_done_any_more_is_said_before_it_is_allowed() -> None:
    lay_down()
    ana, boss = make_person("representative"), make_person("supervisor")
    contact = on_call(ana)
    signed_in(ana).post(form_of(contact), typed(ask_approval="1"), headers=FRAGMENT)
    approval = Approval.objects.get()
    Contact.objects.update(ended_at=timezone.now())
    page = signed_in(boss).get(f"/desk/approvals/{approval.pk}/").content.decode()
    assert "This cannot be done as things stand" in page
    assert "disabled" in page.split('data-key="a"')[1][:120]
    answer = signed_in(boss).post(f"/desk/approvals/{approval.pk}/allow/", {})
    assert answer.status_code == 422
    assert given() == 0


def test_who_asked_withdraws_and_does_not_answer() -> None:
    approval = make_approval(make_customer())
    boss = make_person("supervisor")
    Approval.objects.update(asked_by_id=boss.pk, asked_by_name=boss.name)
    client = signed_in(boss)
    page = client.get(f"/desk/approvals/{approval.pk}/").content.decode()
    assert "Withdraw" in page
    assert 'id="answering"' not in page
    assert "What you asked for" in client.get("/desk/approvals/").content.decode()
    client.post(f"/desk/acts/approvals.withdraw/{approval.pk}/", {"idempotency_key": "abcdefgh5"}, headers=FRAGMENT)
    approval.refresh_from_db()
    assert approval.state == "withdrawn"


def test_who_may_not_answer_sees_no_list_of_others() -> None:
    make_approval(make_customer())
    page = signed_in(make_person("representative")).get("/desk/approvals/").content.decode()
    assert "You asked for nothing yet" in page
    assert "open-approvals" not in page
