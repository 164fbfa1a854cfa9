"""
Sending a message: outside any transaction, by one process at a time, tried again with growing pauses.

At least once, always with the same Message-ID: killed between the server's yes and the note of it, the mail is sent again as the same
mail, and who receives it knows it by its Message-ID.
"""

import random
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q
from django.utils.translation import gettext as _

from onhand.channels.email import smtp
from onhand.channels.email.composing import compose, recipients_of
from onhand.channels.email.fetching import Clock
from onhand.channels.email.models import Mailbox, MailboxHealth
from onhand.channels.email.servers import MailboxProblem, smtp_server
from onhand.channels.email.storing import health_topic
from onhand.contacts import delivery
from onhand.contacts.models import Contact, Message
from onhand.customers.demo_mailbox import has_demo_mailbox, keep_demo_mail
from onhand.customers.enums import ChannelKind
from onhand.kernel.actor import system_actor
from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit

LOCK_CLASS = 1_768_776_561  # of our advisory locks; the message's id, folded, is the second key
PAUSES = (10, 30, 60, 180, 600, 1_800, 3_600)  # seconds to the next try; the last for all that follow
PERMANENT = 500  # answers of SMTP from here on are for good
GIVE_UP_AFTER = timedelta(days=2)
log = structlog.get_logger("onhand.email")


def send_message(message_id: int, clock: Clock) -> datetime | None:
    """Send a message if it is its turn and nobody else is at it; when to try again, if it could not be sent now."""
    ((is_ours,),) = run_prepared("select pg_try_advisory_lock(%s, %s)", lock_of(message_id))
    if not is_ours:
        return None
    try:
        message = delivery.note_try(message_id, at=clock())
        return _try(message, clock) if message is not None else None
    finally:
        # If the connection is gone, so is the lock.
        run_prepared("select pg_advisory_unlock(%s, %s)", lock_of(message_id))


def lock_of(message_id: int) -> list[int]:
    """The advisory lock of a message that is being sent, held by this thread's own connection to the database."""
    return [LOCK_CLASS, message_id % 2**31]


def sending_mailbox(message: Message) -> Mailbox | None:
    """
    The mailbox a message goes out by: the one it says, else the one its contact came to, else its team's, else the default one. None
    if there is none that can send.
    """
    contact = Contact.objects.get(pk=message.contact_id)
    able = Mailbox.objects.filter(is_enabled=True)
    if not has_demo_mailbox():
        able = able.exclude(smtp_host="")
    for address in (message.sender_address, contact.came_to):
        found = able.filter(address__iexact=address).first() if address else None
        if found:
            return found
    of_team = able.filter(team=contact.team_id).order_by("pk").first() if contact.team_id else None
    return of_team or able.order_by("-is_default", F("team").asc(nulls_first=True), "pk").first()


def due_messages(at: datetime, most: int) -> list[int]:
    """Messages of this channel that wait and whose time has come, the oldest first."""
    due = Message.objects.filter(state="waiting", contact__channel=ChannelKind.EMAIL).filter(
        Q(send_after__isnull=True) | Q(send_after__lte=at)
    )
    return list(due.order_by("send_after", "pk").values_list("pk", flat=True)[:most])


def _try(message: Message, clock: Clock) -> datetime | None:
    mailbox = sending_mailbox(message)
    if mailbox is None:
        return _later(message, _("There is no mailbox that could send it."), clock)
    try:
        recipients, mail = _composed(message, mailbox, clock())
        refused = _hand_over(mailbox, recipients, mail)
    except smtp.Refused as answer:
        if not answer.is_permanent:
            return _later(message, answer.message, clock, mailbox)
        delivery.note_not_delivered(message, answer.message, at=clock(), actor=system_actor("e-mail"))
        return None
    except ValueError as error:
        delivery.note_not_delivered(message, str(error), at=clock(), actor=system_actor("e-mail"))
        return None
    except MailboxProblem as problem:
        return _later(message, problem.message, clock, mailbox)
    except Exception as error:
        log.exception("message_cannot_be_sent", message=message.pk)
        return _later(message, f"{type(error).__name__}: {error}", clock, mailbox)
    return _handed_over(message, mailbox, recipients, refused, clock)


def _hand_over(mailbox: Mailbox, recipients: list[str], mail: bytes) -> dict[str, tuple[int, str]]:
    """Give it to the mailbox's server, or keep it where the demo company's mails are kept; who of the recipients was refused."""
    if not mailbox.smtp_host and has_demo_mailbox():
        keep_demo_mail(mail)
        return {}
    return smtp.send(smtp_server(mailbox), mailbox.address, recipients, mail, keep=True)


def _composed(message: Message, mailbox: Mailbox, at: datetime) -> tuple[list[str], bytes]:
    """To whom it goes, and the mail. Raises ValueError for what can never be sent."""
    recipients = recipients_of(message)
    if not recipients:
        raise ValueError(_("It has no recipient."))
    if not message.outside_id:
        raise ValueError(_("It has no Message-ID."))
    files = message.attachments.select_related("file").order_by("position")
    return recipients, compose(message, mailbox, files, at=at)


def _handed_over(
    message: Message, mailbox: Mailbox, recipients: list[str], refused: dict[str, tuple[int, str]], clock: Clock
) -> datetime | None:
    """Note that the server took it: for all, or for all but some. Those refused for now only are tried again."""
    left_out = "; ".join(f"{address}: {answer}" for address, (_code, answer) in refused.items())
    if any(code < PERMANENT for code, _answer in refused.values()):
        taken = [one for one in recipients if refused.get(one, (PERMANENT, ""))[0] >= PERMANENT]
        return _later(message, left_out, clock, mailbox, taken)
    delivery.note_sent(message, at=clock(), actor=system_actor("e-mail"), problem=left_out)
    _note(mailbox, last_sent_at=clock(), sending_problem="", sending_problem_at=None)
    return None


def _later(
    message: Message, problem: str, clock: Clock, mailbox: Mailbox | None = None, taken: Collection[str] = ()
) -> datetime | None:
    now = clock()
    log.warning("message_put_off", message=message.pk, tries=message.tries, problem=problem)
    if mailbox is not None:
        _note(mailbox, sending_problem=problem, sending_problem_at=now)
    if now - message.at > GIVE_UP_AFTER and message.tries >= len(PAUSES):
        delivery.note_not_delivered(message, problem, at=now, actor=system_actor("e-mail"))
        return None
    seconds = PAUSES[min(message.tries, len(PAUSES)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311  (spread, not secret)
    until = now + timedelta(seconds=seconds)
    delivery.note_put_off(message, problem, until=until, taken=taken)
    return until


def _note(mailbox: Mailbox, **known: object) -> None:
    MailboxHealth.objects.update_or_create(mailbox=mailbox, defaults=known)
    send_after_commit(health_topic(mailbox.pk))
