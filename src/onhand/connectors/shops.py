"""Outside shops, opened: what speaks to each by its kind."""

from onhand.connectors.enums import ShopKind
from onhand.connectors.models import OutsideShop
from onhand.connectors.woocommerce.shop import WooCommerce
from onhand.kernel.locked_texts import lock_text, unlock_text

API_KEY, API_SECRET, WEBHOOK_SECRET = "outside shop key", "outside shop secret", "outside shop webhook"


def open_shop(shop: OutsideShop) -> object:
    """
    What speaks to this shop: ask which protocols of `port` it does.

    :raises CannotUnlock: its secrets were locked by another installation.
    """
    match ShopKind(shop.kind):
        case ShopKind.WOOCOMMERCE:
            return WooCommerce(
                shop.url,
                key=unlock_text(shop.api_key, API_KEY),
                secret=unlock_text(shop.api_secret, API_SECRET),
                webhook_secret=unlock_text(shop.webhook_secret, WEBHOOK_SECRET),
            )


def locked_key(text: str) -> bytes:
    """The key to a shop, as it is stored."""
    return lock_text(text, API_KEY)


def locked_secret(text: str) -> bytes:
    """The secret to a shop, as it is stored."""
    return lock_text(text, API_SECRET)


def locked_webhook_secret(text: str) -> bytes:
    """What a shop signs its messages with, as it is stored."""
    return lock_text(text, WEBHOOK_SECRET)
