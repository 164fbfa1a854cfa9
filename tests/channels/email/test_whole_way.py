"""The whole way with real servers: a mail becomes a contact, its answer arrives threaded, the next mail lands in the same contact."""

import email
import mailbox as mailboxes
import random
import time
from collections.abc import Iterator
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from onhand.channels.email.models import MailboxHealth, RawMail
from onhand.channels.email.tasks import read_stored_mail
from onhand.channels.email.tasks import send_message as send_task
from onhand.contacts.models import Contact, Message
from onhand.kernel.perform import perform
from tests.channels.email.boxes import fetching, make_mailbox, new_address, post, wait_for
from tests.channels.email.processes import Parts
from tests.channels.email.servers import OUTSIDE, Dovecot, Postfix
from tests.factories import make_actor

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def parts() -> Iterator[Parts]:
    """Processes that are ended with the test."""
    running = Parts()
    yield running
    running.stop()


def mails_of(dovecot: Dovecot, address: str) -> list[Any]:
    """What the customer's own program, Python's, finds in their maildir."""
    folder = dovecot.folder / "mail" / address
    if not folder.exists():
        return []
    found = mailboxes.Maildir(folder, create=False)
    return [email.message_from_bytes(found.get_bytes(key), policy=SMTP_POLICY) for key in found.keys()]  # noqa: SIM118


def written(sender: str, to: str, subject: str, text: str, answers: Any = None) -> bytes:
    mail = email.message.EmailMessage(policy=SMTP_POLICY)
    mail["From"], mail["To"], mail["Subject"] = f"Ana Núñez <{sender}>", to, subject
    mail["Message-ID"] = f"<{time.monotonic_ns()}@customer.example>"
    if answers is not None:
        mail["In-Reply-To"] = answers["Message-ID"]
        mail["References"] = f"{answers['References'] or ''} {answers['Message-ID']}".strip()
    mail.set_content(text)
    return mail.as_bytes()


def test_a_mail_is_answered_and_the_answer_to_that_lands_in_the_same_contact(
    dovecot: Dovecot, postfix: Postfix
) -> None:
    box, customer = make_mailbox(dovecot, postfix), new_address(OUTSIDE)
    with fetching():
        wait_for(lambda: MailboxHealth.objects.filter(mailbox=box, scanned_at__isnull=False).exists())
        post(postfix, written(customer, box.address, "Where is it?", "My parcel is late.\n"), box.address)

        def read() -> bool:
            read_stored_mail()
            return Message.objects.filter(contact__came_to=box.address).exists()

        wait_for(read)
        message = Message.objects.get(contact__came_to=box.address)
        contact = message.contact
        assert (message.subject, message.sender_address, contact.needs_answer) == ("Where is it?", customer, True)
        assert RawMail.objects.get(mailbox=box).message == message

        perform(
            "contacts.answer",
            actor=make_actor(),
            subject_id=contact.pk,
            arguments={"text": "Tomorrow, we are sorry.", "to": [customer]},
            at=timezone.now(),
        )
        answer = Message.objects.get(contact=contact, direction="outbound")
        Message.objects.filter(pk=answer.pk).update(send_after=None)  # the moment to undo it is over
        send_task(answer.pk)
        wait_for(lambda: mails_of(dovecot, customer))
        (arrived,) = mails_of(dovecot, customer)
        assert arrived["In-Reply-To"] == message.outside_id
        assert arrived["Message-ID"] == answer.outside_id
        assert "Where is it?" in arrived["Subject"]

        post(postfix, written(customer, box.address, "Re: Where is it?", "Thank you.\n", arrived), box.address)
        wait_for(lambda: read() and Message.objects.filter(contact=contact).count() == 3)
    assert Contact.objects.filter(came_to=box.address).count() == 1


