"""A change announced by a supervisor: it shows at another desk by itself, and withholds an act until it is read and passed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.company import NAME
from tests.journeys.company import Person
from tests.journeys.test_guidelines import looks
from tests.journeys.test_help import known_to
from tests.journeys.test_offers import of

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
TEXT = "Notes say what was **agreed**, not what was said.\n\n- Who does it\n- Until when"


def announce(boss: Person) -> None:
    """From the page of a guideline: the text, a question, and the act that is withheld."""
    from onhand.guidelines.models import Guideline

    page = boss.page
    page.goto(f"/guidelines/{Guideline.objects.get(name=NAME).pk}/")
    page.get_by_role("link", name="Announce this change").click()
    expect(page.get_by_label("Row 1: Title")).to_have_value(f"{NAME}, version 1")
    page.get_by_label("Row 1: Title").fill("How notes are written")
    page.get_by_label("Row 1: Text").fill(TEXT)
    page.get_by_label("Row 1: Number").fill("1")
    page.locator("[name=questions__0__language]").select_option("en")
    page.get_by_label("Row 1: Question").fill("What does a note say?")
    page.get_by_label("Row 1: Answers, one on each line").fill("What was said\nWhat was agreed")
    page.get_by_label("Row 1: Which is right, from 1").fill("2")
    page.get_by_label("Customer: Write a note").or_(page.locator("[value='customers.add_note']")).first.check()
    looks(page, "notice-form")
    page.get_by_role("button", name="Write a notice").click()
    expect(page.get_by_role("heading", name="How notes are written", level=1)).to_be_visible()


def test_a_change_is_announced_read_and_passed_before_the_act_is_done(
    company: "list[Customer]", person: Callable[..., Person]
) -> None:
    from onhand.receipts.models import Receipt

    ana, boss = person("representative"), person("supervisor")
    customer = known_to(of("representative"))
    ana.page.goto("/desk/")
    ana.is_live()
    announce(boss)
    boss.page.get_by_role("link", name="Publish the notice").click()
    boss.page.get_by_role("button", name="Publish the notice").click()
    expect(boss.page.get_by_role("heading", name="Who has read it", exact=True)).to_be_visible()
    looks(boss.page, "notice-standing")

    mark = ana.page.locator("#own-notices a")
    expect(mark).to_have_text("1 to read")  # by itself
    ana.page.goto(f"/desk/customers/{customer.pk}/acts/customers.add_note/")
    form = ana.page.locator("#act-panel")
    form.locator("[name=text]").fill("She gets a call on Friday.")
    expect(form.locator(".act-preview")).to_contain_text("Read “How notes are written” first.")
    looks(ana.page, "notice-refused")
    form.get_by_role("link", name="Read it").first.click()
    expect(ana.page.get_by_role("heading", name="How notes are written", level=1)).to_be_visible()
    looks(ana.page, "notice-read")
    ana.page.get_by_label("What was said").check()
    ana.page.get_by_role("button", name="Answer").click()
    expect(ana.page.get_by_text("1 answer is not right yet.")).to_be_visible()
    expect(ana.page.locator("#question-1-errors")).to_be_visible()
    looks(ana.page, "notice-wrong")
    ana.page.get_by_label("What was agreed").check()
    ana.page.keyboard.press("Control+Enter")
    expect(ana.page.get_by_text("Read and understood")).to_be_visible()
    expect(ana.page.locator("#own-notices a")).to_have_count(0)
    assert Receipt.objects.get(passed_at__isnull=False).tries == 2

    ana.page.goto(f"/desk/customers/{customer.pk}/acts/customers.add_note/")
    form.locator("[name=text]").fill("She gets a call on Friday.")
    form.locator(".do-it").click()
    expect(form).to_contain_text("Done")
    assert customer.notes.filter(text="She gets a call on Friday.").count() == 1

    ana.page.goto("/desk/notices/")
    expect(ana.page.get_by_text("You have read everything")).to_be_visible()
    looks(ana.page, "notice-list")
    boss.page.reload()
    expect(boss.page.get_by_role("img", name="1 of").first).to_be_visible()
    boss.page.goto("/desk/")
    expect(boss.page.get_by_text("1 notice is to be read.")).to_be_visible()
    looks(boss.page, "notice-desk")
    assert ana.wrong + boss.wrong == []
