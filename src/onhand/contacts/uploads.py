"""Files added to an answer that is being written: kept from the moment they are chosen, until the answer takes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from onhand.contacts.access import visible_contacts
from onhand.contacts.conversations.media_types import media_type_of
from onhand.contacts.files import LONGEST_TYPE, drop_unused, file_name, store_file
from onhand.contacts.models import Attachment, Message, Upload
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible, SubjectNotFound

KEPT = timedelta(days=7)
LARGEST = 20 * 1024 * 1024  # bytes; with what encoding adds, about the most that mail servers take
MOST_FILES = 20


def keep_upload(
    actor: Actor, contact_id: int | None, name: str, claimed_type: str, content: bytes, at: datetime
) -> Upload:
    """
    Keep a file for an answer on a contact, or (None) for a message to a customer nobody wrote yet. The answer names it by its `key`.

    :raises SubjectNotFound: the actor does not see the contact.
    :raises NotPossible: the file is empty or too large.
    """
    if contact_id is not None and not visible_contacts(actor).filter(pk=contact_id).exists():
        raise SubjectNotFound
    if not content:
        raise NotPossible(_("This file is empty."), field="files")
    if len(content) > LARGEST:
        raise NotPossible(_("This file is too large to be sent: at most 20 MB."), field="files")
    with transaction.atomic():
        return Upload.objects.create(
            key=uuid4().hex,
            contact_id=contact_id,
            representative_id=actor.id,
            name=file_name(name),
            claimed_type=claimed_type[:LONGEST_TYPE],
            media_type=media_type_of(content, claimed_type, name)[:LONGEST_TYPE],
            size=len(content),
            file_id=store_file(content, at),
            uploaded_at=at,
        )


def find_uploads(actor: Actor, contact_id: int | None, keys: Sequence[str]) -> list[Upload]:
    """
    The files of these keys, in that order, locked: the actor's own, or those added to this contact.

    :raises NotPossible: one is gone, was used, or is not theirs; or they are too many or too large together.
    """
    if len(keys) > MOST_FILES:
        raise NotPossible(_("At most %(most)s files.") % {"most": MOST_FILES}, field="files")
    rows = Upload.objects.select_for_update().filter(key__in=keys, used_at__isnull=True).order_by("pk")
    found = {
        one.key: one
        for one in rows
        if (contact_id is not None and one.contact_id == contact_id)
        or (one.contact_id is None and one.representative_id == actor.id)
    }
    if any(key not in found for key in keys):
        raise NotPossible(_("A file is not there any more. Add it again."), field="files")
    if sum(one.size for one in found.values()) > LARGEST:
        raise NotPossible(_("These files are too large to be sent together: at most 20 MB."), field="files")
    return [found[key] for key in dict.fromkeys(keys)]


def use_uploads(message: Message, uploads: Sequence[Upload], at: datetime) -> None:
    """Let a message carry these files."""
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            position=place,
            name=one.name,
            claimed_type=one.claimed_type,
            media_type=one.media_type,
            size=one.size,
            file_id=one.file_id,
        )
        for place, one in enumerate(uploads)
    )
    Upload.objects.filter(pk__in=[one.pk for one in uploads]).update(used_at=at)


def drop_old_uploads(at: datetime) -> int:
    """Remove uploads of days ago, with their bytes where nothing else carries them; how many."""
    with transaction.atomic():
        old = Upload.objects.select_for_update(skip_locked=True).filter(uploaded_at__lt=at - KEPT)
        rows = list(old.values_list("pk", "file")[:1_000])
        Upload.objects.filter(pk__in=[pk for pk, _file in rows]).delete()
        drop_unused(file for _pk, file in rows)
    return len(rows)
