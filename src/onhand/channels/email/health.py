"""How mailboxes are, in words people can act on: for the pages, and for `onhand check`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.channels.email.enums import RawState
from onhand.channels.email.models import Mailbox, MailboxHealth, RawMail
from onhand.contacts.enums import MessageState
from onhand.contacts.models import Message
from onhand.customers.enums import ChannelKind

SILENT = timedelta(minutes=25)  # a fetcher says it is well each time its waiting is renewed, every ten minutes
LATE = timedelta(minutes=2)  # mail that waits longer to be read or sent than this is late


class Mood(StrEnum):
    """How a mailbox is."""

    WELL = "well"
    LOOK = "look"
    BAD = "bad"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class State:
    """
    How one mailbox is. `waiting` counts mail stored and not read yet, the oldest since `waiting_since`; `refused` what could not be
    read. `problems` are sentences, the worst first.
    """

    mailbox: Mailbox
    health: MailboxHealth
    mood: Mood
    problems: list[str]
    waiting: int
    waiting_since: datetime | None
    refused: int


def states(mailboxes: list[Mailbox], at: datetime) -> list[State]:
    """How these mailboxes are, in four statements however many there are."""
    numbers = [one.pk for one in mailboxes]
    health = {one.mailbox_id: one for one in MailboxHealth.objects.filter(mailbox__in=numbers)}
    waiting = _counted(numbers, RawState.STORED)
    refused = _counted(numbers, RawState.REFUSED)
    return [
        _state(
            one,
            health.get(one.pk) or MailboxHealth(mailbox=one),
            waiting.get(one.pk, (0, None)),
            refused.get(one.pk, (0, None))[0],
            at,
        )
        for one in mailboxes
    ]


def _counted(numbers: list[int], state: RawState) -> dict[int, tuple[int, datetime | None]]:
    found = RawMail.objects.filter(mailbox__in=numbers, state=state).values("mailbox").order_by("mailbox")
    rows = found.values_list("mailbox", Count("pk"), Min("received_at"))
    return {mailbox: (many, since) for mailbox, many, since in rows}


def _state(
    mailbox: Mailbox, health: MailboxHealth, waiting: tuple[int, datetime | None], refused: int, at: datetime
) -> State:
    bad, look = [], []
    if mailbox.is_enabled:
        bad = _what_is_wrong(mailbox, health, at)
    many, since = waiting
    if since is not None and at - since > LATE:
        words = ngettext("%(many)s mail waits to be read.", "%(many)s mails wait to be read.", many)
        bad.append(words % {"many": many})
    if health.left_on_server:
        left = health.left_on_server
        words = ngettext("%(many)s mail is still to be fetched.", "%(many)s mails are still to be fetched.", left)
        look.append(words % {"many": left})
    if refused:
        words = ngettext("%(many)s mail could not be read.", "%(many)s mails could not be read.", refused)
        look.append(words % {"many": refused})
    mood = Mood.BAD if bad else Mood.LOOK if look else Mood.WELL if mailbox.is_enabled else Mood.OFF
    return State(mailbox, health, mood, [*bad, *look], many, since, refused)


def _what_is_wrong(mailbox: Mailbox, health: MailboxHealth, at: datetime) -> list[str]:
    found = []
    if mailbox.imap_host and health.problem:
        found.append(health.problem)
    elif mailbox.imap_host and health.seen_at is None:
        found.append(_("It was not reached yet."))
    elif mailbox.imap_host and health.seen_at is not None and at - health.seen_at > SILENT:
        found.append(_("Nobody fetches it: does the part “listeners” run?"))
    if mailbox.smtp_host and health.sending_problem:
        found.append(health.sending_problem)
    return found


def late_to_be_sent(at: datetime) -> int:
    """Messages of this channel whose time to be sent is over by more than a moment."""
    due = Message.objects.filter(state=MessageState.WAITING, contact__channel=ChannelKind.EMAIL)
    return due.filter(Q(send_after__lt=at - LATE) | Q(send_after=None, at__lt=at - LATE)).count()
