"""Messages sent: what goes out, by which mailbox, and what becomes of refusals."""

import email
import imaplib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, cast

import dkim
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from onhand.channels.email import smtp
from onhand.channels.email.composing import compose
from onhand.channels.email.models import Mailbox, MailboxHealth
from onhand.channels.email.sending import lock_of, send_message, sending_mailbox
from onhand.channels.email.servers import DKIM_KEY
from onhand.channels.email.tasks import sweep
from onhand.contacts.delivery import hand_over
from onhand.contacts.models import Attachment, Contact, Message, StoredFile
from onhand.kernel.database import connect_directly
from onhand.kernel.locked_texts import lock_text
from onhand.kernel.models import EventRecord
from tests.channels.email.boxes import make_mailbox, new_address, wait_for
from tests.channels.email.servers import OUTSIDE, PASSWORD, Dovecot, Postfix
from tests.factories import NOON
from tests.factories.staff import make_team

pytestmark = pytest.mark.django_db


def make_message(mailbox: Mailbox | None = None, *to: str, **changes: Any) -> Message:
    """A message that waits to be sent."""
    address = mailbox.address if mailbox else ""
    contact = Contact.objects.create(
        channel="email", started_at=NOON, ended_at=NOON, came_to=address, team=mailbox.team if mailbox else None
    )
    given: dict[str, Any] = {
        "contact": contact,
        "direction": "outbound",
        "at": NOON,
        "recipients": [{"name": "Ana", "address": one, "as": "to"} for one in to or ("ana@customer.example",)],
        "subject": "Your parcel",
        "text": "It is on its way.\n",
        "outside_id": f"<m-{contact.pk}-0a1b@company.example>",
        "answers": ["<first@customer.example>", "<second@customer.example>"],
        "state": "waiting",
        "author_name": "Luis",
    }
    return Message.objects.create(**given | changes)


def composed(message: Message, mailbox: Mailbox) -> EmailMessage:
    files = message.attachments.select_related("file").order_by("position")
    return read(compose(message, mailbox, files, at=NOON))


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=SMTP_POLICY)


def attach(message: Message, name: str, content: bytes, **changes: Any) -> None:
    file = StoredFile.objects.create(
        sha256=f"{message.pk}{name}"[:64], content=content, size=len(content), stored_at=NOON
    )
    position = message.attachments.count()
    given = {"media_type": "application/pdf", "size": len(content), "position": position} | changes
    Attachment.objects.create(message=message, name=name, file=file, **given)


