"""
A contact with its conversation, as its page shows it: one statement for all of it, the newest messages first read and shown last.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.contacts.access import visible_contacts
from onhand.contacts.conversations.forgery import is_forged
from onhand.contacts.conversations.senders import as_unproven
from onhand.contacts.work import seen_customer
from onhand.customers.access import VIEW
from onhand.customers.recognition.clues import Clue, ClueKind, read_clue
from onhand.customers.recognition.recognise import Recognition, recognise
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.fields import LARGEST_INTEGER

MOST_MESSAGES = 20


@dataclass(frozen=True, slots=True)
class ContactShown:
    """
    The contact itself. `customer_id` is None, too, where the reader may not open the file: then `is_hidden`. `reason` is in words.
    """

    id: int
    version: int
    channel: str
    direction: str
    subject: str
    summary: str
    customer_id: int | None
    customer_name: str
    customer_reference: str
    is_hidden: bool
    outside_address: str
    came_to: str
    representative_id: int | None
    representative_name: str
    team_id: int | None
    team_name: str
    priority: int
    language: str
    needs_answer: bool
    due_at: datetime | None
    waiting_until: datetime | None
    waiting_for: str
    started_at: datetime
    ended_at: datetime | None
    last_message_at: datetime | None
    identified_level: int
    reason_id: int | None
    reason: str
    products: Sequence[str]
    split_from: int | None


@dataclass(frozen=True, slots=True)
class AttachmentShown:
    """A file a message carries."""

    id: int
    name: str
    media_type: str
    size: int
    content_id: str
    is_inline: bool
    scan: str
    scan_result: str


@dataclass(frozen=True, slots=True)
class RecipientShown:
    """Whom a message went to; `line` is to, cc or bcc."""

    name: str
    address: str
    line: str


@dataclass(frozen=True, slots=True)
class MessageShown:
    """
    A message. `text` is all of it; what follows `quoted_from` repeats earlier ones. `html` is sanitised, empty if there is none.
    `is_forged`: the sender is not who it says. `can_be_recalled`: its author may still undo it.
    """

    id: int
    direction: str
    is_internal: bool
    at: datetime
    written_at: datetime | None
    sender_name: str
    sender_address: str
    reply_to: str
    recipients: Sequence[RecipientShown]
    subject: str
    text: str
    quoted_from: int | None
    html: str
    automatic: str
    is_forged: bool
    checks: dict[str, Any]
    author_id: int | None
    author_name: str
    state: str
    send_after: datetime | None
    sent_at: datetime | None
    tries: int
    problem: str
    released_by_name: str
    attachments: Sequence[AttachmentShown]

    def can_be_recalled(self, at: datetime) -> bool:
        """Whether it is held, or waits for a time that has not come."""
        waits = self.state == "waiting" and self.send_after is not None and self.send_after > at
        return waits or self.state == "held"


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A case the contact is about."""

    id: int
    reference: str
    kind: str
    subject: str
    state: str
    due_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SurveyShown:
    """What the customer was asked last about the contact, and answered; no score: they have not."""

    asked_at: datetime
    score: int | None
    comment: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """
    A contact's page. `messages` are oldest first, the newest there are; `earlier` is where those before them go on, empty if there are
    none. `last_message_id` is what an answer says it has `seen`. `who` are the files it may be, where nobody is named yet.
    """

    contact: ContactShown
    messages: Sequence[MessageShown]
    earlier: str
    last_message_id: int
    cases: Sequence[CaseShown]
    who: Recognition | None
    failed: int
    survey: SurveyShown | None


_MESSAGES = """
select json_agg(json_build_object('id', m.id, 'direction', m.direction, 'is_internal', m.is_internal, 'at', m.at,
  'written_at', m.written_at, 'sender_name', m.sender_name, 'sender_address', m.sender_address, 'reply_to', m.reply_to,
  'recipients', m.recipients, 'subject', m.subject, 'text', m.text, 'quoted_from', m.quoted_from, 'html', m.html,
  'automatic', m.automatic, 'checks', m.checks, 'author_id', m.author_id, 'author_name', m.author_name, 'state', m.state,
  'send_after', m.send_after, 'sent_at', m.sent_at, 'tries', m.tries, 'problem', m.problem, 'released_by_name', m.released_by_name,
  'attachments', coalesce((select json_agg(json_build_object('id', a.id, 'name', a.name, 'media_type', a.media_type, 'size', a.size,
    'content_id', a.content_id, 'is_inline', a.is_inline, 'scan', a.scan, 'scan_result', a.scan_result) order by a.position)
    from contacts_attachment a where a.message_id = m.id), '[]')) order by m.at desc, m.id desc)
from (select x.* from contacts_message x where x.contact_id = c.id
  and (x.at, x.id) < (coalesce(%(mark_at)s::timestamptz, 'infinity'), coalesce(%(mark_id)s::bigint, 0))
  order by x.at desc, x.id desc limit %(limit)s) m
"""
_PAGE = f"""
select json_build_object(
  'contact', json_build_object('id', c.id, 'version', c.version, 'channel', c.channel, 'direction', c.direction,
    'subject', c.subject, 'summary', c.summary, 'customer_id', u.id, 'customer_name', coalesce(u.name, ''),
    'customer_reference', coalesce(u.reference, ''), 'is_hidden', c.customer_id is not null and u.id is null,
    'outside_address', c.outside_address, 'came_to', c.came_to, 'representative_id', c.representative_id,
    'representative_name', c.representative_name, 'team_id', c.team_id,
    'team_name', coalesce((select t.name from staff_team t where t.id = c.team_id), ''), 'priority', c.priority,
    'language', c.language, 'needs_answer', c.needs_answer, 'due_at', c.due_at, 'waiting_until', c.waiting_until,
    'waiting_for', c.waiting_for, 'started_at', c.started_at, 'ended_at', c.ended_at, 'last_message_at', c.last_message_at,
    'identified_level', c.identified_level, 'reason_id', c.reason_id, 'reason',
    coalesce((select coalesce(p.name || ' › ', '') || r.name from contacts_contactreason r
      left join contacts_contactreason p on p.id = r.parent_id where r.id = c.reason_id), ''),
    'products', (select coalesce(json_agg(p.name order by p.name), '[]') from contacts_caselistentry p
      where c.products @> to_jsonb(p.id)), 'split_from', c.split_from_id),
  'known', c.customer_id is not null,
  'messages', coalesce(({_MESSAGES}), '[]'),
  'last', coalesce((select max(x.id) from contacts_message x where x.contact_id = c.id), 0),
  'failed', (select count(*) from contacts_message x where x.contact_id = c.id and x.state = 'failed'),
  'survey', (select json_build_object('asked_at', v.asked_at, 'score', v.score, 'comment', v.comment, 'answered_at', v.answered_at)
    from surveys_survey v where v.contact_id = c.id and v.state = 'asked' order by v.id desc limit 1),
  'cases', coalesce((select json_agg(json_build_object('id', k.id, 'reference', k.reference, 'kind', k.kind, 'subject', k.subject,
      'state', k.state, 'due_at', k.due_at, 'closed_at', k.closed_at) order by k.id) from contacts_case k where k.id = any(
      array(select x.case_id from contacts_casecontact x where x.contact_id = c.id) || c.case_id)), '[]'))::text
from contacts_contact c
left join lateral (select u.id, u.name, u.reference from customers_customer o
  join customers_customer u on u.id = coalesce(o.merged_into_id, o.id)
  where o.id = c.customer_id and u.erased_at is null and {{visible}}) u on true
where c.id = %(contact)s
"""  # noqa: S608  (texts of our own)


