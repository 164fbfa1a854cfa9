"""Choices of the router."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ItemState(TextChoices):
    """Where a work item stands. All but *waiting* and *ended* have a holder; *parked* and *ended* take none of their capacity."""

    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", pgettext_lazy("of work", "Offered")
    IN_WORK = "in_work", _("In work")
    PARKED = "parked", pgettext_lazy("of work", "Parked")
    WRAP_UP = "wrap_up", _("Wrap-up")
    ENDED = "ended", pgettext_lazy("of work", "Ended")


class EndedWhy(TextChoices):
    DONE = "done", _("Done")
    PUT_BY = "put_by", _("Put by")
    ABANDONED = "abandoned", _("Given up by the customer")
    CALLED_OFF = "called_off", _("Called off")


class SeatState(TextChoices):
    """Whether somebody can be given work. Only *available* takes any; why somebody is away is a reason the company defines."""

    SIGNED_OUT = "signed_out", _("Signed out")
    AVAILABLE = "available", _("Available")
    AWAY = "away", _("Away")
    MISSED = "missed", _("Missed an offer")


class StateHow(TextChoices):
    """What changed somebody's state."""

    PERSON = "person", _("Themselves")
    SUPERVISOR = "supervisor", _("A supervisor")
    CLOCK = "clock", _("The clock")
    SIGN_IN = "sign_in", _("Signing in")
    SIGN_OUT = "sign_out", _("Signing out")
    MISSED = "missed", _("A missed offer")
    DISCONNECTED = "disconnected", _("A lost connection")


class CountsAs(TextChoices):
    """What time with a reason counts as in reports of working time."""

    WORK = "work", _("Work")
    BREAK = "break", _("Break")
    MEETING = "meeting", _("Meeting")
    TRAINING = "training", _("Training")
    ABSENCE = "absence", _("Absence")


class Choice(TextChoices):
    """Who is taken among those who fit equally."""

    LONGEST_IDLE = "longest_idle", _("Who has waited longest for work")
    LEAST_LOADED = "least_loaded", _("Who has the least to do")
    BEST_SKILLED = "best_skilled", _("Who has the highest levels")


class WrapUp(TextChoices):
    """What comes after a work item, before the next."""

    NONE = "none", _("None")
    OPTIONAL = "optional", _("As long as they like, if they like")
    MANDATORY = "mandatory", _("Until they say so")
    TIMED = "timed", _("Until they say so, at most for a time")
    FORCED = "forced", _("Always for a time")


class Leaving(TextChoices):
    """What becomes of somebody's open work when they sign out, lose the connection or reach the end of their shift."""

    KEEP = "keep", _("They keep it")
    RETURN = "return", _("It goes back to the queue with its age")
    HAND_OVER = "hand_over", _("It goes to a named colleague")


class DecisionKind(TextChoices):
    OFFERED = "offered", pgettext_lazy("of work", "Offered")
    GIVEN = "given", _("Given")
    ACCEPTED = "accepted", _("Accepted")
    PASSED = "passed", pgettext_lazy("of work", "Passed")
    MISSED = "missed", _("Not answered in time")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    STEPPED = "stepped", _("Next step")
    MOVED = "moved", _("Moved")
    ASSIGNED = "assigned", _("Assigned by hand")
    TAKEN = "taken", _("Taken by hand")
    RETURNED = "returned", _("Given back")
    PARKED = "parked", pgettext_lazy("of work", "Parked")
    RESUMED = "resumed", _("Gone on with")
    AGAIN = "again", _("To be tried again")
    ENDED = "ended", pgettext_lazy("of work", "Ended")


class TrialState(TextChoices):
    WAITING = "waiting", _("Waiting to begin")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Could not be finished")
