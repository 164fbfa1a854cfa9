"""
When a customer may be called: within the window they chose, the hours the company calls at by their clock, the hours they want to be
reached at, and the opening hours of the queue. All of it as moments; days are those of each one's own time zone.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers

from onhand.contacts.cases.kinds import read_hours
from onhand.contacts.hours import DAY, Hours
from onhand.customers.models import Customer
from onhand.customers.time_zones import DEFAULT, time_zone_of
from onhand.routing.callbacks.models import Callback, CallbackRules
from onhand.routing.hours import hours_of
from onhand.routing.models import Queue

Span = tuple[datetime, datetime]
SHORTEST = timedelta(minutes=5)  # what is left of a span to begin a call in
_ONE_DAY = timedelta(days=1)


def zone_of(customer: Customer | None, telephone: str) -> str:
    """The time zone a customer lives by; of who is not known that of their number's country."""
    if customer is not None:
        return customer.time_zone
    from phonenumbers import timezone as telephone_zones  # large, and seldom needed

    number = phonenumbers.parse(telephone, None)
    country = phonenumbers.region_code_for_number(number) or ""
    zones: Sequence[str] = telephone_zones.time_zones_for_number(number)
    return zones[0] if len(zones) == 1 and "/" in zones[0] else time_zone_of(country) or DEFAULT


def calling_hours(rules: CallbackRules, queue: Queue, customer: Customer | None, zone: str) -> list[Hours]:
    """All hours that must be open at once for somebody to be called."""
    found = [read_hours(zone, rules.week, {})]
    if customer is not None and customer.reach_from is not None and customer.reach_until is not None:
        found.append(_reach(customer.reach_from, customer.reach_until, zone))
    if queue.calendar_id is not None:
        found += hours_of([queue.calendar_id]).values()
    return found


def _reach(begins: time, ends: time, zone: str) -> Hours:
    first, last = begins.hour * 60 + begins.minute, ends.hour * 60 + ends.minute
    spans = ((first, last),) if first < last else ((0, last), (first, DAY))
    return Hours(ZoneInfo(zone), tuple([tuple(one for one in spans if one[0] < one[1])] * 7))


def open_spans(hours: Sequence[Hours], begins: datetime, ends: datetime) -> list[Span]:
    """The times from one moment to another at which all of these are open, in order."""
    found: list[Span] = [(begins, ends)] if begins < ends else []
    for one in hours:
        found = _both(found, list(_spans(one, begins, ends)))
    return found


def _spans(hours: Hours, begins: datetime, ends: datetime) -> Iterator[Span]:
    day: date = begins.astimezone(hours.zone).date() - _ONE_DAY
    last = ends.astimezone(hours.zone).date() + _ONE_DAY
    reached: Span | None = None
    while day <= last:
        for span in hours.open_on(day):
            if reached is not None and span[0] <= reached[1]:  # through midnight
                reached = (reached[0], max(reached[1], span[1]))
                continue
            if reached is not None:
                yield reached
            reached = span
        day += _ONE_DAY
    if reached is not None:
        yield reached


def _both(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in first for b in second)
    return [(begins, ends) for begins, ends in pairs if begins < ends]


def next_span(hours: Sequence[Hours], begins: datetime, ends: datetime) -> Span | None:
    """The next time to call in from one moment to another; None if there is none left that is long enough to call in."""
    return next((span for span in open_spans(hours, begins, ends) if span[1] - span[0] >= SHORTEST), None)


def next_time(callback: Callback, at: datetime, rules: CallbackRules) -> Span | None:
    """When a callback may be given next, at or after a moment; None where its window has no more time in it."""
    hours = calling_hours(rules, callback.queue, callback.customer, callback.time_zone)
    return next_span(hours, max(at, callback.window_from), callback.window_until)


def end_of_soon(hours: Sequence[Hours], at: datetime, rules: CallbackRules) -> datetime:
    """When "as soon as possible" ends: after so many minutes in which anybody could be called."""
    left, latest = timedelta(minutes=rules.soon_minutes), at + timedelta(days=rules.longest_days)
    for begins, ends in open_spans(hours, at, latest):
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return latest
