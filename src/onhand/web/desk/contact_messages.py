"""The messages of a conversation in words: who wrote, when, to whom, what became of it, and the files it carries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.access import ANSWER
from onhand.contacts.contact_rules_acts import LONGEST_UNDO
from onhand.contacts.conversation import AttachmentShown, Conversation, MessageShown
from onhand.contacts.enums import Direction, MessageState, ScanState
from onhand.contacts.subjects import CONTACT
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.kernel.errors import UnknownAct
from onhand.web.addresses import address_of
from onhand.web.desk.designed_mail import SAFE_PICTURES, has_remote_pictures
from onhand.web.desk.message_views import SHOWN_AS
from onhand.web.desk.timeline_pages import day_label
from onhand.web.templating import show_datetime, show_time

RECALL, RELEASE, RETURN = "contacts.recall_answer", "contacts.release_answer", "contacts.return_answer"
THUMBNAIL = 3_000_000  # bytes; larger pictures are shown when asked for
LETTERS_A_LINE = 90  # of a mail as it is read, to guess how high its frame should be
LINES = {"to": gettext_lazy("To"), "cc": gettext_lazy("Cc"), "bcc": gettext_lazy("Bcc")}
STATES: dict[str, tuple[Any, str, str]] = {
    MessageState.WAITING: (gettext_lazy("Waits to be sent"), "info", "clock"),
    MessageState.HELD: (gettext_lazy("Held until a senior releases it"), "warn", "shield"),
    MessageState.SENT: (gettext_lazy("Sent"), "", "check"),
    MessageState.FAILED: (gettext_lazy("Not delivered"), "bad", "stop"),
    MessageState.CANCELLED: (gettext_lazy("Taken back before it left"), "", "undo"),
}


def conversation_view(found: Conversation, actor: Actor, last_day: str = "") -> dict[str, Any]:
    """What the conversation's template is given."""
    contact_id = found.contact.id
    address = address_of("desk:contact_conversation", contact_id)
    now = timezone.now()
    messages = []
    day = last_day
    for one in found.messages:
        own_day = timezone.localtime(one.at).date()
        is_new = own_day.isoformat() != day
        day = own_day.isoformat()
        shown = _message(one, found, actor, now)
        messages.append(shown | {"day": day_label(own_day) if is_new else ""})
    return {
        "messages": messages,
        "newest": found.last_message_id,
        "earlier_url": f"{address}?{urlencode({'before': found.earlier})}" if found.earlier else "",
        "url": address,
        "topic": f"{CONTACT}:{contact_id}",
    }


def _message(one: MessageShown, found: Conversation, actor: Actor, now: datetime) -> dict[str, Any]:
    is_ours = one.direction == Direction.OUTBOUND
    text, quoted = _parts(one)
    author = one.author_name if is_ours or one.is_internal else one.sender_name or one.sender_address
    return {
        "id": one.id,
        "kind": "note" if one.is_internal else _kind_of_ours(one) if is_ours else "theirs",
        "author": author or _("Unknown"),
        "address": "" if is_ours or one.is_internal or not one.sender_name else one.sender_address,
        "at": one.at,
        "time": show_time(one.at),
        "subject": one.subject if _is_other_subject(one.subject, found.contact.subject) else "",
        "recipients": [] if one.is_internal else _recipients(one),
        "recipients_short": _recipients_short(one),
        "text": text,
        "quoted": quoted,
        "language": "" if one.is_internal else found.contact.language,
        "designed_url": address_of("desk:designed", one.id) if one.html and not is_ours else "",
        "frame_size": _frame_size(one),
        "has_remote_pictures": has_remote_pictures(one.html),
        "attachments": [_attachment(file) for file in one.attachments if _is_listed(file, one)],
        "badges": _badges(one),
        **_state(one, found.contact.id, actor, now),
    }


def _kind_of_ours(one: MessageShown) -> str:
    return "ours cancelled" if one.state == MessageState.CANCELLED else "ours"


def _parts(one: MessageShown) -> tuple[str, str]:
    """What is new in a message, and what repeats earlier ones."""
    if one.quoted_from is None:
        return one.text.strip("\n"), ""
    text = one.text[: one.quoted_from].strip("\n")
    quoted = one.text[one.quoted_from :].strip("\n")
    return (text, quoted) if text.strip() else (quoted, "")


def _is_other_subject(subject: str, of_contact: str) -> bool:
    def bare(text: str) -> str:
        words = text.casefold().strip()
        while ":" in words[:5]:
            words = words.partition(":")[2].strip()
        return words

    return bool(subject) and bare(subject) != bare(of_contact)


def _recipients(one: MessageShown) -> list[tuple[str, str]]:
    lines: dict[str, list[str]] = {}
    for recipient in one.recipients:
        shown = f"{recipient.name} <{recipient.address}>" if recipient.name else recipient.address
        lines.setdefault(recipient.line, []).append(shown)
    found = [(str(LINES.get(line, line)), ", ".join(shown)) for line, shown in lines.items()]
    if one.reply_to and one.reply_to != one.sender_address:
        found.append((_("Answers to"), one.reply_to))
    if one.written_at and abs((one.at - one.written_at).total_seconds()) > 600:
        found.append((_("Written"), show_datetime(one.written_at)))
    return found


