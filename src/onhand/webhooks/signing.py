"""
Signatures by the Standard Webhooks specification: HMAC-SHA256 over `id.timestamp.body`, one for each secret that is valid, so that a
receiver which knows any of them can check a message.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as it is shown to whoever sets up the receiver."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def headers_for(message_id: str, at: datetime, body: bytes, valid: Iterable[str]) -> dict[str, str]:
    """The three headers a message carries, signed with each of these secrets."""
    seconds = str(int(at.timestamp()))
    said = b".".join([message_id.encode(), seconds.encode(), body])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(secret, said)}" for secret in valid),
    }


def _signature(secret: str, said: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
