"""The work lists and the page of a contact."""

from datetime import timedelta

import pytest

from onhand.contacts.conversation import read_conversation
from onhand.contacts.models import Contact, Message
from onhand.contacts.work import WorkList, count_work, read_work
from onhand.kernel.errors import SubjectNotFound
from tests.contacts.conversations.mails import act_on, arrive, mail
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_team
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db


def test_lists_page_through_everything_once_in_order() -> None:
    team = make_team()
    me = make_actor(team_ids=frozenset({team.pk}))
    for number in range(23):
        message = arrive(
            mail(f"p{number}@mail.example", subject=f"Matter {number}"),
            at=NOON + timedelta(minutes=number),
            team=team.pk,
        )
        if number % 5 == 0:
            act_on(message.contact, "set_contact_priority", priority="1")
    for wanted in (WorkList.UNASSIGNED, WorkList.TEAM):
        found, after = [], ""
        while True:
            page = read_work(me, wanted, at=NOON, after=after, limit=4)
            found += page.rows
            after = page.next
            if not after:
                break
        assert len(found) == 23
        assert [row.subject for row in found[:6]] == [*(f"Matter {n}" for n in (0, 5, 10, 15, 20)), "Matter 1"]
        assert len({row.id for row in found}) == 23
    with statements() as sent:
        read_work(me, WorkList.TEAM, at=NOON)
        assert count_work(me, at=NOON)[WorkList.UNASSIGNED] == 23
    assert len(sent) == 2


def test_each_list_has_its_own() -> None:
    team = make_team()
    me = make_actor(team_ids=frozenset({team.pk}))
    first, second, third = (arrive(mail(f"p{n}@mail.example"), team=team.pk).contact for n in range(3))
    act_on(first, "take_contact", actor=me)
    act_on(second, "take_contact", actor=me)
    act_on(second, "wait_for", actor=me, until=(NOON + timedelta(days=1)).isoformat(), why="Answer of the carrier")
    late = NOON + timedelta(days=3)
    found = {wanted: [row.id for row in read_work(me, wanted, at=late).rows] for wanted in WorkList}
    assert found == {
        WorkList.MINE: [first.pk],
        WorkList.WAITING: [second.pk],
        WorkList.UNASSIGNED: [third.pk],
        WorkList.TEAM: [first.pk, third.pk],
        WorkList.DUE: [first.pk, third.pk],
        WorkList.HELD: [],
    }
    assert {wanted: len(rows) for wanted, rows in found.items()} == count_work(me, at=late)
    stranger = make_actor(id=9, visibility="own", team_ids=frozenset())
    assert all(not read_work(stranger, wanted, at=late).rows for wanted in WorkList)


def test_the_conversation_is_read_in_one_statement() -> None:
    ana = make_customer("Ana Prieto")
    message = arrive(mail())
    contact = message.contact
    act_on(contact, "set_contact_customer", customer=ana.pk)
    act_on(contact, "write_note", text="Called the carrier.")
    act_on(contact, "answer", text="We look into it.")
    with statements() as sent:
        page = read_conversation(make_actor(), contact.pk, at=NOON)
    assert len(sent) == 1
    assert [one.text for one in page.messages] == [message.text, "Called the carrier.", "We look into it."]
    assert page.last_message_id == Message.objects.latest("pk").pk
    assert page.contact.customer_name == "Ana Prieto"
    assert page.messages[-1].can_be_recalled(NOON)
    newest = read_conversation(make_actor(), contact.pk, at=NOON, limit=2)
    assert [one.text for one in newest.messages] == ["Called the carrier.", "We look into it."]
    older = read_conversation(make_actor(), contact.pk, at=NOON, before=newest.earlier, limit=2)
    assert ([one.text for one in older.messages], older.earlier) == ([message.text], "")


def test_who_may_not_see_it_finds_nothing() -> None:
    contact = arrive(mail()).contact
    with pytest.raises(SubjectNotFound):
        read_conversation(make_actor(visibility="own", id=7), contact.pk, at=NOON)
    Contact.objects.update(representative_id=7)
    assert read_conversation(make_actor(visibility="own", id=7), contact.pk, at=NOON).who is not None
