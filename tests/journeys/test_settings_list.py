"""The list of settings is longer than a screen: what is open stands in sight in it, and its page is not pushed out of sight for that."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.journeys.company import Person

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
IN_SIGHT = """() => {
  const frame = document.querySelector(".settings > .side").getBoundingClientRect();
  const link = document.querySelector(".settings > .side [aria-current]").getBoundingClientRect();
  return link.top >= frame.top && link.bottom <= frame.bottom + 1 && link.left >= frame.left - 1 && link.right <= frame.right + 1;
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("opened", ["/settings/people/", "/settings/orders/", "/settings/webhooks/"])
def test_a_page_opens_at_its_top_with_its_entry_in_sight(
    person: Callable[..., Person], company: "list[Customer]", opened: str, width: int
) -> None:
    page = person("administrator", width=width).page
    page.goto(opened)
    page.wait_for_selector("html[data-stream=on]")
    assert page.evaluate("scrollY") == 0
    assert page.evaluate(IN_SIGHT)
    heading = page.get_by_role("heading", level=1).bounding_box()
    assert heading is not None
    assert 0 < heading["y"] < 300
