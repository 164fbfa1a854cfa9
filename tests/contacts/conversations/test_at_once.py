"""Several people and machines at one contact at the same time: nothing is lost, nothing is done twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from onhand.contacts import delivery
from onhand.contacts.conversations.changes import Conflict
from onhand.contacts.models import Contact, Message, StoredFile
from onhand.contacts.waits import bring_back
from onhand.kernel.actor import system_actor
from onhand.kernel.errors import ActError
from onhand.kernel.models import EventRecord
from tests.contacts.conversations.mails import Enclosed, act_on, arrive, mail
from tests.factories import NOON, make_actor

pytestmark = pytest.mark.django_db(transaction=True)
ANA, BEA = make_actor(id=1), make_actor(id=2, name="Bea Ruiz")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gives or raises, all begun at the same time, each with a connection of its own."""
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            ready.wait(10)
            return call()
        except Exception as error:  # noqa: BLE001
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_who_answer_at_once_the_second_is_told() -> None:
    first = arrive(mail())
    for _again in range(5):
        seen = Message.objects.latest("pk").pk
        done = at_once(
            lambda seen=seen: act_on(first.contact, "answer", actor=ANA, text="From Ana", seen=seen),  # type: ignore[misc]
            lambda seen=seen: act_on(first.contact, "answer", actor=BEA, text="From Bea", seen=seen),  # type: ignore[misc]
        )
        assert sorted(isinstance(one, Conflict) for one in done) == [False, True]
    assert Message.objects.filter(direction="outbound").count() == 5


def test_of_two_who_take_it_one_has_it() -> None:
    contact = arrive(mail()).contact
    may = ANA.permissions - {"contacts.assign"}
    one, other = make_actor(id=1, permissions=may), make_actor(id=2, permissions=may)
    done = at_once(*(lambda actor=actor: act_on(contact, "take_contact", actor=actor) for actor in (one, other)))
    assert sorted(isinstance(result, ActError) for result in done) == [False, True]


def test_mails_of_one_writer_at_once_are_one_conversation() -> None:
    first = mail()
    file = Enclosed("same.pdf", b"the same bytes")
    mails = [first, *(mail(references=[first.message_id], attachments=[file]) for _n in range(5))]
    arrive(first)
    done = at_once(*(lambda one=one: arrive(one) for one in (*mails, *mails)))
    assert not [one for one in done if isinstance(one, Exception)]
    assert Message.objects.count() == 6
    assert Contact.objects.count() == 1
    assert StoredFile.objects.count() == 1


def test_a_mail_and_an_act_at_once_lose_nothing() -> None:
    first = arrive(mail())
    for number in range(6):
        at = NOON + timedelta(minutes=number)
        done = at_once(
            lambda at=at: arrive(mail(references=[first.outside_id]), at=at),  # type: ignore[misc]
            lambda n=number, at=at: act_on(first.contact, "set_contact_priority", priority=str(n % 3), at=at),  # type: ignore[misc]
            lambda at=at: act_on(first.contact, "answer", text="Answer", at=at),  # type: ignore[misc]
        )
        assert not [one for one in done if isinstance(one, Exception)], done
    contact = Contact.objects.get()
    assert contact.priority == 5 % 3
    assert contact.version == 1 + 6 * 3
    assert Message.objects.filter(direction="outbound").count() == 6
    assert Message.objects.filter(direction="inbound").count() == 7


def test_a_wait_is_over_once() -> None:
    contacts = [arrive(mail(f"p{n}@mail.example")).contact for n in range(20)]
    until = NOON + timedelta(hours=1)
    for contact in contacts:
        act_on(contact, "wait_for", until=until.isoformat())
    done = at_once(*(lambda: bring_back(at=until) for _n in range(3)))
    assert sum(done) == 20
    assert EventRecord.objects.filter(name="contacts.contact_came_back").count() == 20


def test_undone_or_sent_but_not_both() -> None:
    contact = arrive(mail()).contact
    for _again in range(6):
        act_on(contact, "answer", text="Here.")
        message = Message.objects.latest("pk")
        undone, tried = at_once(
            lambda m=message: act_on(contact, "recall_answer", message=m.pk, at=NOON + timedelta(seconds=5)),  # type: ignore[misc]
            lambda m=message: delivery.note_try(m.pk, at=NOON + timedelta(seconds=11)),  # type: ignore[misc]
        )
        message.refresh_from_db()
        if isinstance(undone, Exception):
            raise undone
        assert message.state == "cancelled"
        if (
            tried is not None
        ):  # taken on its way first, by a clock that is ahead: undoing it stops the sending from being noted
            delivery.note_sent(tried, at=NOON, actor=system_actor("e-mail"))
            message.refresh_from_db()
            assert message.state == "cancelled"


def test_a_bounce_and_an_act_do_not_wait_for_one_another() -> None:
    contact = arrive(mail()).contact
    for _again in range(5):
        act_on(contact, "answer", text="Here.")
        message = Message.objects.latest("pk")
        Message.objects.filter(pk=message.pk).update(state="sent")

        def bounce(message: Message = message) -> None:
            with transaction.atomic():
                delivery.note_not_delivered(message, "no such user", at=NOON, actor=system_actor("e-mail"))

        done = at_once(bounce, lambda: act_on(contact, "write_note", text="Called."), lambda: arrive(mail()))
        assert not [one for one in done if isinstance(one, Exception)], done
        message.refresh_from_db()
        assert message.state == "failed"
