"""
Erasing a person: what is on the file goes in the act itself, so that the page shows nothing from then on; long lists and the records
follow in bounded batches by a job, each in a transaction of its own with how far it came, so that a kill loses nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from onhand.customers.enums import FlagKind
from onhand.customers.models import Address, Customer, Erasure, ErasureWork, Flag, Identity, OutsideId
from onhand.customers.privacy.enums import ErasureState
from onhand.customers.privacy.holdings import SLICE, Holding, Scope, all_holdings, settle, what_hinders
from onhand.customers.privacy.proof import proof_of
from onhand.customers.privacy.streams import rows_after
from onhand.customers.privacy.suppression import suppress
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.hints import send_after_commit
from onhand.kernel.models import ActRecord
from onhand.kernel.records import ACCESSES, EVENTS, RECORDS
from onhand.kernel.redaction import ValueChange, redact, without

ERASE_ACT = "customers.erase_customer"
SHORTEST_NEEDLE = 5  # characters of a value that is looked for in records about others
STREAMS = (RECORDS, EVENTS, ACCESSES)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do: rows erased by section, rows kept without the person's data and why, and what stands against it."""

    erased: Sequence[tuple[str, int]]
    kept: Sequence[tuple[str, int, str]]
    hindrances: Sequence[str]
    is_held: bool


def plan_erasure(members: Sequence[int], at: datetime) -> Plan:
    """What erasing these customers would do."""
    erased, kept = [], []
    for holding in all_holdings():
        count = holding.count(members)
        if count and holding.why_kept:
            kept.append((str(holding.label), count, str(holding.why_kept)))
        elif count:
            erased.append((str(holding.label), count))
    return Plan(erased, kept, what_hinders(members), is_on_hold(members, at))


def is_on_hold(members: Sequence[int], at: datetime) -> bool:
    """Whether a legal hold forbids erasing any of these customers."""
    held = Flag.objects.filter(customer__in=members, kind=FlagKind.LEGAL_HOLD, lifted_at__isnull=True)
    return held.exclude(until__lte=at).exists()


def needles_of(members: Sequence[int]) -> list[str]:
    """The person's names, addresses and numbers, in lower case: what is looked for in records about others."""
    values: set[str] = set()
    for row in Customer.objects.filter(pk__in=members).values_list("name", "address_lines", "tax_number"):
        values |= set(row)
    values |= set(Identity.objects.filter(customer__in=members).values_list("value", flat=True))
    values |= set(OutsideId.objects.filter(customer__in=members).values_list("value", flat=True))
    values |= set(Address.objects.filter(customer__in=members).values_list("address_lines", flat=True))
    return sorted({value.lower() for value in values if len(value) >= SHORTEST_NEEDLE})


def related_to(members: Sequence[int]) -> list[int]:
    """Customers whose records may name these: those who speak for one another, live together, or were once merged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select customer_id from customers_relation where other_id = any(%(m)s)"
            " union select other_id from customers_relation where customer_id = any(%(m)s)"
            " union select survivor_id from customers_merge where absorbed_id = any(%(m)s)"
            " union select absorbed_id from customers_merge where survivor_id = any(%(m)s)"
            " union select o.id from customers_customer c join customers_customer o on o.household_id = c.household_id"
            " where c.id = any(%(m)s)",
            {"m": list(members)},
        )
        return sorted({pk for (pk,) in cursor.fetchall()} - set(members))


def begin_erasure(
    customer: Customer, *, members: Sequence[int], actor: Actor, basis: str, keeps_hashes: bool, at: datetime
) -> Erasure:
    """
    Empty the file, and note what is left to do. Part of an act on the customer: runs in its transaction, which holds the lock of the
    file, so an edit under way comes before and is erased with the rest, or after and is refused.
    """
    erasure = Erasure.objects.create(
        customer=customer,
        reference=customer.reference,
        basis=basis,
        member_ids=list(members),
        keeps_hashes=keeps_hashes,
        requested_at=at,
        requested_by_id=actor.id,
        requested_by_name=actor.name,
    )
    ErasureWork.objects.create(
        erasure=erasure, needles=needles_of(members), related_ids=related_to(members), touched_at=at
    )
    if keeps_hashes:
        suppress(erasure)
    scope = Scope(tuple(members), None, at)
    settle(scope)
    counts: dict[str, int] = {}
    for holding in reversed(all_holdings()):  # the file last: others are found by what is on it
        if holding.is_quick:
            counts[holding.name] = 0
            while done := holding.erase(scope, SLICE):
                counts[holding.name] += done
    erasure.counts = {name: count for name, count in counts.items() if count}
    erasure.save(update_fields=["counts"])
    version = customer.version
    customer.refresh_from_db()
    customer.version = version
    return erasure


def erase_next(erasure_id: int, at: datetime, limit: int = SLICE) -> bool:
    """
    Do one batch of an erasure in a transaction of its own; whether there is more to do. False also if another process is at it, or
    it is done.
    """
    with transaction.atomic():
        works = ErasureWork.objects.select_for_update(skip_locked=True, of=("self",)).select_related("erasure")
        work = works.filter(erasure=erasure_id).first()
        if work is None:
            return False
        erasure = work.erasure
        if erasure.record_id is None:
            _begin_work(erasure)
        steps = _steps()
        names = list(steps)
        step = work.step or names[0]
        done, is_over = steps[step](work, erasure, at, limit) if step in steps else (0, True)
        if done:
            kind, _colon, name = step.partition(":")
            section = "elsewhere" if kind in ("elsewhere", "mention") else name.partition(":")[0]
            erasure.counts[section] = erasure.counts.get(section, 0) + done
        if is_over:
            following = names[names.index(step) + 1 :] if step in steps else names
            work.step, work.position = (following[0] if following else ""), []
            if not following:
                _finish(erasure, work, at)
                return False
        work.touched_at = at
        work.save()
        erasure.save()
    return True


Step = Callable[[ErasureWork, Erasure, datetime, int], tuple[int, bool]]


def _steps() -> dict[str, Step]:
    """What is done after the act, in order: long lists, records about the person, records of others that name them."""
    steps: dict[str, Step] = {}
    for holding in reversed(all_holdings()):
        steps[f"rows:{holding.name}"] = partial(_erase_rows, holding)
    for stream in STREAMS:
        for holding in all_holdings():
            if holding.subject:
                steps[f"redact:{stream}:{holding.name}"] = partial(_redact_about, stream, holding)
    for holding in all_holdings():
        steps[f"elsewhere:{holding.name}"] = partial(_rewrite_rows, holding)
    for stream in STREAMS:
        steps[f"mention:{stream}"] = partial(_redact_mentions, stream)
    return steps


def _begin_work(erasure: Erasure) -> None:
    erasure.state = ErasureState.WORKING
    own = ActRecord.objects.filter(subject_type=CUSTOMER, subject_id=erasure.customer_id, act=ERASE_ACT)
    erasure.record_id = own.order_by("-pk").values_list("pk", flat=True).first()


def _scope(erasure: Erasure, at: datetime) -> Scope:
    return Scope(tuple(erasure.member_ids), erasure.record_id, at)


def _erase_rows(holding: Holding, _work: ErasureWork, erasure: Erasure, at: datetime, limit: int) -> tuple[int, bool]:
    done = holding.erase(_scope(erasure, at), limit)
    return done, not done


def _redact_about(
    stream: str, holding: Holding, work: ErasureWork, erasure: Erasure, at: datetime, limit: int
) -> tuple[int, bool]:
    subject, row = work.position or (0, 0)
    found = rows_after(stream, holding, erasure.member_ids, subject, row, limit)
    return _redact(stream, found, work, erasure, at, None), len(found) < limit


def _rewrite_rows(
    holding: Holding, work: ErasureWork, _erasure: Erasure, _at: datetime, limit: int
) -> tuple[int, bool]:
    """What was written on files of those the person had to do with stays theirs: only the person's name and numbers go."""
    (after,) = work.position or (0,)
    last, done = holding.rewrite(work.related_ids, without(work.needles), after, limit)
    work.position = [last]
    return done, not last


