"""Choices of surveys."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Score(IntegerChoices):
    """What a customer may answer; the best is the highest."""

    VERY_GOOD = 5, _("Very satisfied")
    GOOD = 4, _("Satisfied")
    MIDDLING = 3, _("Neither satisfied nor dissatisfied")
    BAD = 2, _("Dissatisfied")
    VERY_BAD = 1, _("Very dissatisfied")


class SurveyState(TextChoices):
    """Where a survey is."""

    PLANNED = "planned", _("To be asked")
    ASKED = "asked", _("Asked")
    LEFT_OUT = "left_out", _("Not asked")


class WhyNot(TextChoices):
    """Why a customer was not asked after all."""

    OFF = "off", _("Surveys were switched off meanwhile.")
    GOES_ON = "goes_on", _("The contact went on.")
    UNKNOWN = "unknown", _("It is not known who the customer is.")
    NO_ADDRESS = "no_address", _("There is no address that mail reaches.")
    MAY_NOT = "may_not", _("The customer may not be written to.")
    NO_CONSENT = "no_consent", _("The customer has not agreed to surveys.")
    OPPOSED = "opposed", _("The customer does not want surveys.")
    ASKED_LATELY = "asked_lately", _("The customer was asked not long ago.")
