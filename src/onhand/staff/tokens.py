"""API tokens: made of 256 random bits, kept as a digest, looked up by it."""

import hashlib
import secrets
from datetime import datetime, timedelta

from onhand.kernel.actor import Actor, Via
from onhand.staff.models import ApiToken
from onhand.staff.queries import actor_for, representatives_with_places

PREFIX = "onh_"
SHOWN_PREFIX = 10  # characters kept in the clear, to recognise a token by; includes PREFIX
LONGEST_LIFE = timedelta(days=365)
_USE_NOTED_EVERY = timedelta(minutes=5)  # exact times would mean a write on every request
_LENGTH = len(PREFIX) + 43


def new_secret() -> str:
    """A fresh token as its holder gets it."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(text: str) -> bytes:
    """What is stored of a token. It is found by this value, so comparing takes no time that depends on the secret."""
    return hashlib.sha256(text.encode()).digest()


def actor_from_token(text: str, *, via: Via, at: datetime) -> Actor | None:
    """The actor a token stands for, its permissions narrowed to the token's scopes; None if it is not good now."""
    if len(text) != _LENGTH or not text.startswith(PREFIX):
        return None
    token = ApiToken.objects.filter(
        digest=digest(text), revoked_at=None, expires_at__gt=at, representative__is_active=True
    ).first()
    if token is None:
        return None
    if token.last_used_at is None or at - token.last_used_at >= _USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    owner = representatives_with_places().get(pk=token.representative_id)
    return actor_for(owner, via, scopes=frozenset(token.scopes))
