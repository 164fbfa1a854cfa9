"""A process that lives says so, and goes on saying so when the database was away."""

import time

import pytest
from django.db import connection

from onhand.kernel import heartbeat
from onhand.kernel.models import ProcessHeartbeat

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_living_process_is_seen_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.05)
    heartbeat.start("web", "1.2.3")
    first = wait_for_newer(None)
    assert (first.kind, first.version) == ("web", "1.2.3")
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and application_name = 'onhand hints' and datname = current_database()"
        )
    assert wait_for_newer(first).started_at == first.started_at
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 3600)


def wait_for_newer(than: ProcessHeartbeat | None) -> ProcessHeartbeat:
    for _attempt in range(200):
        found = ProcessHeartbeat.objects.first()
        if found and (than is None or found.seen_at > than.seen_at):
            return found
        time.sleep(0.05)
    raise AssertionError("no heartbeat in ten seconds")
