"""The settings pages about identification, and forms of acts that wait for it."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from onhand.customers.demo_mailbox import keep_demo_mail
from onhand.customers.models import IdentityCheck
from onhand.web.models import Draft
from tests.factories import NOON, make_customer
from tests.factories.contacts import make_contact
from tests.factories.staff import make_person
from tests.web.desk.files import make_colleague, make_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(make_person("administrator"))
    return client


def test_rules_are_shown_with_what_changes_them(administrator: Client) -> None:
    page = administrator.get("/settings/identification/").content.decode()
    assert "Right answers needed" in page
    assert "No mail server is set up" in page
    assert "customers.change_identification_rules" in page


def test_failed_tries_are_listed(administrator: Client) -> None:
    customer = make_customer("Ana Núñez")
    given: dict[str, Any] = {"contact_id": 7, "way": "code", "level": 0, "at": NOON, "until": NOON, "by_name": "Rosa"}
    IdentityCheck.objects.create(customer=customer, **given)
    page = administrator.get("/settings/identification/failed/").content.decode()
    assert "Ana Núñez" in page
    assert "One-time code" in page


def test_mails_of_the_demo_company_are_shown_to_administrators(
    administrator: Client, settings: Any, tmp_path: Path
) -> None:
    settings.ONHAND_DEMO_FILE, settings.ONHAND_MAILBOX = tmp_path / "demo.json", tmp_path / "mailbox"
    assert "not the demo company" in administrator.get("/settings/demo-mail/").content.decode()
    assert "Mail of the demo" not in administrator.get("/settings/").content.decode()
    settings.ONHAND_DEMO_FILE.write_text("{}")
    assert "Mail of the demo" in administrator.get("/settings/account/").content.decode()
    mail = EmailMessage("Your code", "Your code is 123 456.\n<b>", to=["ana@correo.example"])
    keep_demo_mail(mail.message().as_bytes())
    page = administrator.get("/settings/demo-mail/").content.decode()
    assert "Your code is 123 456.<br>&lt;b&gt;" in page
    assert "ana@correo.example" in page
    other = Client()
    other.force_login(make_person("representative"))
    assert other.get("/settings/demo-mail/").status_code == 403


def test_form_of_a_protected_act_waits_for_identification(client: Client) -> None:
    rosa, ana = make_colleague(needs_contact=True), make_file("Ana Núñez")
    client.force_login(rosa)
    form = f"/desk/customers/{ana.pk}/acts/customers.change_address/"
    page = client.get(form, headers={"HX-Request": "true"}).content.decode()
    assert "Identify the customer first." in page
    assert "Open a contact with the customer first" in page
    assert "<form" not in page
    make_contact(ana, rosa.pk)
    page = client.get(form, headers={"HX-Request": "true"}).content.decode()
    assert "customers.send_code" in page
    assert "<form" not in page
    refused = client.post(form, {"address_lines": "x", "city": "y", "country": "ES", "postal_code": "28001"})
    assert refused.status_code == 422
    ana.refresh_from_db()
    assert ana.address_lines == "Calle Mayor 1"


def test_what_was_said_is_neither_kept_as_a_draft_nor_shown_again_nor_previewed(client: Client) -> None:
    rosa, ana = make_colleague(needs_contact=True), make_file("Ana Núñez")
    client.force_login(rosa)
    make_contact(ana, rosa.pk)
    form = f"/desk/customers/{ana.pk}/acts/customers.check_code/"
    page = client.get(f"{form}?code=424242", headers={"HX-Request": "true"}).content.decode()
    assert "424242" not in page
    assert "data-draft=" not in page
    assert "preview/" not in page
    page = client.post(form, {"code": "424242"}, headers={"HX-Request": "true"}).content.decode()
    assert "424242" not in page
    assert "No code is waiting" in page
    page = client.post(f"{form}preview/", {"code": "424242"}).content.decode()
    assert "every try counts" in page
    assert not Draft.objects.exists()
