"""What must be true of work after any number of kills."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.db.models import QuerySet

from onhand.contacts.models import Case, Contact
from onhand.kernel.database import forget_connections
from onhand.routing.models import RoutingDecision, Seat, WorkItem
from tests.resilience.routing.load import Feeder
from tests.resilience.routing.people import Done

FREES = ("passed", "missed", "withdrawn", "returned", "ended")
TAKES = ("offered", "given", "taken", "assigned")


def wait_until_done(feeder: Feeder, *, seconds: float) -> None:
    """Wait until every contact is wrapped up and every case solved; what is left after that time is a fault found later."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            is_open = Contact.objects.filter(needs_answer=True).exists()
            if not is_open and not Case.objects.filter(closed_at=None).exists():
                return
        except (DatabaseError, InterfaceError):
            forget_connections()
        time.sleep(0.5)


def check(feeder: Feeder, done: Done, pauses: Sequence[float]) -> dict[str, Any]:
    """Counts, and `faults`: one line for everything that is not as it must be. `pauses` are seconds from kills of the router."""
    faults = [*nothing_lost(feeder, done), *one_owner(), *load_is_what_is_held(), *decisions_make_sense(done)]
    return {
        "contacts": len(feeder.made),
        "cases": len(feeder.cases),
        "accepted": len(done.accepted),
        "decisions": RoutingDecision.objects.count(),
        "refused": dict(done.refused),
        "pause_s": round(median(pauses), 2) if pauses else None,
        "longest_pause_s": round(max(pauses), 2) if pauses else None,
        "faults": faults[:20],
        "fault_count": len(faults),
    }


def nothing_lost(feeder: Feeder, done: Done) -> Iterator[str]:
    """Every contact and case is there once, and its work has ended with a reason."""
    subjects = Counter(Contact.objects.values_list("subject", flat=True))
    subjects += Counter(Case.objects.values_list("subject", flat=True))
    made = [*feeder.made, *feeder.cases]
    yield from (f"{subject} is there {subjects[subject]} times" for subject in made if subjects[subject] != 1)
    open_items = Counter(about(WorkItem.objects.exclude(state="ended")))
    items = Counter(about(WorkItem.objects.all()))
    for kind, found in (("contact", feeder.made), ("case", feeder.cases)):
        for subject, pk in found.items():
            if not items[kind, pk]:
                yield f"{subject} has no item"
            if open_items[kind, pk]:
                yield f"{subject} is not ended: {open_items[kind, pk]} open items"
    yield from (f"{kind} {pk} was finished and has open work" for kind, pk in done.finished if open_items[kind, pk])
    for item in WorkItem.objects.filter(state="ended").exclude(ended_why__in=("done", "put_by"))[:5]:
        yield f"item {item.pk} ended for {item.ended_why!r}"


def about(items: QuerySet[WorkItem]) -> Iterator[tuple[str, int]]:
    """What items are about, as (contact or case, id)."""
    for kind, subject in items.values_list("kind", "subject_id"):
        yield kind.partition(".")[0], subject


def one_owner() -> Iterator[str]:
    """Whoever has an item in work has its contact or case."""
    contacts = dict(Contact.objects.values_list("pk", "representative_id"))
    cases = dict(Case.objects.values_list("pk", "owner_id"))
    for item in WorkItem.objects.filter(state__in=("in_work", "parked")):
        owner = (cases if item.kind == "case" else contacts).get(item.subject_id)
        if owner != item.holder_id:
            yield f"item {item.pk} is with {item.holder_id}, its {item.kind} with {owner}"


def load_is_what_is_held() -> Iterator[str]:
    """What the database keeps of each seat."""
    for seat in Seat.objects.all():
        held = sum(WorkItem.objects.filter(holder=seat.pk).values_list("units", flat=True))
        if seat.load != held or held > seat.capacity:
            yield f"seat {seat.pk} has load {seat.load} of {seat.capacity}, its items take {held}"


def decisions_make_sense(done: Done) -> Iterator[str]:
    """Read one after the other, decisions never give an item to a second person before it was taken from the first."""
    holders: dict[int, int | None] = {}
    accepted: Counter[tuple[int, int]] = Counter()
    for item, what, who in RoutingDecision.objects.order_by("id").values_list("item", "what", "representative"):
        holder = holders.get(item)
        if what in ("offered", "given") and holder is not None:
            yield f"item {item} was {what} to {who} while {holder} had it"
        if what in ("accepted", "resumed", "passed", "missed", "returned") and holder != who:
            yield f"item {item} was {what} by {who} while {holder} had it"
        if what == "accepted":
            accepted[item, who] += 1
        if what in TAKES:
            holders[item] = who
        elif what in FREES:
            holders[item] = None
    yield from (
        f"{who} accepted item {item}, and no decision says so" for item, who in done.accepted if not accepted[item, who]
    )
    undecided = WorkItem.objects.filter(state="ended", decisions__isnull=True).count()
    if undecided:
        yield f"{undecided} items ended without a decision"
