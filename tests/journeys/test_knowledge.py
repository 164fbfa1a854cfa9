"""An article from the first word to where it helps: written, sent for approval, approved by a colleague, found beside the customer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.company import Person

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]


def reads_english(name: str) -> None:
    """Let somebody of the demo have the pages in English."""
    from onhand.staff.models import Representative

    Representative.objects.filter(email=f"{name}@demo.example").update(language="en")


def test_an_article_is_written_approved_and_found_beside_the_customer(person: Come, company: "list[Customer]") -> None:
    reads_english("senior")
    writer = person("senior").page
    writer.goto("/settings/articles/")
    writer.get_by_role("link", name="Write an article").click()
    writer.get_by_label("Title").fill("Cleaning a copper pan")
    writer.get_by_label("Language").select_option("en")
    writer.get_by_label("Text").fill("Half a **lemon** and salt.\n\n<script>alert(1)</script>")
    expect(writer.locator(".looks strong")).to_have_text("lemon")  # as it will look, while it is typed
    writer.get_by_role("button", name="Write an article").click()
    expect(writer.locator("h1")).to_contain_text("Cleaning a copper pan")
    writer.get_by_role("link", name="Submit for approval").click()
    writer.get_by_role("button", name="Submit for approval").click()
    expect(writer.locator(".badges").first).to_contain_text("To be approved")

    reviewer = person("supervisor").page
    reviewer.goto("/settings/articles/to-review/")
    reviewer.get_by_role("link", name="Cleaning a copper pan").click()
    reviewer.get_by_role("link", name="Approve and publish").click()
    reviewer.get_by_role("button", name="Approve and publish").click()
    expect(reviewer.locator(".badges").first).to_contain_text("Published")

    page = person("representative").page
    customer = next(one for one in company if one.country == "ES" and one.language == "es")
    page.goto(f"/desk/customers/{customer.pk}/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list")).to_contain_text("Add a telephone number")
    page.keyboard.type("find an art")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text("Find an article")
    page.keyboard.press("Enter")
    box = page.get_by_label("Find an article")
    expect(box).to_be_focused()
    page.keyboard.type("coper pann")  # with two slips
    found = page.locator("#found-articles a", has_text="Cleaning a copper pan")
    expect(found).to_be_visible()
    found.press("Enter")
    expect(page.locator("#act-panel .prose strong")).to_have_text("lemon")
    expect(page.locator("#act-panel")).to_contain_text("approved by Grace Holroyd")
    assert page.url.endswith(f"/desk/customers/{customer.pk}/")  # the file was never left
    page.keyboard.press("Escape")
    expect(page.locator("#act-panel .articles")).to_have_count(0)


def test_two_people_writing_the_same_article_do_not_overwrite_each_other(person: Come) -> None:
    from onhand.knowledge.models import Article

    article = Article.objects.filter(state="draft").get()
    reads_english("senior")
    first, second = person("senior").page, person("supervisor").page
    for page in (first, second):
        page.goto(f"/settings/acts/article/{article.pk}/knowledge.change_article/")
    first.get_by_label("Text").fill("The last day is the 21st.")
    first.get_by_role("button", name="Change the text").click()
    expect(first.locator(".prose").first).to_contain_text("the 21st")
    second.get_by_label("Text").fill("The last day is the 20th.")
    second.get_by_role("button", name="Change the text").click()
    expect(second.get_by_role("alert")).to_be_visible()
    expect(second.get_by_label("Text")).to_have_value("The last day is the 20th.")
    with second.expect_popup() as opened:
        second.get_by_role("link", name="See what was changed meanwhile").click()
    expect(opened.value.locator("ins").last).to_contain_text("The last day is the 21st.")
    article.refresh_from_db()
    assert article.body == "The last day is the 21st."
