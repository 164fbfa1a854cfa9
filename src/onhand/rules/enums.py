"""Choices of rules."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Moment(TextChoices):
    """When a rule is asked."""

    NEW_CONTACT = "new_contact", _("a message begins a new contact")
    MESSAGE = "message", _("any message arrives")
    WAITING = "waiting", _("a contact has waited for an answer for")


class Joined(TextChoices):
    """How the groups of a rule's conditions are joined."""

    ALL = "all", _("all of these groups")
    ANY = "any", _("any of these groups")


class GroupHow(TextChoices):
    """What a group of conditions wants."""

    ALL = "all", _("all of these are true")
    ANY = "any", _("at least one of these is true")
    NONE = "none", _("none of these is true")


class How(TextChoices):
    """How a condition compares. Which ones there are depends on what is asked."""

    HAS_ANY = "has_any", _("contains one of")
    HAS_ALL = "has_all", _("contains all of")
    HAS_NONE = "has_none", _("contains none of")
    IS_ANY = "is_any", _("is one of")
    IS_NONE = "is_none", _("is none of")
    AT_LEAST = "at_least", _("is at least")
    AT_MOST = "at_most", _("is at most")
    BETWEEN = "between", _("is between")
    OUTSIDE = "outside", _("is not between")
    YES = "yes", _("is true")
    NO = "no", _("is not true")


class TrialState(TextChoices):
    WAITING = "waiting", _("Waiting to begin")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Could not be finished")
