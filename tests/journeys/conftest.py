"""A demo company behind the real web application, and real browsers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from onhand.web.templating import MANIFEST
from tests.conftest import clone, close_to_all, drop, use_database
from tests.journeys.company import CHROMIUM, PASSWORD, PATIENCE, SWITCHES, Person, web_running

if TYPE_CHECKING:
    from onhand.customers.models import Customer

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    if not MANIFEST.exists():
        pytest.fail("The front end is not built: run npm ci and npm run build in frontend/.")
    with sync_playwright() as tools, pytest.MonkeyPatch.context() as patch:
        # The driver keeps an event loop in this thread, which makes Django refuse the database; nothing here is asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = tools.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def furnished(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database with the demo company in it, made once; before anything else is there that would connect to it."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    made = f"{name}_company"
    with django_db_blocker.unblock():
        clone(made)
        use_database(made)
        try:
            make_company()
        finally:
            connection.close()
            use_database(name)
        close_to_all(made)
        yield made
        drop(made)


@pytest.fixture(scope="package")
def address(furnished: str) -> Iterator[str]:
    with web_running() as running:
        yield running


def make_company() -> None:
    """The demo company, with fewer customers and articles than it has elsewhere."""
    from onhand.customers.demo.company import create_demo_customers
    from onhand.knowledge.demo.company import create_demo_knowledge
    from onhand.staff.demo import create_demo_staff
    from onhand.staff.models import Role

    now = datetime.now(UTC)
    create_demo_staff(at=now, password=PASSWORD)
    create_demo_customers(at=now, count=24)
    create_demo_knowledge(at=now, most=2)
    # These journeys are about other things than identification.
    role = Role.objects.get(key="representative")
    role.permissions = [*role.permissions, "customers.work_without_contact"]
    role.save(update_fields=["permissions"])


@pytest.fixture
def company(furnished: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list["Customer"]:
    """The demo company, as it was made; its customers in order of their numbers."""
    from django.core.cache import cache
    from django.db import connection

    from onhand.customers.models import Customer
    from onhand.kernel import hints

    connection.close()
    clone(connection.settings_dict["NAME"], furnished)
    monkeypatch.setattr(hints, "notifier", hints.Notifier())
    cache.clear()
    return list(Customer.objects.order_by("pk"))


@pytest.fixture
def person(chromium: Browser, address: str, company: list[Any]) -> Iterator[Callable[..., Person]]:
    """Opens browsers; at the end none of them may have complained about anything."""
    people: list[Person] = []

    def come(role: str = "", **look: Any) -> Person:
        new = Person(chromium, address, **look)
        people.append(new)
        return new.sign_in(role) if role else new

    yield come
    for one in people:
        one.context.close()
    assert [said for one in people for said in one.wrong] == []
