"""Contacts of people who never became known are emptied when their time is over, everywhere, and only those."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from onhand.contacts.contact_tasks import empty_unknown_contacts
from onhand.contacts.emptying import count_unknown, empty_unknown
from onhand.contacts.models import Attachment, Case, CaseContact, Contact, Message, StoredFile
from onhand.customers.models import Flag
from onhand.kernel.models import ActRecord
from onhand.kernel.records import ACCESSES, EVENTS, RECORDS
from onhand.kernel.seals import check_stream
from onhand.web.models import Draft
from tests.contacts.conversations.mails import Enclosed, act_on, arrive, mail
from tests.customers.persons import CANARY, canaries
from tests.factories import NOON, make_customer
from tests.factories.staff import make_person
from tests.kernel.test_seals import seal_all

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(days=800)


def ended(address: str = "somebody@mail.example", **given: Any) -> Contact:
    contact = arrive(mail(address, "Somebody", **given)).contact
    act_on(contact, "wrap_up", summary=f"{CANARY} wants to know.")
    return contact


def empty(before: datetime | None = None) -> list[int]:
    """Run to the end; the ids of what is empty."""
    place = None
    while place := empty_unknown(before or LATER, LATER, place, 1):
        pass
    return sorted(Contact.objects.exclude(emptied_at=None).values_list("pk", flat=True))


def test_nothing_of_what_was_said_is_left_and_the_books_still_fit() -> None:
    contact = ended(
        f"{CANARY}@mail.example",
        subject=f"{CANARY} asks",
        text=f"{CANARY} wrote",
        html=f"<p>{CANARY}</p>",
        attachments=[Enclosed(f"{CANARY}.pdf", CANARY.encode())],
    )
    act_on(contact, "write_note", text=f"{CANARY} again")
    Draft.objects.create(person=make_person(), key=f"answer:{contact.pk}", text=f"Dear {CANARY}", updated_at=NOON)
    seal_all()
    assert canaries()
    assert empty() == [contact.pk]
    seal_all()
    assert not canaries()
    assert [fault for stream in (RECORDS, EVENTS, ACCESSES) for fault in check_stream(stream)] == []
    assert not StoredFile.objects.exists()
    assert not Attachment.objects.exists()
    contact.refresh_from_db()
    assert (contact.channel, contact.ended_at, contact.emptied_at) == ("email", NOON, LATER)
    assert Message.objects.filter(contact=contact).count() == 2
    assert ActRecord.objects.filter(subject_type="contact", subject_id=contact.pk).count() == 2
    assert empty_unknown(LATER, LATER) is None


def test_only_ended_contacts_of_nobody_whose_time_is_over_are_emptied() -> None:
    gone = ended("gone@mail.example")
    known, open_still, of_case, held = (ended(f"{name}@mail.example") for name in ("known", "open", "case", "held"))
    act_on(known, "set_contact_customer", customer=make_customer("Ana Prieto").pk)
    act_on(open_still, "go_on_now")
    Case.objects.create(reference="C1", kind="question", subject="x", opened_at=NOON)
    CaseContact.objects.create(case=Case.objects.get(reference="C1"), contact=of_case, at=NOON, by_name="Ana")
    bea = make_customer("Bea")
    Flag.objects.create(customer=bea, kind="legal_hold", reason="court", set_by_name="Ana", set_at=NOON)
    Case.objects.create(reference="C2", customer=bea, kind="question", subject="x", opened_at=NOON, closed_at=NOON)
    CaseContact.objects.create(case=Case.objects.get(reference="C2"), contact=held, at=NOON, by_name="Ana")
    assert count_unknown(NOON, LATER) == 0
    assert empty(NOON) == []
    assert count_unknown(LATER, LATER) == 1
    assert empty() == [gone.pk]
    Flag.objects.update(lifted_at=NOON)
    Case.objects.update(closed_at=NOON)
    assert empty() == sorted([gone.pk, of_case.pk, held.pk])


def test_what_the_writer_sends_later_begins_a_contact_of_its_own() -> None:
    contact = ended(message_id="<first@mail.example>")
    assert empty() == [contact.pk]
    again = arrive(mail("somebody@mail.example", in_reply_to="<first@mail.example>"), at=LATER)
    assert again.contact_id != contact.pk


def test_the_nightly_job_goes_by_the_department_s_period() -> None:
    contact = ended()
    Contact.objects.filter(pk=contact.pk).update(ended_at=NOON - timedelta(days=731))
    recent = ended("other@mail.example")
    empty_unknown_contacts("", 0)
    assert list(Contact.objects.exclude(emptied_at=None).values_list("pk", flat=True)) == [contact.pk]
    assert Contact.objects.get(pk=recent.pk).emptied_at is None
