"""What payments may be for: apps above register their kinds of documents. Without one, a payment is for the customer's account."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from onhand.customers.membership import family_ids
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.balances import balances_of
from onhand.ledger.chart import RECEIVABLE

ACCOUNT = "customer"


@dataclass(frozen=True, slots=True)
class _Kind:
    may_be_paid: Callable[[int, int, str], bool]
    still_open: Callable[[int], Money]
    title: Callable[[int], str]


_kinds: dict[str, _Kind] = {}


def register_document(
    kind: str,
    may_be_paid: Callable[[int, int, str], bool],
    *,
    still_open: Callable[[int], Money],
    title: Callable[[int], str],
) -> None:
    """
    Let payments be for a kind of document. `may_be_paid(document id, customer id, currency)` says whether it is one of that customer's
    that is paid in that currency, `still_open(document id)` how much of it is still to be paid, `title` what customers know it by.
    """
    _kinds[kind] = _Kind(may_be_paid, still_open, title)


def checked(customer_id: int, kind: str, document_id: int | None, currency: str) -> tuple[str, int]:
    """The document a payment is for; the customer's account where none is named. Raises NotPossible where it is not theirs to pay."""
    if not kind or document_id is None:
        return ACCOUNT, customer_id
    known = _kinds.get(kind)
    if known is None or not known.may_be_paid(document_id, customer_id, currency):
        raise NotPossible(_("This is not the customer's."), field="document_id")
    return kind, document_id


def still_open(document: tuple[str, int], currency: str) -> Money:
    """What is still to be paid of a checked document; of an account, what the customer owes."""
    kind, document_id = document
    if kind in _kinds:
        return _kinds[kind].still_open(document_id)
    return owed_by(document_id, currency)


def owed_by(customer_id: int, currency: str) -> Money:
    """What the file of a customer owes in a currency; nothing where it has credit."""
    found = balances_of(family_ids([customer_id]))
    owed = sum(one.amount.minor for one in found if one.role == RECEIVABLE and one.amount.currency == currency)
    return Money(max(0, owed), currency)


def title_of(document: tuple[str, int]) -> str:
    """What customers know a document by; of an account in the language that is set."""
    kind, document_id = document
    return _kinds[kind].title(document_id) if kind in _kinds else _("your account")
