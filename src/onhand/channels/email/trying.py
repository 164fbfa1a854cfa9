"""The test of a mailbox: every server reached, a message sent to itself, and the message come back."""

import time
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.utils.translation import gettext as _

from onhand.channels.email import smtp
from onhand.channels.email.enums import TestState
from onhand.channels.email.fetching import Clock, folder_to_move_to
from onhand.channels.email.imap import opened
from onhand.channels.email.models import Mailbox, MailboxTest, RawMail
from onhand.channels.email.servers import MailboxProblem, imap_server, smtp_server
from onhand.channels.email.storing import health_topic
from onhand.kernel.hints import send_after_commit

WAIT_SECONDS = 90.0
LOOK_SECONDS = 0.5
FOLDER_EVERY = 4  # looks


def run_test(test_id: int, clock: Clock, wait_seconds: float = WAIT_SECONDS) -> None:
    """Do a test and note how it goes, step by step. Done outside any transaction; what has ended is not done again."""
    test = MailboxTest.objects.select_related("mailbox").filter(pk=test_id, state=TestState.RUNNING).first()
    if test is None:
        return
    try:
        _steps(test, test.mailbox, clock, wait_seconds)
    except MailboxProblem as problem:
        _end(test, TestState.FAILED, clock(), problem.message)
    except smtp.Refused as refused:
        words = _("%(host)s does not take the mail: %(said)s")
        _end(test, TestState.FAILED, clock(), words % {"host": test.mailbox.smtp_host, "said": refused.message})
    else:
        _end(test, TestState.PASSED, clock())


def _steps(test: MailboxTest, mailbox: Mailbox, clock: Clock, wait_seconds: float) -> None:
    if mailbox.imap_host:
        server = imap_server(mailbox)
        with opened(server, mailbox.imap_folder, folder_to_move_to(mailbox)):
            _went_well(test, _("Signed in at %(place)s and opened the folder.") % {"place": server.place})
    if not mailbox.smtp_host:
        return
    outgoing = smtp_server(mailbox)
    smtp.send(outgoing, mailbox.address, [mailbox.address], _mail(test, mailbox, clock()))
    _went_well(test, _("Sent a message to itself by %(place)s.") % {"place": outgoing.place})
    if not _comes(test, mailbox, wait_seconds):
        words = _("The message was sent, but did not come within %(seconds)s seconds. Is %(address)s this mailbox?")
        given = {"seconds": round(wait_seconds), "address": mailbox.address}
        raise MailboxProblem("arrival", words % given)
    _went_well(test, _("The message came."))


def _comes(test: MailboxTest, mailbox: Mailbox, wait_seconds: float) -> bool:
    end, looks = time.monotonic() + wait_seconds, 0
    while time.monotonic() < end:
        if RawMail.objects.filter(mailbox=mailbox, outside_id=test.message_id).exists():
            return True
        looks += 1
        if mailbox.imap_host and not mailbox.is_enabled and looks % FOLDER_EVERY == 0 and _is_in_folder(test, mailbox):
            return True
        time.sleep(LOOK_SECONDS)
    return bool(mailbox.imap_host) and _is_in_folder(test, mailbox)


def _is_in_folder(test: MailboxTest, mailbox: Mailbox) -> bool:
    """Whether it is at the server; if so it is taken away again. For mailboxes nothing is fetched from yet."""
    with opened(imap_server(mailbox), mailbox.imap_folder) as folder:
        found = folder.search("HEADER", "Message-ID", test.message_id)
        folder.remove(found)
    return bool(found)


def _mail(test: MailboxTest, mailbox: Mailbox, at: datetime) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = mail["To"] = mailbox.address
    mail["Subject"] = _("Test of this mailbox")
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = test.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_("Onhand sent this to itself to see whether mail goes out and comes in. It needs no answer."))
    return mail.as_bytes()


def _went_well(test: MailboxTest, words: str) -> None:
    test.steps = [*test.steps, words]
    test.save(update_fields=["steps"])
    send_after_commit(health_topic(test.mailbox_id))


def _end(test: MailboxTest, state: TestState, at: datetime, problem: str = "") -> None:
    test.state, test.ended_at, test.problem = state, at, problem
    test.save(update_fields=["state", "ended_at", "problem"])
    send_after_commit(health_topic(test.mailbox_id))
