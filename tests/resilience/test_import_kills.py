"""Whoever works on an import is killed again and again, while it runs and while it is undone: every row happens exactly once."""

import io
import os
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from onhand.customers.enums import ImportState
from onhand.customers.imports import operations, steps
from onhand.customers.imports.operations import Choices
from onhand.customers.models import Customer, CustomerImport, Identity, OutsideId
from onhand.kernel.database import forget_connections
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import perform
from onhand.staff.queries import actor_for
from tests.factories import NOON, make_representative

pytestmark = [pytest.mark.resilience, pytest.mark.django_db(transaction=True)]
ROWS = int(os.environ.get("ONHAND_TEST_IMPORT_ROWS", "3000"))


def working(import_id: int) -> int:
    """A process that does what the jobs part does; its number."""
    forget_connections()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        while True:
            try:
                if not steps.step(import_id, timezone.now):
                    break
            except steps.TryAgain:
                time.sleep(0.05)
        code = 0
    finally:
        os._exit(code)


def work_under_kills(one: CustomerImport, chance: random.Random, until: Callable[[str], bool]) -> int:
    """Have it worked on, killing whoever works after a moment, until it is done; how many were killed."""
    kills, end = 0, time.monotonic() + 240
    while time.monotonic() < end:
        pid = working(one.pk)
        time.sleep(chance.uniform(0.05, 0.8))
        done, status = os.waitpid(pid, os.WNOHANG)
        if not done:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            kills += 1
        else:
            assert status == 0
        one.refresh_from_db()
        if until(one.state):
            return kills
    raise AssertionError(f"not done in time: {one.state} {one.position}/{one.chunk_count} {one.problem}")


def test_every_row_happens_once_whoever_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.customers.imports.storing.ROWS_A_CHUNK", 100)
    chance = random.Random(7)
    actor = actor_for(make_representative("Ana Prieto"))
    lines = ["id,name,email,phone\n"]
    lines += [f"{n},Name {n},n{n}@example.com,{'12' if n % 50 == 0 else ''}\n" for n in range(ROWS)]
    content = "".join(lines).encode()
    wrong = len(range(0, ROWS, 50))
    one = operations.store_file(actor=actor, file=io.BytesIO(content), name="c.csv", size=len(content), at=NOON)
    mapping = {int(place): name for place, name in one.mapping.items()}
    choices = Choices(mapping, system="crm", country="ES")
    operations.choose_columns(actor=actor, import_id=one.pk, choices=choices, queue=lambda _pk: None)
    kills = work_under_kills(one, chance, lambda state: state == ImportState.CHECKED)
    assert one.counts["checked"] == {"created": ROWS - wrong, "error": wrong}
    assert not Customer.objects.exists()

    def do(act: str) -> None:
        perform(act, actor=actor, subject_id=one.pk, arguments={}, at=NOON)

    do("customers.start_import")
    kills += work_under_kills(one, chance, lambda state: state == ImportState.DONE)
    assert one.counts["done"] == {"created": ROWS - wrong, "error": wrong}
    counted: dict[Any, int] = {model: model.objects.count() for model in (Customer, OutsideId, Identity)}
    assert set(counted.values()) == {ROWS - wrong}, counted
    made = ActRecord.objects.filter(act="customers.import_customer")
    assert made.values("subject_id").distinct().count() == made.count() == ROWS - wrong
    assert EventRecord.objects.filter(record_id__in=made.values("pk")).count() == ROWS - wrong

    do("customers.undo_import")
    kills += work_under_kills(one, chance, lambda state: state == ImportState.UNDONE)
    assert one.counts["undone"] == {"removed": ROWS - wrong}
    assert not Customer.objects.exists() and not OutsideId.objects.exists() and not Identity.objects.exists()
    assert ActRecord.objects.filter(act="customers.take_back_import").count() == ROWS - wrong
    assert kills > 3, "nobody was killed: make the file longer"
