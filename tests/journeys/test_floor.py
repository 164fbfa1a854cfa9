"""The floor on a desk, a telephone and a wall: no accessibility violation, nothing wider than the screen, and it moves by itself."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.busy_floor import make_busy_floor
from tests.journeys.company import Person
from tests.journeys.test_accessibility import WIDER, violations

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
SEEN = os.environ.get("ONHAND_TEST_PICTURES", "")  # a folder for pictures, to be looked at by people


def addresses() -> dict[str, str]:
    """Every page of the floor, and the forms opened on it."""
    from onhand.kernel.acts import all_acts
    from onhand.routing.models import Queue, Seat

    work = make_busy_floor()
    queue, seat = Queue.objects.get(name="Orders Leeds"), Seat.objects.filter(state="available").first()
    assert seat is not None
    ids = {"work_item": work["spanish"].pk, "seat": seat.pk}
    forms = {one.name: f"/desk/acts/{one.name}/{ids[one.subject]}/" for one in all_acts() if one.subject in ids}
    pages = {
        "floor": "/floor/",
        "wall": "/floor/?wall=1",
        "queue": f"/floor/queues/{queue.pk}/",
        "team": f"/floor/teams/{queue.home_id}/",
        "person": f"/floor/people/{seat.pk}/",
        "work": f"/floor/work/{work['spanish'].pk}/",
        "tried": f"/floor/work/{work['hard'].pk}/?who={seat.pk}&attribute=language:es&level=3",
        "rewritten": f"/floor/work/{work['hard'].pk}/?steps=English+5%2B+for+30+s%0Aanybody",
        "people": "/floor/people/?q=a",
        "signing out": "/account/logout/",
        "desk": "/desk/",
    }
    return pages | forms


def test_every_page_of_the_floor(person: Callable[..., Person], company: "list[Customer]") -> None:
    found: dict[str, list[str]] = {}
    pages = addresses()
    for width, scheme in ((1280, "light"), (390, "dark"), (1920, "dark")):
        page = person("administrator", width=width, scheme=scheme).page
        page.set_viewport_size({"width": width, "height": 1080 if width == 1920 else 860})
        for name, address in pages.items():
            if width != 1280 and (name.startswith("routing.") or (width == 1920 and name not in ("wall", "floor"))):
                continue
            page.goto(address)
            wrong = violations(page) + [f"wider than the screen: {one}" for one in page.evaluate(WIDER)]
            if wrong:
                found[f"{name} {width} {scheme}"] = wrong
            if SEEN:
                page.screenshot(path=Path(SEEN) / f"{name}-{width}-{scheme}.png", full_page=width == 390)
    assert not found, "\n".join(f"{address}: {wrong}" for address, wrong in found.items())


def test_the_floor_moves_within_a_second(person: Callable[..., Person], company: "list[Customer]") -> None:
    from onhand.kernel.hints import send_after_commit
    from onhand.routing.models import Queue
    from tests.routing.standing import make_item, make_queue

    queue: Queue = make_queue("Kettles")
    lena = person("administrator")
    page = lena.page
    page.goto("/floor/")
    lena.is_live()
    waiting = page.locator(f"#queue-{queue.pk} .big")
    expect(waiting).to_have_text("0")
    for number in range(1, 4):
        make_item(queue, since=datetime.now(UTC))
        send_after_commit("floor")
        expect(waiting).to_have_text(str(number), timeout=10_000)  # a busy machine's second


def test_who_can_what_is_gone_through_by_arrows(person: Callable[..., Person], company: "list[Customer]") -> None:
    page = person("administrator").page
    page.goto("/settings/skills/people/")
    assert violations(page) == []
    page.locator("#list-rows th a").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    second = page.locator("#list-rows tr").nth(1)
    expect(second.locator("td a").first).to_be_focused()
    page.keyboard.press("End")
    expect(second.locator("td a").last).to_be_focused()
    page.keyboard.press("Control+Home")
    expect(page.locator("#list-rows th a").first).to_be_focused()
    assert page.locator("#list-rows a[tabindex='0']").count() == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/acts/representative/**")
