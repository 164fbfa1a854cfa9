"""People, a guideline and a customer for tests of approvals: above 20 a supervisor is asked, above 100 it is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

from onhand.approvals.asking import ask_for
from onhand.approvals.models import Approval
from onhand.contacts.models import Contact
from onhand.customers.models import Customer, IdentityCheck
from onhand.guidelines.models import Guideline
from onhand.invoicing.models import Document
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.staff.models import Representative
from tests.factories import make_customer
from tests.factories.contacts import make_contact
from tests.factories.staff import actor_of
from tests.factories.work import make_person
from tests.guidelines.company import document, nothing_laid_down, publish

GOODWILL = "invoicing.give_goodwill"
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=3)
ROWS = (
    ("<= 20", '"allow"', "", "", ""),
    ("(20..100]", '"ask"', '"supervisor"', "", ""),
    ("> 100", '"refuse"', "", "", ""),
)


def lay_down(rows: tuple[tuple[str, ...], ...] = ROWS, at: datetime | None = None) -> Guideline:
    """The guideline of goodwill, in place of the one all tests live by."""
    nothing_laid_down()
    what = document([GOODWILL], ["amount given"], rows)
    return publish("Goodwill", what, at=at) if at else publish("Goodwill", what)


def on_contact(person: Representative, customer: Customer | None = None, at: datetime = NOW) -> Contact:
    """A contact of theirs that goes on, with the customer identified on it."""
    customer = customer or make_customer()
    contact = make_contact(customer, person.pk, started_at=at)
    identified = {"way": "questions", "level": 1, "at": at, "until": at + timedelta(hours=2), "by_name": person.name}
    IdentityCheck.objects.create(customer=customer, contact_id=contact.pk, **identified)
    return contact


def ask(person: Representative | Actor, contact: Contact, minor: int = 5000, **more: Any) -> Approval:
    """Ask to give goodwill on that contact."""
    actor = person if isinstance(person, Actor) else actor_of(person)
    given: dict[str, Any] = {"at": NOW, "note": "A long wait", "customer_waits": True, "contact_id": contact.pk}
    given |= more
    return ask_for(actor, act=GOODWILL, subject_id=contact.customer_id, arguments=goodwill(minor), **given)


def goodwill(minor: int = 5000) -> dict[str, Any]:
    """The arguments of goodwill."""
    return {"amount": Money(minor, "EUR").as_json(), "reason": "A long wait"}


def do(name: str, approval: Approval, person: Representative | Actor, at: datetime = LATER, **given: Any) -> Outcome:
    """Do an act of approvals."""
    actor = person if isinstance(person, Actor) else actor_of(person)
    return perform(f"approvals.{name}", actor=actor, subject_id=approval.pk, arguments=given, at=at)


def people() -> tuple[Representative, Representative]:
    """Somebody who asks, and somebody who may allow it."""
    return make_person("representative"), make_person("supervisor")


def given() -> int:
    """How often something was given."""
    return Document.objects.count()
