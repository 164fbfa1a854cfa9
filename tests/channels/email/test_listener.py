"""The fetcher as a process that is killed, and a Dovecot that goes away and comes back."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone

from onhand.channels.email import fetchers
from onhand.channels.email.intake import claim_stored, process_raw
from onhand.channels.email.models import MailboxHealth, MailboxTest, RawMail
from onhand.channels.email.trying import run_test
from tests.channels.email.boxes import fetching, letter, make_mailbox, post, wait_for
from tests.channels.email.servers import Dovecot, Postfix
from tests.factories import NOON

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def fetcher_process() -> int:
    """The fetchers in a process of their own; its id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        fetchers.run(threading.Event(), timezone.now)
    finally:
        os._exit(0)


def test_killed_again_and_again_every_mail_is_stored_once(dovecot: Dovecot, postfix: Postfix) -> None:
    box, chance = make_mailbox(dovecot), random.Random(7)
    child = fetcher_process()
    sent = 0
    try:
        for _kill in range(8):
            for _ in range(chance.randint(1, 6)):
                post(postfix, letter(box.address, f"Mail {sent}"), box.address)
                sent += 1
            time.sleep(chance.random())
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            child = fetcher_process()
        wait_for(lambda: RawMail.objects.filter(mailbox=box, settled_at__isnull=False).count() >= sent, 30)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    contents = [bytes(one) for one in RawMail.objects.filter(mailbox=box).values_list("content", flat=True)]
    found = sorted(int(one.split(b"Subject: Mail ")[1].split(b"\r")[0]) for one in contents)
    assert found == list(range(sent))


def test_a_dovecot_that_is_killed_is_waited_for(mail_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Dovecot(mail_folder / "killed")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    server.start()
    try:
        box = make_mailbox(server)
        with fetching():
            wait_for(lambda: MailboxHealth.objects.filter(mailbox=box, scanned_at__isnull=False).exists())
            server.kill()
            wait_for(lambda: MailboxHealth.objects.exclude(problem="").filter(mailbox=box).exists())
            problem = MailboxHealth.objects.get(mailbox=box).problem
            assert "localhost" in problem
            server.start()
            server.doveadm("save", "-u", box.address, text=letter(box.address, "After"))
            wait_for(lambda: RawMail.objects.filter(mailbox=box).exists(), 30)
            wait_for(lambda: MailboxHealth.objects.filter(mailbox=box, problem="").exists())
    finally:
        server.stop()
    connection.close()


def test_a_mailbox_is_tested_with_a_message_to_itself(dovecot: Dovecot, postfix: Postfix) -> None:
    box = make_mailbox(dovecot, postfix)

    def tested(name: str, seconds: float = 20) -> MailboxTest:
        test = MailboxTest.objects.create(mailbox=box, message_id=f"<{name}@x.example>", asked_at=NOON, asked_by="Ana")
        run_test(test.pk, timezone.now, seconds)
        test.refresh_from_db()
        return test

    with fetching():
        found = tested("in-use")
        wait_for(RawMail.objects.filter(mailbox=box).exists)  # seen in the mailbox may be before it is fetched
    assert (found.state, found.problem) == ("passed", "")
    assert [step.split(" ")[0] for step in found.steps] == ["Signed", "Sent", "The"]
    for pk in claim_stored(timezone.now()):
        process_raw(pk, timezone.now)
    assert RawMail.objects.get(mailbox=box).state == "done"
    box.is_enabled = False
    box.save()
    assert tested("not-in-use").state == "passed"
    assert dovecot.doveadm("search", "-u", box.address, "HEADER", "Message-ID", "not-in-use") == b""
    box.smtp_secret = b""
    box.save()
    wrong = tested("wrong")
    assert wrong.state == "failed"
    assert "does not accept the name and password" in wrong.problem
