"""Mail as it arrives is stored first, in one transaction with how far the folder was taken; only then the server is told."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from onhand.channels.email.enums import RawState, Route
from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit

LONGEST_OUTSIDE_ID = 500
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:\s*(<[^<>\r\n]{1,490}>)", re.IGNORECASE | re.MULTILINE)
# Bytes that are there already are the same mail again: it keeps its row, and the server is told again, under the new number.
_STORE = """
insert into email_rawmail (mailbox_id, route, outside_key, outside_id, sha256, body_sha256, content, size, envelope_sender,
  received_at, state, reason, tries)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0)
on conflict (mailbox_id, sha256) do update set outside_key = excluded.outside_key, settled_at = null
returning id, (xmax = 0)
"""
_NOTE = """
update email_mailboxhealth set uid_validity = coalesce(%s, uid_validity), last_uid = coalesce(%s, last_uid),
  last_mail_at = coalesce(%s, last_mail_at) where mailbox_id = %s
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail as it came. `refused` says why it is kept without being read, such as being too large to be fetched whole."""

    route: Route
    outside_key: str
    content: bytes
    size: int
    envelope_sender: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a folder is taken: every mail with a number up to `uid`, as long as `uid_validity` is what it was."""

    uid_validity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Stored:
    """The row of a mail, and whether it is new."""

    id: int
    is_new: bool


def store(mailbox_id: int, arrived: Sequence[Arrived], *, at: datetime, reach: Reach | None = None) -> list[Stored]:
    """
    Store mails of a mailbox and how far its folder is taken, all or nothing, and have new ones worked on after the commit. What the
    mailbox has already is found again, not doubled: the unique index decides, whoever else stores at the same time.
    """
    with transaction.atomic():
        stored = [_store_one(mailbox_id, one, at) for one in arrived]
        has_new = any(one.is_new for one in stored)
        if reach is not None or has_new:
            number, uid = (reach.uid_validity, reach.uid) if reach is not None else (None, None)
            run_prepared(_NOTE, [number, uid, at if has_new else None, mailbox_id])
        if has_new:
            send_after_commit(health_topic(mailbox_id))
            transaction.on_commit(_work_on_it)
    return stored


def health_topic(mailbox_id: int) -> str:
    """The live topic of how a mailbox is; what people change of it has the mailbox's own."""
    return f"mailbox_health:{mailbox_id}"


def _work_on_it() -> None:
    from onhand.channels.email.tasks import queue_reading  # the task reads what is stored here

    queue_reading()


def _store_one(mailbox_id: int, one: Arrived, at: datetime) -> Stored:
    headers, body = _parts(one.content)
    values = [
        *(mailbox_id, one.route.value, one.outside_key, outside_id_of(headers)),
        *(hashlib.sha256(one.content).hexdigest(), hashlib.sha256(body).hexdigest()),
        *(one.content, one.size, one.envelope_sender[:254], at),
        *(RawState.REFUSED.value if one.refused else RawState.STORED.value, one.refused),
    ]
    ((pk, is_new),) = run_prepared(_STORE, values)
    return Stored(pk, is_new)


def _parts(content: bytes) -> tuple[bytes, bytes]:
    found = _HEADERS_END.search(content)
    return (content[: found.start()], content[found.end() :]) if found else (content, b"")


def outside_id_of(headers: bytes) -> str:
    """The Message-ID of a mail's headers; empty if there is none that can be read."""
    found = _MESSAGE_ID.search(headers)
    return found[1].decode("ascii", "replace").replace("\x00", "�")[:LONGEST_OUTSIDE_ID] if found else ""
