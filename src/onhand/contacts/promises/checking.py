"""
Promises checked against the books: those that were kept are found kept, and those whose time passed come back as work before the
customer has to ask.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q

from onhand.contacts.cases.events import PromiseBroken, PromiseFoundKept
from onhand.contacts.models import Case, Promise
from onhand.contacts.promises.tests_on_books import find_test
from onhand.kernel.actor import system_actor
from onhand.kernel.hints import send_after_commit
from onhand.kernel.records import Subject, publish

BATCH = 200
LOOKED_AHEAD = timedelta(days=7)  # promises due until then are looked up in the books every time
LOOKED_BACK = timedelta(days=30)  # broken ones may still be kept, late
PROMISES = "promises"
log = structlog.get_logger("onhand.promises")


def check_promises(at: datetime) -> int:
    """Look up every promise that can be kept or broken by now; how many were. One that fails is logged, and stops no other."""
    done = 0
    for promise_id in _to_check(at):
        try:
            with transaction.atomic():
                done += check_promise(promise_id, at)
        except DatabaseError:
            log.exception("promise could not be checked", promise=promise_id)
    return done


def _to_check(at: datetime) -> Iterator[int]:
    has_test = ~Q(test="") & Q(due_at__lte=at + LOOKED_AHEAD, due_at__gt=at - LOOKED_BACK)
    is_due = Q(due_at__lte=at, broken_at__isnull=True)
    after = 0
    while True:
        rows = Promise.objects.filter(has_test | is_due, pk__gt=after, kept_at__isnull=True, called_off_at__isnull=True)
        found = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        yield from found
        if not found:
            return
        after = found[-1]


def check_promise(promise_id: int, at: datetime) -> bool:
    """
    Look one promise up in the books; true if it was found kept, or broken for the first time. What is not wanted any more is called off. In
    the caller's transaction. What another job is looking at is left to that one.
    """
    rows = Promise.objects.select_for_update(skip_locked=True, of=("self",))
    promise = rows.filter(pk=promise_id, kept_at__isnull=True, called_off_at__isnull=True).first()
    if promise is None:
        return False
    test = find_test(promise.test)
    if test is not None and test.holds(promise, at):
        promise.kept_at = at
        promise.save(update_fields=["kept_at"])
        _tell(PromiseFoundKept(promise.pk, promise.customer_id, promise.case_id), promise, at)
        return True
    if test is not None and test.is_moot is not None and test.is_moot(promise, at):
        promise.called_off_at = at
        promise.save(update_fields=["called_off_at"])
        _hint(promise)
        return False
    if promise.due_at > at or promise.broken_at is not None:
        return False
    promise.broken_at = at
    promise.save(update_fields=["broken_at"])
    _tell(PromiseBroken(promise.pk, promise.customer_id, promise.case_id), promise, at)
    return True


def _tell(event: PromiseBroken | PromiseFoundKept, promise: Promise, at: datetime) -> None:
    publish(event, actor=system_actor(PROMISES), subject=Subject("customer", promise.customer_id), at=at)
    _hint(promise)


def _hint(promise: Promise) -> None:
    """After the commit, let the pages look whose work it is."""
    topics = [f"work:{promise.made_by_id}"] if promise.made_by_id is not None else []
    if promise.case_id is not None:
        topics.append(f"case:{promise.case_id}")
        case = Case.objects.only("owner_id", "team_id").get(pk=promise.case_id)
        topics += [f"work:{case.owner_id}"] if case.owner_id is not None else []
        topics += [f"work-team:{case.team_id}"] if case.team_id is not None else []
    send_after_commit(*topics)
