"""Cases for tests, opened and worked on through acts as people do."""

from datetime import datetime, timedelta
from typing import Any

from onhand.contacts.models import Case, CaseKind
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor
from onhand.kernel.perform import Outcome, perform
from tests.factories import NOON, make_actor, make_customer

MONDAY = NOON + timedelta(days=2)  # a Monday at noon; the usual opening hours are nine to five, by UTC
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def on_case(name: str, case: Case, *, at: datetime = MONDAY, actor: Actor | None = None, **given: Any) -> Outcome:
    """Do an act of contacts on a case, and read the case anew."""
    outcome = perform(f"contacts.{name}", actor=actor or make_actor(), subject_id=case.pk, arguments=given, at=at)
    case.refresh_from_db()
    return outcome


def open_case(
    customer: Customer | None = None, *, at: datetime = MONDAY, actor: Actor | None = None, **given: Any
) -> Case:
    """A case opened on a customer's file."""
    of = customer or make_customer()
    outcome = perform(
        "contacts.open_case",
        actor=actor or make_actor(),
        subject_id=of.pk,
        arguments={"matter": "The lamp flickers"} | given,
        at=at,
    )
    return Case.objects.get(pk=outcome.after["case"]["id"])


def set_kind(key: str = "question", **changes: Any) -> CaseKind:
    """Another way of working on cases of a kind that comes with the product."""
    CaseKind.objects.filter(key=key).update(**changes)
    return CaseKind.objects.get(key=key)


def running(case: Case) -> dict[str, datetime]:
    """When the running clocks of a case are due, by kind."""
    return dict(case.clocks.filter(met_at=None, stopped_at=None).values_list("kind", "due_at"))
