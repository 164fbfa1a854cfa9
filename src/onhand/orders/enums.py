"""Choices of orders, shipments, returns and claims."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderState(TextChoices):
    """
    Where an order is. Pending waits for its money, in process for being shipped; return or exchange requested has something on its way
    back; completed has nothing more to come.
    """

    PENDING = "pending", _("Pending")
    IN_PROCESS = "in_process", _("In process")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    RETURN_REQUESTED = "return_requested", _("Return requested")
    EXCHANGE_REQUESTED = "exchange_requested", _("Exchange requested")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class LineState(TextChoices):
    """Where one line is, by its counters."""

    OPEN = "open", _("To be shipped")
    PART_SHIPPED = "part_shipped", _("Shipped in part")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Returned")
    EXCHANGED = "exchanged", _("Exchanged")
    CANCELLED = "cancelled", _("Cancelled")


class ExtraKind(TextChoices):
    """What an order costs beside its goods."""

    SHIPPING = "shipping", _("Shipping")
    FEE = "fee", _("Fee")


class ChangeKind(TextChoices):
    """What happened to an order."""

    PLACED = "placed", _("Placed")
    PAID = "paid", _("Paid")
    PAYMENT_FAILED = "payment_failed", _("Payment failed")
    CANCELLED = "cancelled", _("Cancelled")
    REST_CANCELLED = "rest_cancelled", _("Rest cancelled")
    PIECES_CANCELLED = "pieces_cancelled", _("Pieces cancelled")
    ADDRESS = "address", _("Address changed")
    METHOD = "method", _("Payment method changed")
    LINES = "lines", _("Lines changed")
    OPTIONS = "options", _("Options changed")
    DISCOUNT = "discount", _("Discount given")
    DISCOUNT_BACK = "discount_back", _("Discount taken back")
    SHIPPED = "shipped", _("Shipped")
    SCANNED = "scanned", _("Seen on its way")
    DELIVERED = "delivered", _("Delivered")
    RETURN = "return", _("Return agreed")
    EXCHANGE = "exchange", _("Exchange agreed")
    CLAIM = "claim", _("Warranty claimed")
    RETURN_RECEIVED = "return_received", _("Return arrived")
    RETURN_INSPECTED = "return_inspected", _("Return inspected")
    RETURN_WITHDRAWN = "return_withdrawn", _("Return called off")
    GOODWILL = "goodwill", _("Goodwill given")
    COMPLETED = "completed", _("Completed")
    OUTSIDE = "outside", _("Changed at the shop")


class GoodwillKind(TextChoices):
    """What goodwill is to the books: something given beside the sale, without tax, or a lower price, with the tax of the lines."""

    COMPENSATION = "compensation", _("Compensation for what went wrong, without tax")
    PRICE_REDUCTION = "price_reduction", _("Reduction of the price, with its tax")


class CancelReason(TextChoices):
    """Why an order was cancelled."""

    NO_LONGER_WANTED = "no_longer_wanted", _("No longer wanted")
    ORDERED_BY_MISTAKE = "ordered_by_mistake", _("Ordered by mistake")
    TOO_LATE = "too_late", _("Takes too long")
    CHEAPER_ELSEWHERE = "cheaper_elsewhere", _("Cheaper elsewhere")
    NOT_PAID = "not_paid", _("Not paid in time")
    NOT_AVAILABLE = "not_available", _("Not available")
    FRAUD = "fraud", _("Suspected fraud")
    OTHER = "other", _("Another reason")


class ReturnReason(TextChoices):
    """Why goods come back."""

    CHANGED_MIND = "changed_mind", _("Changed their mind")
    DOES_NOT_FIT = "does_not_fit", _("Does not fit")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    WRONG_ARTICLE = "wrong_article", _("Wrong article")
    DAMAGED = "damaged", _("Arrived damaged")
    FAULTY = "faulty", _("Faulty")
    OTHER = "other", _("Another reason")


class ShipmentState(TextChoices):
    """Where a shipment is."""

    UNDERWAY = "underway", _("On its way")
    DELIVERED = "delivered", _("Delivered")


class ScanKind(TextChoices):
    """What a carrier said of a shipment."""

    PICKED_UP = "picked_up", _("Handed to the carrier")
    IN_TRANSIT = "in_transit", _("On its way")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    FAILED = "failed", _("Could not be delivered")
    DELIVERED = "delivered", _("Delivered")
    SENT_BACK = "sent_back", _("Going back to the sender")


class ReturnKind(TextChoices):
    """What a return is for."""

    RETURN = "return", _("Return")
    EXCHANGE = "exchange", _("Exchange")
    WARRANTY = "warranty", _("Warranty")


class ReturnState(TextChoices):
    """Where a return is."""

    AGREED = "agreed", _("Agreed")
    RECEIVED = "received", _("Arrived")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Called off")


class Grade(TextChoices):
    """In what state goods came back. As new and opened go back into stock."""

    AS_NEW = "as_new", _("As new")
    OPENED = "opened", _("Opened, as good as new")
    USED = "used", _("Used")
    BROKEN = "broken", _("Broken")
    REFUSED = "refused", _("Not taken back")


class Remedy(TextChoices):
    """What is done under a warranty."""

    REPLACE = "replace", _("Replace it")
    REFUND = "refund", _("Give the money back")
