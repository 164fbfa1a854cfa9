"""A callback is arranged by keyboard, given to somebody, called from its page, and noted; the supervisor sees it on the floor."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import violations
from tests.journeys.test_offers import become_available, of

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
LOOK = os.environ.get("ONHAND_LOOK")


def look(somebody: Person, name: str) -> None:
    """A picture of the page, for who asks for pictures."""
    if LOOK:
        somebody.page.screenshot(path=str(Path(LOOK) / f"{name}.png"), full_page=True)


def calls_at_any_hour() -> None:
    from onhand.routing.callbacks.models import CallbackRules

    CallbackRules.objects.all().delete()
    CallbackRules.objects.create(week=[[[0, 1440]]] * 7)


def the_router_gives() -> None:
    from onhand.routing.router.running import lead_once

    lead_once(datetime.now(UTC))


def reachable(company: "list[Customer]") -> "Customer":
    """A customer of the demo who may be called at any hour, by anybody."""
    customer = next(one for one in company if one.site and one.site.name == "Madrid")  # seen by the representative
    customer.accessibility_needs, customer.reach_from, customer.reach_until = [], None, None
    customer.team, customer.language = None, "en"
    customer.save()
    customer.flags.all().delete()
    return customer


def test_a_callback_is_arranged_by_keyboard_called_and_noted(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    calls_at_any_hour()
    customer = reachable(company)
    ana = person("representative")
    become_available(ana)
    page = ana.page
    page.goto(f"/desk/customers/{customer.pk}/")
    ana.is_live()
    page.keyboard.press("b")
    panel = page.locator("#act-panel")
    expect(panel).to_contain_text("As soon as possible")
    expect(panel).to_contain_text("not known: too little was taken lately to say")
    look(ana, "callback-when")
    assert violations(page) == []
    page.keyboard.press("1")
    expect(panel.get_by_label("What it is about")).to_be_visible()
    panel.get_by_label("What it is about").fill("The bill of March")
    panel.get_by_label("Number to call").fill("+34 910 123 456")
    expect(panel.locator(".act-preview")).to_contain_text("Expected wait")
    look(ana, "callback-form")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("Callback arranged")

    the_router_gives()
    expect(page.locator(".offer")).to_contain_text("The bill of March")
    page.keyboard.press("y")
    page.wait_for_url(re.compile(r"/desk/callbacks/\d+/$"))
    expect(page.locator(".to-call a")).to_have_attribute("href", "tel:+34910123456")
    expect(page.locator("#outcomes")).to_contain_text("No answer")
    look(ana, "callback-page")
    assert violations(page) == []
    page.keyboard.press("n")
    page.keyboard.type("The bill was right")
    page.keyboard.press("Tab")
    page.keyboard.press("1")
    expect(page.locator(".case-head .badge")).to_contain_text("Reached")
    expect(page.locator("#try-1")).to_contain_text("The bill was right")
    page.goto(f"/desk/customers/{customer.pk}/")
    expect(page.locator("#timeline")).to_contain_text("Telephone to the customer")


def test_another_time_is_chosen_and_the_floor_shows_it(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    from tests.factories.callbacks import arrange

    calls_at_any_hour()
    now = datetime.now(UTC)
    callbacks = [
        arrange(customer, at=now, telephone=f"+3491012345{place}", matter=matter, all_the_same=True)
        for place, (customer, matter) in enumerate(
            zip(_callable(company), ("The bill of March", "Moving house", "A broken kettle"), strict=False)
        )
    ]
    lena = person("administrator")
    page = lena.page
    page.goto(f"/desk/callbacks/{callbacks[0].pk}/")
    lena.is_live()
    page.keyboard.press("m")
    expect(page.locator("#callback-choices li")).to_have_count(10)
    page.keyboard.press("4")
    expect(page.locator("#act-panel").get_by_label("Not before")).not_to_have_value("")
    page.keyboard.press("Control+Enter")
    callback = callbacks[0]
    expect(page.locator("#callback .facts")).not_to_contain_text("as soon as possible")
    callback.refresh_from_db()
    assert not callback.is_soon
    page.goto("/floor/callbacks/")
    lena.is_live()
    expect(page.locator("#callback-rows tr")).to_have_count(3)
    expect(page.locator("svg.windows rect")).to_have_count(3)
    look(lena, "floor-callbacks")
    assert violations(page) == []
    page.goto("/settings/callbacks/")
    expect(page.locator("main")).to_contain_text("again after")
    look(lena, "settings-callbacks")
    assert violations(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light"), (390, "dark")])
def test_its_pages_are_right_narrow_and_dark(
    person: Callable[..., Person], company: "list[Customer]", width: int, scheme: str
) -> None:
    from tests.factories.callbacks import arrange

    calls_at_any_hour()
    customer = reachable(company)
    lena = person("administrator", width=width, scheme=scheme)
    become_here(of("administrator"))
    callback = arrange(customer, at=datetime.now(UTC))
    the_router_gives()
    page = lena.page
    page.goto(f"/desk/callbacks/{callback.pk}/")
    page.get_by_role("button", name="Accept").last.click()
    expect(page.locator("#outcomes")).to_be_visible()
    for name, address in (
        ("callback", f"/desk/callbacks/{callback.pk}/"),
        ("when", f"/desk/callbacks/{callback.pk}/move/"),
        ("floor", "/floor/callbacks/"),
        ("settings", "/settings/callbacks/"),
    ):
        page.goto(address)
        look(lena, f"{name}-{width}-{scheme}")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def become_here(somebody: Any) -> None:
    from onhand.routing.models import Seat
    from onhand.routing.seats import ensure_seats

    now = datetime.now(UTC)
    ensure_seats([somebody.pk], now)
    Seat.objects.filter(pk=somebody.pk).update(state="available", state_since=now, seen_at=now)


def _callable(company: "list[Customer]") -> "list[Customer]":
    for one in company:
        one.accessibility_needs, one.reach_from, one.reach_until = [], None, None
        one.save()
        one.flags.all().delete()
    return company
