"""
The chart of accounts: the roles money can be in. What an account is for is said in code, since acts book by role; what number it has in
the company's own chart is for the export. The app that books in a role of its own registers it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.ledger.enums import AccountType, Side

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LONGEST_KEY = 30


@dataclass(frozen=True, slots=True)
class AccountRole:
    """
    One role. `is_kept` says that each account of it belongs to one customer, card or drawer, so that its balance is kept in its row and
    can be refused by `side`. A role without it has one account a currency, which every act may book on: its balance is summed by day,
    so that acts never wait for one another there.
    """

    key: str
    label: "_StrOrPromise"
    type: AccountType
    is_kept: bool = False
    side: Side = Side.ANY


_roles: dict[str, AccountRole] = {}


def register_role(
    key: str, label: "_StrOrPromise", kind: AccountType, *, is_kept: bool = False, side: Side = Side.ANY
) -> AccountRole:
    """
    Make a role known.

    :raises TypeError: the key is taken or too long, or a side is asked of balances that are not kept.
    """
    if key in _roles or len(key) > LONGEST_KEY:
        raise TypeError(f"two roles of accounts are called {key}, or it is too long")
    if side != Side.ANY and not is_kept:
        raise TypeError(f"{key}: only a balance that is kept can be refused")
    role = AccountRole(key, label, kind, is_kept, side)
    _roles[key] = role
    return role


def registered_roles() -> Mapping[str, AccountRole]:
    """Every role by key, in the order of the chart."""
    return _roles


def role_of(key: str) -> AccountRole:
    """
    The role of that key; one that an older version left behind is an asset of that name.
    """
    return _roles.get(key) or AccountRole(key, key, AccountType.ASSET)


CASH = register_role("cash", _("Cash in drawers"), AccountType.ASSET, is_kept=True)
BANK = register_role("bank", _("Bank"), AccountType.ASSET)
PROVIDER = register_role("provider", _("Payment providers, to be paid out"), AccountType.ASSET)
RECEIVABLE = register_role("receivable", _("Customers"), AccountType.ASSET, is_kept=True)
UNMATCHED = register_role("unmatched", _("Money nobody was found for"), AccountType.LIABILITY)
STORED_VALUE = register_role(
    "stored_value", _("Stored value and gift cards"), AccountType.LIABILITY, is_kept=True, side=Side.CREDIT
)
DEPOSIT = register_role("deposit", _("Deposits held"), AccountType.LIABILITY, is_kept=True, side=Side.CREDIT)
TAKEN_OVER = register_role("taken_over", _("Taken over from other systems"), AccountType.EQUITY)
TAX = register_role("tax", _("Tax to be paid on"), AccountType.LIABILITY)
SALES = register_role("sales", _("Sales"), AccountType.INCOME)
SHIPPING = register_role("shipping", _("Shipping charged"), AccountType.INCOME)
FEES = register_role("fees", _("Fees charged"), AccountType.INCOME)
GOODWILL = register_role("goodwill", _("Goodwill"), AccountType.EXPENSE)
WRITTEN_OFF = register_role("written_off", _("Written off"), AccountType.EXPENSE)
INTEREST = register_role("interest", _("Interest on deposits"), AccountType.EXPENSE)
PROVIDER_FEES = register_role("provider_fees", _("Fees of payment providers"), AccountType.EXPENSE)
CASH_DIFFERENCE = register_role("cash_difference", _("Cash differences"), AccountType.EXPENSE)
