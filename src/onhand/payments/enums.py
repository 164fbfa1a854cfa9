"""Choices of payments."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MethodKind(TextChoices):
    """What a customer pays with. Of `account` nothing is taken: it is invoiced and paid later."""

    CARD = "card", _("Card")
    BANK = "bank", _("Bank account")
    STORED_VALUE = "stored_value", _("Stored-value card")
    CASH = "cash", _("Cash")
    TERMINAL = "terminal", _("Card terminal")
    ACCOUNT = "account", _("On account")


class ProviderKind(TextChoices):
    """Who carries payments out. By hand: somebody does it elsewhere and says here how it went."""

    STRIPE = "stripe", _("Stripe")
    MANUAL = "manual", _("By hand")
    PRACTICE = "practice", _("Practice: no money moves")


class PaymentState(TextChoices):
    """How far a payment is."""

    PENDING = "pending", _("Pending")
    AUTHORISED = "authorised", _("Authorised")
    CAPTURED = "captured", _("Paid")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class RefundState(TextChoices):
    """How far a refund is."""

    PENDING = "pending", _("Pending")
    DONE = "done", _("Refunded")
    FAILED = "failed", _("Failed")


class ChargebackState(TextChoices):
    """How far a payment is that the customer's bank asks back."""

    ASKED = "asked", _("The bank asks about it")
    OPEN = "open", _("To be answered")
    ANSWERED = "answered", _("The bank decides")
    WON = "won", _("Decided for us")
    LOST = "lost", _("Decided for the customer")
    DROPPED = "dropped", _("Dropped")


CHARGEBACK_OVER = (ChargebackState.WON, ChargebackState.LOST, ChargebackState.DROPPED)


class RequestState(TextChoices):
    """How far it is with a payment method a customer was asked for."""

    ASKED = "asked", _("Being prepared")
    SENT = "sent", _("Link sent")
    DONE = "done", _("Given")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Ran out")


class LinkState(TextChoices):
    """How far it is with an amount a customer was asked for by a link."""

    ASKED = "asked", _("Being prepared")
    READY = "ready", _("Can be paid")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Ran out")
    FAILED = "failed", _("Failed")


class EventState(TextChoices):
    """What became of a message of a provider."""

    STORED = "stored", _("Waiting")
    HANDLED = "handled", _("Handled")
    FAILED = "failed", _("Cannot be handled")


class CardState(TextChoices):
    """Whether a stored-value card can be used."""

    ACTIVE = "active", _("Active")
    CANCELLED = "cancelled", _("Cancelled")


class CardPurpose(TextChoices):
    """What a stored-value card is for: a gift card was bought, stored value was given back to a customer."""

    GIFT = "gift", _("Gift card")
    STORED_VALUE = "stored_value", _("Stored value")


class CountKind(TextChoices):
    """When the money in a drawer was counted."""

    OPENED = "opened", _("At opening")
    COUNTED = "counted", _("In between")
    CLOSED = "closed", _("At closing")


class DepositState(TextChoices):
    """The life of a deposit."""

    ASKED = "asked", _("Asked for")
    HELD = "held", _("Held")
    APPLIED = "applied", _("Applied")
    RETURNED = "returned", _("Returned")
    CANCELLED = "cancelled", _("No longer asked for")


class BankFormat(TextChoices):
    """How a statement of a bank is written."""

    CAMT053 = "camt053", _("camt.053 (XML)")
    CSV = "csv", _("CSV")


class LineState(TextChoices):
    """What became of a line of a bank statement."""

    NEW = "new", _("Being matched")
    MATCHED = "matched", _("Matched")
    UNMATCHED = "unmatched", _("Nobody found")


class MatchedBy(TextChoices):
    """By what a line of a bank statement was matched."""

    REFERENCE = "reference", _("Reference")
    IBAN = "iban", _("Account of the customer")
    AMOUNT = "amount", _("Name and amount")
    HAND = "hand", _("By hand")
