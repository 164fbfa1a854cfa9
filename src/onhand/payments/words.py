"""Why something waits or failed, in words: what we note ourselves is a code, what a provider says stands as it said it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onhand.payments.enums import ChargebackState
from onhand.payments.models import Payment

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_CODES: "dict[str, _StrOrPromise]" = {
    "unreachable": _("The payment provider does not answer. It is asked again by itself."),
    "misconfigured": _(
        "The payment provider does not take our requests: look at its settings. It is asked again by itself."
    ),
    "called_off": _("It was called off."),
}


def why_words(why: str) -> str:
    """The reason for people."""
    return str(_CODES.get(why, why))


# Why a customer's bank asks a payment back, as providers name it.
_REASONS: "dict[str, _StrOrPromise]" = {
    "bank_cannot_process": _("The bank cannot process it"),
    "credit_not_processed": _("A refund that was promised did not come"),
    "customer_initiated": _("The customer asked their bank for it"),
    "debit_not_authorized": _("The debit was not authorised"),
    "duplicate": _("Charged twice"),
    "fraudulent": _("The customer says it was fraud"),
    "general": _("No reason was given"),
    "incorrect_account_details": _("The account is not right"),
    "insufficient_funds": _("There was not enough on the account"),
    "product_not_received": _("The goods did not come"),
    "product_unacceptable": _("The goods were not as described"),
    "subscription_canceled": _("It was charged after the customer cancelled"),
    "unrecognized": _("The customer does not recognise it"),
}


def reason_words(reason: str) -> str:
    """Why a bank asks a payment back; one that is new to us as the provider names it."""
    return str(_REASONS.get(reason, reason.replace("_", " ").capitalize()))


def disputed_words(payment: Payment) -> str:
    """That a bank asks a payment back and how far that is; empty where none does."""
    if not payment.disputed:
        return ""
    words = {"state": ChargebackState(payment.disputed).label}
    return gettext("Asked back by the bank: %(state)s") % words
