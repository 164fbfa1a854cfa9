"""Choices of contacts and cases."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Direction(TextChoices):
    INBOUND = "inbound", _("From the customer")
    OUTBOUND = "outbound", _("To the customer")


class CaseState(TextChoices):
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting for the customer")
    CLOSED = "closed", _("Closed")


class Priority(IntegerChoices):
    LOW = -1, _("Low")
    NORMAL = 0, _("Normal")
    HIGH = 1, _("High")
    URGENT = 2, _("Urgent")


class MessageState(TextChoices):
    """Where a message is on its way. One that was received stays so."""

    RECEIVED = "received", _("Received")
    HELD = "held", _("To be released")
    WAITING = "waiting", _("Waiting to be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")
    CANCELLED = "cancelled", _("Not sent")


class HelpState(TextChoices):
    OPEN = "open", pgettext_lazy("of a question", "Open")
    ANSWERED = "answered", pgettext_lazy("of a question", "Answered")
    WITHDRAWN = "withdrawn", pgettext_lazy("of a question", "Withdrawn")


class TaskState(TextChoices):
    OPEN = "open", pgettext_lazy("of a task", "Open")
    DONE = "done", pgettext_lazy("of a task", "Done")
    WITHDRAWN = "withdrawn", pgettext_lazy("of a task", "Withdrawn")


class ScanState(TextChoices):
    """What a virus scanner said of a file."""

    NOT_SCANNED = "not_scanned", _("Not scanned")
    CLEAN = "clean", _("Clean")
    INFECTED = "infected", _("Infected")
