"""Doing things with endpoints in tests."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from onhand.kernel.perform import Outcome, perform
from onhand.webhooks.delivering import AT_ONCE, deliver, take
from onhand.webhooks.models import Endpoint
from tests.factories import NOON, make_actor


def act(name: str, endpoint: Endpoint | None = None, *, at: datetime = NOON, **arguments: Any) -> Outcome:
    """Do one of the acts on an endpoint."""
    pk = endpoint.pk if endpoint else None
    outcome = perform(f"webhooks.{name}", actor=make_actor(), subject_id=pk, arguments=arguments, at=at)
    if endpoint:
        endpoint.refresh_from_db()
    return outcome


def add(url: str, **arguments: Any) -> tuple[Endpoint, str]:
    """An endpoint and its secret."""
    given = {"endpoint_name": "Shop", "url": url, "areas": ["customers.*"]}
    outcome = act("add_endpoint", **given | arguments)
    return Endpoint.objects.get(pk=outcome.subject_id), outcome.shown["secret"]


def change_language(customer: Any, language: str = "es") -> int:
    """Something that happens; its record."""
    arguments = {"language": language}
    outcome = perform(
        "customers.change_language", actor=make_actor(), subject_id=customer.pk, arguments=arguments, at=NOON
    )
    assert outcome.record_id is not None
    return outcome.record_id


def deliver_due(at: datetime | None = None) -> int:
    """Deliver what is due, one after the other, until nothing is; how many tries."""
    count = 0
    while taken := take(at or timezone.now(), lambda _endpoint: AT_ONCE, 10):
        for pk in taken:
            deliver(pk, (lambda: at) if at else timezone.now)
            count += 1
    return count
