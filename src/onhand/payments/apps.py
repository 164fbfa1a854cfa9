from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from onhand.payments.provider import Account


class PaymentsConfig(AppConfig):
    name = "onhand.payments"
    label = "payments"

    def ready(self) -> None:
        import onhand.payments.books
        import onhand.payments.practice  # noqa: F401  (both make themselves known)
        from onhand.payments.enums import ProviderKind
        from onhand.payments.provider import register
        from onhand.payments.whose import connect

        connect()
        register(ProviderKind.STRIPE, _stripe, takes_methods=True, takes_by_page=True)


def _stripe(account: "Account") -> object:
    from onhand.payments.stripe.provider import Stripe  # half a second, and only for who has it

    return Stripe(account)
