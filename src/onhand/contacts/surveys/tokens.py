"""The links in surveys' mails. A token cannot be guessed, and a stolen table holds none."""

import base64
import hashlib
import secrets

from django.conf import settings

from onhand.contacts.surveys.models import Survey
from onhand.kernel.signing import canonical, keyed_hash

HIDDEN = "…"  # stands for the token wherever the mail is kept
LINK = "[A-Za-z0-9_-]{43}"  # what a token looks like
_PURPOSE = "surveys.token"


def new_nonce() -> bytes:
    """What makes one survey's token another than every other's."""
    return secrets.token_bytes(16)


def token_of(survey: Survey) -> str:
    """The token of a survey: 256 bits, always the same for it."""
    said = canonical([_PURPOSE, survey.pk, bytes(survey.nonce).hex()])
    return base64.urlsafe_b64encode(keyed_hash(said)).decode().rstrip("=")


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def link(token: str, tail: str = "") -> str:
    """The address in a mail; with HIDDEN for the token, as it is kept."""
    return f"{settings.ONHAND_ADDRESS}/survey/{token}/{tail}"


def with_token(text: str, token: str) -> str:
    """A kept text with its links made whole."""
    return text.replace(link(HIDDEN), link(token))
