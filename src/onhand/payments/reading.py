"""Payment methods read under a lock, as taking money and giving it back need them."""

from onhand.kernel.reading import read_row
from onhand.payments.models import PaymentMethod, ProviderAccount, StoredValueCard


def find_method(method_id: int) -> PaymentMethod | None:
    """A payment method with its provider and its card, as they are now; None if there is none."""
    found = read_row(PaymentMethod, "id = %s", [method_id])
    if found is not None and found.provider_id is not None:
        found.provider = read_row(ProviderAccount, "id = %s", [found.provider_id])
    if found is not None and found.card_id is not None:
        found.card = read_row(StoredValueCard, "id = %s", [found.card_id])
    return found
