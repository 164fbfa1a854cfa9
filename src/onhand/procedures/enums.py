"""How runs of procedures stand, and where their answers come from."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RunState(TextChoices):
    OPEN = "open", _("Going on")
    LEFT = "left", _("Left for later")
    ENDED = "ended", _("Ended")


class Outcome(TextChoices):
    """How a run ended: gone through, stopped where the procedure says so, or given up with a reason."""

    THROUGH = "through", _("Gone through")
    STOPPED = "stopped", _("Stopped by the procedure")
    GIVEN_UP = "given_up", _("Given up")


class Source(TextChoices):
    """Where it is known from that a step was taken."""

    SAID = "said", _("Said")
    KNOWN = "known", _("Known already")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")


class Check(TextChoices):
    """What is looked at of a contact, to say whether a procedure was followed."""

    RUN = "run", _("It was gone through")
    END = "end", _("Through to the end")
    MUSTS = "musts", _("What must be done was done")
    SKIPPED = "skipped", _("Nothing was skipped")
    PACE = "pace", _("In a time in which it can be said")
    OUTSIDE = "outside", _("Nothing was given past it")
    IDENTIFIED = "identified", _("The customer was identified first")
    PROMISES = "promises", _("What was promised was kept")


class Result(TextChoices):
    """What a check found. What is still to be seen does not apply yet."""

    KEPT = "kept", _("Kept")
    NOT_KEPT = "not_kept", _("Not kept")
    NONE = "none", _("Does not apply")
