"""Whose a contact is, when it comes back, and how it ends."""

from datetime import timedelta

import pytest

from onhand.contacts.models import CaseListEntry, Contact, ContactReason, Message
from onhand.contacts.waits import bring_back
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import EventRecord
from tests.contacts.cases import MONDAY
from tests.contacts.conversations.mails import act_on, arrive, mail
from tests.factories import NOON, make_actor, make_customer, make_representative
from tests.factories.staff import make_team

pytestmark = pytest.mark.django_db
BEA = make_actor(id=2, name="Bea Ruiz", permissions=frozenset({"customers.view", "contacts.handle"}))


def new() -> Contact:
    return arrive(mail()).contact


def test_take_contact_and_put_back() -> None:
    contact = new()
    act_on(contact, "take_contact")
    with pytest.raises(NotPossible):
        act_on(contact, "take_contact")
    with pytest.raises(NotPossible):  # it is a colleague's
        act_on(contact, "take_contact", actor=BEA)
    with pytest.raises(NotPossible):
        act_on(contact, "put_back", actor=BEA)
    act_on(contact, "put_back")
    act_on(contact, "take_contact", actor=BEA)
    contact.refresh_from_db()
    assert (contact.representative_id, contact.representative_name) == (2, "Bea Ruiz")


def test_assign_contact_and_hand_to_team_leave_the_note() -> None:
    contact, team, person = new(), make_team(), make_representative("Leo Vila")
    outcome = act_on(contact, "assign_contact", representative=person.pk, note="You know them.")
    assert outcome.after["representative"] == "Leo Vila"
    outcome = act_on(contact, "hand_to_team", team=team.pk, note="About a bill.")
    assert (outcome.after["team"], outcome.after["representative"]) == (team.name, "")
    assert list(Message.objects.filter(is_internal=True).values_list("text", flat=True).order_by("pk")) == [
        "You know them.",
        "About a bill.",
    ]
    with pytest.raises(NotPossible):
        act_on(contact, "assign_contact", representative=999_999)


def test_wait_for_comes_back_by_itself_and_go_on_now_at_once() -> None:
    contact, until = new(), NOON + timedelta(days=1)
    act_on(contact, "wait_for", until=until.isoformat(), why="The carrier")
    assert bring_back(at=until - timedelta(seconds=1)) == 0
    assert bring_back(at=until) == 1
    assert bring_back(at=until) == 0
    contact.refresh_from_db()
    assert (contact.waiting_until, contact.needs_answer, contact.due_at) == (None, True, until)
    assert EventRecord.objects.filter(name="contacts.contact_came_back").count() == 1
    act_on(contact, "wait_for", until=(until + timedelta(days=1)).isoformat())
    act_on(contact, "go_on_now", at=until)
    contact.refresh_from_db()
    assert (contact.waiting_until, contact.waiting_for) == (None, "")
    with pytest.raises(NotPossible):
        act_on(contact, "wait_for", until=NOON.isoformat())


def test_wrap_up_asks_for_a_reason_where_there_are_any() -> None:
    act_on(new(), "wrap_up", summary="Solved.")
    above = ContactReason.objects.create(name="Delivery")
    below = ContactReason.objects.create(name="Late", parent=above)
    gone = ContactReason.objects.create(name="Fax", is_active=False)
    kettle = CaseListEntry.objects.create(list="product", name="Kettle")
    contact = new()
    for wrong in (None, above.pk, gone.pk, 999_999):
        with pytest.raises(NotPossible) as refused:
            act_on(contact, "wrap_up", reason=wrong)
        assert list(refused.value.fields) == ["reason"]
    outcome = act_on(contact, "wrap_up", reason=below.pk, summary="Came today.", products=[str(kettle.pk)])
    assert (outcome.after["reason"], outcome.after["products"]) == ("Delivery › Late", ["Kettle"])
    contact.refresh_from_db()
    assert (contact.ended_at, contact.needs_answer) == (NOON, False)
    with pytest.raises(NotPossible):
        act_on(contact, "wrap_up", reason=below.pk)


def test_set_contact_customer_and_priority() -> None:
    contact, ana = new(), make_customer("Ana Prieto")
    outcome = act_on(contact, "set_contact_customer", customer=ana.pk)
    assert outcome.after["customer"] == f"Ana Prieto ({ana.reference})"
    due = MONDAY.replace(hour=11)  # two hours within the usual opening hours
    assert act_on(contact, "set_contact_priority", priority="2").after == {"priority": "2", "due": due.isoformat()}
    with pytest.raises(NotPossible):
        act_on(contact, "set_contact_priority", priority="7")
    act_on(contact, "set_contact_customer", customer=None)
    contact.refresh_from_db()
    assert contact.customer_id is None


def test_write_note_masks_card_numbers_also_in_the_record() -> None:
    contact = new()
    act_on(contact, "write_note", text="Card 4111 1111 1111 1111, order 1234567890123")
    assert Message.objects.get(is_internal=True).text == "Card •••• •••• •••• 1111, order 1234567890123"
