"""
Contacts in writing as work: a contact has an item exactly while it is somebody's turn here. The item follows the contact in the
transaction of every change of it; what the router does with the item, the contact follows.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onhand.contacts.contact_subject import contact_title
from onhand.contacts.conversations import placing
from onhand.contacts.models import Contact
from onhand.contacts.work import FOLLOWERS, tell_lists
from onhand.customers.enums import ChannelKind
from onhand.routing.enums import EndedWhy
from onhand.routing.following import mirror
from onhand.routing.following.mirror import Standing, locked_ids, pages
from onhand.routing.following.releases import standings_of_contact
from onhand.routing.kinds import Holder, WorkKind, find_kind, register
from onhand.routing.needs import needs_of, queue_chosen

PREFIX = "contact."
# Channels in writing, with the units of somebody's capacity a contact takes, and the minutes it is expected to take.
WRITTEN = {
    ChannelKind.EMAIL: (3, 6),
    ChannelKind.CHAT: (3, 10),
    ChannelKind.LETTER: (3, 10),
    ChannelKind.FAX: (3, 10),
    ChannelKind.SOCIAL: (2, 4),
}
LABELS = {
    ChannelKind.EMAIL: _("E-mail"),
    ChannelKind.CHAT: _("Chat"),
    ChannelKind.LETTER: _("Letter"),
    ChannelKind.FAX: _("Fax"),
    ChannelKind.SOCIAL: _("Social message"),
}
ICONS = {ChannelKind.EMAIL: "email", ChannelKind.LETTER: "page", ChannelKind.FAX: "page"}
NOT_LIVE = tuple(
    f"{PREFIX}{one}" for one in WRITTEN if one is not ChannelKind.CHAT
)  # nobody sits waiting at the other end
_LOCK = "select id from contacts_contact where id = any(%s) order by id for no key update"
# Contacts to do without an item, and items whose contact is not to do or is another's.
_MISSING = """
select c.id from contacts_contact c
where c.ended_at is null and c.last_message_at is not null and c.needs_answer and c.waiting_until is null
  and c.channel = any(%(channels)s) and c.id > %(after)s and not exists (
    select 1 from routing_workitem w where w.kind = 'contact.' || c.channel and w.subject_id = c.id and w.state <> 'ended')
order by c.id limit %(most)s
"""
_LEFT_OVER = """
select w.subject_id from routing_workitem w join contacts_contact c on c.id = w.subject_id
where w.state not in ('ended', 'wrap_up') and w.kind = any(%(kinds)s) and w.subject_id > %(after)s and (
  c.ended_at is not null or c.last_message_at is null or not c.needs_answer or c.waiting_until is not null
  or (w.state in ('in_work', 'parked') and c.representative_id is distinct from w.holder_id))
order by w.subject_id limit %(most)s
"""


def connect() -> None:
    """Register the kinds of contacts in writing, and follow contacts from now on."""
    for channel, (units, minutes) in WRITTEN.items():
        register(
            WorkKind(
                key=f"{PREFIX}{channel}",
                label=LABELS[channel],
                units=units,
                minutes=minutes,
                taken=_give_contact,
                given_back=_free_contact,
                lock=_lock_contacts,
                address=lambda contact: f"/desk/contacts/{contact}/",
                about=_who_wrote,
                icon=ICONS.get(channel, "stream"),
                rank=0,
            )
        )
    if follow_contact not in FOLLOWERS:
        FOLLOWERS.append(follow_contact)


def is_to_do(contact: Contact) -> bool:
    """Whether it is somebody's turn here, as `contacts.models.contacts.TO_DO` says it of rows."""
    return (
        contact.ended_at is None
        and contact.last_message_at is not None
        and contact.needs_answer
        and contact.waiting_until is None
    )


def follow_contact(contact: Contact, at: datetime) -> None:
    """Let the items of the contact, and of answers held in it, be as it is: with the contact as it will be stored, locked or new."""
    standings = standings_of_contact(contact)
    if find_kind(f"{PREFIX}{contact.channel}") is not None:
        standings.append(_standing(contact))
    mirror.follow(standings, at)


def _standing(contact: Contact) -> Standing:
    is_put_by = contact.ended_at is None and contact.waiting_until is not None
    return Standing(
        kind=f"{PREFIX}{contact.channel}",
        subject_id=contact.pk,
        is_to_do=is_to_do(contact),
        team_id=contact.team_id,
        owned=True,
        owner_id=contact.representative_id,
        owner_name=contact.representative_name,
        ended=EndedWhy.PUT_BY if is_put_by else EndedWhy.DONE,
        done_by=contact.representative_id,
        wraps_up=True,
        details={
            "title": contact_title(contact)[:200],
            "customer_id": contact.customer_id,
            "priority": int(contact.priority),
            "language": contact.language,
            "due_at": contact.due_at,
        }
        | needs_of(contact.pk),
        queue=lambda: queue_chosen(contact.pk),
    )


def _who_wrote(contact_ids: Sequence[int]) -> dict[int, str]:
    """The address a contact came from, where it is not known who it is."""
    found = Contact.objects.filter(pk__in=contact_ids, customer__isnull=True).exclude(outside_address="")
    return dict(found.values_list("pk", "outside_address"))


# What the router does, the contact follows. It is locked.


def _lock_contacts(contact_ids: Sequence[int], skip: bool) -> set[int]:
    return locked_ids(_LOCK, contact_ids, skip)


def _give_contact(contact_id: int, holder: Holder, at: datetime) -> None:
    _place(contact_id, holder.id, holder.name, at)


def _free_contact(contact_id: int, at: datetime) -> None:
    _place(contact_id, None, "", at)


def _place(contact_id: int, representative_id: int | None, name: str, at: datetime) -> None:
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None or contact.representative_id == representative_id:
        return
    was = placing.place_of(contact)
    placing.give_to(contact, representative_id, name)
    contact.version += 1
    contact.save(update_fields=["representative_id", "representative_name", "version"])
    tell_lists(contact, at, was_representative=was.representative_id)


# The sweep.


def sweep(at: datetime) -> int:
    """Contacts without their item, and items whose contact says otherwise."""
    given = {"channels": [str(one) for one in WRITTEN], "kinds": [f"{PREFIX}{one}" for one in WRITTEN]}
    count = 0
    for statement in (_MISSING, _LEFT_OVER):
        for found in pages(statement, given):
            with transaction.atomic():
                locked = _lock_contacts(found, True)
                for contact in Contact.objects.filter(pk__in=locked).order_by("pk"):
                    follow_contact(contact, at)
            count += len(locked)
    return count