def read_conversation(
    actor: Actor, contact_id: int, *, at: datetime, before: str = "", limit: int = MOST_MESSAGES
) -> Conversation:
    """
    A contact's page. Where nobody is named on it, a second statement looks for who it may be. `before` is `earlier` of the page
    shown. Raises SubjectNotFound.
    """
    _require_seen(actor, contact_id)
    visible, given = seen_customer(actor)
    mark = read_mark(before)
    parameters = {
        "contact": contact_id,
        "limit": limit + 1,
        "mark_at": mark[0] if mark else None,
        "mark_id": mark[1] if mark else None,
    }
    rows = run_prepared(_PAGE.replace("{visible}", visible), parameters | given)
    if not rows:
        raise SubjectNotFound
    found = json.loads(rows[0][0])
    contact = _contact(found["contact"])
    messages = [_message(one) for one in found["messages"]]
    earlier = f"{messages[limit - 1].at.isoformat()}~{messages[limit - 1].id}" if len(messages) > limit else ""
    return Conversation(
        contact=contact,
        messages=messages[:limit][::-1],
        earlier=earlier,
        last_message_id=found["last"],
        cases=[CaseShown(**one | _times(one, "due_at", "closed_at")) for one in found["cases"]],
        who=None if found["known"] else _who(actor, contact, messages, at),
        failed=found["failed"],
        survey=_survey(found["survey"]),
    )


def read_mark(text: str) -> tuple[datetime, int] | None:
    """The place in a conversation a text from an address names; None for anything else."""
    written, _sign, number = text.partition("~")
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    if at.tzinfo is None or not (number.isascii() and number.isdigit()) or int(number[:19]) > LARGEST_INTEGER:
        return None
    return at, int(number[:19])


def _require_seen(actor: Actor, contact_id: int) -> None:
    """In a statement of its own only for who does not see everything."""
    if not 0 < contact_id <= LARGEST_INTEGER or not actor.may(VIEW):
        raise SubjectNotFound
    if actor.visibility != Visibility.ALL and not visible_contacts(actor).filter(pk=contact_id).exists():
        raise SubjectNotFound


def _who(actor: Actor, contact: ContactShown, messages: Sequence[MessageShown], at: datetime) -> Recognition:
    written = next((one for one in messages if one.direction == "inbound"), None)
    clues: list[Clue] = [read_clue(ClueKind.EMAIL, contact.outside_address)] if contact.outside_address else []
    name = written.sender_name if written else ""
    found = recognise(actor, clues, at=at, name=name, language=contact.language)
    if written is not None and written.is_forged:
        reasons = (_("The sender is not who it says: the address proves nothing."), *found.reasons)
        return replace(as_unproven(found), reasons=reasons)
    return found


def _contact(one: dict[str, Any]) -> ContactShown:
    return ContactShown(**one | _times(one, "due_at", "waiting_until", "started_at", "ended_at", "last_message_at"))


def _survey(one: dict[str, Any] | None) -> SurveyShown | None:
    return SurveyShown(**one | _times(one, "asked_at", "answered_at")) if one else None


def _message(one: dict[str, Any]) -> MessageShown:
    recipients = [
        RecipientShown(str(r.get("name", "")), str(r.get("address", "")), str(r.get("as", "to")))
        for r in one["recipients"]
    ]
    return MessageShown(
        **one
        | _times(one, "at", "written_at", "send_after", "sent_at")
        | {
            "recipients": recipients,
            "attachments": [AttachmentShown(**file) for file in one["attachments"]],
            "is_forged": is_forged(one["checks"]),
        }
    )


def _times(one: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: datetime.fromisoformat(one[name]) if one[name] else None for name in names}
