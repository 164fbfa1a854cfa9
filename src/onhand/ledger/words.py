"""What kinds of business journals book, in words."""

from django.utils.translation import gettext_lazy as _

_WORDS = {
    "invoice": _("Invoice"),
    "credit_note": _("Credit note"),
    "outside_invoice": _("Taken over from another system"),
    "payment": _("Payment"),
    "refund": _("Refund"),
    "deposit": _("Deposit"),
    "chargeback": _("Taken back by the bank"),
    "drawer": _("Cash drawer"),
    "statement": _("Bank statement"),
    "stored_value": _("Stored value"),
    "write_off": _("Written off"),
}


def booked_words(what: str) -> str:
    """The kind of a journal in words; one that an older version left behind as it was called."""
    return str(_WORDS.get(what, what.replace("_", " ").capitalize()))
