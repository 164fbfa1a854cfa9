"""What tests of providers share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.payments.stripe_simulator import KEY, SECRET, Simulator

if TYPE_CHECKING:
    from onhand.payments.models import ProviderAccount


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A Stripe of our own, on loopback."""
    with Simulator() as running:
        yield running


@pytest.fixture
def stripe_account(db: None, simulator: Simulator) -> "ProviderAccount":
    """The company's account with it."""
    from onhand.payments.enums import ProviderKind
    from onhand.payments.providers import locked_key, locked_webhook_secret
    from tests.payments.money import make_provider

    return make_provider(
        ProviderKind.STRIPE,
        base_url=simulator.url,
        api_key=locked_key(KEY),
        webhook_secret=locked_webhook_secret(SECRET),
        is_default=True,
    )
