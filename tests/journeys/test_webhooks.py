"""Webhooks set up and products brought in by somebody at a browser; and both pages by eye, by keyboard and on a small screen."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.company import Person
from tests.journeys.test_import import look_well, work
from tests.webhooks.acting import change_language, deliver_due
from tests.webhooks.receiver import Receiver, answering

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
PICTURES = os.environ.get("ONHAND_TEST_PICTURES", "")
FILE = "Handle,Title,VAT,Vendor\nLAMP,Lamp,Usual,Sol\nDESK,Desk,Unknown,Luna\n"


def seen(page: "Page", name: str) -> None:
    look_well(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_a_webhook_is_added_tested_and_its_log_read(
    person: Callable[..., Person], company: "list[Customer]", settings: Any, width: int, scheme: str
) -> None:
    settings.ONHAND_OUTSIDE_NETWORKS = ["127.0.0.0/8"]
    receiver = Receiver()
    somebody = person("administrator", width=width, scheme=scheme)
    page, mark = somebody.page, f"{width}-{scheme}"
    try:
        page.goto("/settings/webhooks/")
        seen(page, f"webhooks-none-{mark}")
        page.get_by_role("link", name="Add a webhook").first.click()
        page.get_by_label("Name").fill("Shop")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_label("Customers", exact=True).check()
        page.get_by_label("Single events").fill("orders.invented")
        seen(page, f"webhook-add-{mark}")
        page.locator("button[value=do]").first.click()
        page.wait_for_selector("text=No event is called so: orders.invented.")
        page.get_by_label("Single events").fill("contacts.promise_broken")
        page.locator("button[value=do]").first.click()
        page.wait_for_selector("text=whsec_")
        seen(page, f"webhook-secret-{mark}")
        page.goto("/settings/webhooks/1/")
        somebody.is_live()
        change_language(company[0], "es" if company[0].language != "es" else "en")
        deliver_due()
        page.wait_for_selector("text=works")
        receiver.behave = answering(500, b"no room")
        change_language(company[1], "es" if company[1].language != "es" else "en")
        deliver_due()
        page.reload()
        page.wait_for_selector("text=Messages do not reach it")
        seen(page, f"webhook-{mark}")
        page.locator("#log-rows a.open").first.click()
        page.wait_for_selector("text=no room")
        seen(page, f"webhook-delivery-{mark}")
        page.goto("/settings/webhooks/")
        seen(page, f"webhooks-{mark}")
        page.goto("/settings/webhooks/events/?q=price")
        seen(page, f"webhook-events-{mark}")
    finally:
        receiver.stop()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light")])
def test_products_come_in_from_a_file(
    person: Callable[..., Person], company: "list[Customer]", tmp_path: Path, width: int, scheme: str
) -> None:
    from onhand.catalogue.models import Product, TaxClass

    TaxClass.objects.create(name="Usual")
    file = tmp_path / "products.csv"
    file.write_text(FILE)
    page, mark = person("administrator", width=width, scheme=scheme).page, f"{width}-{scheme}"
    page.goto("/settings/imports/")
    page.get_by_label("What the file holds").select_option("products")
    page.get_by_label("File: CSV").set_input_files(file)
    seen(page, f"imports-{mark}")
    page.get_by_role("button", name="Bring the file").click()
    page.wait_for_selector("#examples >> text=Lamp")
    seen(page, f"import-columns-{mark}")
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_selector("text=You can close this page")
    work()
    page.wait_for_selector("text=There is no tax class of this name.")
    assert not Product.objects.exists()
    seen(page, f"import-checked-{mark}")
    page.get_by_role("button", name="Bring these in").click()
    page.wait_for_selector("text=You can close this page")
    work()
    page.wait_for_selector(".figures .created dd >> text=1")
    assert Product.objects.get().brand == "Sol"
    assert not page.get_by_role("button", name="Undo the whole import").count()
    page.goto("/settings/export/")
    seen(page, f"export-{mark}")
