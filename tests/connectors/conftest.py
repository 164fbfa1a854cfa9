"""A shop on loopback, which the tests' deployment allows, and articles it sells."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.connectors.woocommerce_simulator import Shop

if TYPE_CHECKING:
    from tests.connectors.acting import Both


@pytest.fixture
def both(settings: Any, transactional_db: None) -> "Iterator[Both]":
    """The simulated shop, set up here too, with two articles the catalogue knows."""
    from tests.catalogue.goods import make_variant
    from tests.connectors.acting import Both

    settings.ONHAND_OUTSIDE_NETWORKS = ["127.0.0.0/8"]
    make_variant(sku="KETTLE")
    make_variant(sku="CHAIR")
    with Shop() as shop:
        yield Both(shop)
