"""Receivers on loopback, which the tests' deployment allows."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.webhooks.receiver import Receiver


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.ONHAND_OUTSIDE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def receivers(loopback: None) -> Iterator[Callable[..., Receiver]]:
    started: list[Receiver] = []

    def start(**changes: Any) -> Receiver:
        started.append(Receiver(**changes))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def receiver(receivers: Callable[..., Receiver]) -> Receiver:
    return receivers()
