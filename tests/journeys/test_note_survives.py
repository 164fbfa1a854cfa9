"""A note is being written while the web server is killed, and then the browser."""

import json
import re

import psutil
import pytest
from playwright.sync_api import Browser, Page

from tests.config.conftest import reachable_folder
from tests.config.group import running, wait_for
from tests.journeys.company import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.resilience, pytest.mark.xdist_group("supervisor")]

KEPT = "[data-draft-state]:has-text('Kept at')"
FIRST, SECOND, THIRD = "She asked for the lamp ", "she was promised, ", "and will call again."


def test_a_note_survives_a_crash_of_the_server_and_of_the_browser(chromium: Browser) -> None:
    with reachable_folder() as place, running(place / "data") as group:
        password = json.loads((group.data / "demo.json").read_text())["password"]
        address = f"http://127.0.0.1:{group.port}"

        def sit_down() -> Page:
            context = chromium.new_context(base_url=address, locale="en-GB")
            context.set_default_timeout(3 * PATIENCE)
            page = context.new_page()
            page.goto("/account/login/")
            page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).first.fill("representative@demo.example")
            page.locator("input[type=password]").fill(password)
            page.keyboard.press("Enter")
            page.wait_for_url("**/desk/")
            return page

        page = sit_down()
        page.goto("/desk/customers/")
        page.locator("a.open").first.click()
        page.wait_for_selector("#composer")
        file = page.url
        page.locator("#note-text").type(FIRST)
        page.wait_for_selector(KEPT)

        killed = group.pid("web")
        psutil.Process(killed).kill()
        page.locator("#note-text").type(SECOND)  # nobody is there to keep it yet
        wait_for(lambda: group.pid("web") != killed, 30, group.said)
        group.wait_ready()
        page.locator("#note-text").type(THIRD)
        customer = file.rstrip("/").rpartition("/")[2]
        whole = FIRST + SECOND + THIRD
        wait_for(lambda: page.request.get(f"/desk/drafts/note:{customer}").json()["text"] == whole, 30, group.said)
        page.context.close()  # without a word, as when it crashes

        again = sit_down()
        again.goto(file)
        again.wait_for_function("text => document.querySelector('#note-text').value === text", arg=whole)
        again.locator("#note-text").press("Control+Enter")
        again.wait_for_selector(f"#timeline :text('{whole}')")
        again.context.close()
