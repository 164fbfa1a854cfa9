"""Callbacks for tests, arranged as people arrange them."""

from datetime import datetime
from typing import Any

from onhand.customers.models import Customer
from onhand.kernel.actor import Actor
from onhand.kernel.perform import Outcome, perform
from onhand.routing.callbacks.models import Callback
from onhand.routing.models import WorkItem
from onhand.staff.models import Representative
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import actor_of

NUMBER = "+34910123456"


def arrange(
    customer: Customer | None = None, at: datetime = NOON, actor: Actor | None = None, **given: Any
) -> Callback:
    """A callback of a customer, as soon as possible unless a window is given."""
    customer = customer or make_customer("Ana Prieto", time_zone="Europe/Madrid")
    arguments = {"matter": "The bill of March", "telephone": NUMBER} | given
    outcome = perform(
        "callbacks.arrange_callback",
        actor=actor or make_actor(),
        subject_id=customer.pk,
        arguments=arguments,
        at=at,
    )
    return Callback.objects.get(pk=outcome.after["callback"]["id"])


def do_callback(
    name: str, callback: Callback, actor: Actor | Representative, at: datetime = NOON, **given: Any
) -> Outcome:
    """Do an act on a callback."""
    who = actor_of(actor) if isinstance(actor, Representative) else actor
    return perform(f"callbacks.{name}", actor=who, subject_id=callback.pk, arguments=given, at=at)


def work_of(callback: Callback) -> WorkItem:
    """The newest item of a callback."""
    return WorkItem.objects.filter(kind="callback", subject_id=callback.pk).latest("pk")
