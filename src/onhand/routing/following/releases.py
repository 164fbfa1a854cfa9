"""Answers held for a second pair of eyes, as work of whoever may release them; never of who wrote them."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.access import RELEASE
from onhand.contacts.contact_subject import contact_title
from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import Contact, Message
from onhand.kernel.database import run_prepared
from onhand.routing.abilities import who_sees
from onhand.routing.following import mirror
from onhand.routing.following.mirror import Standing, locked_ids, sweep_statements
from onhand.routing.kinds import WorkKind, register

KEY = "release"
# Whoever is at a message has its contact locked.
_LOCK = """select m.id from contacts_message m join contacts_contact c on c.id = m.contact_id where m.id = any(%s)
order by c.id for no key update of c"""
_OF_CONTACT = f"""
select m.id from contacts_message m left join routing_workitem w
  on w.kind = '{KEY}' and w.subject_id = m.id and w.state <> 'ended'
where m.contact_id = %s and m.direction = 'outbound' and not m.is_internal and (m.state = 'held' or w.id is not null)
"""  # noqa: S608  (our own text)
_MISSING = f"""
select m.id from contacts_message m where m.state = 'held' and m.id > %(after)s and not exists (
  select from routing_workitem w where w.kind = '{KEY}' and w.subject_id = m.id and w.state <> 'ended') order by m.id limit %(most)s
"""  # noqa: S608
_LEFT_OVER = f"""
select w.subject_id from routing_workitem w join contacts_message m on m.id = w.subject_id
where w.kind = '{KEY}' and w.state <> 'ended' and w.subject_id > %(after)s and m.state <> 'held' order by w.subject_id limit %(most)s
"""  # noqa: S608


def connect() -> None:
    """Register the kind."""
    register(
        WorkKind(
            key=KEY,
            label=gettext_lazy("Answer to release"),
            units=2,
            minutes=3,
            lock=lambda ids, skip: locked_ids(_LOCK, ids, skip),
            address=lambda message: f"/desk/releases/{message}/",
            about=_written_by,
            permission=RELEASE,
            icon="shield",
            rank=1,
        )
    )


def standings_of_contact(contact: Contact) -> list[Standing]:
    """How the answers of a contact stand that are held, or were while their item is open."""
    ids = [row[0] for row in run_prepared(_OF_CONTACT, [contact.pk])]
    return [_standing(one, contact) for one in Message.objects.filter(pk__in=ids).order_by("pk")] if ids else []


def _standing(message: Message, contact: Contact) -> Standing:
    author = message.author_id
    return Standing(
        kind=KEY,
        subject_id=message.pk,
        is_to_do=message.state == MessageState.HELD and message.direction == Direction.OUTBOUND,
        team_id=contact.team_id,
        since=message.at,
        details={
            "title": contact_title(contact)[:200],
            "customer_id": contact.customer_id,
            "priority": int(contact.priority),
            "language": contact.language,
        },
        first=lambda: {
            "wanted": {
                "all": [
                    who_sees(contact.customer_id, contact.team_id),
                    *([{"not": {"people": [author]}}] if author is not None else []),
                ]
            }
        },
    )


def _written_by(message_ids: Sequence[int]) -> dict[int, str]:
    found = Message.objects.filter(pk__in=message_ids).values_list("pk", "author_name")
    return {pk: _("Written by %(name)s") % {"name": name} for pk, name in found if name}


def sweep(at: datetime) -> int:
    """Held answers without their item, and items of answers that were released or given back."""
    return sweep_statements((_MISSING, _LEFT_OVER), _follow_again, at)


def _follow_again(message_ids: Sequence[int], at: datetime) -> int:
    locked = locked_ids(_LOCK, message_ids, True)
    found = list(Message.objects.filter(pk__in=locked).select_related("contact").order_by("pk"))
    mirror.follow([_standing(one, one.contact) for one in found], at)
    return len(found)
