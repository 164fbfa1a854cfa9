"""Every sample page, in both themes: no accessibility violation, nothing cut off, also in large type and on a telephone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.web.look import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample-browser")]
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_accessibility_violations(sample_browser: Browser, sample_address: str, scheme: str, width: int) -> None:
    # bypass_csp only for axe itself, which is injected and evaluated.
    context = sample_browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )  # type: ignore[arg-type]
    page = context.new_page()
    found = {}
    for name, path in PAGES.items():
        page.goto(sample_address + path)
        page.wait_for_timeout(80)
        if wrong := violations(page):
            found[name] = wrong
        if name == "customer":
            for key, opened in (("Control+k", "palette"), ("?", "keys dialog")):
                page.keyboard.press(key)
                page.wait_for_timeout(150)
                if wrong := violations(page):
                    found[opened] = wrong
                page.keyboard.press("Escape")
    context.close()
    assert found == {}


@pytest.mark.parametrize(("width", "text"), [(1280, "200"), (1024, "100"), (390, "100"), (390, "150"), (320, "100")])
def test_nothing_is_cut_off_sideways(
    sample_browser: Browser, sample_address: str, sample_site: object, width: int, text: str
) -> None:
    sample_site.look["text_size"] = text  # type: ignore[attr-defined]
    page = sample_browser.new_page(viewport={"width": width, "height": 800})
    wide = {}
    for name, path in PAGES.items():
        page.goto(sample_address + path)
        over = page.evaluate(
            """() => [document.documentElement, ...document.querySelectorAll('.column, .bar')]
                 .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
                 .map((one) => `${one.tagName}.${one.className} ${one.scrollWidth} > ${one.clientWidth}`)"""
        )
        if over:
            wide[name] = over
    page.close()
    assert wide == {}


def test_pages_without_script_show_the_file_and_the_form(sample_browser: Browser, sample_address: str) -> None:
    context = sample_browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(sample_address + "/desk/customers/12")
    page.get_by_role("link", name="File").click()
    assert page.get_by_role("heading", name="Ana Núñez Prieto").is_visible()
    page.goto(sample_address + "/desk/customers/12/with-act#file")
    assert page.get_by_role("button", name="Change address").is_visible()
    context.close()
