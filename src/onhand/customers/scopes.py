"""
Scopes of business: what somebody who speaks for a customer may be told about, and may do.

The customer's file has its own. An app with business of its own adds a scope in its `access.py`, beside its permissions:

    ORDERS = scope("orders", _("Orders"))

From then on it can be ticked wherever it is said what somebody may be told and do. A key is stored: it never changes its meaning.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope of business. `key` is stored, `label` shown to people."""

    key: str
    label: "_StrOrPromise"


_scopes: dict[str, Scope] = {}


def scope(key: str, label: "_StrOrPromise") -> str:
    """Declare a scope and return its key. Declaring the same twice is an error at start."""
    if key in _scopes:
        raise ValueError(f"two scopes of business are called {key}")
    _scopes[key] = Scope(key, label)
    return key


def all_scopes() -> list[Scope]:
    """Every declared scope, those of the file first."""
    return list(_scopes.values())


def scope_options() -> list[tuple[str, "_StrOrPromise"]]:
    """(key, label) of every scope, to choose from."""
    return [(one.key, one.label) for one in all_scopes()]


def scope_label(key: str) -> str:
    """What a scope is called; the key itself for one that no app declares any more."""
    return str(_scopes[key].label) if key in _scopes else key


CONTACT_DETAILS = scope("contact_details", _("Addresses, numbers and e-mail"))
PERSONAL_DATA = scope("personal_data", _("Name, date of birth and tax number"))
PREFERENCES = scope("preferences", _("Consent and preferences"))
RELATIONS = scope("relations", _("Household and who speaks for them"))
ACCOUNTS = scope("accounts", _("Customer and account numbers"))
