"""A morning at the desk, in real browsers against the whole application."""

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.journeys.company import Person

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]


@pytest.fixture
def ana(company: "list[Customer]") -> "Customer":
    """A customer in Madrid with a known address."""
    from onhand.customers.operations import assign_search_text

    customer = next(one for one in company if one.country == "ES" and one.language == "es")
    customer.name, customer.address_lines, customer.city, customer.postal_code = (
        "Ana Núñez Prieto",
        "Calle Mayor 1",
        "Madrid",
        "28013",
    )
    assign_search_text(customer)
    customer.save()
    return customer


def test_address_is_changed_by_keyboard_alone(person: Come, ana: "Customer") -> None:
    page = person("representative").page
    page.keyboard.press("Control+k")
    page.keyboard.type("nunez pri")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text("Ana Núñez Prieto")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{ana.pk}/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list")).to_contain_text("Change the address")
    page.keyboard.type("addr")
    page.keyboard.press("Enter")
    street = page.get_by_label("Street and number")
    expect(street).to_be_focused()
    expect(street).to_have_value("Calle Mayor 1")
    page.keyboard.press("Control+a")
    page.keyboard.type("Calle Nueva 3")
    preview = page.locator(".act-preview")
    expect(preview).to_contain_text("Calle Nueva 3")
    expect(preview).to_contain_text("Your role allows this.")
    ana.refresh_from_db()
    assert ana.address_lines == "Calle Mayor 1"
    page.keyboard.press("Control+Enter")
    expect(page.locator("#act-panel")).to_contain_text("Done: Change the address")
    expect(page.locator("#panel-contact_points")).to_contain_text("Calle Nueva 3")
    expect(page.locator("#timeline")).to_contain_text("Calle Mayor 1")
    ana.refresh_from_db()
    assert ana.address_lines == "Calle Nueva 3"
    page.keyboard.press("Escape")
    expect(page.locator("#act-panel .act")).to_have_count(0)


def test_colleague_sees_the_change_within_a_second_and_loses_nothing(person: Come, ana: "Customer") -> None:
    mine, theirs = person("representative"), person("administrator")
    for one in (mine, theirs):
        one.page.goto(f"/desk/customers/{ana.pk}/")
        one.is_live()
    note = mine.page.locator("#note-text")
    note.fill("She says that the")
    theirs.page.goto(f"/desk/customers/{ana.pk}/acts/customers.change_address/")
    theirs.page.get_by_label("Street and number").fill("Gran Vía 9")
    theirs.page.get_by_role("button", name="Change the address").click()
    theirs.page.wait_for_selector("text=Done: Change the address")
    done = time.monotonic()
    expect(mine.page.locator("#panel-contact_points")).to_contain_text("Gran Vía 9")
    assert time.monotonic() - done < 1
    expect(mine.page.locator("#timeline")).to_contain_text("Lena Fischer")
    expect(note).to_have_value("She says that the")
    note.focus()
    mine.page.keyboard.press("End")
    mine.page.keyboard.type(" lamp is broken.")
    mine.page.keyboard.press("Control+Enter")
    expect(theirs.page.locator("#timeline")).to_contain_text("She says that the lamp is broken.")
    expect(note).to_have_value("")


