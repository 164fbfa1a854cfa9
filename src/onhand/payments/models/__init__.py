"""
Payments and refunds, what customers pay with, stored value, drawers, deposits and bank statements.

The database keeps what was refunded of a payment, and refuses more than was captured. Amounts are integers of minor units. What is
booked stands in the ledger; these rows say what for.
"""

from onhand.payments.models.asked import Chargeback, ChargebackMove, PaymentLink
from onhand.payments.models.held import BankImport, BankLine, Deposit
from onhand.payments.models.methods import MethodRequest, PaymentMethod, ProviderAccount, StoredValueCard, new_token
from onhand.payments.models.moving import Drawer, DrawerCount, Payment, ProviderEvent, Refund

__all__ = [
    "BankImport",
    "BankLine",
    "Chargeback",
    "ChargebackMove",
    "Deposit",
    "Drawer",
    "DrawerCount",
    "MethodRequest",
    "Payment",
    "PaymentLink",
    "PaymentMethod",
    "ProviderAccount",
    "ProviderEvent",
    "Refund",
    "StoredValueCard",
    "new_token",
]
