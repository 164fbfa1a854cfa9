"""Pages for machines."""

import pytest
from django.test import Client


def test_alive_without_a_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Request-Id"]


@pytest.mark.django_db
def test_ready_when_migrated(client: Client) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "database": "ok", "migrations": "ok"}


@pytest.mark.django_db
def test_figures_are_for_this_machine_only(client: Client) -> None:
    assert b"onhand_requests_total" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
