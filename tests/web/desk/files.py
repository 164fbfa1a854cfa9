"""Customers' files with something in them."""

from datetime import date
from typing import Any

from onhand.customers.models import Customer
from onhand.customers.operations import refresh_search_text
from onhand.staff.models import Representative
from tests.factories import NOON, make_customer
from tests.factories.staff import make_person, make_site


def make_file(name: str, **changes: Any) -> Customer:
    """A customer with an address, a number and an e-mail address."""
    given = {
        "address_lines": "Calle Mayor 1",
        "postal_code": "28013",
        "city": "Madrid",
        "country": "ES",
        "language": "es",
        "time_zone": "Europe/Madrid",
    }
    given |= {"site": make_site()} | changes
    customer = make_customer(name, **given)
    customer.identities.create(kind="telephone", value="+34910123456", created_at=NOON)
    customer.identities.create(kind="email", value="ana@correo.example", created_at=NOON)
    refresh_search_text(customer)
    return customer


def make_colleague(
    role: str = "representative", visibility: str = "all", *, needs_contact: bool = False, **changes: Any
) -> Representative:
    """Somebody with a built-in role who sees this much; unless it is about identification, one who works without a contact."""
    person = make_person(role, **changes)
    if not needs_contact:
        person.role.permissions = [*person.role.permissions, "customers.work_without_contact"]
        person.role.save(update_fields=["permissions"])
    person.visibility = visibility
    person.save(update_fields=["visibility"])
    return person


def shows_day(page: str, day: date) -> bool:
    """Whether a page says this day, as a person or a field writes it; a number or a token may have the same digits by chance."""
    written = (
        day.isoformat(),
        f"{day.day} {day:%B %Y}",
        f"{day.day} {day:%b %Y}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%d/%m/%Y}",
    )
    return any(one in page for one in written)