class Sink:
    """A server that takes mail, and answers recipients and mails as told."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.recipient_answers: dict[str, list[str]] = {}
        self.mail_answers: list[str] = []
        self.connections: set[Any] = set()

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if waiting := self.recipient_answers.get(address):
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.connections.add(session.peer)
        if self.mail_answers:
            return self.mail_answers.pop(0)
        self.mails.append((list(envelope.rcpt_tos), cast("bytes", envelope.content)))
        return "250 OK"


@contextmanager
def sink(**options: Any) -> Iterator[tuple[Sink, Mailbox]]:
    """A sink and a mailbox that sends by it."""
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=0, **options)
    # Port 0 is any: the library asks its own port whether it listens, so it must be known before.
    from tests.channels.email.servers import free_ports

    controller.port = free_ports(1)[0]
    controller.start()
    try:
        yield handler, make_mailbox(smtp_host="127.0.0.1", smtp_port=controller.port, smtp_security="none")
    finally:
        controller.stop()


def send(message: Message, at: datetime = NOON) -> datetime | None:
    again = send_message(message.pk, lambda: at)
    message.refresh_from_db()
    return again


def test_a_message_is_sent_once_with_its_name_its_thread_and_its_people() -> None:
    with sink() as (server, box):
        message = make_message(box, "ana@customer.example")
        message.recipients += [
            {"name": "", "address": "luis@customer.example", "as": "cc"},
            {"name": "", "address": "boss@customer.example", "as": "bcc"},
        ]
        message.save()
        assert send(message) is None
        assert send(message) is None
    ((to, raw),) = server.mails
    mail = read(raw)
    assert to == ["ana@customer.example", "luis@customer.example", "boss@customer.example"]
    assert b"boss@" not in raw
    assert (mail["Message-ID"], mail["In-Reply-To"]) == (message.outside_id, "<second@customer.example>")
    assert mail["References"] == "<first@customer.example> <second@customer.example>"
    assert (mail["From"], mail["To"]) == (f"Help <{box.address}>", "Ana <ana@customer.example>")
    assert (mail["Auto-Submitted"], mail["List-Unsubscribe"]) == (None, None)
    assert (message.state, message.tries, message.sent_at) == ("sent", 1, NOON)
    assert EventRecord.objects.filter(name="contacts.message_sent").count() == 1


def test_mails_that_follow_one_another_go_over_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "MOST_ON_ONE", 3)
    with sink() as (server, box):
        sent = [make_message(box, f"ana{number}@customer.example") for number in range(4)]
        assert [send(message) for message in sent] == [None] * 4
        assert [to for to, _mail in server.mails] == [[f"ana{number}@customer.example"] for number in range(4)]
        assert len(server.connections) == 2


def test_a_connection_the_server_closed_meanwhile_is_opened_again() -> None:
    with sink(timeout=0.3) as (server, box):
        assert send(make_message(box, "ana@customer.example")) is None
        time.sleep(0.8)
        assert send(make_message(box, "luis@customer.example")) is None
        assert (len(server.mails), len(server.connections)) == (2, 2)


def test_a_connection_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "KEPT_SECONDS", 0.1)
    with sink() as (_server, box):
        assert send(make_message(box, "ana@customer.example")) is None
        for _attempt in range(100):
            if not smtp._kept._idle:
                break
            time.sleep(0.05)
        assert smtp._kept._idle == {}


def test_a_permanent_refusal_fails_the_message_and_brings_the_contact_back() -> None:
    with sink() as (server, box):
        server.recipient_answers["ana@customer.example"] = ["550 5.1.1 Nobody of that name"]
        message = make_message(box)
        assert send(message) is None
    message.contact.refresh_from_db()
    assert (message.state, message.problem) == ("failed", "550 5.1.1 Nobody of that name")
    assert (message.contact.needs_answer, message.contact.ended_at) == (True, None)


def test_what_is_refused_for_now_is_tried_again_as_the_same_mail() -> None:
    with sink() as (server, box):
        server.recipient_answers["ana@customer.example"] = ["450 4.2.0 Greylisted, come back later"]
        message = make_message(box)
        again = send(message)
        assert again is not None
        assert (message.state, message.tries, message.send_after) == ("waiting", 1, again)
        assert "Greylisted" in MailboxHealth.objects.get(mailbox=box).sending_problem
        assert send(message) is None
        assert (message.state, message.tries) == ("waiting", 1)  # not its time yet
        assert send(message, again) is None
    assert (message.state, message.tries, len(server.mails)) == ("sent", 2, 1)
    assert read(server.mails[0][1])["Message-ID"] == message.outside_id
    assert MailboxHealth.objects.get(mailbox=box).sending_problem == ""


def test_of_several_recipients_only_who_was_put_off_is_sent_to_again() -> None:
    with sink() as (server, box):
        message = make_message(box, "ana@customer.example", "luis@customer.example", "gone@customer.example")
        server.recipient_answers["luis@customer.example"] = ["451 Later"]
        again = send(message)
        assert again is not None
        assert send(message, again) is None
    assert [to for to, _raw in server.mails] == [
        ["ana@customer.example", "gone@customer.example"],
        ["luis@customer.example"],
    ]
    assert message.state == "sent"


def test_where_one_of_several_is_refused_for_good_the_contact_comes_back() -> None:
    with sink() as (server, box):
        message = make_message(box, "ana@customer.example", "gone@customer.example")
        server.recipient_answers["gone@customer.example"] = ["550 Gone"]
        assert send(message) is None
    message.contact.refresh_from_db()
    assert (message.state, message.problem) == ("sent", "gone@customer.example: 550 Gone")
    assert message.contact.needs_answer is True


def test_a_server_that_is_away_is_waited_for_in_growing_pauses_and_given_up_after_days() -> None:
    box = make_mailbox(smtp_host="127.0.0.1", smtp_port=1, smtp_security="none")
    message = make_message(box)
    at, pauses = NOON, []
    while again := send(message, at):
        pauses.append((again - at).total_seconds())
        at = again
    assert pauses[0] < 15 < pauses[2] < pauses[5]
    assert timedelta(days=2) < at - NOON < timedelta(days=3)
    assert message.state == "failed"
    assert "Nothing answers at 127.0.0.1:1" in message.problem


def test_two_at_once_send_it_once() -> None:
    with sink() as (server, box):
        message = make_message(box)
        with connect_directly() as lease:
            lease.execute("select pg_advisory_lock(%s, %s)", lock_of(message.pk))
            assert send(message) is None
            lease.execute("select pg_advisory_unlock_all()")
        assert server.mails == []
        send(message)
    assert len(server.mails) == 1


def test_which_mailbox_sends() -> None:
    team = make_team()
    able: dict[str, Any] = {"smtp_host": "smtp.company.example"}
    came, of_team = make_mailbox(**able), make_mailbox(team=team, **able)
    default, other = make_mailbox(is_default=True, **able), make_mailbox(team=make_team(), **able)
    deaf = make_mailbox()
    assert sending_mailbox(make_message(came)) == came
    message = make_message()
    assert sending_mailbox(message) == default
    Contact.objects.filter(pk=message.contact_id).update(came_to=deaf.address, team=team)
    assert sending_mailbox(message) == of_team
    message.sender_address = other.address
    assert sending_mailbox(message) == other
    Mailbox.objects.update(is_enabled=False)
    assert sending_mailbox(message) is None
    assert send(make_message()) is not None


def test_what_names_and_subjects_hold_never_becomes_a_header() -> None:
    box = make_mailbox(from_name="Help\r\nBcc: x@evil.example", smtp_host="x")
    message = make_message(
        box,
        subject="Hi\r\nBcc: y@evil.example\r\n\r\nBody",
        recipients=[{"name": "Ana\r\nX-Bad: 1", "address": "ana@customer.example", "as": "to"}],
        outside_id="<m-1-a@company.example>",
        answers=["<a@b>\r\nX-Bad: 2", "no id at all"],
    )
    mail = composed(message, box)
    assert {"bcc", "x-bad"}.isdisjoint(name.lower() for name in mail)
    assert mail["Subject"] == "Hi Bcc: y@evil.example Body"
    assert mail["References"] == "<a@b>"
    for address in ("ana@customer.example\r\nBcc: z@evil.example", "nobody", "@customer.example", "ana@"):
        message.recipients = [{"name": "", "address": address, "as": "to"}]
        with pytest.raises(ValueError, match="mail address"):
            compose(message, box, [], at=NOON)


def test_other_letters_in_names_addresses_and_text() -> None:
    with sink() as (server, box):
        message = make_message(box, "josé@correos.example", "info@müller.example", subject="Ñandú – 你好 " * 20)
        message.text = "Ça va ?\n.\n..punto\nFrom here\n" + "x" * 2000 + "\n"
        message.save()
        assert send(message) is None
    assert message.state == "sent", message.problem
    ((to, raw),) = server.mails
    assert to == ["josé@correos.example", "info@xn--mller-kva.example"]
    mail = read(raw)
    assert mail["Subject"] == ("Ñandú – 你好 " * 20).strip()
    assert cast("EmailMessage", mail.get_body()).get_content().replace("\r\n", "\n") == message.text
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_long_names_of_mails_stay_whole() -> None:
    box = make_mailbox(smtp_host="x")
    long = [f"<{'a' * 120}{number}@customer.example>" for number in range(30)]
    raw = compose(make_message(box, answers=long), box, [], at=NOON)
    assert b"=?" not in raw
    assert read(raw)["References"].split() == [long[0], *long[11:]]
    assert all(len(line) < 200 for line in raw.split(b"\r\n"))


def test_html_images_in_it_and_files() -> None:
    box = make_mailbox(smtp_host="x")
    message = make_message(box, html='<p>Look: <img src="cid:pic-1"></p>')
    attach(message, "photo.png", b"\x89PNG", media_type="image/png", content_id="pic-1", is_inline=True)
    attach(message, "Factura ñ.pdf", b"%PDF-1.4")
    attach(message, "mail.eml", b"From: x\r\n\r\nHi", media_type="message/rfc822")
    mail = composed(message, box)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"),
        *("application/pdf", "application/octet-stream"),
    ]
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["Factura ñ.pdf", "mail.eml"]
    again = composed(message, box)
    assert mail.get_boundary() == again.get_boundary()


def test_automatic_mail_says_so_and_mail_to_many_how_to_leave() -> None:
    box = make_mailbox(smtp_host="x")
    assert composed(make_message(box, automatic="auto_reply"), box)["Auto-Submitted"] == "auto-replied"
    mail = composed(make_message(box, automatic="auto_reply", answers=[]), box)
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    mail = composed(make_message(box, checks={"list_unsubscribe": "https://company.example/leave?x=1"}), box)
    assert mail["List-Unsubscribe"] == "<https://company.example/leave?x=1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    bad = composed(make_message(box, checks={"list_unsubscribe": "https://x\r\nBcc: y@evil.example"}), box)
    assert bad["List-Unsubscribe"] is None


def test_it_is_signed_where_the_mailbox_has_a_key() -> None:
    key: RSAPrivateKey = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    record = "v=DKIM1; k=rsa; p=" + "".join(public.splitlines()[1:-1])
    box = make_mailbox(smtp_host="x", dkim_selector="main", dkim_key=lock_text(pem, DKIM_KEY))
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record.encode()

    raw = compose(make_message(box, text="Über allem.\n"), box, [], at=NOON)
    assert dkim.verify(raw, dnsfunc=dns)
    assert asked == [b"main._domainkey.company.example."]
    assert not dkim.verify(raw.replace(b"allem", b"nichts"), dnsfunc=dns)


def test_a_waiting_message_is_queued_with_its_time_and_found_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    later = NOON + timedelta(hours=1)
    message = make_message(make_mailbox(smtp_host="x"), send_after=later)
    hand_over(message, "email")
    hand_over(message, "email")
    job = ProcrastinateJob.objects.get(task_name="email.send")
    assert (job.args, job.scheduled_at) == ({"message_id": message.pk}, later)
    ProcrastinateJob.objects.all().delete()
    due = make_message(make_mailbox(smtp_host="x"))
    sweep(0)
    assert [job.args["message_id"] for job in ProcrastinateJob.objects.filter(task_name="email.send")] == [
        message.pk,
        due.pk,
    ]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_an_answer_sent_by_postfix_is_threaded_in_the_customers_mailbox(dovecot: Dovecot, postfix: Postfix) -> None:
    box, customer = make_mailbox(dovecot, postfix), new_address(OUTSIDE)
    message = make_message(box, customer)
    assert send(message) is None
    assert message.state == "sent", message.problem
    with imaplib.IMAP4("127.0.0.1", dovecot.imap) as client:
        client.login(customer, PASSWORD)

        def threads() -> list[Any]:
            client.select("INBOX", readonly=True)
            return list(client.search(None, "HEADER", "Message-ID", message.outside_id)[1][0].split())

        wait_for(threads)
        raw = cast("bytes", client.fetch(threads()[0].decode(), "(BODY.PEEK[])")[1][0][1])  # type: ignore[index]
    mail = read(raw)
    assert mail["In-Reply-To"] == "<second@customer.example>"
    assert re.search(rb"with ESMTPSA", raw)
