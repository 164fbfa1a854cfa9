"""Panels of the customer's page: folded or open as one left them, live, and shut until the customer is identified."""

from datetime import date

import pytest
from django.test import Client

from onhand.contacts.models import Contact
from onhand.customers.models import Customer, DuplicateSuggestion
from onhand.customers.panels import panels_for
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for
from tests.factories import NOON, make_customer
from tests.web.desk.files import make_colleague, shows_day

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def test_every_panel_answers_by_itself_and_on_the_page(desk: Client, rosa: Representative, ana: Customer) -> None:
    for panel in panels_for(actor_for(rosa)):
        address = f"/desk/customers/{ana.pk}/panels/{panel.key}/"
        part = desk.get(address, headers=PART)
        assert part.status_code == 200, panel.key
        assert "<html" not in part.content.decode()
        whole = desk.get(address).content.decode()
        assert f'id="panel-{panel.key}" data-panel="{panel.key}" open' in whole
    assert desk.get(f"/desk/customers/{ana.pk}/panels/planet/").status_code == 404


def test_open_and_closed_are_remembered_for_each_person(desk: Client, ana: Customer) -> None:
    page = f"/desk/customers/{ana.pk}/"
    assert 'data-panel="readings" open' not in desk.get(page).content.decode()
    assert 'data-panel="open_matters" open' in desk.get(page).content.decode()
    assert desk.post("/desk/panels/", {"key": "identity_checks", "open": "yes"}).status_code == 204
    assert desk.post("/desk/panels/", {"key": "open_matters", "open": "no"}).status_code == 204
    said = desk.get(page).content.decode()
    assert 'data-panel="identity_checks" open' in said
    assert 'data-panel="open_matters" open' not in said
    assert desk.post("/desk/panels/", {"key": "planet", "open": "yes"}).status_code == 404
    desk.force_login(make_colleague())
    assert 'data-panel="open_matters" open' in desk.get(page).content.decode()


def test_nothing_protected_leaves_the_server_before_the_customer_is_identified(client: Client, ana: Customer) -> None:
    leo = make_colleague(needs_contact=True)
    client.force_login(leo)
    addresses = ["", "header/", "timeline/", "panels/contact_points/", "panels/belonging/", "panels/consents/"]
    secrets = ("910 12 34 56", "+34910123456", "ana@correo.example", "Calle Mayor 1", "28013")

    def said() -> str:
        pages = [
            client.get(f"/desk/customers/{ana.pk}/{one}", headers=head) for one in addresses for head in (PART, {})
        ]
        return "".join(page.content.decode() for page in pages)

    shut = said()
    assert "Identify the customer first" in shut
    assert not [secret for secret in secrets if secret in shut]
    contact = Contact.objects.create(customer=ana, channel="telephone", started_at=NOON, representative_id=leo.pk)
    assert not [secret for secret in secrets if secret in said()]
    from django.utils import timezone

    now = timezone.now()
    until = now.replace(year=now.year + 1)
    ana.identity_checks.create(contact_id=contact.pk, way="questions", level=1, at=now, until=until, by_name="Leo")
    opened = said()
    assert "910 12 34 56" in opened
    assert "Calle Mayor 1" in opened
    assert "Identified by questions" in opened


def test_what_is_masked_can_be_shown_in_full_by_an_act(desk: Client, ana: Customer) -> None:
    ana.tax_number = "X1234567L"
    ana.save()
    said = desk.get(f"/desk/customers/{ana.pk}/panels/contact_points/", headers=PART).content.decode()
    assert "X1234567L" not in said
    assert f"/desk/customers/{ana.pk}/acts/customers.reveal/?what=tax_number" in said


def test_a_file_that_may_be_the_same_is_shown_with_what_settles_it(desk: Client, ana: Customer) -> None:
    desk.force_login(make_colleague("supervisor"))
    twin = make_customer("Ana Prieto Nunez")
    first, second = sorted((ana, twin), key=lambda one: one.pk)
    DuplicateSuggestion.objects.create(
        first=first, second=second, score=80, reasons=["same_name"], evidence={}, found_at=NOON
    )
    said = desk.get(f"/desk/customers/{ana.pk}/panels/alike/", headers=PART).content.decode()
    assert twin.reference in said
    assert f"customers.merge_customer/?other={twin.pk}" in said
    assert "customers.dismiss_duplicate/?duplicate=" in said
    assert '<span class="badge" id="count-alike">1</span>' in desk.get(f"/desk/customers/{ana.pk}/").content.decode()


def test_the_form_of_questions_opens_with_those_to_ask(client: Client, ana: Customer) -> None:
    ana.born_on = date(1980, 5, 17)
    ana.save(update_fields=["born_on"])
    leo = make_colleague(needs_contact=True)
    client.force_login(leo)
    Contact.objects.create(customer=ana, channel="telephone", started_at=NOON, representative_id=leo.pk)
    said = client.get(f"/desk/customers/{ana.pk}/acts/customers.answer_questions/", headers=PART).content.decode()
    assert said.count(" selected") >= 2
    assert not shows_day(said, ana.born_on)


def test_an_erased_file_offers_nothing_to_do(desk: Client, ana: Customer) -> None:
    Customer.objects.filter(pk=ana.pk).update(erased_at=NOON)
    said = desk.get(f"/desk/customers/{ana.pk}/").content.decode()
    assert "note-text" not in said
    assert "/acts/" not in said
