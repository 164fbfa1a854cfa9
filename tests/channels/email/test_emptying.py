"""Mail as it arrived is emptied when its time is over; what could not be read, or is on hold, is kept."""

from datetime import timedelta

import pytest

from onhand.channels.email.emptying import count_read, empty_read
from onhand.channels.email.enums import RawState, Route
from onhand.channels.email.models import RawMail
from onhand.channels.email.storing import Arrived, store
from onhand.channels.email.tasks import empty_read_mail
from onhand.contacts.models import Contact, Message
from onhand.customers.models import Flag
from tests.channels.email.boxes import letter, make_mailbox
from tests.channels.email.test_intake import arrive, work
from tests.factories import NOON, make_customer

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=100)


def test_mail_that_was_read_is_emptied_and_not_fetched_again() -> None:
    box = make_mailbox()
    mail = letter(box.address, "First")
    (first,) = arrive(box, mail)
    work()
    text = Message.objects.get().text
    assert text
    assert empty_read(NOON, LATER) is None
    assert empty_read(LATER, LATER) == (NOON, first)
    raw = RawMail.objects.get()
    assert (bytes(raw.content), raw.outside_id, raw.envelope_sender, raw.emptied_at) == (b"", "", "", LATER)
    assert Message.objects.get().text == text
    again = store(box.pk, [Arrived(Route.LMTP, "lmtp:", mail, len(mail))], at=LATER)
    assert [(one.id, one.is_new) for one in again] == [(first, False)]
    assert empty_read(LATER, LATER) is None


def test_what_could_not_be_read_waits_or_is_on_hold_is_kept() -> None:
    box = make_mailbox()
    refused, held, waiting = arrive(box, *(letter(box.address, name) for name in ("Refused", "Held", "Waiting")))
    work()
    RawMail.objects.filter(pk=refused).update(state=RawState.REFUSED)
    RawMail.objects.filter(pk=waiting).update(state=RawState.STORED, done_at=None)
    ana = make_customer("Ana Prieto")
    Contact.objects.filter(messages__raw_mails=held).update(customer=ana)
    Flag.objects.create(customer=ana, kind="legal_hold", reason="court", set_by_name="Bea", set_at=NOON)
    assert count_read(LATER, LATER) == 0
    assert empty_read(LATER, LATER) is None
    Flag.objects.update(lifted_at=NOON)
    assert count_read(LATER, LATER) == 1
    assert empty_read(LATER, LATER) == (NOON, held)


def test_the_job_goes_on_from_one_batch_to_the_next() -> None:
    box = make_mailbox()
    arrive(box, *(letter(box.address, str(number)) for number in range(5)))
    work(NOON - timedelta(days=91))
    place, rounds = None, 0
    while place := empty_read(LATER, LATER, place, 2):
        rounds += 1
    assert rounds == 3
    RawMail.objects.update(emptied_at=None)
    empty_read_mail("", 0)
    assert not RawMail.objects.filter(emptied_at=None).exists()
