"""How a WooCommerce shop proves that a message is its own: base64 of HMAC-SHA-256 over the body, under the webhook's secret."""

import base64
import hmac


def sign(body: bytes, secret: str) -> str:
    """The signature of a message."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether a message was signed with this secret. Nothing is without one."""
    return bool(secret) and hmac.compare_digest(sign(body, secret).encode(), signature.strip().encode())
