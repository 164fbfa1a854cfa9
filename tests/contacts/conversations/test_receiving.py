"""Mails arriving: one message each, in the conversation they belong to."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from onhand.contacts import inbound
from onhand.contacts.contact_tasks import withdraw_consent
from onhand.contacts.conversation import read_conversation
from onhand.contacts.models import Attachment, Contact, Message, StoredFile
from onhand.customers.models import Consent
from onhand.customers.recognition.recognise import Answer
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import perform
from tests.contacts.cases import MONDAY
from tests.contacts.conversations.mails import (
    US,
    Bounced,
    Enclosed,
    To,
    Unwanted,
    act_on,
    arrive,
    arrive_or_not,
    mail,
)
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_team

pytestmark = pytest.mark.django_db


def known(address: str = "ana@mail.example") -> Any:
    ana = make_customer("Ana Prieto")
    perform("customers.add_email", actor=make_actor(), subject_id=ana.pk, arguments={"email": address}, at=NOON)
    return ana


def test_a_mail_becomes_a_contact_with_one_message() -> None:
    ana = known()
    message = arrive(mail(subject="Re: The kettle", language_hint="es"))
    contact = Contact.objects.get()
    assert (contact.customer_id, contact.subject, contact.language) == (ana.pk, "The kettle", "es")
    assert contact.needs_answer
    assert contact.identified_level == 0
    assert message.contact == contact
    assert contact.due_at == MONDAY.replace(hour=17)  # a working day


def test_the_customers_answer_lands_in_the_same_contact() -> None:
    first = arrive(mail())
    act_on(first.contact, "answer", text="Is it plugged in?", seen=first.pk)
    ours = Message.objects.get(direction="outbound")
    contact = Contact.objects.get()
    assert not contact.needs_answer
    assert ours.recipients == [{"name": "", "address": "ana@mail.example", "as": "to"}]
    assert ours.answers == [first.outside_id]
    assert ours.outside_id.endswith("@shop.example>")
    second = arrive(mail(subject="Re: x", in_reply_to=ours.outside_id), at=NOON + timedelta(hours=1))
    contact.refresh_from_db()
    assert second.contact == contact
    assert contact.needs_answer


def test_the_same_mail_again_is_the_same_message() -> None:
    one = mail()
    first = arrive(one, raw_id=1)
    assert arrive(one, raw_id=1) == first  # run again
    assert arrive(one, raw_id=2) == first  # fetched again
    other = mail(message_id=one.message_id, text="Something else under the same name")
    assert arrive(other, raw_id=3) != first
    assert Message.objects.count() == 2


def test_a_mail_to_two_mailboxes_is_a_contact_in_each() -> None:
    one, teams = mail(), (make_team(), make_team())
    here = arrive(one, team=teams[0].pk)
    there = arrive(one, to="bills@shop.example", team=teams[1].pk)
    assert here.contact != there.contact
    assert {contact.team_id for contact in Contact.objects.all()} == {team.pk for team in teams}
    # An answer to it goes on where it comes to.
    answer = mail(in_reply_to=one.message_id)
    assert arrive(answer, to="bills@shop.example").contact == there.contact
    assert arrive(answer).contact == here.contact


def test_a_forged_sender_is_nobody() -> None:
    ana = known()
    first = arrive(mail())
    forged = arrive(mail(in_reply_to=first.outside_id, checks={"dmarc": "fail", "sender": "fail"}))
    assert forged.contact != first.contact
    assert forged.contact.customer_id is None
    page = read_conversation(make_actor(), forged.contact.pk, at=NOON)
    assert page.messages[0].is_forged
    assert page.who is not None
    assert page.who.answer is Answer.MAYBE
    assert [one.customer_id for one in page.who.candidates] == [ana.pk]
    # Nor does the real one join what the forger wrote.
    assert arrive(mail(in_reply_to=forged.outside_id)).contact != forged.contact


def test_nobody_joins_a_foreign_conversation() -> None:
    first = arrive(mail())
    act_on(first.contact, "answer", text="Is it plugged in?")
    ours = Message.objects.get(direction="outbound")
    for address in ("eve@mail.example", "ana@mail.example.evil.example", "ana@other.example"):
        guessed = arrive(mail(address, in_reply_to=ours.outside_id, references=[first.outside_id, ours.outside_id]))
        assert guessed.contact != first.contact


def test_who_was_copied_in_belongs() -> None:
    first = arrive(mail(recipients=[To("", US), To("Bea", "bea@mail.example", "cc")]))
    assert arrive(mail("BEA@mail.example", "Bea", references=[first.outside_id])).contact == first.contact


def test_another_address_of_the_same_customer_belongs() -> None:
    ana = known()
    perform(
        "customers.add_email", actor=make_actor(), subject_id=ana.pk, arguments={"email": "work@x.example"}, at=NOON
    )
    first = arrive(mail())
    assert arrive(mail("work@x.example", references=[first.outside_id])).contact == first.contact


def test_an_address_of_two_customers_leaves_it_open_who_wrote() -> None:
    known(), known()
    contact = arrive(mail()).contact
    assert contact.customer_id is None
    page = read_conversation(make_actor(), contact.pk, at=NOON)
    assert page.who is not None
    assert len(page.who.candidates) == 2


def test_an_ended_contact_goes_on_for_thirty_days() -> None:
    first = arrive(mail())
    act_on(first.contact, "wrap_up")
    soon = arrive(mail(references=[first.outside_id]), at=NOON + timedelta(days=30))
    assert soon.contact == first.contact
    assert Contact.objects.get().ended_at is None
    act_on(first.contact, "wrap_up", at=NOON + timedelta(days=30))
    late = arrive(mail(references=[first.outside_id]), at=NOON + timedelta(days=61))
    assert late.contact != first.contact


def test_an_automatic_reply_attaches_and_changes_nothing() -> None:
    first = arrive(mail())
    act_on(first.contact, "answer", text="We look into it.", wait_days=3)
    ours = Message.objects.get(direction="outbound")
    before = Contact.objects.get()
    away = arrive(
        mail(text="I am away.", in_reply_to=ours.outside_id, automatic="auto_reply"), at=NOON + timedelta(hours=1)
    )
    after = Contact.objects.get()
    assert away.contact == first.contact
    for name in ("needs_answer", "waiting_until", "ended_at", "due_at", "last_message_at"):
        assert getattr(after, name) == getattr(before, name)
    alone = arrive(mail("shop@other.example", automatic="list"))
    assert (alone.contact.priority, alone.contact.needs_answer) == (-1, True)


def test_the_usual_recipient_of_an_answer_is_a_person() -> None:
    first = arrive(mail())
    arrive(
        mail("away@mail.example", references=[first.outside_id], automatic="auto_reply"), at=NOON + timedelta(hours=1)
    )
    act_on(first.contact, "answer", text="Here.")
    assert Message.objects.get(direction="outbound").recipients[0]["address"] == "ana@mail.example"


def test_a_bounce_is_noted_on_what_came_back() -> None:
    first = arrive(mail())
    act_on(first.contact, "answer", text="We look into it.", close=True)
    ours = Message.objects.get(direction="outbound")
    soft = Bounced("ana@mail.example", False, "4.2.2", "mailbox full", ours.outside_id)
    hard = Bounced("ana@mail.example", True, "5.1.1", "no such user", ours.outside_id)
    stranger = Bounced("eve@mail.example", True, "5.1.1", "no such user", "<m-999@shop.example>")
    for bounce in (soft, stranger):
        assert arrive_or_not(mail("mailer-daemon@mail.example", automatic="bounce", bounce=bounce)) is None
        assert Message.objects.get(pk=ours.pk).state == "waiting"
    assert arrive_or_not(mail("mailer-daemon@mail.example", automatic="bounce", bounce=hard)) is None
    ours.refresh_from_db()
    contact = Contact.objects.get()
    assert (ours.state, ours.problem) == ("failed", "ana@mail.example 5.1.1 no such user")
    assert (contact.needs_answer, contact.ended_at) == (True, None)
    assert arrive_or_not(mail("mailer-daemon@mail.example", automatic="bounce", bounce=None)) is None


def test_unwanted_mail_withdraws_what_was_agreed_to() -> None:
    ana = known()
    report = Unwanted("abuse", "ana@mail.example", "<m-1@shop.example>")
    parsed = mail("feedback@isp.example", automatic="feedback_report", feedback_report=report)
    assert arrive_or_not(parsed, raw_id=7) is None
    assert not Contact.objects.exists()
    for _again in range(2):
        withdraw_consent(ana.pk, "reported", "unwanted mail 7")
    consent = Consent.objects.get()
    assert (consent.customer_id, consent.answer, consent.channel) == (ana.pk, "withdrawn", "email")
    assert ActRecord.objects.filter(act="customers.record_consent").count() == 1


def test_our_own_mail_come_back_is_nothing() -> None:
    assert arrive_or_not(mail(automatic="loop")) is None
    assert not Contact.objects.exists()


def test_files_are_kept_once() -> None:
    logo = Enclosed("logo.png", b"picture", "image/png", "image/png", "logo@x", True)
    first = arrive(mail(attachments=[logo, Enclosed("../../bill.pdf", b"bill")]))
    arrive(mail(references=[first.outside_id], attachments=[logo]))
    assert StoredFile.objects.count() == 2
    assert list(Attachment.objects.filter(message=first).order_by("position").values_list("name", flat=True)) == [
        "logo.png",
        "bill.pdf",
    ]


def test_steps_direct_a_contact_before_it_is_on_a_list() -> None:
    team = make_team()

    def first(contact: Contact, message: Message, at: Any) -> None:
        contact.team_id, contact.priority = team.pk, 2

    def second(contact: Contact, message: Message, at: Any) -> None:
        contact.subject = f"{contact.subject} ({contact.priority})"

    inbound.register_step(20, second)
    inbound.register_step(10, first)
    inbound.register_step(10, first)
    try:
        contact = arrive(mail(subject="Fire")).contact
    finally:
        inbound.forget_step(first)
        inbound.forget_step(second)
    contact.refresh_from_db()
    assert (contact.team_id, contact.priority, contact.subject) == (team.pk, 2, "Fire (2)")
    event = EventRecord.objects.get(name="contacts.message_received")
    assert event.payload["contact_id"] == contact.pk
    assert event.payload["is_new_contact"] is True


def test_a_mail_that_cannot_be_received_leaves_nothing() -> None:
    def fails(contact: Contact, message: Message, at: Any) -> None:
        raise ValueError("a rule that cannot be read")

    inbound.register_step(10, fails)
    try:
        with pytest.raises(ValueError, match="rule"):
            arrive(mail())
    finally:
        inbound.forget_step(fails)
    assert not Contact.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_receiving_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        inbound.receive(mail(), raw_id=1, mailbox_address=US, team_id=None, at=NOON)
    with transaction.atomic():
        assert inbound.receive(mail(), raw_id=1, mailbox_address=US, team_id=None, at=NOON)


def test_who_is_known_by_the_second_mail_is_put_on_the_contact() -> None:
    first = arrive(mail())
    assert first.contact.customer_id is None
    ana = known()
    arrive(mail(references=[first.outside_id]))
    assert Contact.objects.get().customer_id == ana.pk
