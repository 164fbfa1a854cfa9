"""Choices of guidelines and limits."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DraftState(models.TextChoices):
    NONE = "none", _("No draft")
    WRITING = "writing", _("Being written")
    IN_REVIEW = "in_review", _("In review")


class Per(models.TextChoices):
    """What a limit adds up over."""

    ACT = "act", _("Each act by itself")
    CUSTOMER = "customer", _("Customer")
    HOUSEHOLD = "household", _("Household")
    REPRESENTATIVE = "representative", _("Representative")
    TEAM = "team", _("Team")
    REASON = "reason", _("Reason")
    COMPANY = "company", _("The whole company")


class Period(models.TextChoices):
    """Over which of the company's days a limit adds up. `DAYS` are the last so many, today included."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week, from Monday")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")
    DAYS = "days", _("Last days")


class Beyond(models.TextChoices):
    ASK = "ask", _("Ask for approval")
    REFUSE = "refuse", _("Refuse")


class TrialState(models.TextChoices):
    """How far trying a draft on the past is."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
