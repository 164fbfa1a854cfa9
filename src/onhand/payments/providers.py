"""The company's accounts with payment providers, opened."""

from onhand.kernel.locked_texts import lock_text, unlock_text
from onhand.payments.models import ProviderAccount
from onhand.payments.provider import Account, find_maker

API_KEY, WEBHOOK_SECRET = "payment provider key", "payment provider webhook"


def open_provider(account: ProviderAccount) -> object:
    """
    What speaks to this account: ask which protocols of `provider` it does.

    :raises CannotUnlock: its keys were locked by another installation.
    """
    return find_maker(account.kind)(
        Account(
            api_key=unlock_text(account.api_key, API_KEY),
            webhook_secret=unlock_text(account.webhook_secret, WEBHOOK_SECRET),
            base_url=account.base_url,
        )
    )


def locked_key(text: str) -> bytes:
    """A key to the provider, as it is stored."""
    return lock_text(text, API_KEY)


def locked_webhook_secret(text: str) -> bytes:
    """What the provider signs its messages with, as it is stored."""
    return lock_text(text, WEBHOOK_SECRET)


def default_account() -> ProviderAccount | None:
    """The account customers are asked for payment methods with."""
    return ProviderAccount.objects.filter(is_active=True).order_by("-is_default", "pk").first()