def test_a_bounce_brings_the_contact_back_and_opens_nothing(
    dovecot: Dovecot, postfix: Postfix, mail_folder: Path
) -> None:
    # Nobody listens at that domain's port for good: Postfix bounces at once what its transport calls an error.
    bouncing = Postfix(mail_folder / "bouncing", dovecot, {}, {"gone.example": "error:5.1.1 No such customer"})
    try:
        bouncing.start()
        box = make_mailbox(dovecot, bouncing)
        contact = Contact.objects.create(
            channel="email", started_at=timezone.now(), came_to=box.address, outside_address="ana@gone.example"
        )
        perform(
            "contacts.answer",
            actor=make_actor(),
            subject_id=contact.pk,
            arguments={"text": "Hello?", "to": ["ana@gone.example"]},
            at=timezone.now(),
        )
        answer = Message.objects.get(contact=contact)
        Message.objects.filter(pk=answer.pk).update(send_after=None)
        send_task(answer.pk)

        def failed() -> bool:
            read_stored_mail()
            return Message.objects.filter(pk=answer.pk, state="failed").exists()

        with fetching():
            wait_for(failed, 20)
    finally:
        bouncing.stop()
    contact.refresh_from_db()
    answer.refresh_from_db()
    assert contact.needs_answer is True
    assert "No such customer" in answer.problem
    assert Contact.objects.filter(came_to=box.address).count() == 1


def test_mails_reach_the_desk_of_running_processes(dovecot: Dovecot, postfix: Postfix, parts: Parts) -> None:
    box = make_mailbox(dovecot, postfix)
    parts.start("listeners", "jobs")
    wait_for(lambda: MailboxHealth.objects.filter(mailbox=box, scanned_at__isnull=False).exists(), 90)
    for number in range(5):
        post(postfix, written("ana@customer.example", box.address, f"Mail {number}", "Hello.\n"), box.address)
        wait_for(Message.objects.filter(subject=f"Mail {number}").exists, 60)
    assert Contact.objects.filter(came_to=box.address).count() == 5


def test_killed_again_and_again_every_mail_is_one_message_and_every_answer_arrives(
    dovecot: Dovecot, postfix: Postfix, parts: Parts
) -> None:
    """Listener and jobs are killed while mails come and answers go; the sending server may get an answer twice, under one name."""
    box, customer, chance = make_mailbox(dovecot, postfix), new_address(OUTSIDE), random.Random(11)
    parts.start("listeners", "jobs")
    wait_for(lambda: MailboxHealth.objects.filter(mailbox=box, scanned_at__isnull=False).exists(), 90)
    sent = 0
    answered: list[Message] = []
    for _kill in range(6):
        for _ in range(5):
            post(postfix, written(customer, box.address, f"Mail {sent}", "Hello.\n"), box.address)
            sent += 1
        for contact in Contact.objects.filter(came_to=box.address, messages__isnull=False).order_by("-pk")[:2]:
            given = {"text": f"Answer {len(answered)}", "to": [customer], "anyway": True}
            perform("contacts.answer", actor=make_actor(), subject_id=contact.pk, arguments=given, at=timezone.now())
            answered.append(Message.objects.filter(contact=contact, direction="outbound").latest("pk"))
        time.sleep(chance.random() * 2)
        parts.kill(chance.choice(("listeners", "jobs")))
    received = Message.objects.filter(contact__came_to=box.address, direction="inbound")
    wait_for(lambda: received.count() >= sent, 90)
    mine = Message.objects.filter(pk__in=[one.pk for one in answered])
    wait_for(lambda: not mine.exclude(state="sent").exists(), 120)
    parts.stop()
    assert sorted(received.values_list("subject", flat=True)) == sorted(f"Mail {n}" for n in range(sent))
    assert not RawMail.objects.filter(mailbox=box).exclude(state="done").exists()
    wait_for(lambda: len(mails_of(dovecot, customer)) >= len(answered))
    arrived = [mail["Message-ID"] for mail in mails_of(dovecot, customer)]
    assert set(arrived) == {one.outside_id for one in answered}
