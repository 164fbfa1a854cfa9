"""What the composer of a contact opens with: to whom, about what, signed how, and where it is sent."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.contacts import access
from onhand.contacts.access import visible_contacts
from onhand.contacts.contact_acts import LONGEST_NOTE
from onhand.contacts.conversation import Conversation
from onhand.contacts.conversations.outgoing import LONGEST_TEXT
from onhand.contacts.conversations.signatures import signature_for
from onhand.contacts.conversations.subject_lines import answer_subject
from onhand.contacts.models import TeamSignature
from onhand.contacts.text_circumstances import circumstances_of
from onhand.contacts.uploads import LARGEST
from onhand.customers.enums import ChannelKind
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.web.addresses import address_of
from onhand.web.operations import ANSWER_DRAFT, COLLEAGUES_DRAFT

MOST_ADDRESSES = 30


def composer(found: Conversation, actor: Actor) -> dict[str, Any]:
    """The boxes somebody may write in: an answer, a note among colleagues, or neither."""
    contact = found.contact
    can_answer = contact.channel == ChannelKind.EMAIL and actor.may(access.ANSWER)
    return {
        "answer": _answer(found, actor) if can_answer else None,
        "colleagues": _colleagues(contact.id) if actor.may(access.HANDLE) else None,
    }


def _answer(found: Conversation, actor: Actor) -> dict[str, Any]:
    contact = found.contact
    return {
        "label": _("Answer"),
        "placeholder": _("Write an answer: it is kept as you type. / finds a standard response, # an article"),
        "url": address_of("desk:contact_answer", contact.id),
        "draft_key": f"{ANSWER_DRAFT}{contact.id}",
        "files_url": address_of("desk:contact_files", contact.id),
        "insert_url": _insert_url(contact.id, contact.language),
        "most_bytes": LARGEST,
        "idempotency_key": secrets.token_hex(16),
        "seen": found.last_message_id,
        "to": usual_recipient(found),
        "cc": "",
        "subject": answer_subject(contact.subject, found.cases[0].reference if len(found.cases) == 1 else ""),
        "language": contact.language,
        "addresses": _addresses(found),
        "lines_open": not usual_recipient(found),
        "signature_url": address_of("desk:contact_signature", contact.id)
        if has_signature([contact.team_id] if contact.team_id else [], contact.language)
        else "",
        "sign_label": _("Sign for %(team)s") % {"team": contact.team_name},
        "is_held": not actor.may(access.ANSWER_UNREVIEWED),
        **ways_to_send(),
    }


def ways_to_send() -> dict[str, Any]:
    """What the box of sending later opens with, and how long what is written may be."""
    now = timezone.localtime()
    return {
        "later": (now + timedelta(hours=2)).replace(minute=0).strftime("%Y-%m-%dT%H:%M"),
        "now": now.strftime("%Y-%m-%dT%H:%M"),
        "longest": LONGEST_TEXT,
    }


def has_signature(team_ids: Collection[int], language: str) -> bool:
    """Whether any of these teams has something to sign with in this language. At most one statement."""
    if not team_ids:
        return False
    found = TeamSignature.objects.filter(team__in=team_ids, language__in=("", language))
    return found.exclude(text="").exists()


def signature_of(actor: Actor, contact_id: int) -> str:
    """What an answer on this contact is signed with; empty if its team has no signature. Raises SubjectNotFound."""
    contact = visible_contacts(actor).filter(pk=contact_id).first()
    if contact is None:
        raise SubjectNotFound
    circumstances = circumstances_of(actor, contact_id=contact_id)
    return signature_for(circumstances, contact.team_id, at=timezone.now())


def _colleagues(contact_id: int) -> dict[str, Any]:
    return {
        "url": address_of("desk:contact_note", contact_id),
        "draft_key": f"{COLLEAGUES_DRAFT}{contact_id}",
        "idempotency_key": secrets.token_hex(16),
        "longest": LONGEST_NOTE,
    }


def usual_recipient(found: Conversation) -> str:
    """Whom an answer goes to: who wrote last, at the address they want answers at; automata only where nobody else wrote."""
    theirs = [one for one in found.messages if one.direction == "inbound" and not one.is_internal]
    last = next((one for one in reversed(theirs) if not one.automatic), theirs[-1] if theirs else None)
    return (last.reply_to or last.sender_address if last else "") or found.contact.outside_address


def _addresses(found: Conversation) -> list[dict[str, str]]:
    """Addresses that took part in the conversation, to choose from."""
    named: dict[str, str] = {}
    own = found.contact.came_to.casefold()
    for one in found.messages:
        if one.is_internal:
            continue
        if one.direction == "inbound":
            named.setdefault(one.sender_address, one.sender_name)
        for recipient in one.recipients:
            named.setdefault(recipient.address, recipient.name)
    if found.contact.outside_address:
        named.setdefault(found.contact.outside_address, found.contact.customer_name)
    return [{"address": address, "name": name} for address, name in named.items() if address.casefold() != own][
        :MOST_ADDRESSES
    ]


def _insert_url(contact_id: int, language: str) -> str:
    try:
        return f"{address_of('desk:insertions')}?contact={contact_id}&language={language}"
    except NoReverseMatch:
        return ""
