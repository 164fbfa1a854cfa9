"""Rates really refuse, also when many ask at the same instant."""

import threading
from typing import Any

import pytest
from django.db import connection

from onhand.kernel.models import RateBucket
from onhand.kernel.rates import Rate, forget_unused, take


@pytest.mark.django_db
def test_too_many_requests_are_refused_per_token(make_caller: Any, settings: Any) -> None:
    settings.API_PER_MINUTE = 3
    ana, bea = make_caller("ana@example.com"), make_caller("bea@example.com")
    assert [ana.get("me").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = ana.get("me")
    assert refused.json()["code"] == "too_many_requests"
    assert 15 <= int(refused["Retry-After"]) <= 20
    assert bea.get("me").status_code == 200


@pytest.mark.django_db
def test_it_fills_again_with_time() -> None:
    rate = Rate.per_minute(60)
    assert [take("k", rate) for _ in range(61)] == [0] * 60 + [1]
    with connection.cursor() as cursor:
        cursor.execute("update kernel_ratebucket set filled_at = filled_at - interval '2 seconds'")
    assert [take("k", rate) for _ in range(3)] == [0, 0, 1]
    with connection.cursor() as cursor:
        cursor.execute("update kernel_ratebucket set filled_at = filled_at - interval '2 days'")
    assert forget_unused() == 1
    assert not RateBucket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_no_more_than_the_rate() -> None:
    rate = Rate(burst=20, per_second=0.001)
    answers: list[int] = []

    def ask() -> None:
        answers.extend(take("k", rate) for _ in range(10))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), answers.count(0)) == (80, 20)
