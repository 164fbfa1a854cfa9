"""What is made of mail as it arrived."""

import os
import signal
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from onhand.channels.email import chain, intake
from onhand.channels.email.enums import Route
from onhand.channels.email.intake import claim_stored, process_raw
from onhand.channels.email.models import Mailbox, MailboxTest, RawMail
from onhand.channels.email.reading import ParsedMail
from onhand.channels.email.storing import Arrived, store
from onhand.contacts.models import Message
from onhand.kernel.models import EventRecord
from tests.channels.email.boxes import letter, make_mailbox
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def arrive(mailbox: Mailbox, *mails: bytes) -> list[int]:
    found = [Arrived(Route.LMTP, "lmtp:", mail, len(mail)) for mail in mails]
    return [one.id for one in store(mailbox.pk, found, at=NOON)]


def work(at: Any = NOON) -> None:
    while claimed := claim_stored(at):
        for pk in claimed:
            process_raw(pk, lambda: at)


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Subjects of what was handed to the contacts; a subject with Bad in it is not taken."""
    subjects: list[str] = []

    def receive(parsed: ParsedMail, raw: RawMail, at: Any) -> None:
        if "Bad" in parsed.subject:
            raise RuntimeError("no file of this customer \x00 can be opened")
        if "Clash" in parsed.subject:
            with connection.cursor() as cursor:
                cursor.execute("select 1 / 0")
        subjects.append(parsed.subject)

    monkeypatch.setattr(chain, "receive", receive)
    return subjects


def states(mailbox: Mailbox) -> list[tuple[str, int]]:
    return list(RawMail.objects.filter(mailbox=mailbox).order_by("pk").values_list("state", "tries"))


def test_what_cannot_be_read_is_refused_with_its_reason_and_holds_nothing_up(received: list[str]) -> None:
    box = make_mailbox()
    _first, bad, _last = arrive(box, *(letter(box.address, subject) for subject in ("First", "Bad", "Last")))
    work()
    assert received == ["First", "Last"]
    assert states(box) == [("done", 1), ("refused", 1), ("done", 1)]
    reason = RawMail.objects.get(pk=bad).reason
    assert reason == "RuntimeError: no file of this customer � can be opened"
    assert EventRecord.objects.filter(name="email.mail_refused").count() == 1


def test_what_the_database_did_is_tried_again_with_pauses_and_then_refused(received: list[str]) -> None:
    box = make_mailbox()
    arrive(box, letter(box.address, "Clash"))
    at = NOON
    work()
    assert states(box) == [("stored", 1)]
    assert claim_stored(at) == []  # it waits for its time
    for _ in range(intake.MOST_TRIES):
        at += timedelta(minutes=5)
        work(at)
    assert states(box) == [("refused", intake.MOST_TRIES)]


def test_a_mail_that_kills_the_process_is_refused_after_a_few_times(received: list[str]) -> None:
    box = make_mailbox()
    poison, good = arrive(box, letter(box.address, "Poison"), letter(box.address, "Good"))
    at = NOON
    for _ in range(intake.MOST_TRIES):
        claimed = claim_stored(at)
        assert poison in claimed  # and the process dies here
        if good in claimed:
            process_raw(good, lambda: NOON)
        at += intake.CLAIM_LASTS + timedelta(seconds=1)
    assert claim_stored(at) == []
    assert received == ["Good"]
    assert "each time the process ended" in RawMail.objects.get(pk=poison).reason


def test_tests_of_the_mailbox_lead_to_nothing(
    received: list[str],
) -> None:
    box = make_mailbox()
    MailboxTest.objects.create(mailbox=box, message_id="<test-1@company.example>", asked_at=NOON, asked_by="Ana")
    test = letter(box.address, "Test").replace(b"Message-ID: <", b"Message-ID: <test-1@company.example>\r\nX-Was: <")
    arrive(box, test)
    work()
    assert received == []
    assert "test of the mailbox" in RawMail.objects.get().reason


def test_the_same_mail_by_another_way_is_one_message() -> None:
    box = make_mailbox()
    mail = letter(box.address, "Once")
    arrive(box, mail)
    work()
    arrive(box, b"Received: from elsewhere\r\n" + mail)
    work()
    assert Message.objects.filter(direction="inbound").count() == 1
    assert "the same mail as" in RawMail.objects.latest("pk").reason


@pytest.mark.django_db(transaction=True)
def test_killed_while_a_mail_is_made_into_a_message_it_is_as_if_it_had_not_begun(
    received: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = make_mailbox()
    (pk,) = arrive(box, letter(box.address, "Kept"))
    connection.close()
    child = os.fork()
    if child == 0:
        real = chain.receive

        def die(*given: Any) -> None:
            real(*given)
            os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(chain, "receive", die)
        try:
            for one in claim_stored(NOON):
                process_raw(one, lambda: NOON)
        finally:
            os._exit(3)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert states(box) == [("stored", 1)]
    later = NOON + intake.CLAIM_LASTS
    work(later)
    assert received == ["Kept"]
    assert states(box) == [("done", 2)]
    assert RawMail.objects.get(pk=pk).not_before is None
