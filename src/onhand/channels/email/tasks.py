"""What the jobs part does with mail: reading what arrived, sending what is due, emptying what is kept no longer, testing mailboxes."""

import contextlib
import time
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from onhand.channels.email import sending
from onhand.channels.email.emptying import empty_read
from onhand.channels.email.enums import RawState, TestState
from onhand.channels.email.intake import claim_stored, process_raw
from onhand.channels.email.models import MailboxTest, RawMail
from onhand.channels.email.trying import run_test
from onhand.contacts.contact_rules import current_rules
from onhand.contacts.delivery import register_carrier
from onhand.customers.enums import ChannelKind

SLICE_SECONDS = 5.0  # then other jobs get their turn
MOST_DUE = 500
STALLED_TEST = timedelta(minutes=5)
log = structlog.get_logger("onhand.email")


@app.task(name="email.read")
def read_stored_mail() -> None:
    """Read what arrived, for a moment; then queue the rest. Several may run: each takes what nobody is at."""
    end = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < end:
        claimed = claim_stored(timezone.now())
        if not claimed:
            return
        for raw_id in claimed:
            process_raw(raw_id, timezone.now)
    queue_reading()


def queue_reading() -> None:
    """Have stored mail read. Called after the commit: a job that waits already will find it."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        read_stored_mail.configure(queueing_lock="email.read").defer()


@app.task(name="email.send")
def send_message(message_id: int) -> None:
    """Send a message, once its time has come; if it cannot be sent now, queue the next try."""
    again = sending.send_message(message_id, timezone.now)
    if again is not None:
        queue_sending(message_id, again)


def queue_sending(message_id: int, at: datetime | None = None) -> None:
    """Have a message sent at that time, after the commit of the present transaction if there is one. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        job = send_message.configure(queueing_lock=f"email.send:{message_id}", schedule_at=at)
        job.defer(message_id=message_id)


register_carrier(ChannelKind.EMAIL, queue_sending)


@app.task(name="email.test")
def run_mailbox_test(test_id: int) -> None:
    """Test a mailbox."""
    run_test(test_id, timezone.now)


@app.periodic(cron="* * * * *")
@app.task(name="email.sweep", queueing_lock="email.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Queue what nobody works on, because somebody was stopped between a commit and its job."""
    now = timezone.now()
    if RawMail.objects.filter(state=RawState.STORED).exists():
        queue_reading()
    for message_id in sending.due_messages(now, MOST_DUE):
        queue_sending(message_id)
    stalled = MailboxTest.objects.filter(state=TestState.RUNNING, asked_at__lt=now - STALLED_TEST)
    stalled.update(state=TestState.FAILED, ended_at=now, problem="The test was interrupted. Test it again.")


@app.periodic(cron="52 2 * * *")
@app.task(name="email.begin_emptying", queueing_lock="email.begin_emptying")
def begin_emptying(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Once a night empty mail as it arrived that was read long enough ago."""
    _empty_later("", 0)


@app.task(name="email.empty_read")
def empty_read_mail(done: str, raw_id: int) -> None:
    """Empty for a moment, from one place on; then queue the rest."""
    now = timezone.now()
    before = now - timedelta(days=current_rules().raw_mail_days)
    end = time.monotonic() + SLICE_SECONDS
    place = (datetime.fromisoformat(done), raw_id) if done else None
    while time.monotonic() < end:
        place = empty_read(before, now, place)
        if place is None:
            return
    if place is not None:
        _empty_later(place[0].isoformat(), place[1])


def _empty_later(done: str, raw_id: int) -> None:
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        empty_read_mail.configure(queueing_lock="email.empty_read").defer(done=done, raw_id=raw_id)
