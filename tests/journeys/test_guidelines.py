"""A returns table written in the browser: its gap seen and mended, looked at by somebody else, published."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]
PASTE = """(cell, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
PICTURES = os.environ.get("ONHAND_PICTURES", "")  # a folder, to look at the pages oneself


def looks(page: Page, name: str) -> None:
    """Nothing is wrong for those who do not see or use a mouse, at a desk and on a telephone, by day and by night."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.screenshot(path=f"{PICTURES}/{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert violations(page) == [], name
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_returns_table_is_written_mended_reviewed_and_published(company: list[Any], person: Come) -> None:
    writer = person("supervisor")
    page = writer.page
    page.goto("/guidelines/")
    page.keyboard.press("n")
    page.get_by_label("Name", exact=True).fill("Returns")
    page.get_by_label("Goodwill", exact=False).first.check()
    looks(page, "begin")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Returns: draft", level=1)).to_be_visible()
    first = page.get_by_label("Row 1: amount given")
    first.fill("<= 100")
    page.get_by_label("Row 1: Answer").select_option(label="Allow")
    gap = page.locator("#said").get_by_text("amount given: more than 100")
    expect(gap).to_be_visible()
    looks(page, "editor-gap")
    page.get_by_role("button", name="Add a row for it").click()
    expect(page.get_by_label("Row 2: amount given")).to_have_value("> 100")
    expect(page.get_by_label("Row 2: Answer")).to_be_focused()
    page.get_by_label("Row 2: Answer").select_option(label="Ask somebody")
    page.get_by_label("Row 2: Who may approve").fill("supervisors")
    expect(page.locator("#said").get_by_text("There is no role “supervisors”.")).to_be_visible()
    expect(page.get_by_label("Row 2: Who may approve")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Row 2: Who may approve").fill("supervisor")
    expect(page.locator("#said").get_by_text("covers every case")).to_be_visible()
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Row 2: amount given")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(first).to_be_focused()
    first.evaluate(PASTE, "<= 150\tallow\n> 150\task\tsupervisor")
    expect(page.get_by_label("Row 2: amount given")).to_have_value("> 150")
    expect(first).to_have_value("<= 150")
    expect(page.get_by_label("Row 1: Answer")).to_have_value('"allow"')
    first.fill("<= 140")
    page.get_by_label("Row 2: what can be done").click()
    page.get_by_role("button", name="Move row 2 up").click()
    expect(page.get_by_label("Row 2: amount given")).to_have_value("<= 140")
    page.get_by_label("Row 2: amount given").fill("<= 150")
    page.get_by_role("textbox", name="amount given", exact=True).last.fill("250")
    page.keyboard.press("Tab")
    expect(page.locator("#trial").get_by_text("Row 1")).to_be_visible()
    page.get_by_role("button", name="Add a test case").click()
    page.get_by_label("Name of case 1").fill("Large")
    page.get_by_label("Case 1: amount given").fill("250")
    page.get_by_label("Case 1: expected Answer").select_option(label="Ask somebody")
    expect(page.locator("#said").get_by_text("All test cases come out right")).to_be_visible()
    looks(page, "editor")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    page.get_by_role("link", name="Ask for review").click()
    page.get_by_label("Note").fill("Returns above 100 ask now.")
    page.get_by_role("button", name="Ask for review").click()
    expect(page.get_by_text("somebody else must publish it")).to_be_visible()
    looks(page, "in-review")
    address = page.url

    other = person("administrator").page
    other.goto(address)
    other.get_by_role("link", name="Read the draft").click()
    expect(other.get_by_text("amount given: more than 150")).to_be_visible()
    expect(other.get_by_role("heading", name="Contradicts")).to_be_visible()
    looks(other, "draft")
    other.goto(other.url.replace("/draft/", "/contradictions/?of=draft"))
    expect(other.get_by_text("this holds").first).to_be_visible()
    looks(other, "contradictions")
    other.go_back()
    other.get_by_role("link", name="Compare", exact=True).click()
    expect(other.get_by_text("amount given: more than 150")).to_be_visible()
    looks(other, "compare")
    other.goto(address)
    other.get_by_role("link", name="Publish", exact=True).click()
    other.get_by_role("button", name="Publish the guideline").click()
    expect(other.get_by_text("Version 1 is in force")).to_be_visible()
    try_too_much(company[0].pk)
    other.reload()
    expect(other.get_by_role("heading", name="Not allowed in the last 30 days")).to_be_visible()
    looks(other, "guideline")
    other.get_by_role("link", name="Version 1", exact=True).click()
    looks(other, "version")
    other.goto("/guidelines/")
    looks(other, "list")
    other.goto(f"{address}dmn/")
    looks(other, "file")
    limits(other)


def try_too_much(customer: int) -> None:
    """Two people try to give more than they may."""
    from onhand.kernel.decisions import NeedsApproval
    from onhand.kernel.money import Money
    from onhand.kernel.perform import perform
    from tests.guidelines.company import somebody

    given = {"amount": Money(20_000, "EUR").as_json(), "reason": "A long wait"}
    for number in (7, 8, 7):
        with pytest.raises(NeedsApproval):
            perform(
                "invoicing.give_goodwill",
                actor=somebody(number=number),
                arguments=given,
                at=datetime.now(UTC),
                subject_id=customer,
            )


def limits(page: Page) -> None:
    page.goto("/guidelines/limits/")
    page.keyboard.press("n")
    page.get_by_label("Name", exact=True).fill("Goodwill a day")
    page.get_by_label("Adds up over").select_option("representative")
    page.locator("[name=most]").fill("200")
    page.get_by_role("button", name="Set a limit").click()
    expect(page.get_by_text("Representative, Day")).to_be_visible()
    looks(page, "limits")
