"""The demo company's mail arrives like any other, and what it sends stays there."""

from pathlib import Path
from typing import Any

import pytest

from onhand.channels.email.demo.company import create_demo_mail
from onhand.channels.email.demo.letters import LETTERS
from onhand.channels.email.enums import RawState
from onhand.channels.email.models import RawMail
from onhand.channels.email.sending import send_message
from onhand.contacts.enums import MessageState
from onhand.contacts.models import Attachment, Contact, Message
from onhand.customers.demo.company import load_company
from onhand.customers.demo_mailbox import demo_mails
from onhand.kernel.perform import perform
from onhand.staff.demo import create_demo_staff
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for
from tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)


def test_letters_arrive_and_an_answer_is_kept(settings: Any, tmp_path: Path) -> None:
    settings.ONHAND_DEMO_FILE, settings.ONHAND_MAILBOX = tmp_path / "demo.json", tmp_path / "mailbox"
    settings.ONHAND_DEMO_FILE.write_text("{}")
    create_demo_staff(at=NOON, password="lantern-quay-88")
    load_company(customers=120, seed=1, at=NOON)
    before = Contact.objects.count()
    assert create_demo_mail(at=NOON) == len(LETTERS)
    assert create_demo_mail(at=NOON) == 0
    assert set(RawMail.objects.values_list("state", flat=True)) == {RawState.DONE}
    # Each is a contact; some have no customer of their language among so few.
    assert Contact.objects.count() - before == RawMail.objects.count() >= len(LETTERS) // 2
    assert Attachment.objects.filter(media_type="image/png").count() == 1

    ana = Representative.objects.get(email="representative@demo.example")
    mine = Contact.objects.filter(representative_id=ana.pk, needs_answer=True, customer__isnull=False).first()
    assert mine is not None
    perform(
        "contacts.answer", actor=actor_for(ana), subject_id=mine.pk, arguments={"text": "We look into it."}, at=NOON
    )
    answer = Message.objects.get(contact=mine, author_id=ana.pk, text__startswith="We look into it.")
    Message.objects.filter(pk=answer.pk).update(send_after=NOON)
    assert send_message(answer.pk, lambda: NOON) is None
    answer.refresh_from_db()
    assert answer.state == MessageState.SENT
    (kept,) = demo_mails()
    assert kept.text.startswith("We look into it.") and mine.subject in kept.subject
