"""
What a message says: thin and versioned. It names what happened and to what, by ids; whoever wants to know more asks the interface, which
decides what they may see. Nothing protected is in it: of an event only ids, yes and no, and amounts; of an act the names of what changed,
never the values.
"""

import json
from typing import Any

from django.conf import settings

from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.redaction import blanked
from onhand.kernel.subjects import find_subject_type
from onhand.webhooks.event_types import TEST
from onhand.webhooks.models import Delivery

VERSION = 1
_KINDS = {"person": "person", "service": "program", "ai": "ai", "system": "product"}


class EventIsGone(Exception):
    """The record a delivery tells of is not there."""


def message_id(delivery: Delivery) -> str:
    """The same for every try and every replay of an event: a receiver knows by it what it was told before."""
    return f"evt_{delivery.event_id}" if delivery.event_id is not None else f"test_{delivery.pk}"


def message_body(delivery: Delivery) -> bytes:
    """
    The message as it is sent, the same each time.

    :raises EventIsGone: there is no such event any more.
    """
    said: dict[str, Any] = {"type": delivery.event_type, "timestamp": delivery.made_at.isoformat(), "version": VERSION}
    if delivery.event_id is None:
        said["data"] = {"words": "This is a test. Nothing happened."} if delivery.event_type == TEST else {}
    else:
        event = EventRecord.objects.filter(pk=delivery.event_id).first()
        if event is None:
            raise EventIsGone
        said["timestamp"] = event.at.isoformat()
        said["data"] = _data(event)
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _data(event: EventRecord) -> dict[str, Any]:
    data: dict[str, Any] = {
        "event_id": event.pk,
        "subject": {"type": event.subject_type, "id": event.subject_id},
        "contact_id": event.contact_id,
        "by": {"kind": _KINDS.get(event.actor_kind, event.actor_kind), "id": event.actor_id},
    }
    kind = find_subject_type(event.subject_type)
    if kind is not None and event.subject_id is not None:
        data["page"] = f"{settings.ONHAND_ADDRESS}{kind.page(event.subject_id)}"
    if event.record_id is not None:
        record = ActRecord.objects.filter(pk=event.record_id).only("act", "before", "after").first()
        if record is not None:
            data |= {"record_id": record.pk, "act": record.act}
            data["changed"] = sorted({*record.before, *record.after})
    values = {key: value for key, value in blanked(event.payload).items() if value not in ("", None, [], {})}
    for taken in ("act", "record_id"):
        values.pop(taken, None)
    return data | ({"values": values} if values else {})
