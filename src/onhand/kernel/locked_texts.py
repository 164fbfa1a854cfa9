"""Secrets the product must be able to read again (a password of a mail server), kept so that the database alone does not tell them."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_FORM = b"\x01"  # of what follows: 12 bytes that are used once, then AES-256-GCM with its tag
_NONCE_BYTES = 12


class CannotUnlock(Exception):
    """The text was locked with another installation's key, for another purpose, or was altered since."""


def lock_text(text: str, purpose: str) -> bytes:
    """The text as it may be stored; nothing for an empty one. It opens with the same `purpose` only."""
    if not text:
        return b""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _FORM + nonce + _cipher().encrypt(nonce, text.encode(), purpose.encode())


def unlock_text(locked: bytes | memoryview, purpose: str) -> str:
    """The text again. Raises CannotUnlock where this installation's key or the purpose is not the one it was locked with."""
    stored = bytes(locked)
    if not stored:
        return ""
    nonce, content = stored[1 : 1 + _NONCE_BYTES], stored[1 + _NONCE_BYTES :]
    try:
        return _cipher().decrypt(nonce, content, purpose.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotUnlock(purpose) from error


def _cipher() -> AESGCM:
    # Of the seal key, because it never changes; derived, so that neither use tells anything about the other.
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"onhand locked texts").derive(settings.SEAL_KEY))