def test_overtaken_form_keeps_what_was_typed(person: Come, ana: "Customer") -> None:
    mine = person("representative").page
    mine.goto(f"/desk/customers/{ana.pk}/")
    mine.get_by_role("link", name="Change the address").first.click()
    mine.get_by_label("Street and number").fill("Calle Nueva 3")
    from datetime import UTC, datetime

    from onhand.kernel.perform import perform
    from tests.factories import make_actor

    elsewhere = {"address_lines": "Gran Vía 9", "postal_code": "45001", "city": "Toledo", "country": "ES"}
    ben = make_actor(name="Ben Castle")
    perform("customers.change_address", actor=ben, arguments=elsewhere, subject_id=ana.pk, at=datetime.now(UTC))
    mine.get_by_role("button", name="Change the address").click()
    panel = mine.locator("#act-panel")
    expect(panel).to_contain_text("Somebody else changed this meanwhile")
    expect(panel).to_contain_text("Ben Castle")
    expect(mine.get_by_role("textbox", name="Street and number")).to_have_value("Calle Nueva 3")
    panel.get_by_role("button", name=re.compile("Use this: City")).click()
    expect(mine.get_by_role("textbox", name="City")).to_have_value("Toledo")
    mine.keyboard.press("Control+Enter")
    expect(panel).to_contain_text("Done: Change the address")
    ana.refresh_from_db()
    assert (ana.address_lines, ana.city) == ("Calle Nueva 3", "Toledo")


def test_what_was_typed_survives_the_browser(person: Come, ana: "Customer") -> None:
    first = person("representative")
    first.page.goto(f"/desk/customers/{ana.pk}/")
    first.page.locator("#note-text").fill("Half a sent")
    expect(first.page.locator(".composer [data-draft-state]")).to_contain_text("Kept")
    first.context.close()
    second = person("representative").page
    expect(second.locator("#work")).to_contain_text("Not sent yet")
    second.goto(f"/desk/customers/{ana.pk}/")
    expect(second.locator("#note-text")).to_have_value("Half a sent")


def test_act_is_taken_back_from_the_timeline(person: Come, ana: "Customer") -> None:
    page = person("representative").page
    page.goto(f"/desk/customers/{ana.pk}/acts/customers.change_language/")
    page.locator("#act-panel select").select_option("fr")
    page.get_by_role("button", name="Change the language").click()
    expect(page.locator("#timeline")).to_contain_text("French")
    page.locator("#timeline").get_by_role("link", name=re.compile("^Undo")).first.click()
    expect(page.locator("#act-panel select")).to_have_value("es")
    expect(page.locator(".act-preview")).to_contain_text("Spanish")
    page.get_by_role("button", name="Change the language").click()
    expect(page.locator("#act-panel")).to_contain_text("Done")
    ana.refresh_from_db()
    assert ana.language == "es"


def test_new_customer_is_registered(person: Come) -> None:
    page = person("representative").page
    page.get_by_role("link", name="New customer").click()
    page.get_by_label("Name").fill("Cora Díaz")
    page.get_by_label("E-mail address").fill("not an address")
    page.get_by_role("button", name="Register a customer").click()
    expect(page.locator("#act-email-errors")).to_contain_text("This is not an e-mail address")
    page.get_by_label("E-mail address").fill("cora@example.com")
    page.get_by_role("button", name="Register a customer").click()
    page.wait_for_url(re.compile(r"/desk/customers/\d+/$"))
    expect(page.get_by_role("heading", name="Cora Díaz")).to_be_visible()


def test_signing_out_in_one_tab_ends_the_live_stream_of_the_other(person: Come, ana: "Customer") -> None:
    one = person("representative")
    one.page.goto(f"/desk/customers/{ana.pk}/")
    one.is_live()
    other = one.open_tab()
    other.goto("/desk/")
    other.locator("[popovertarget=user-menu]").click()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/account/login/**")
    one.page.wait_for_selector(".live-state[data-state=off]", state="attached", timeout=20_000)
    one.wrong = [said for said in one.wrong if "401" not in said]  # asking again after the end is answered so


def test_list_finds_while_typing(person: Come, ana: "Customer") -> None:
    page: Any = person("representative").page
    page.goto("/desk/customers/")
    page.keyboard.press("s")
    page.keyboard.type("nuñez pr")
    expect(page.locator("#customer-rows tr")).to_have_count(1)
    page.get_by_role("link", name="Ana Núñez Prieto").click()
    expect(page.get_by_role("heading", name="Ana Núñez Prieto")).to_be_visible()
