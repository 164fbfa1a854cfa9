"""What must be true after any number of kills."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from onhand.customers.models import Customer
from onhand.customers.subjects import snapshot_customer
from onhand.kernel import sealing, seals
from onhand.kernel.database import forget_connections
from onhand.kernel.models import ActRecord, ActTally, Delivery, EventRecord, Seal
from onhand.kernel.records import EVENTS, RECORDS


def wait_until_handled(seconds: float) -> None:
    """Wait until no delivery is open; what is left after that time is a fault found later."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if not Delivery.objects.filter(handled_at=None).exists():
                return
        except (DatabaseError, InterfaceError):
            forget_connections()
        time.sleep(0.1)


def verify(folder: Path, customers: list[int]) -> dict[str, Any]:
    """Counts, and `faults`: one line for everything that is not as it must be."""
    records = list(ActRecord.objects.order_by("id"))
    faults = [
        *answers(folder, records),
        *states(records, customers),
        *reactions(records),
        *sealed(folder),
    ]
    return {
        "records": len(records),
        "failed_attempts": Delivery.objects.filter(attempts__gt=0).count(),
        "seals": Seal.objects.count(),
        "faults": faults[:20],
    }


def answers(folder: Path, records: list[ActRecord]) -> Iterator[str]:
    """Whatever was acknowledged is there, once; whatever is there was asked for."""
    tried: set[str] = set()
    done: dict[str, int] = {}
    for diary in folder.glob("diary.*"):
        for line in diary.read_text().splitlines():
            word, key, *rest = line.split()
            tried.add(key)
            if word == "done":
                done[key] = int(rest[0])
    found = {str(record.idempotency_key): record.pk for record in records}
    if len(found) != len(records):
        yield "a request was done twice"
    yield from (f"acknowledged and gone: {key}" for key, pk in done.items() if found.get(key) != pk)
    yield from (f"nobody asked for {key}" for key in found.keys() - tried)
    if not done:
        yield "nothing was acknowledged"


def states(records: list[ActRecord], customers: list[int]) -> Iterator[str]:
    """Each record begins where the one before ended, and the customer is as the last one left it."""
    of_customer: dict[int | None, list[ActRecord]] = defaultdict(list)
    for record in records:
        of_customer[record.subject_id].append(record)
    for customer in Customer.objects.filter(pk__in=customers):
        state: dict[str, Any] = {"emails": [], "address_lines": "", "city": "", "country": ""}
        state |= {"postal_code": "", "region": "", "time_zone": "UTC"}
        for record in of_customer[customer.pk]:
            yield from (
                f"record {record.pk} does not follow: {key}"
                for key, value in record.before.items()
                if state.get(key) != value
            )
            state |= record.after
        now = snapshot_customer(customer)
        yield from (f"customer {customer.pk} is not as recorded: {key}" for key in state if now[key] != state[key])
        if customer.version != 1 + len(of_customer[customer.pk]):
            yield f"customer {customer.pk} has version {customer.version} after {len(of_customer[customer.pk])} acts"


def reactions(records: list[ActRecord]) -> Iterator[str]:
    """One event a record, each handled once by each handler, in order of its subject."""
    events = Counter(EventRecord.objects.filter(name="kernel.act_done").values_list("record_id", flat=True))
    if events != Counter(record.pk for record in records):
        yield "records and their events differ"
    deliveries = Counter(Delivery.objects.values_list("handler", flat=True))
    handlers = ("kernel.tally_act", "customers.look_for_duplicates", "resilience.note_order")
    if deliveries != dict.fromkeys(handlers, len(records)):
        yield f"deliveries: {dict(deliveries)} for {len(records)} records"
    still_open = Delivery.objects.filter(handled_at=None).count()
    if still_open:
        yield f"{still_open} deliveries were never handled"
    tally = sum(ActTally.objects.values_list("count", flat=True))
    if tally != len(records):
        yield f"{tally} counted, {len(records)} recorded"
    with connection.cursor() as cursor:
        cursor.execute("select subject, record from resilience_seen order by place")
        seen = cursor.fetchall()
    if Counter(record for _subject, record in seen) != Counter(record.pk for record in records):
        yield "an event was handled twice or never"
    last: dict[int, int] = {}
    for subject, record in seen:
        if record < last.get(subject, 0):
            yield f"customer {subject}: record {record} was handled after {last[subject]}"
        last[subject] = record


def sealed(folder: Path) -> Iterator[str]:
    """What was sealed under fire is whole, and all that was not sealed yet can be."""
    heads = folder / "heads.json"
    if not heads.exists():
        yield "nothing was sealed"
        return
    known = json.loads(heads.read_text())
    yield from (f"{fault.stream} {fault.kind} {fault.row_id}: {fault.detail}" for fault in sealing.check_all(known))
    seals.seal_settled(seals.seal_settled({}, timezone.now()), timezone.now())
    yield from (f"afterwards {fault.stream} {fault.kind}: {fault.detail}" for fault in sealing.check_all(known))
    for stream, model in ((RECORDS, ActRecord), (EVENTS, EventRecord)):
        count = sum(Seal.objects.filter(stream=stream).values_list("row_count", flat=True))
        if count != model._default_manager.count():
            yield f"{stream}: {count} of {model._default_manager.count()} rows sealed"