def _redact_mentions(stream: str, work: ErasureWork, erasure: Erasure, at: datetime, limit: int) -> tuple[int, bool]:
    """Records of those the person had to do with stay theirs: only texts that name the person go."""
    subject, row = work.position or (0, 0)
    files = next(holding for holding in all_holdings() if holding.subject == CUSTOMER)
    found = rows_after(stream, files, work.related_ids, subject, row, limit)
    return _redact(stream, found, work, erasure, at, without(work.needles)), len(found) < limit


def _redact(
    stream: str,
    found: list[tuple[int, int]],
    work: ErasureWork,
    erasure: Erasure,
    at: datetime,
    change: ValueChange | None,
) -> int:
    if not found:
        return 0
    work.position = list(found[-1])
    rows = [row for _subject, row in found if not (stream == RECORDS and row == erasure.record_id)]
    if stream == EVENTS:
        forget_errors([row for _subject, row in found])
    return redact(stream, rows, record_id=erasure.record_id, at=at, change=change)


def forget_errors(event_ids: Sequence[int]) -> None:
    """Empty what handlers said when they failed on these events: it may quote what was in them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update kernel_delivery set last_error = '' where event_id = any(%s) and last_error <> ''",
            [list(event_ids)],
        )


def _finish(erasure: Erasure, work: ErasureWork, at: datetime) -> None:
    erasure.state, erasure.done_at = ErasureState.DONE, at
    erasure.proof = proof_of(erasure)
    erasure.save()
    work.delete()
    send_after_commit(f"{CUSTOMER}:{erasure.customer_id}")


def look_again(erasure: Erasure, at: datetime) -> int:
    """
    Erase what was written about somebody after they were erased, by a page that was still open, say; how many rows. Safe at any
    time, and does nothing where nothing came.
    """
    found = 0
    scope = _scope(erasure, at)
    for holding in reversed(all_holdings()):
        while done := _in_transaction(partial(holding.erase, scope, SLICE)):
            found += done
        for stream in STREAMS if holding.subject else ():
            subject, row = 0, 0
            while rows := rows_after(stream, holding, scope.members, subject, row):
                subject, row = rows[-1]
                ids = [one for _subject, one in rows if not (stream == RECORDS and one == erasure.record_id)]
                found += _in_transaction(partial(redact, stream, ids, record_id=erasure.record_id, at=at))
    return found


def _in_transaction(step: Callable[[], int]) -> int:
    with transaction.atomic():
        return step()


def names_person(text: str, members: Sequence[int]) -> bool:
    """Whether a text that is kept for good names one of these customers."""
    lowered = text.lower()
    return any(needle in lowered for needle in needles_of(members))


def system_eraser() -> Actor:
    """Who erases when a retention rule says so."""
    return system_actor("retention rules")
