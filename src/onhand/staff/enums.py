"""Choices of the staff app."""

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class Theme(TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Language(TextChoices):
    """The languages the product itself speaks."""

    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


class RepresentativeKind(TextChoices):
    """What stands behind a sign-in or a token."""

    PERSON = "person", _("Person")
    SERVICE = "service", _("Service account")
    AI = "ai", _("AI representative")


class VisibilityChoice(TextChoices):
    """How much of the company is seen; the values are those of the kernel's Visibility."""

    ALL = "all", _("The whole company")
    SITE = "site", _("Own sites")
    TEAM = "team", _("Own teams")
    OWN = "own", _("Own customers only")


def level_options() -> "list[tuple[str, _StrOrPromise]]":
    """Levels of skills, as (level, what it means)."""
    return [
        ("1", _("1 · learning it")),
        ("2", _("2 · the simple things")),
        ("3", _("3 · all that is usual")),
        ("4", _("4 · the difficult things too")),
        ("5", _("5 · teaches others")),
    ]


def language_level_options() -> "list[tuple[str, _StrOrPromise]]":
    """Levels of languages, as (level, what it means)."""
    return [
        ("1", _("1 · a few sentences")),
        ("2", _("2 · the simple things")),
        ("3", _("3 · all that is usual")),
        ("4", _("4 · fluent, also in writing")),
        ("5", _("5 · a mother tongue")),
    ]
