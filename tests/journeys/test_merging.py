"""Two files of one customer, found, merged and parted again at the desk."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.company import Person

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]


def test_two_files_are_found_alike_merged_and_parted_again(person: Come, company: "list[Customer]") -> None:
    from onhand.customers.merging.duplicates import look_again
    from onhand.customers.models import Customer

    first, second = company[:2]
    both = Customer.objects.filter(pk__in=[first.pk, second.pk])
    both.update(name="Ana Prieto", born_on=date(1980, 5, 17), kind="person", site=first.site_id, team=first.team_id)
    look_again([first.pk, second.pk], at=datetime.now(UTC))

    page = person("administrator").page
    page.goto("/desk/customers/")
    page.get_by_role("link", name="May be the same").click()
    row = page.locator("tbody tr").filter(has_text=first.reference)
    expect(row).to_contain_text("Same name and date of birth")
    if os.environ.get("LOOK"):
        page.screenshot(path=os.environ["LOOK"] + "-list.png")
        page.set_viewport_size({"width": 390, "height": 800})
        page.screenshot(path=os.environ["LOOK"] + "-narrow.png")
        page.set_viewport_size({"width": 1280, "height": 860})
    row.get_by_role("link", name=f"Merge into {first.reference}").click()
    expect(page.get_by_role("combobox", name="The other file of this customer")).to_have_value(
        f"Ana Prieto · {second.reference} · {second.city}"
    )
    page.get_by_label("Why", exact=True).fill("Called from both numbers.")
    expect(page.locator("body")).to_contain_text("Merged files")
    if os.environ.get("LOOK"):
        page.screenshot(path=os.environ["LOOK"] + "-form.png")
    page.keyboard.press("Control+Enter")
    expect(page.locator("body")).to_contain_text("Done: Merge with another file")

    page.goto(f"/desk/customers/{second.pk}/")
    page.wait_for_url(f"**/desk/customers/{first.pk}/**")
    page.goto(f"/desk/customers/{first.pk}/acts/customers.unmerge_customer/")
    expect(page.get_by_label("Which merge")).not_to_have_value("")  # the only one is chosen
    page.get_by_label("Why", exact=True).fill("Two sisters.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("body")).to_contain_text("Done: Undo a merge")
    page.goto(f"/desk/customers/{second.pk}/")
    expect(page).to_have_url(f"{page.url.split('/desk/')[0]}/desk/customers/{second.pk}/")
    page.goto("/desk/duplicates/")
    expect(page.locator("#duplicate-rows")).to_have_count(0)
