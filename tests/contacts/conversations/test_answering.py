"""Answering: what goes out, when, and what stops it."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.conversations.changes import Conflict
from onhand.contacts.models import Attachment, Contact, Message, Upload
from onhand.contacts.uploads import drop_old_uploads, keep_upload
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.kernel.permissions import all_permissions
from tests.contacts.conversations.mails import To, act_on, arrive, mail
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db
EVERYTHING = frozenset(p.name for p in all_permissions())
BEGINNER = make_actor(id=3, name="Nil Soler", permissions=EVERYTHING - {"contacts.answer_unreviewed"})


def new(**given: Any) -> Contact:
    return arrive(mail(**given)).contact


def ours() -> Message:
    return Message.objects.filter(direction="outbound", is_internal=False).latest("pk")


def test_answer_waits_for_the_undo_window_under_one_name() -> None:
    contact = new(subject="AW: Re: Kettle")
    act_on(contact, "answer", text="Is it plugged in?", cc=["bea@mail.example"], bcc=["ANA@mail.example"])
    message = ours()
    assert message.subject == "Re: Kettle"
    assert (message.state, message.send_after) == ("waiting", NOON + timedelta(seconds=10))
    assert message.outside_id.startswith(f"<m-{message.pk}-")
    assert [(one["as"], one["address"]) for one in message.recipients] == [
        ("to", "ana@mail.example"),
        ("cc", "bea@mail.example"),
    ]
    contact.refresh_from_db()
    assert (contact.needs_answer, contact.due_at, contact.representative_id) == (False, None, 1)


def test_answer_goes_to_where_the_customer_wants_it() -> None:
    contact = new(reply_to=To("", "office@mail.example"))
    act_on(contact, "answer", text="Yes.")
    assert ours().recipients[0]["address"] == "office@mail.example"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": " "}, "text"),
        ({"html": "<script>x</script>"}, "text"),
        ({"text": "x", "to": []}, "to"),
        ({"text": "x", "to": ["nobody"]}, "to"),
        ({"text": "x", "cc": ["HELP@shop.example"]}, "cc"),
        ({"text": "x", "send_at": NOON.isoformat()}, "send_at"),
        ({"text": "x", "wait_days": 0}, "wait_days"),
        ({"text": "x", "wait_days": 3, "close": True}, "close"),
        ({"text": "x", "files": ["0" * 32]}, "files"),
        ({"text": "x", "to": [f"p{n}@mail.example" for n in range(51)]}, "to"),
    ],
)
def test_an_answer_that_cannot_be_sent_changes_nothing(given: dict[str, Any], field: str) -> None:
    contact = new()
    with pytest.raises(NotPossible) as refused:
        act_on(contact, "answer", **given)
    assert list(refused.value.fields) == [field]
    assert Message.objects.count() == 1
    contact.refresh_from_db()
    assert contact.version == 1


def test_whoever_did_not_see_the_newest_is_told_what_it_says() -> None:
    first = arrive(mail())
    second = arrive(
        mail(text="It works now, thank you!", references=[first.outside_id]), at=NOON + timedelta(minutes=5)
    )
    assert second.contact_id == first.contact_id
    with pytest.raises(Conflict) as told:
        act_on(first.contact, "answer", text="We send a new one.", seen=first.pk)
    assert told.value.as_json()["changes"][0]["beginning"] == "It works now, thank you!"
    assert told.value.status == 409
    act_on(first.contact, "answer", text="Good!", seen=second.pk)
    colleague = make_actor(id=2, name="Bea Ruiz")
    with pytest.raises(Conflict) as told:
        act_on(first.contact, "answer", actor=colleague, text="Good to hear.", seen=second.pk)
    assert "Ana Prieto answered at" in told.value.message
    act_on(first.contact, "answer", actor=colleague, text="Good to hear.", seen=second.pk, anyway=True)
    assert Message.objects.filter(direction="outbound").count() == 2


def test_recall_answer_until_it_is_on_its_way() -> None:
    contact = new()
    act_on(contact, "answer", text="Wrong customer!", close=True)
    message = ours()
    with pytest.raises(NotPossible):  # not theirs
        act_on(contact, "recall_answer", actor=BEGINNER_WITHOUT_RELEASE, message=message.pk)
    with pytest.raises(NotPossible):
        act_on(contact, "recall_answer", message=message.pk, at=NOON + timedelta(seconds=10))
    act_on(contact, "recall_answer", message=message.pk, at=NOON + timedelta(seconds=9))
    message.refresh_from_db()
    contact.refresh_from_db()
    assert (message.state, contact.needs_answer, contact.ended_at) == ("cancelled", True, None)
    act_on(contact, "answer", text="Here it is.")
    assert message.outside_id not in ours().answers


BEGINNER_WITHOUT_RELEASE = make_actor(id=4, permissions=EVERYTHING - {"contacts.release"})


def test_release_answer_by_somebody_else() -> None:
    contact = new()
    act_on(contact, "answer", actor=BEGINNER, text="We send a new one.", wait_days=5)
    message = ours()
    contact.refresh_from_db()
    assert (message.state, message.send_after, contact.waiting_until) == ("held", None, None)
    with pytest.raises(NotPossible):
        act_on(contact, "release_answer", actor=BEGINNER, message=message.pk)
    with pytest.raises(NotPossible):
        act_on(contact, "wrap_up")
    later = NOON + timedelta(hours=1)
    act_on(contact, "release_answer", message=message.pk, at=later)
    message.refresh_from_db()
    contact.refresh_from_db()
    assert (message.state, message.send_after) == ("waiting", later + timedelta(seconds=10))
    assert message.released_by_name == "Ana Prieto"
    assert contact.waiting_until == later + timedelta(days=5)
    with pytest.raises(NotPossible):
        act_on(contact, "release_answer", message=message.pk)


def test_return_answer_with_what_to_change() -> None:
    contact = new()
    act_on(contact, "answer", actor=BEGINNER, text="No.")
    act_on(contact, "return_answer", message=ours().pk, why="Say it kindly.")
    contact.refresh_from_db()
    assert (contact.needs_answer, contact.representative_id) == (True, 3)
    assert ours().state == "cancelled"
    assert Message.objects.get(is_internal=True).text == "Say it kindly."


def test_what_is_written_is_stored_safe() -> None:
    contact = new()
    html = (
        '<p onclick="x()">Dear <b>Ana</b>,<script>alert(1)</script></p><ul><li>one</li><li>two</li></ul>'
        '<p>Card 4111111111111111 <a href="javascript:x">no</a> <a href="https://shop.example/a">here</a></p>'
    )
    act_on(contact, "answer", html=html)
    message = ours()
    assert "script" not in message.html
    assert "onclick" not in message.html
    assert "411111" not in message.html
    assert message.text == "Dear Ana,\n\n- one\n- two\n\nCard ••••••••••••1111 no here (https://shop.example/a)"
    record = ActRecord.objects.get(act="contacts.answer")
    assert "411111" not in str(record.arguments)


def test_files_go_along_once() -> None:
    contact, actor = new(), make_actor()
    upload = keep_upload(actor, contact.pk, "C:\\a\\bill.pdf", "text/html", b"%PDF-1.7 x", NOON)
    assert (upload.name, upload.media_type) == ("bill.pdf", "application/pdf")
    act_on(contact, "answer", text="Here.", files=[upload.key])
    file = Attachment.objects.get()
    assert (file.message_id, file.name, bytes(file.file.content)) == (ours().pk, "bill.pdf", b"%PDF-1.7 x")
    with pytest.raises(NotPossible):
        act_on(contact, "answer", text="Again.", files=[upload.key])
    keep_upload(actor, contact.pk, "again.pdf", "", b"%PDF-1.7 x", NOON)
    keep_upload(actor, contact.pk, "other.txt", "text/plain", b"other", NOON)
    assert drop_old_uploads(NOON + timedelta(days=8)) == 3
    assert not Upload.objects.exists()
    file.file.refresh_from_db()  # an answer carries it


def test_write_to_customer_begins_a_contact() -> None:
    ana = make_customer("Ana Prieto")
    perform(
        "contacts.write_to_customer",
        actor=make_actor(),
        subject_id=ana.pk,
        arguments={
            "address": "ana@mail.example",
            "subject": "Your lamp",
            "text": "It is here.",
            "from_address": "help@shop.example",
            "wait_days": 3,
        },
        at=NOON,
    )
    contact = Contact.objects.get()
    assert (contact.customer_id, contact.direction, contact.needs_answer) == (ana.pk, "outbound", False)
    assert contact.waiting_until == NOON + timedelta(days=3)
    answer = arrive(mail(in_reply_to=ours().outside_id))
    assert answer.contact == contact


def test_an_answer_to_a_call_is_not_possible() -> None:
    contact = Contact.objects.create(channel="telephone", started_at=NOON)
    with pytest.raises(ActError):
        act_on(contact, "answer", text="x", to=["ana@mail.example"])
