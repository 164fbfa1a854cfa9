"""Choices of articles and standard responses."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Audience(TextChoices):
    INTERNAL = "internal", _("Internal: for colleagues only")
    PUBLIC = "public", _("Public: may be sent to customers")


class ArticleState(TextChoices):
    """Where the newest version of an article stands. An older one may be published meanwhile."""

    DRAFT = "draft", _("Draft")
    TO_APPROVE = "to_approve", _("To be approved")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ResponseChannel(TextChoices):
    """Ways of writing to customers for which a standard response may be meant."""

    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Chat")
    LETTER = "letter", _("Letter")
    SOCIAL = "social", _("Social network")
    SMS = "sms", _("Text message")
    NOTE = "note", _("Note")
