"""How mailboxes are, for pages and for the check."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.channels.email.enums import Route
from onhand.channels.email.health import LATE, SILENT, Mood, State, late_to_be_sent, states
from onhand.channels.email.models import Mailbox, MailboxHealth
from onhand.channels.email.storing import Arrived, store
from tests.channels.email.boxes import make_mailbox
from tests.channels.email.test_sending import make_message
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def state_of(mailbox: Mailbox, at: Any = NOON) -> State:
    return states([mailbox], at)[0]


def test_a_mailbox_that_was_just_seen_is_well_and_one_nobody_fetches_is_not() -> None:
    box = make_mailbox(imap_host="imap.company.example")
    assert state_of(box).problems == ["It was not reached yet."]
    MailboxHealth.objects.create(mailbox=box, seen_at=NOON)
    assert (state_of(box).mood, state_of(box).problems) == (Mood.WELL, [])
    late = state_of(box, NOON + SILENT + timedelta(seconds=1))
    assert (late.mood, late.problems) == (Mood.BAD, ["Nobody fetches it: does the part “listeners” run?"])
    box.is_enabled = False
    assert state_of(box, NOON + timedelta(days=1)).mood is Mood.OFF
    assert state_of(make_mailbox()).mood is Mood.WELL  # by LMTP nothing is expected


def test_what_waits_too_long_and_what_was_refused_is_said() -> None:
    box = make_mailbox()
    mails = [Arrived(Route.LMTP, "lmtp:", b"Subject: %d" % n, 10, refused="No." if n == 2 else "") for n in range(3)]
    store(box.pk, mails, at=NOON)
    now = state_of(box)
    assert (now.mood, now.waiting, now.refused) == (Mood.LOOK, 2, 1)
    late = state_of(box, NOON + LATE + timedelta(seconds=1))
    assert (late.mood, late.problems) == (Mood.BAD, ["2 mails wait to be read.", "1 mail could not be read."])


def test_messages_that_should_be_out_are_counted() -> None:
    make_message(send_after=NOON)
    make_message(send_after=NOON + timedelta(hours=1))
    make_message(state="sent")
    assert late_to_be_sent(NOON + LATE) == 0
    assert late_to_be_sent(NOON + LATE + timedelta(seconds=1)) == 1


def test_the_check_says_how_each_mailbox_is() -> None:
    from onhand.config.check import Grade, _mail

    make_mailbox(address="a@company.example")
    make_mailbox(address="b@company.example", imap_host="imap.company.example")
    make_message(send_after=NOON)
    found = [(one.grade, one.text) for one in _mail()]
    assert found == [
        (Grade.GOOD, "a@company.example: works"),
        (Grade.BAD, "b@company.example: It was not reached yet."),
        (Grade.BAD, "1 messages should have been sent minutes ago"),
    ]
