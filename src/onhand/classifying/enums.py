"""Choices of classifying."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Target(TextChoices):
    """What is suggested for a contact."""

    TEAM = "team", _("Team")
    REASON = "reason", _("Reason")
