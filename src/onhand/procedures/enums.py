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
