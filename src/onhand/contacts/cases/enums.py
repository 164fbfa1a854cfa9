"""Choices of cases."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ClockKind(TextChoices):
    """What a clock of a case runs for."""

    FIRST_REPLY = "first_reply", _("First reply")
    NEXT_REPLY = "next_reply", _("Next reply")
    RESOLUTION = "resolution", _("Solution")


class CaseRole(TextChoices):
    """What a further customer has to do with a case."""

    AFFECTED = "affected", _("Affected too")
    REPORTED = "reported", _("Told us of it")
    SPEAKS = "speaks", _("Speaks for the customer")
    WITNESS = "witness", _("Witness")
    OPPOSITE = "opposite", _("Other side")


class LinkKind(TextChoices):
    """How one case stands to another."""

    RELATED = "related", _("Has to do with")
    FOLLOWS = "follows", _("Follows from")
    SPLIT = "split", _("Split off from")


class ListKind(TextChoices):
    """The lists a case is described by."""

    REASON = "reason", _("Reasons")
    PRODUCT = "product", _("Products")
    STAGE = "stage", _("Stages of work")


class FieldType(TextChoices):
    """What a kind's own field holds."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("One of a list")
    YES_NO = "yes_no", _("Yes or no")
    MONEY = "money", _("Amount of money")
