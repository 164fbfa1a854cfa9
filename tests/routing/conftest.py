"""Plans are kept by queue and number, which never change; only between tests may the same numbers come again."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def plans_read_anew() -> Iterator[None]:
    yield
    from onhand.routing.queues import published_plan

    published_plan.cache_clear()
