"""The bar above every page: nothing in it lies on anything else, however wide the window, the text or the language."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
HEIGHT = 800
# What is shown in the bar, from left to right, and where one thing begins before the one before it has ended or goes over the edge.
OVERLAPS = """() => {
  const shown = [...document.querySelectorAll('.bar .brand, .bar nav > *, .bar-search, .bar .end > *')]
    .filter((one) => one.checkVisibility());
  const name = (one) => one.textContent.trim().replace(/\\s+/g, ' ') || one.className;
  const wrong = shown.slice(1).flatMap((one, place) => {
    const before = shown[place].getBoundingClientRect();
    return one.getBoundingClientRect().left < before.right - 0.5 ? [`${name(one)} lies on ${name(shown[place])}`] : [];
  });
  const last = shown.at(-1).getBoundingClientRect().right;
  return last > innerWidth ? [...wrong, `${name(shown.at(-1))} is cut off`] : wrong;
}"""
SEARCH_WIDTH = "() => document.querySelector('.bar-search').getBoundingClientRect().width"


def look(page: "Page", language: str, text_size: str) -> None:
    page.evaluate(
        """([language, size]) => fetch('/desk/preferences/', {method: 'POST', headers: {
          'X-CSRFToken': document.querySelector('meta[name=csrf-token]').content, 'Content-Type': 'application/x-www-form-urlencoded'},
          body: new URLSearchParams({language, text_size: size})})""",
        [language, text_size],
    )


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("text_size", ["100", "130", "200"])
def test_nothing_lies_on_anything_else(
    person: Callable[..., Person], company: "list[Customer]", language: str, text_size: str
) -> None:
    page = person("administrator").page
    look(page, language, text_size)
    page.goto("/desk/")
    expect(page.locator("html")).to_have_attribute("data-text", text_size)
    expect(page.locator("html")).to_have_attribute("lang", language)
    wrong = {}
    for width in (390, 640, 768, 800, 900, 991, 993, 1024, 1152, 1279, 1281, 1366, 1400, 1440, 1920):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if said := page.evaluate(OVERLAPS):
            wrong[width] = said
        least = 100 if width > 480 else 60
        if (wide := page.evaluate(SEARCH_WIDTH)) < least:
            wrong.setdefault(width, []).append(f"the search box is {wide} wide")
    assert not wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_does_not_fit_is_in_a_menu(person: Callable[..., Person], company: "list[Customer]", scheme: str) -> None:
    page = person("administrator", width=900, scheme=scheme).page
    page.goto("/desk/articles/")
    more = page.get_by_role("button", name="More", exact=True)
    articles = page.locator("#more-pages").get_by_role("link", name="Articles")
    expect(articles).to_be_hidden()
    more.focus()
    page.keyboard.press("Enter")
    expect(articles).to_be_visible()
    expect(articles).to_have_attribute("aria-current", "page")
    assert violations(page) == []
    button, menu = more.bounding_box(), page.locator("#more-pages").bounding_box()
    assert button and menu
    assert abs(menu["x"] - button["x"]) < 2
    page.keyboard.press("Tab")
    expect(page.locator("#more-pages a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(articles).to_be_hidden()
    expect(more).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("s")  # the keys of pages work though their links are in the menu
    page.wait_for_url("**/settings/**")
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    expect(more).to_be_hidden()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Articles")).to_be_visible()
