"""The settings page of the department's rules says what each means now, and the page of retention lists what is emptied by itself."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from onhand.contacts.models import Contact, ContactReason, ContactRules
from tests.factories.staff import make_person

pytestmark = pytest.mark.django_db
PAGE = "/settings/contacts/rules/"


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(make_person(role))
    return client


def test_every_setting_is_explained_by_what_it_does_now() -> None:
    client = client_of("administrator")
    old = timezone.now() - timedelta(days=900)
    Contact.objects.create(channel="email", started_at=old, ended_at=old)
    body = client.get(PAGE).content.decode()
    assert "10 seconds" in body
    assert "There are no reasons yet, so none is asked for." in body
    assert "90 days after it was read" in body
    assert "Nothing is from before" in body
    assert "1 is from before" in body
    assert "/settings/acts/contact_rules/1/contacts.change_contact_rules/" in body
    ContactReason.objects.create(name="Delivery")
    ContactRules.objects.update(undo_seconds=0)
    body = client.get(PAGE).content.decode()
    assert "leaves at once" in body
    assert "there is 1 to choose from" in body


def test_it_is_changed_through_its_act_with_what_is_stored_in_the_form() -> None:
    client = client_of("administrator")
    address = f"/settings/acts/contact_rules/{ContactRules.objects.get().pk}/contacts.change_contact_retention/"
    assert 'value="90"' in client.get(address).content.decode()
    given = {"idempotency_key": "a" * 20, "step": "do", "raw_mail_days": "30", "unknown_contacts_months": "12"}
    answer = client.post(address, given)
    assert answer["Location"] == PAGE
    assert "30 days after it was read" in client.get(PAGE).content.decode()


def test_who_sets_up_but_does_not_manage_retention_is_not_offered_it() -> None:
    body = client_of("supervisor").get(PAGE).content.decode()
    assert "contacts.change_contact_rules" in body
    assert "contacts.change_contact_retention" not in body


def test_privacy_lists_what_is_emptied_by_itself() -> None:
    body = client_of("administrator").get("/settings/privacy/retention/").content.decode()
    assert "Mail as it arrived" in body
    assert "24 months after they ended" in body
    assert f'href="{PAGE}"' in body
