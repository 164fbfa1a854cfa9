"""A signed-in representative, a customer, and a count of statements. Models are imported late: Django is not set up yet here."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

if TYPE_CHECKING:
    from onhand.customers.models import Customer
    from onhand.staff.models import Representative


@pytest.fixture
def rosa(db: None) -> "Representative":
    from tests.web.desk.files import make_colleague

    return make_colleague(name="Rosa Field")


@pytest.fixture
def desk(rosa: "Representative", client: Client) -> Client:
    client.force_login(rosa)
    return client


@pytest.fixture
def ana(db: None) -> "Customer":
    from tests.web.desk.files import make_file

    return make_file("Ana Núñez Prieto")


@pytest.fixture
def count_queries() -> Callable[[Callable[[], object]], int]:
    """The number of statements something takes."""

    def count(work: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            work()
        return len(captured)

    return count
