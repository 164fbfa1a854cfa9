"""A procedure written in the browser: its fault seen at its line and mended, tried, looked at by somebody else, offered at the desk."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import violations
from tests.journeys.test_help import known_to
from tests.journeys.test_offers import of

if TYPE_CHECKING:
    from onhand.contacts.models import Contact
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
PICTURES = os.environ.get("ONHAND_PICTURES", "")  # a folder, to look at the pages oneself
TEXT = """# Wrong colour

It came in another colour than was ordered.

about: order

## Identify the customer
identify: 9
must

## Which colour
ask: colour
must
en: Which colour did you get?
es: ¿Qué color ha recibido?

| colour | en    | es     |
|--------|-------|--------|
| green  | Green | Verde  |
| blue   | Blue  | Azul   |

## As ordered
stop: colour = "green"
en: Green is what was ordered.
es: Verde es lo que se pidió.

## What we can do
offer:
must
en: What would you like?
es: ¿Qué prefiere?

| remedy   | act                 | with                                | en            | es                  |
|----------|---------------------|-------------------------------------|---------------|---------------------|
| refund   | orders.return_lines | reason = "damaged"; note = colour   | Send it back  | Devolverlo          |
| nothing  |                     |                                     | Keep it       | Quedárselo          |
"""
TESTS = """
# Tests

## Blue came
given: order state = "delivered"; colour = "blue"
offers: refund
"""


def looks(page: Page, name: str) -> None:
    """Nothing is wrong for those who do not see or use a mouse, at a desk and on telephones, by day and by night."""
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.screenshot(path=f"{PICTURES}/{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert violations(page) == [], name
    page.set_viewport_size({"width": 1440, "height": 900})


def on_call() -> "Contact":
    """A call of the representative with a customer of theirs."""
    from tests.factories.contacts import make_contact

    ana = of("representative")
    customer = known_to(ana)
    contact: Contact = make_contact(customer, ana.pk, representative_name=ana.name, started_at=datetime.now(UTC))
    return contact


def test_a_procedure_is_written_mended_tried_reviewed_published_and_offered(
    company: "list[Customer]", person: Callable[..., Person]
) -> None:
    writer = person("supervisor")
    page = writer.page
    address = write(page)
    add_test_case(page)
    submit(page)
    publish(person("administrator").page, address)
    contact = on_call()
    desk = person("representative")
    desk.page.goto(f"/desk/contacts/{contact.pk}/")
    desk.is_live()
    expect(desk.page.locator("#procedures summary", has_text="Begin a procedure")).to_be_visible()
    desk.page.keyboard.press("u")
    expect(desk.page.locator("#procedures").get_by_role("link", name="Wrong colour")).to_be_visible()
    assert writer.wrong + desk.wrong == []


def write(page: Page) -> str:
    """Begin it, with a fault that is seen at its line and mended; the address of its page."""
    page.goto("/procedures/")
    looks(page, "empty")
    page.keyboard.press("n")
    page.get_by_label("Name", exact=True).fill("Wrong colour")
    page.get_by_label("What it is about").select_option("order")
    looks(page, "begin")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Wrong colour: draft", level=1)).to_be_visible()
    text = page.get_by_label("Text of the procedure")
    text.fill(TEXT)
    wrong = page.locator("#said").get_by_role("listitem").filter(has_text="Customers are identified to level 1")
    expect(wrong).to_be_visible()
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#sum")).to_contain_text("1 thing is wrong")
    expect(page.locator("#step-2")).to_contain_text("ends at As ordered")
    looks(page, "fault")
    wrong.get_by_role("link", name="Line 8").click()
    expect(text).to_be_focused()
    assert text.evaluate("(one) => one.value.slice(one.selectionStart, one.selectionEnd)") == "identify: 9"
    page.keyboard.type("identify: 1")
    expect(page.locator("#sum")).to_contain_text("It can be read")
    expect(text).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-draft-state]")).to_contain_text("Kept at")
    page.reload()
    expect(text).to_have_value(TEXT.replace("identify: 9", "identify: 1"))
    expect(page.locator("#sum")).to_contain_text("It can be read")
    return page.url.removesuffix("edit/")


def add_test_case(page: Page) -> None:
    """Put in a piece, and a test case that comes out otherwise first."""
    text = page.get_by_label("Text of the procedure")
    page.locator("summary", has_text="What one can write").click()
    looks(page, "reference")
    text.press("Control+End")
    page.get_by_role("button", name="Insert Something to say").click()
    expect(page.locator("#step-5")).to_contain_text("I am sorry.")
    text.press("Control+End")
    page.keyboard.insert_text(TESTS)
    expect(page.locator("#sum")).to_contain_text("1 test case comes out otherwise")
    expect(page.locator("#said")).to_contain_text("offers refund, nothing")
    text.press("Control+End")
    text.press("Backspace")
    page.keyboard.insert_text(", nothing")
    expect(page.locator("#sum")).to_contain_text("All test cases come out right")
    looks(page, "editor")


def submit(page: Page) -> None:
    """Save it, try it by hand, and ask somebody to look at it."""
    page.get_by_label("Text of the procedure").press("Control+Enter")
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    page.get_by_role("link", name="Try it").click()
    page.get_by_role("button", name="Blue").click()
    expect(page.get_by_role("heading", name="This as a test case")).to_be_visible()
    expect(page.get_by_role("button", name="Send it back")).to_be_visible()
    looks(page, "try")
    page.get_by_role("link", name="Back to the procedure").click()
    page.get_by_role("link", name="Ask for review").click()
    page.get_by_label("Note").fill("Asked for every week.")
    page.get_by_role("button", name="Ask for review").click()
    expect(page.get_by_text("somebody else must publish it")).to_be_visible()
    looks(page, "in-review")


def publish(page: Page, address: str) -> None:
    """Somebody else reads it, and puts it into force."""
    page.goto(address)
    page.get_by_role("link", name="Read the draft").click()
    expect(page.get_by_text("Which colour did you get?").first).to_be_visible()
    looks(page, "draft")
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("Step “Which colour”, after “Identify the customer”")).to_be_visible()
    looks(page, "compare")
    page.goto(address)
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish the procedure").click()
    expect(page.get_by_text("Version 1 is in force")).to_be_visible()
    looks(page, "procedure")
    page.get_by_role("link", name="Version 1", exact=True).click()
    looks(page, "version")
    page.goto("/procedures/")
    looks(page, "list")
