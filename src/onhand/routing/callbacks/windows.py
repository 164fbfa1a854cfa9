"""The windows a customer is offered: as soon as possible with the expected wait, then the next windows in which they may be called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from onhand.contacts.models import Contact
from onhand.customers.models import Customer
from onhand.routing.callbacks.arranging import number_on_file, usual_queue
from onhand.routing.callbacks.expected_words import wait_now
from onhand.routing.callbacks.models import Callback
from onhand.routing.callbacks.rules import rules_for
from onhand.routing.callbacks.times import SHORTEST, Span, calling_hours, end_of_soon, next_span, open_spans, zone_of
from onhand.routing.callbacks.window_words import span_words
from onhand.routing.models import Queue
from onhand.routing.queues import plan_of

MOST_OFFERED = 8
HOURS = 2  # a window begins at an even hour by the customer's clock
LOOKED_AHEAD = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Offered:
    """A window to choose. As soon as possible has no times, and `hint` says how long it is expected to take."""

    label: str
    hint: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen from, in which queue, and what is known of the number."""

    queue: Queue
    zone: str
    windows: Sequence[Offered]
    has_number: bool


def offer_windows(
    customer: Customer | None, contact: Contact | None, at: datetime, moved: Callback | None = None
) -> Offer:
    """The windows for a customer, a contact, or a callback that is moved."""
    queue = moved.queue if moved is not None else usual_queue(customer, contact)
    number = moved.telephone if moved is not None else _number(customer, contact)
    zone = moved.time_zone if moved is not None else _zone(customer, number)
    rules = rules_for(queue.pk)
    hours = calling_hours(rules, queue, customer, zone)
    since = moved.since if moved is not None else at
    found = [_soon(queue, since, next_span(hours, at, end_of_soon(hours, at, rules)), zone, at)]
    latest = min(at + LOOKED_AHEAD, at + timedelta(days=rules.longest_days))
    blocks = [block for span in open_spans(hours, at + timedelta(minutes=30), latest) for block in _blocks(span, zone)]
    found += [Offered(span_words(one, zone), "", one) for one in blocks[:MOST_OFFERED]]
    return Offer(queue, zone, found, bool(number))


def _number(customer: Customer | None, contact: Contact | None) -> str:
    used = contact.outside_address if contact is not None and contact.channel == "telephone" else ""
    return used or number_on_file(customer)


def _zone(customer: Customer | None, number: str) -> str:
    return zone_of(customer, number) if customer is not None or number.startswith("+") else "UTC"


def _soon(queue: Queue, since: datetime, first: Span | None, zone: str, at: datetime) -> Offered:
    label = _("As soon as possible")
    if first is None:
        return Offered(label, _("nobody is called in the next days"))
    if first[0] > at:
        return Offered(label, _("not before %(time)s") % {"time": span_words(first, zone)})
    order_at = since + timedelta(seconds=plan_of(queue).targets.get(0, 0))
    return Offered(label, _("expected: %(wait)s") % {"wait": wait_now(queue.pk, order_at, at)})


def _blocks(span: Span, zone: str) -> list[Span]:
    """A time cut at even hours by the customer's clock; ends too short to call in are left out."""
    found: list[Span] = []
    begins, ends = span
    while begins < ends:
        local = begins.astimezone(ZoneInfo(zone))
        whole = local.replace(minute=0, second=0, microsecond=0)
        cut = (whole + timedelta(hours=HOURS - whole.hour % HOURS)).astimezone(begins.tzinfo)
        until = min(cut, ends) if cut > begins else ends
        if until - begins >= max(SHORTEST, timedelta(minutes=30)):
            found.append((begins, until))
        begins = until
    return found
