"""The customer's file as several people work on it: presence, identification live, panels, a long timeline."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.company import Person

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]


@pytest.fixture
def ana(company: "list[Customer]") -> "Customer":
    """A customer one can call and write to."""
    seen = [one for one in company if one.site and one.site.name == "Madrid"]  # by the representative
    customer = next(one for one in seen if one.identities.filter(kind="email").exists())
    customer.name, customer.search_text = "Ana Núñez Prieto", "ana nunez prieto"
    customer.save()
    return customer


def test_who_else_has_the_file_open_comes_and_goes_within_a_second(person: Come, ana: "Customer") -> None:
    mine, theirs = person("representative"), person("administrator")
    mine.page.goto(f"/desk/customers/{ana.pk}/")
    mine.is_live()
    expect(mine.page.locator("#presence")).to_be_empty()
    theirs.page.goto(f"/desk/customers/{ana.pk}/")
    theirs.is_live()
    began = time.monotonic()
    expect(mine.page.locator("#presence")).to_contain_text("Lena Fischer")
    assert time.monotonic() - began < 1.5
    expect(theirs.page.locator("#presence")).to_contain_text(re.compile("Also open with"))
    theirs.page.goto("/desk/")
    expect(mine.page.locator("#presence")).to_be_empty()


def test_new_entries_come_on_top_and_take_nothing_from_who_read_further_back(person: Come, ana: "Customer") -> None:
    now = timezone.now()
    for number in range(70):
        at = now - timedelta(days=2, minutes=number)
        ana.notes.create(text=f"older note {number:02}", author_name="Eva", created_at=at)
    notes = ana.notes.count()
    one = person("representative")
    one.page.goto(f"/desk/customers/{ana.pk}/?show=note")
    one.is_live()
    rows = one.page.locator("#timeline-entries > .entry-line")
    for _ in range(2):
        before = rows.count()
        one.page.get_by_role("link", name="Show earlier").click()
        expect(rows).to_have_count(before + 20)
    shown = rows.all_inner_texts()
    for number in range(3):
        one.page.locator("#note-text").fill(f"brand new {number}")
        one.page.keyboard.press("Control+Enter")
        expect(rows.first).to_contain_text(f"brand new {number}")
    expect(rows).to_have_count(len(shown) + 3)
    assert rows.all_inner_texts()[3:] == shown, "each still there, once, in order"
    one.page.get_by_role("link", name="Show earlier").click()
    expect(rows).to_have_count(min(notes, len(shown) + 20) + 3)
    days = one.page.locator("#timeline-entries > .day").all_inner_texts()
    assert len(days) == len(set(days))


def test_protected_panels_open_as_soon_as_the_customer_is_identified(person: Come, ana: "Customer") -> None:
    from onhand.staff.models import Role

    role = Role.objects.get(key="representative")
    role.permissions = [name for name in role.permissions if name != "customers.work_without_contact"]
    role.save()
    one = person("representative")
    page = one.page
    page.goto(f"/desk/customers/{ana.pk}/")
    one.is_live()
    email = next(one.value for one in ana.identities.filter(kind="email"))
    expect(page.locator("#standing")).to_contain_text("Not identified")
    expect(page.locator("#panel-contact_points")).to_contain_text("Identify the customer first")
    assert email not in page.content()
    page.keyboard.press("o")
    expect(page.locator("#act-panel")).to_contain_text("Start a contact")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#standing")).to_contain_text("In contact with Ana Núñez Prieto")
    expect(page.locator("#standing .stopwatch")).to_have_text(re.compile(r"^0:0[1-9]$"))
    assert email not in page.content()
    from onhand.contacts.models import Contact

    contact, now = Contact.objects.get(customer=ana, ended_at__isnull=True), timezone.now()
    ana.identity_checks.create(
        contact_id=contact.pk, way="code", level=2, at=now, until=now + timedelta(hours=1), by_name="Ana Prieto"
    )
    from onhand.kernel.hints import send_after_commit

    send_after_commit(f"customer:{ana.pk}")
    expect(page.locator("#standing")).to_contain_text("Identified by a one-time code")
    expect(page.locator("#panel-contact_points")).to_contain_text(email)
    page.keyboard.press("Escape")
    page.locator("#standing").get_by_role("link", name=re.compile("^End the contact")).click()
    expect(page.locator("#act-panel")).to_contain_text("What it was about")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#standing")).to_contain_text("Not identified")
    expect(page.locator("#panel-contact_points")).to_contain_text("Identify the customer first")
    assert email not in page.locator("#panels").inner_text()


def test_a_panel_stays_as_one_left_it_and_opens_by_its_key(person: Come, ana: "Customer") -> None:
    one = person("administrator")
    page = one.page
    page.goto(f"/desk/customers/{ana.pk}/")
    coupons = page.locator("#panel-coupons")
    expect(coupons).not_to_have_attribute("open", "")
    page.locator("#main").focus()
    key = coupons.locator("summary").get_attribute("data-key")
    assert key == "0", "the tenth"
    page.keyboard.press(key)
    expect(coupons).to_contain_text("No coupon was given yet")
    page.wait_for_timeout(300)
    page.reload()
    expect(coupons).to_have_attribute("open", "")
    expect(coupons).to_contain_text("No coupon was given yet")


def test_a_call_from_a_known_number_opens_the_file_and_begins_the_contact(person: Come, ana: "Customer") -> None:
    number = "+34699123456"
    ana.identities.create(kind="telephone", value=number, created_at=timezone.now())
    one = person("administrator")
    one.page.goto(f"/desk/arrive/?channel=telephone&from={number}")
    expect(one.page.locator(".arrival")).to_contain_text("Known: Ana Núñez Prieto.")
    expect(one.page.locator("#work")).to_contain_text("Ana Núñez Prieto")
    one.page.keyboard.press("o")
    expect(one.page.get_by_label("Number or address used")).to_have_value(number)
