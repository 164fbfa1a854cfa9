"""Files as they are stored: the same bytes once, however many messages carry them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from django.db import connection

from onhand.contacts.models import Attachment, Message, StoredFile
from onhand.kernel.database import run_prepared

LONGEST_NAME = 255
LONGEST_TYPE = 100
# One statement whether the bytes are there already or not: they are sent again then, but not stored again.
_STORE = """
with new as (
  insert into contacts_storedfile (sha256, content, size, stored_at) values (%s, %s, %s, %s)
  on conflict (sha256) do nothing returning id)
select id from new union all select id from contacts_storedfile where sha256 = %s limit 1
"""
# Columns of other apps that keep stored files too, as (table, column): what they name is not removed.
_also_kept: list[tuple[str, str]] = []
_KNOWN = "select id from contacts_storedfile where sha256 = %s for key share"


class CarriedFile(Protocol):
    """A file as a channel read it."""

    @property
    def name(self) -> str: ...
    @property
    def claimed_type(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def content_id(self) -> str: ...
    @property
    def is_inline(self) -> bool: ...
    @property
    def content(self) -> bytes: ...


def store_file(content: bytes, at: datetime) -> int:
    """The id of the stored file with these bytes, which is made if there is none. In the caller's transaction."""
    digest = sha256(content).hexdigest()
    for _attempt in range(3):  # a file stored or removed by somebody else meanwhile is not seen at first
        found = run_prepared(_KNOWN, [digest]) or run_prepared(_STORE, [digest, content, len(content), at, digest])
        if found:
            return int(found[0][0])
    raise RuntimeError("a file was stored and removed again three times")


def attach(message: Message, files: Sequence[CarriedFile], at: datetime) -> list[Attachment]:
    """Keep the files a message carries, in their order."""
    rows = [
        Attachment(
            message=message,
            position=place,
            name=file_name(one.name, place),
            claimed_type=one.claimed_type[:LONGEST_TYPE],
            media_type=one.media_type[:LONGEST_TYPE] or "application/octet-stream",
            content_id=one.content_id[:LONGEST_NAME],
            is_inline=one.is_inline,
            size=len(one.content),
            file_id=store_file(one.content, at),
        )
        for place, one in enumerate(files)
    ]
    return Attachment.objects.bulk_create(rows)


def file_name(name: str, place: int = 0) -> str:
    """A file's name without its folder, as long as can be stored; one of our own where there is none."""
    bare = name.replace("\\", "/").rpartition("/")[2].strip(". ")
    if len(bare) > LONGEST_NAME:
        stem, dot, ending = bare.rpartition(".")
        bare = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 20 else bare[:LONGEST_NAME]
    return bare or f"file-{place + 1}"


def also_keeps(table: str, column: str) -> None:
    """Say that a column of another app's table names stored files, which are then in use."""
    _also_kept.append((table, column))


def drop_unused(file_ids: Iterable[int]) -> int:
    """Remove those of these stored files that nothing carries any more, and return how many."""
    users = [("contacts_attachment", "file_id"), ("contacts_upload", "file_id"), *_also_kept]
    unused = "".join(f" and not exists (select from {table} u where u.{column} = f.id)" for table, column in users)
    with connection.cursor() as cursor:
        # The names are those of our own tables.
        cursor.execute(f"delete from contacts_storedfile f where f.id = any(%s){unused}", [sorted(set(file_ids))])  # noqa: S608
        return int(cursor.rowcount)


def files_of(message_ids: Iterable[int]) -> list[int]:
    """The stored files these messages carry."""
    return list(Attachment.objects.filter(message__in=message_ids).values_list("file", flat=True).distinct())


def total_size(stored: Iterable[int]) -> int:
    """Bytes of these stored files together."""
    return sum(StoredFile.objects.filter(pk__in=stored).values_list("size", flat=True))
