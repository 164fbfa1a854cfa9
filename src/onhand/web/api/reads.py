"""What programs may read, the same for REST and MCP: always only what the caller may see."""

import base64
import binascii
import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from onhand.customers.enums import IdentityKind
from onhand.customers.file_queries import read_file
from onhand.customers.finding import find as finding
from onhand.customers.identification.level import Reached, reached_by_default
from onhand.customers.membership import member_ids, of_file
from onhand.customers.models import Customer, Note
from onhand.customers.protection import protect_values
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.records import EVENTS, Subject, record_access
from onhand.kernel.seals import is_settled, last_sealed, mark
from onhand.kernel.subjects import find_subject_type, subject_type
from onhand.staff import access as staff
from onhand.staff.subjects import REPRESENTATIVE
from onhand.web.api.errors import FieldsInvalid
from onhand.web.api.file_schemas import CustomerFile
from onhand.web.api.schemas import (
    CustomerLine,
    Customers,
    Decision,
    EventLine,
    Events,
    Me,
    NoteText,
    Record,
    Records,
)

NEWEST_NOTES = 20
MOST_LOOKED_AT = (
    2_000  # events looked at for one answer, so that a caller who may see few does not read the whole stream
)
LONGEST_WAIT = 0.25  # seconds for transactions under way to end before events are given out
_LINE = ("id", "reference", "name", "kind", "language", "city", "country", "version")


def describe_caller(actor: Actor) -> Me:
    """The caller, as the product sees them."""
    return Me(
        kind=actor.kind.value,
        id=actor.id,
        name=actor.name,
        role=actor.role,
        permissions=sorted(actor.permissions),
        visibility=actor.visibility.value,
        site_ids=sorted(actor.site_ids),
        team_ids=sorted(actor.team_ids),
        limits={act: dict(limits) for act, limits in actor.limits.items()},
    )


def find_customers(
    actor: Actor, *, words: str = "", search: str = "", after: str | None = None, size: int = 50
) -> Customers:
    """
    All customers in order of their names, in pages, `after` being the next; or, with words, the best that fit them and why, in one
    page. Raises FieldsInvalid on a wrong `after`.
    """
    typed = f"{words} {search}".strip()
    if typed:
        found = finding.find_customers(actor, typed, limit=size)
        lines = [CustomerLine.from_orm(one) for one in found.customers]
        return Customers(customers=lines, next=None, reference_is_wrong=found.reference_is_wrong)
    rows = finding.list_customers(actor, after=_read_cursor(after) if after else None, limit=size + 1)
    more = len(rows) > size
    return Customers(
        customers=[CustomerLine.from_orm(row) for row in rows[:size]],
        next=_cursor(rows[size - 1]) if more else None,
    )


def _cursor(last: finding.Found) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.place, last.id]).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[str, int]:
    try:
        name, customer_id = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        name = customer_id = None
    readable = isinstance(name, str) and isinstance(customer_id, int) and 0 < customer_id < 2**63
    if not readable or any(c == "\0" or "\ud800" <= c <= "\udfff" for c in name):
        raise FieldsInvalid({"after": [_("Send what “next” of the page before said.")]})
    return name, customer_id


def read_customer(
    actor: Actor, customer_id: int, *, reason: str, at: datetime, contact_id: int | None = None
) -> CustomerFile:
    """
    The customer's file, with all that was merged into it; a merged customer's id gives the file it is part of. Leaves an access
    record. Raises SubjectNotFound.
    """
    with transaction.atomic():
        customer = _opened(actor, customer_id, page="api.customer", reason=reason, at=at, contact_id=contact_id)
        file = read_file(actor, customer.pk, at=at, contact_id=contact_id)
        notes = Note.objects.filter(of_file(customer.pk)).order_by("-id")[:NEWEST_NOTES]
        newest = [NoteText.from_orm(note) for note in notes]
    values = asdict(file)
    points = {kind: [one for one in values["identities"] if one["kind"] == kind] for kind in IdentityKind}
    return CustomerFile.model_validate(
        values
        | {
            "identified_level": file.reached.level,
            "masked": sorted(file.masked),
            "emails": points[IdentityKind.EMAIL],
            "telephones": points[IdentityKind.TELEPHONE],
            "notes": newest,
            "merged_into": customer.pk if customer.pk != customer_id else None,
        }
    )


