"""The keyed hash that every append-only row carries, over the content exactly as the database gives it back."""

import hmac
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.conf import settings
from django.db.models import Model

from onhand.kernel.money import Money

# Column order is part of the hash; a new column is added at the end, with its own migration of the streams.
STREAM_COLUMNS: dict[str, tuple[str, ...]] = {
    "kernel_actrecord": (
        *("id", "at", "actor_kind", "actor_id", "actor_name", "subject_type", "subject_id", "contact_id", "act"),
        *("actor_role", "via", "case_id", "arguments", "facts", "decision", "before", "after", "idempotency_key"),
    ),
    "kernel_eventrecord": (
        *("id", "at", "actor_kind", "actor_id", "actor_name", "subject_type", "subject_id", "contact_id"),
        *("name", "payload", "record_id"),
    ),
    "kernel_accessrecord": (
        *("id", "at", "actor_kind", "actor_id", "actor_name", "subject_type", "subject_id", "contact_id"),
        *("page", "reason", "via"),
    ),
}

JSON_COLUMNS = frozenset({"arguments", "facts", "decision", "before", "after", "payload"})


_PLAIN = frozenset({str, int, bool})


def plain(value: Any) -> Any:
    """A value as JSON holds it without loss: money and choices by their own form, times as ISO 8601 in UTC, never a float."""
    if value is None or type(value) in _PLAIN:
        return value
    if type(value) is dict:
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Money):
        return value.as_json()
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, float):
        raise TypeError("records hold no floats: give an integer, a Decimal or a text")
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return value


class Written(str):
    """A value that is canonical JSON already, for what many rows have in common."""

    __slots__ = ()


def written(value: Any) -> Written:
    """A value written once, as `sign_and_write` would write it each time."""
    return Written(_encode(plain(value)))


def sign(stream: str, values: Sequence[Any]) -> bytes:
    """HMAC-SHA-256 of a row's values in the order of STREAM_COLUMNS[stream], under the installation's seal key."""
    return keyed_hash(canonical([stream, *(plain(value) for value in values)]))


def read_back(column: str, value: Any) -> Any:
    """A column's value as it was when signed: Django's cursors give JSON as text."""
    return json.loads(value) if column in JSON_COLUMNS and isinstance(value, str) else value


def sign_and_write(stream: str, values: Sequence[Any]) -> list[Any]:
    """A row's values as they go into the database, JSON as text, with their signature at the end: each value is written once."""
    stored: list[Any] = []
    parts = [_encode(stream)]
    for value in values:
        if type(value) is Written:
            parts.append(value)
            stored.append(str(value))
            continue
        bare = plain(value)
        text = "null" if bare is None else _encode_text(bare) if type(bare) is str else _encode(bare)
        parts.append(text)
        stored.append(text if type(bare) is dict else value if isinstance(value, datetime) else bare)
    return [*stored, keyed_hash(f"[{','.join(parts)}]".encode())]


_encode_text = json.encoder.encode_basestring_ascii  # what the encoder below does with texts, without its ceremony
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> bytes:
    """The one way a plain value is written as bytes for hashing."""
    return _encode(value).encode()


def keyed_hash(content: bytes) -> bytes:
    """HMAC-SHA-256 under the installation's seal key (settings.SEAL_KEY, 32 bytes)."""
    return hmac.digest(settings.SEAL_KEY, content, "sha256")
