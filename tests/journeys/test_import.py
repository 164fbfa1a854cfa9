"""Customers brought in and taken out by somebody at a browser: file, columns, check, run, result, undo."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from tests.journeys.company import Person
from tests.journeys.test_accessibility import WIDER, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
FILE = """Id;Nombre;Apellidos;Correo electrónico;Teléfono;Ciudad;País;Notas internas
00041;Ana;Núñez Prieto;ana.nunez@correo.example;910 000 123;Madrid;España;ninguna
00042;Eva;García;eva.garcia@correo.example;12;Sevilla;España;llamar
00043;Íñigo;Peña;inigo@correo.example;+34 910 000 124;Bilbao;ES;
"""


def work() -> None:
    """What the jobs part does, here and now."""
    from onhand.customers.imports.steps import step
    from onhand.customers.models import CustomerImport

    one = CustomerImport.objects.latest("pk")
    while step(one.pk, timezone.now):
        pass


def look_well(page: "Page", picture: str = "") -> None:
    assert violations(page) == []
    assert page.evaluate(WIDER) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_file_comes_in_and_goes_again(
    person: Callable[..., Person], company: "list[Customer]", tmp_path: Path, width: int
) -> None:
    from onhand.customers.models import Customer

    file = tmp_path / "clientes.csv"
    file.write_bytes(FILE.encode("cp1252"))
    somebody = person("administrator", width=width)
    page = somebody.page
    page.goto("/settings/imports/")
    look_well(page)
    page.get_by_label("File: CSV").set_input_files(file)
    page.get_by_role("button", name="Bring the file").click()

    page.wait_for_selector("#examples")
    assert page.get_by_label("Encoding").input_value() == "windows-1252"
    assert page.get_by_role("combobox", name="Apellidos").input_value() == "family_name"
    assert "Ana Núñez Prieto" in page.locator("#examples").inner_text()
    page.get_by_label("Country, where a row names none").select_option("ES")
    page.get_by_role("combobox", name="Notas internas").select_option("region")
    page.wait_for_selector("#examples >> text=ninguna")
    page.get_by_role("combobox", name="Notas internas").select_option("")
    look_well(page)
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_selector("text=Say which system the numbers are from.")
    page.get_by_label("The other system's name").fill("crm")
    page.keyboard.press("Control+Enter")

    page.wait_for_selector("text=You can close this page")
    somebody.is_live()
    look_well(page)
    work()
    page.wait_for_selector("text=Nothing has been written yet.")
    assert page.locator(".figures .created dd").inner_text() == "2"
    row = page.locator("tr", has_text="Teléfono")
    assert "country code" in row.inner_text()
    assert Customer.objects.count() == len(company)
    look_well(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Rows to mend, as a file").click()
    assert "Eva" in Path(download.value.path()).read_text(encoding="utf-8-sig")

    page.get_by_role("button", name="Bring in these customers").click()
    page.wait_for_selector("progress")
    somebody.is_live()
    work()
    page.wait_for_selector("text=Undo the whole import")
    assert Customer.objects.filter(name="Ana Núñez Prieto").exists()
    look_well(page)
    page.get_by_role("button", name="Undo the whole import").click()
    page.wait_for_selector("progress")
    somebody.is_live()
    work()
    page.wait_for_selector(".figures .removed")
    assert Customer.objects.count() == len(company)
    look_well(page)


def test_a_list_goes_out(person: Callable[..., Person], company: "list[Customer]") -> None:
    page = person("administrator").page
    page.goto("/settings/export/")
    look_well(page)
    with page.expect_download() as download:
        page.locator("form", has=page.get_by_role("heading", name="Customers")).get_by_role("button").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("Onhand reference,Name")
    assert len(lines) >= 1 + len(company)
