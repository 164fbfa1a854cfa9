"""What payments may be for: apps above register their kinds of documents. Without one, a payment is for the customer's account."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from onhand.kernel.errors import NotPossible

ACCOUNT = "customer"

_kinds: dict[str, Callable[[int, int, str], bool]] = {}


def register_document(kind: str, may_be_paid: Callable[[int, int, str], bool]) -> None:
    """
    Let payments be for a kind of document. `may_be_paid(document id, customer id, currency)` says whether it is one of that customer's
    that is paid in that currency.
    """
    _kinds[kind] = may_be_paid


def checked(customer_id: int, kind: str, document_id: int | None, currency: str) -> tuple[str, int]:
    """The document a payment is for; the customer's account where none is named. Raises NotPossible where it is not theirs to pay."""
    if not kind or document_id is None:
        return ACCOUNT, customer_id
    may_be_paid = _kinds.get(kind)
    if may_be_paid is None or not may_be_paid(document_id, customer_id, currency):
        raise NotPossible(_("This is not the customer's."), field="document_id")
    return kind, document_id
