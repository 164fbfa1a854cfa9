"""Whoever delivers is killed again and again: nothing that was to be told is lost, and what comes twice comes under one id."""

import os
import random
import signal
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from onhand.kernel.database import forget_connections
from onhand.kernel.models import EventRecord
from onhand.webhooks import deliverer, delivering
from onhand.webhooks.enums import DeliveryState
from onhand.webhooks.models import Delivery
from tests.factories import make_customer
from tests.webhooks.acting import add, change_language
from tests.webhooks.receiver import Receiver

pytestmark = [pytest.mark.resilience, pytest.mark.django_db(transaction=True)]
MESSAGES = int(os.environ.get("ONHAND_TEST_MESSAGES", "150"))


def delivering_process() -> int:
    """A process that does what the listeners part does; its number."""
    forget_connections()
    pid = os.fork()
    if pid:
        return pid
    try:
        deliverer.run(threading.Event(), timezone.now)
    finally:
        os._exit(1)


def test_no_message_is_lost_whoever_is_killed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ONHAND_OUTSIDE_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(delivering, "TAKEN", timedelta(seconds=1))
    chance = random.Random(11)

    def slowly(handler: Any) -> None:
        time.sleep(0.05)
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    receiver = Receiver(behave=slowly)
    try:
        add(receiver.url)
        customers = [make_customer() for _ in range(MESSAGES // 3)]
        for language in ("es", "en", "es"):
            for one in customers:
                change_language(one, language)
        wanted = [
            f"evt_{pk}" for pk in EventRecord.objects.filter(subject_type="customer").values_list("pk", flat=True)
        ]
        kills, end = 0, time.monotonic() + 120
        while Delivery.objects.filter(state=DeliveryState.WAITING).exists():
            assert time.monotonic() < end, Delivery.objects.filter(state=DeliveryState.WAITING).count()
            pid = delivering_process()
            time.sleep(chance.uniform(0.15, 0.6))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            kills += 1
    finally:
        receiver.stop()
    assert kills > 3
    assert set(receiver.ids()) == set(wanted)
    assert not Delivery.objects.exclude(state=DeliveryState.DELIVERED).exists()
    first_told = {message: place for place, message in reversed(list(enumerate(receiver.ids())))}
    by_subject: dict[int, list[int]] = {}
    for pk, subject in (
        EventRecord.objects.filter(subject_type="customer").order_by("pk").values_list("pk", "subject_id")
    ):
        by_subject.setdefault(subject or 0, []).append(first_told[f"evt_{pk}"])
    assert all(places == sorted(places) for places in by_subject.values())
    print(f"{kills} kills, {len(receiver.got) - len(wanted)} of {len(wanted)} messages came twice")  # noqa: T201
