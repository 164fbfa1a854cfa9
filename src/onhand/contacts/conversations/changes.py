"""What happened in a conversation since somebody looked: said to whoever is about to answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import Contact, Message
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError

MOST_TOLD = 5
LONGEST_QUOTE = 120


@dataclass(frozen=True, slots=True)
class Change:
    """A message somebody had not seen: who wrote, when, and how it begins."""

    message_id: int
    said: str
    at: datetime
    beginning: str

    def as_json(self) -> dict[str, Any]:
        return {"message": self.message_id, "said": self.said, "at": self.at.isoformat(), "beginning": self.beginning}


class Conflict(ActError):
    """The conversation went on since the writer looked; nothing was sent. Said again with `anyway`, it is."""

    code = "conversation_went_on"
    status = 409

    def __init__(self, changes: list[Change]) -> None:
        sentences = " ".join(change.said for change in changes)
        super().__init__(_("The conversation went on meanwhile. %(sentences)s") % {"sentences": sentences})
        self.changes = changes

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"changes": [change.as_json() for change in self.changes]}


def require_seen(contact: Contact, seen: int | None, actor: Actor) -> None:
    """Raise Conflict if others wrote after the message the writer had seen last. None: the writer does not say."""
    if seen is None:
        return
    newer = Message.objects.filter(contact=contact.pk, pk__gt=seen).exclude(state=MessageState.CANCELLED)
    if actor.id is not None:
        newer = newer.exclude(author_id=actor.id)
    found = [_change(one) for one in newer.order_by("-pk")[:MOST_TOLD]]
    if found:
        raise Conflict(found[::-1])


def _change(message: Message) -> Change:
    when = date_format(message.at.astimezone(timezone.get_current_timezone()), "TIME_FORMAT")
    text = message.text[: message.quoted_from] if message.quoted_from is not None else message.text
    beginning = " ".join(text.split())
    beginning = beginning if len(beginning) <= LONGEST_QUOTE else f"{beginning[:LONGEST_QUOTE]}…"
    words = {"name": message.author_name or message.sender_name or message.sender_address, "when": when}
    if message.is_internal:
        said = _("%(name)s wrote a note at %(when)s.") % words
    elif message.direction == Direction.INBOUND:
        said = _("%(name)s wrote at %(when)s.") % words
    else:
        said = _("%(name)s answered at %(when)s.") % words
    return Change(message.pk, said, message.at, beginning)