def _recipients_short(one: MessageShown) -> str:
    names = [recipient.name or recipient.address for recipient in one.recipients]
    if not names:
        return _("Recipients")
    shown = ", ".join(names[:2])
    more = len(names) - 2
    words = _("to %(names)s and %(more)s more") if more > 0 else _("to %(names)s")
    return words % {"names": shown, "more": more}


def _badges(one: MessageShown) -> list[dict[str, str]]:
    badges = []
    if one.is_internal:
        badges.append({"words": _("only colleagues see this"), "tone": "", "icon": "note"})
    if one.automatic:
        badges.append({"words": _("automatic"), "tone": "", "icon": ""})
    if one.is_forged:
        badges.append({"words": _("sender not confirmed"), "tone": "bad", "icon": "warn"})
    return badges


def _frame_size(one: MessageShown) -> str:
    """How high the frame of a designed message begins; whoever reads can pull it higher."""
    lines = sum(1 + len(line) // LETTERS_A_LINE for line in one.text.splitlines())
    pictures = one.html.count("<img")
    height = lines + 8 * min(pictures, 4)
    return "small" if height < 12 else "middle" if height < 30 else "large"


def _is_listed(file: AttachmentShown, message: MessageShown) -> bool:
    """A picture within the designed message is not a file beside it."""
    is_within = file.is_inline and file.content_id and f"cid:{file.content_id.strip('<>')}" in message.html
    return not is_within


def _attachment(file: AttachmentShown) -> dict[str, Any]:
    url = address_of("desk:attachment", file.id)
    is_infected = file.scan == ScanState.INFECTED
    show_url = f"{url}?show=yes" if file.media_type in SHOWN_AS and not is_infected else ""
    is_picture = file.media_type in SAFE_PICTURES and file.size <= THUMBNAIL
    return {
        "id": file.id,
        "name": file.name,
        "kind": _kind(file),
        "size": show_size(file.size),
        "url": url,
        "show_url": show_url,
        "thumb_url": show_url if is_picture else "",
        "is_infected": is_infected,
        "scan": str(ScanState.CLEAN.label) if file.scan == ScanState.CLEAN else "",
    }


def _kind(file: AttachmentShown) -> str:
    ending = file.name.rpartition(".")[2].upper() if "." in file.name else ""
    return ending if 0 < len(ending) <= 5 else file.media_type


def show_size(size: int) -> str:
    """Bytes as people say them."""
    shown: float = size
    for unit in ("B", "kB", "MB"):
        if shown < 1000:
            return f"{shown:.0f} {unit}" if shown >= 10 or unit == "B" else f"{shown:.1f} {unit}"
        shown /= 1000
    return f"{shown:.1f} GB"


def _state(one: MessageShown, contact_id: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """What became of a message going out, and what can be done about it."""
    nothing: dict[str, Any] = {
        "state": None,
        "leaves_at": None,
        "undo_url": "",
        "again_url": "",
        "acts": [],
        "problem": "",
    }
    if one.is_internal or one.direction != Direction.OUTBOUND or one.state not in STATES:
        return nothing
    words, tone, icon = STATES[one.state]
    is_soon = one.state == MessageState.WAITING and one.send_after is not None
    seconds = (one.send_after - now).total_seconds() if is_soon and one.send_after else 0
    said = str(words)
    if one.state == MessageState.SENT and one.sent_at:
        said = _("Sent %(time)s") % {"time": show_datetime(one.sent_at)}
    elif seconds > LONGEST_UNDO and one.send_after:
        said = _("Leaves %(time)s") % {"time": show_datetime(one.send_after)}
    elif is_soon:
        said = _("Sending in %(seconds)s s") % {"seconds": int(seconds)} if seconds > 0 else _("Sending…")
    if one.released_by_name:
        said = _("%(said)s · released by %(name)s") % {"said": said, "name": one.released_by_name}
    may_recall = one.can_be_recalled(now) and (one.author_id == actor.id or one.state == MessageState.WAITING)
    return {
        "state": {"words": said, "tone": tone, "icon": icon},
        "leaves_at": one.send_after if is_soon and 0 < seconds <= LONGEST_UNDO else None,
        "undo_url": address_of("desk:message_undo", contact_id, one.id) if may_recall and _may(actor, RECALL) else "",
        "again_url": address_of("desk:message_again", contact_id, one.id)
        if one.state == MessageState.FAILED and actor.may(ANSWER)
        else "",
        "acts": _acts(one, contact_id, actor),
        "problem": one.problem
        if one.state in (MessageState.FAILED, MessageState.WAITING, MessageState.CANCELLED)
        else "",
    }


def _acts(one: MessageShown, contact_id: int, actor: Actor) -> list[dict[str, str]]:
    offered: Sequence[tuple[str, str]] = ()
    if one.state == MessageState.HELD and one.author_id != actor.id:
        offered = ((RELEASE, _("Release")), (RETURN, _("Give back")))
    return [
        {"label": label, "url": f"{address_of('desk:act', name, contact_id)}?message={one.id}", "key": ""}
        for name, label in offered
        if _may(actor, name)
    ]


def _may(actor: Actor, name: str) -> bool:
    try:
        return actor.may(get_act(name).permission)
    except UnknownAct:
        return False
