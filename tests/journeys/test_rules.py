"""A rule written by keyboard, tried on the past and published, in a real browser."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]
PICTURES = os.environ.get("ONHAND_PICTURES", "")  # a folder, to look at the pages oneself


def looks(page: Page, name: str) -> None:
    """Nothing is wrong for those who do not see or use a mouse, at a desk and on a telephone."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert violations(page) == [], name
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_rule_is_written_tried_and_published(company: list[Any], person: Come) -> None:
    from django.utils import timezone

    from onhand.rules.demo.company import create_demo_rules
    from onhand.rules.models import Trial
    from onhand.rules.published import current
    from onhand.rules.trials import run_trial

    now: datetime = timezone.now()
    create_demo_rules(at=now - timedelta(minutes=1))
    lead = person("supervisor")
    page = lead.page
    page.goto("/settings/rules/")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="New rule", level=1)).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Invoices are urgent")
    page.get_by_label("What is asked").select_option("anywhere")
    page.get_by_label("Words, separated by commas").fill("invoice*, factura*")
    page.get_by_role("button", name="Add a condition", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("What is asked").nth(1)).to_be_focused()
    expect(page.get_by_label("Words, separated by commas")).to_have_value("invoice*, factura*")
    page.get_by_label("What is asked").nth(1).select_option("language")
    page.get_by_role("checkbox", name="English").check()
    page.get_by_label("What is done").select_option("set_priority")
    page.get_by_label("Priority").select_option("1")
    expect(page.locator("#rule-sentence")).to_contain_text("“invoice*” or “factura*”")
    expect(page.locator("#rule-sentence")).to_contain_text("set the priority (High)")
    looks(page, "rule")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The draft differs in 1 point")).to_be_visible()
    looks(page, "rules")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_role("heading", name="Trial of the draft")).to_be_visible()
    trial = Trial.objects.get()
    run_trial(trial.pk, timezone.now)
    expect(page.locator("#trial-state").get_by_text("Done", exact=True)).to_be_visible()
    looks(page, "trial")
    page.goto("/settings/rules/")
    page.get_by_label("What is new").fill("Invoices")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is applied")).to_be_visible()
    assert current().published == 2
    page.goto("/settings/rules/versions/2/")
    looks(page, "version")
    page.goto("/settings/suggestions/")
    looks(page, "suggestions")