def read_records(
    actor: Actor,
    customer_id: int,
    *,
    reason: str,
    at: datetime,
    contact_id: int | None = None,
    before: int | None = None,
    size: int = 50,
) -> Records:
    """
    What was done on a customer's file and on those merged into it, newest first; leaves an access record. Raises SubjectNotFound.
    """
    with transaction.atomic():
        customer = _opened(actor, customer_id, page="api.records", reason=reason, at=at, contact_id=contact_id)
        reader = reached_by_default(actor, customer.pk, at, contact_id)
        members = member_ids(customer.pk)
        found = ActRecord.objects.filter(subject_type=CUSTOMER, subject_id__in=members).order_by("-id")
        if before is not None:
            found = found.filter(id__lt=before)
        rows = list(found[: size + 1])
    return Records(
        records=[_record(row, reader) for row in rows[:size]], next=rows[size - 1].pk if len(rows) > size else None
    )


_HELD = ("arguments", "facts", "before", "after")


def _record(row: ActRecord, reader: Reached) -> Record:
    names = [name for name in Record.model_fields if name not in ("decision", *_HELD)]
    plain: dict[str, Any] = {name: getattr(row, name) for name in names}
    held = {name: protect_values(getattr(row, name), reader) for name in _HELD}
    return Record(**(plain | held), decision=Decision(**row.decision))


def _opened(
    actor: Actor, customer_id: int, *, page: str, reason: str, at: datetime, contact_id: int | None = None
) -> Customer:
    kind = subject_type(CUSTOMER)
    customer: Customer = kind.read(actor, customer_id)
    if customer.merged_into_id is not None:
        customer = kind.read(actor, customer.merged_into_id)
    subject = Subject(CUSTOMER, customer.pk, contact_id)
    record_access(actor=actor, subject=subject, page=page, reason=reason, at=at)
    return customer


def read_events(actor: Actor, *, since: int = 0, size: int = 100) -> Events:
    """
    Events after `since` on what the caller may see, in order. None is ever missed: an event whose transaction is still under way
    holds back the later ones for that moment.
    """
    newest = _newest_settled(since)
    seen: list[EventRecord] = []
    reached = since
    stream = EventRecord.objects.order_by("id")
    for _round in range(MOST_LOOKED_AT // size):
        if reached >= newest or len(seen) >= size:
            break
        slice_ = list(stream.filter(id__gt=reached, id__lte=newest)[: size - len(seen)])
        seen += _visible(actor, slice_)
        reached = slice_[-1].pk if slice_ else newest
    return Events(events=[EventLine.from_orm(row) for row in seen], next=max(reached, since))


def _newest_settled(since: int) -> int:
    last = mark(EVENTS)
    give_up = time.monotonic() + LONGEST_WAIT
    while last.last_id > since and not is_settled(last):
        if time.monotonic() > give_up:  # something holds a transaction open for long: give what is sealed
            return last_sealed(EVENTS)
        time.sleep(0.01)
    return last.last_id


def _visible(actor: Actor, events: list[EventRecord]) -> list[EventRecord]:
    may_see: dict[str, set[Any]] = {}
    for name in {event.subject_type for event in events}:
        kind = find_subject_type(name)
        ids = {event.subject_id for event in events if event.subject_type == name and event.subject_id}
        rows: QuerySet[Any] | None = kind.visible(actor).filter(pk__in=ids) if kind and ids else None
        may_see[name] = set(rows.values_list("pk", flat=True)) if rows is not None else set()
    if not actor.may(staff.VIEW_RECORDS):  # when and from where colleagues signed in is for who may read records
        may_see[REPRESENTATIVE] = may_see.get(REPRESENTATIVE, set()) & {actor.id}
    return [event for event in events if event.subject_id in may_see[event.subject_type]]
