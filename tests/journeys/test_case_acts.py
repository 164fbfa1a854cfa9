"""What may be done with a case follows the case while its page is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.company import Person

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def test_the_acts_of_a_case_are_those_possible_now(person: Callable[..., Person], company: "list[Customer]") -> None:
    from tests.contacts.cases import on_case, open_case

    case = open_case(company[0], at=timezone.now())
    eva = person("administrator")
    eva.page.goto(f"/desk/cases/{case.reference}/")
    acts = eva.page.locator("#case-acts")
    expect(acts.get_by_role("link", name="Wait for the customer")).to_have_count(1)
    expect(acts.get_by_text("Go on with the case")).to_have_count(0)
    eva.is_live()
    eva.page.evaluate("document.body.dataset.same = 'yes'")
    on_case("wait_for_customer", case, at=timezone.now())
    expect(acts.get_by_text("Go on with the case")).to_have_count(1)
    expect(acts.get_by_role("link", name="Wait for the customer")).to_have_count(0)
    assert eva.page.evaluate("document.body.dataset.same") == "yes"  # the page was not opened anew
    assert not eva.wrong
