"""Choices of callbacks."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TryOutcome(TextChoices):
    """What came of one try to reach the customer."""

    REACHED = "reached", pgettext_lazy("of a call", "Reached")
    NO_ANSWER = "no_answer", _("No answer")
    BUSY = "busy", pgettext_lazy("of a line", "Busy")
    VOICEMAIL = "voicemail", _("Voicemail")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    REFUSED = "refused", _("Does not want it any more")
    DO_NOT_CALL = "do_not_call", _("Does not want to be called at all")


class CallbackEnd(TextChoices):
    """Why a callback is over."""

    REACHED = "reached", pgettext_lazy("of a call", "Reached")
    NOT_REACHED = "not_reached", _("Not reached")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    REFUSED = "refused", _("Does not want it any more")
    DO_NOT_CALL = "do_not_call", _("Does not want to be called at all")
    EXPIRED = "expired", _("Its time passed")
    CANCELLED = "cancelled", _("Called off")


# Outcomes after which it may be tried again; the others end the callback with the reason of the same name.
UNREACHED = (TryOutcome.NO_ANSWER, TryOutcome.BUSY, TryOutcome.VOICEMAIL)
