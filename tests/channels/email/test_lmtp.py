"""Mail handed over by LMTP: taken when it is committed, refused for each recipient by itself."""

import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from onhand.channels.email import lmtp
from onhand.channels.email.models import RawMail
from tests.channels.email.boxes import letter, make_mailbox, post, wait_for
from tests.channels.email.servers import Dovecot, Postfix, free_ports

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def door() -> Iterator[int]:
    """The LMTP door, open in a thread."""
    stop, (port,) = threading.Event(), free_ports(1)

    def work() -> None:
        try:
            lmtp.run(stop, "127.0.0.1", port, timezone.now)
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    wait_for(lambda: _answers(port))
    try:
        yield port
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def _answers(port: int) -> bool:
    try:
        with smtplib.LMTP("127.0.0.1", port):
            return True
    except OSError:
        return False


def hand_over(port: int, mail: bytes, *to: str) -> list[str]:
    """What was said to each recipient, then of the mail for each that was taken."""
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.mail("ana@customer.example")
        said = [client.rcpt(address) for address in to]
        answers = [f"{code}" for code, _text in said]
        if "250" not in answers:
            return answers
        code, _text = client.docmd("data")
        assert code == 354
        client.send(mail + b"\r\n.\r\n")
        taken = [client.getreply() for one in answers if one == "250"]
        return [*answers, *(f"{code} {text.decode()}" for code, text in taken)]


def test_what_is_acknowledged_is_stored_for_each_recipient() -> None:
    first, second = make_mailbox(), make_mailbox()
    local, _at, domain = second.address.partition("@")
    with door() as port:
        mail = letter(first.address)
        said = hand_over(port, mail, first.address.upper(), f"{local}+web@{domain}", "nobody@company.example")
        assert said[:3] == ["250", "250", "550"]
        assert [one.split(" as ")[0] for one in said[3:]] == ["250 2.0.0 Stored"] * 2
        hand_over(port, mail, first.address)  # once more, because an answer was lost: the same mail
    raws = RawMail.objects.order_by("pk")
    assert [(raw.mailbox, raw.route, raw.envelope_sender) for raw in raws] == [
        (first, "lmtp", "ana@customer.example"),
        (second, "lmtp", "ana@customer.example"),
    ]
    assert bytes(raws[0].content) == mail + b"\r\n"


def test_what_cannot_be_committed_is_to_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    box = make_mailbox()

    def fail(*_given: Any, **_named: Any) -> None:
        raise DatabaseError("the disk is full")

    with door() as port:
        monkeypatch.setattr(lmtp, "store", fail)
        assert hand_over(port, letter(box.address), box.address)[1].startswith("451")
    assert not RawMail.objects.exists()


def test_what_is_too_large_is_refused_for_each_recipient(settings: Any) -> None:
    settings.ONHAND_MAIL_BYTES = 5_000
    first, second = make_mailbox(), make_mailbox()
    with door() as port:
        said = hand_over(port, letter(first.address, text="x\r\n" * 5_000), first.address, second.address)
        assert [one[:3] for one in said] == ["250", "250", "552", "552"]
        assert len(hand_over(port, letter(first.address), first.address)) == 2


@pytest.mark.services
def test_postfix_hands_over_and_keeps_what_is_not_taken(
    dovecot: Dovecot, postfix: Postfix, mail_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = "desk.example"
    box = make_mailbox(address="help@desk.example")
    with door() as port:
        ours = Postfix(mail_folder / "to-us", dovecot, {domain: port})
        try:
            ours.start()
            monkeypatch.setattr(lmtp, "_mailbox_id", lambda _address: 1 / 0)
            post(ours, letter(box.address, "Waits"), box.address)
            wait_for(lambda: "451 4.3.0" in ours.log())
            monkeypatch.undo()
            wait_for(lambda: RawMail.objects.exists())
            post(ours, letter(box.address, "To nobody"), f"nobody@{domain}")
            wait_for(lambda: "550 5.1.1 There is no such mailbox here" in ours.log())
        finally:
            ours.stop()
    raw = RawMail.objects.get()
    assert b"Subject: Waits" in bytes(raw.content)
    assert raw.route == "lmtp"
