"""Choices of mailboxes and of mail as it arrived."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Security(TextChoices):
    """How a connection to a mail server is protected."""

    TLS = "tls", _("TLS from the beginning")
    STARTTLS = "starttls", _("STARTTLS, required")
    NONE = "none", _("Not at all")


class SignIn(TextChoices):
    """How a mailbox is signed in to."""

    PASSWORD = "password", _("Password")
    OAUTH2 = "oauth2", _("OAuth2")


class AfterTaking(TextChoices):
    """What is done at the server with mail that was taken."""

    MARK = "mark", _("Mark it as read")
    LEAVE = "leave", _("Leave it as it is")
    MOVE = "move", _("Move it to another folder")
    DELETE = "delete", _("Delete it")


class Route(TextChoices):
    """Which way a mail came."""

    IMAP = "imap", _("Fetched by IMAP")
    LMTP = "lmtp", _("Handed over by LMTP")


class RawState(TextChoices):
    """What became of a mail as it arrived."""

    STORED = "stored", _("Waiting to be read")
    DONE = "done", _("Read")
    REFUSED = "refused", _("Not read")


class TestState(TextChoices):
    """How a test of a mailbox goes."""

    RUNNING = "running", _("Under way")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
