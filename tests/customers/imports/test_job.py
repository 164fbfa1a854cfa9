"""The job behind an import: queued with the act, worked on in slices, by the same worker the jobs part runs."""

import asyncio

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from onhand.customers import import_tasks
from onhand.customers.imports import operations
from onhand.customers.imports.operations import Choices
from onhand.customers.models import Customer, CustomerImport
from onhand.kernel.perform import perform
from onhand.staff.queries import actor_for
from tests.customers.imports.test_flow import upload
from tests.factories import NOON, make_representative

pytestmark = pytest.mark.django_db(transaction=True)


def jobs(status: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where status = %s", [status])
        return int(cursor.fetchone()[0])


def run_worker() -> None:
    async def work() -> None:
        worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
        async with worker.open_async():
            await worker.run_worker_async(concurrency=2, wait=False, install_signal_handlers=False)

    while jobs("todo"):  # without waiting, a worker leaves what is queued while it works on the last job
        asyncio.run(work())


def test_an_import_is_worked_on_in_slices_by_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_tasks, "SLICE_SECONDS", 0.05)
    monkeypatch.setattr("onhand.customers.imports.storing.ROWS_A_CHUNK", 50)
    ana = actor_for(make_representative("Ana Prieto"))
    one = upload(ana, "id,name\n" + "".join(f"{n},Name {n}\n" for n in range(600)))
    mapping = {int(place): name for place, name in one.mapping.items()}
    choices = Choices(mapping, system="crm")
    operations.choose_columns(actor=ana, import_id=one.pk, choices=choices, queue=import_tasks.queue_work)
    assert jobs("todo") == 1
    run_worker()
    one = CustomerImport.objects.get()
    assert (one.state, jobs("failed")) == ("checked", 0)
    slices = jobs("succeeded")
    assert slices > 1
    perform("customers.start_import", actor=ana, subject_id=one.pk, arguments={}, at=NOON, preview=True)
    assert jobs("todo") == 0, "a preview queues nothing"
    perform("customers.start_import", actor=ana, subject_id=one.pk, arguments={}, at=NOON)
    run_worker()
    assert (CustomerImport.objects.get().state, Customer.objects.count()) == ("done", 600)


def test_old_files_are_forgotten_by_themselves() -> None:
    from datetime import timedelta

    ana = actor_for(make_representative("Ana Prieto"))
    one = upload(ana)
    import_tasks.forget_import_files(int((NOON + timedelta(days=29)).timestamp()))
    assert CustomerImport.objects.get(pk=one.pk).emptied_at is None
    import_tasks.forget_import_files(int((NOON + timedelta(days=31)).timestamp()))
    one.refresh_from_db()
    assert (one.examples, one.pieces.count(), one.state) == ([], 0, "cancelled")
