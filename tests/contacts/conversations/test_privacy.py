"""What was written to and by a person goes when they are erased; their timeline and their export hold it until then."""

from datetime import timedelta

import pytest

from onhand.contacts.models import Attachment, Contact, Message, StoredFile
from onhand.contacts.uploads import keep_upload
from onhand.customers.models import Erasure
from onhand.customers.privacy.erasure import erase_next
from onhand.customers.privacy.holdings import all_holdings
from onhand.customers.timeline import read_timeline, tell
from onhand.kernel.perform import perform
from tests.contacts.conversations.mails import Enclosed, act_on, arrive, mail
from tests.customers.persons import CANARY, canaries
from tests.factories import NOON, make_actor, make_customer
from tests.kernel.test_seals import seal_all

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_written_is_left_after_an_erasure() -> None:
    ana = make_customer(f"{CANARY}Ana Prieto")
    email = f"{CANARY}ana@mail.example".lower()
    contact = arrive(
        mail(
            email,
            f"{CANARY}Ana",
            subject=f"{CANARY}Kettle",
            text=f"{CANARY}It is cold.",
            html=f"<p>{CANARY}</p>",
            attachments=[Enclosed(f"{CANARY}.pdf", f"{CANARY} bytes".encode())],
        )
    ).contact
    other = arrive(mail("bea@mail.example", "Bea", attachments=[Enclosed("b.pdf", b"of Bea")]))
    act_on(contact, "set_contact_customer", customer=ana.pk)
    act_on(contact, "write_note", text=f"{CANARY} called twice.")
    act_on(contact, "wait_for", until=(NOON + timedelta(days=1)).isoformat(), why=f"{CANARY}")
    upload = keep_upload(make_actor(), contact.pk, f"{CANARY}.txt", "text/plain", f"{CANARY}".encode(), NOON)
    keep_upload(make_actor(), contact.pk, f"{CANARY}2.txt", "text/plain", f"{CANARY}2".encode(), NOON)
    act_on(contact, "answer", text=f"Dear {CANARY}Ana", files=[upload.key])
    seal_all()
    sections = {one.name: one.count([ana.pk]) for one in all_holdings() if one.columns}
    assert (sections["contacts"], sections["messages"], sections["attachments"], sections["uploads"]) == (1, 3, 2, 2)
    perform(
        "customers.erase_customer",
        actor=make_actor(),
        subject_id=ana.pk,
        arguments={"basis": "asked", "despite_open": True},
        at=NOON,
    )
    erasure = Erasure.objects.get()
    while erase_next(erasure.pk, NOON, 2):
        pass
    seal_all()
    assert not canaries()
    assert StoredFile.objects.count() == Attachment.objects.count() == 1
    assert Attachment.objects.get().message_id == other.pk
    assert Message.objects.filter(contact=contact, state="cancelled").count() == 1
    assert Contact.objects.get(pk=contact.pk).ended_at == NOON


def test_the_timeline_says_what_was_written() -> None:
    ana = make_customer("Ana Prieto")
    contact = arrive(mail(text="It stays cold.\n\n> On Monday you wrote", quoted_from=16)).contact
    act_on(contact, "set_contact_customer", customer=ana.pk)
    told = tell(read_timeline(ana.pk).entries[0])
    assert told.said == "The kettle does not heat\nIt stays cold.\n\n"
    assert told.badges == [("to be answered", "warn")]
    act_on(contact, "answer", text="Is it plugged in?")
    told = tell(read_timeline(ana.pk).entries[0])
    assert (told.badges, told.facts) == ([("answered", "good")], [("Messages", "2")])
