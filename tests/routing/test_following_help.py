"""Answers to be released and questions to colleagues are given to whoever may see to them, and never to who wrote or asked them."""

from datetime import timedelta

import pytest

from onhand.contacts.access import visible_help
from onhand.contacts.enums import HelpState, MessageState
from onhand.contacts.models import Contact, HelpRequest, Message
from onhand.contacts.work import tell_lists
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.perform import Outcome, perform
from onhand.routing.enums import EndedWhy, ItemState
from onhand.routing.following import sweep
from onhand.routing.kinds import words_about
from onhand.routing.models import Seat, WorkItem
from onhand.routing.router.running import lead_once
from onhand.routing.why import explain_waiting
from onhand.staff.models import Representative, Role
from tests.contacts.cases import on_case, open_case
from tests.factories import NOON, make_customer
from tests.factories.staff import actor_of, make_site, make_team
from tests.factories.staff import make_person as make_colleague
from tests.factories.work import do, make_person, make_seat, make_work
from tests.factories.writing import make_message, make_thread

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=2)
QUESTION = "May we refund after 30 days?"


def act(name: str, subject: Contact | HelpRequest, person: Representative, **given: object) -> Outcome:
    return perform(f"contacts.{name}", actor=actor_of(person), subject_id=subject.pk, arguments=given, at=LATER)


def held_answer(author: Representative, contact: Contact) -> Message:
    make_message(contact)
    act("answer", contact, author, text="It is on its way.", to=["ana@correo.example"], anyway=True)
    return Message.objects.get(contact=contact, state=MessageState.HELD)


def item_of(kind: str, subject: int) -> WorkItem:
    return WorkItem.objects.filter(kind=kind, subject_id=subject).latest("pk")


def ask(person: Representative, contact: Contact, **given: object) -> HelpRequest:
    act("ask_for_help", contact, person, question=QUESTION, **given)
    return HelpRequest.objects.latest("pk")


def test_a_beginners_answer_goes_to_somebody_who_may_release_it() -> None:
    beginner, other, senior = make_person("beginner"), make_person(), make_person("senior")
    for one in (beginner, other):
        make_seat(one, idle_since=NOON - timedelta(hours=1))
    make_seat(senior)
    message = held_answer(beginner, make_thread())
    item = item_of("release", message.pk)
    assert (item.state, item.title) == (ItemState.WAITING, message.contact.subject)
    assert lead_once(LATER) == 1
    item.refresh_from_db()
    assert item.holder_id == senior.pk
    assert words_about([("release", message.pk)]) == {("release", message.pk): f"Written by {beginner.name}"}
    do("accept_work", item, senior, LATER)
    act("release_answer", message.contact, senior, message=message.pk)
    item.refresh_from_db()
    assert (item.state, item.ended_why) == (ItemState.ENDED, EndedWhy.DONE)
    assert Seat.objects.get(pk=senior.pk).load == 0


def test_who_wrote_it_is_never_asked_to_release_it_and_why_says_what_others_lack() -> None:
    beginner, other = make_person("beginner"), make_person()
    make_seat(beginner)
    make_seat(other)
    message = held_answer(beginner, make_thread())
    Role.objects.filter(key="beginner").update(permissions=[*beginner.role.permissions, "contacts.release"])
    assert lead_once(LATER) == 0
    told = explain_waiting(actor_of(make_person("supervisor")), item_of("release", message.pk), LATER)
    assert "the permission “Release what colleagues wrote to customers”" in told.asks
    assert f"being somebody else than {beginner.name}" in told.asks
    assert "access to what it is about" in told.asks


def test_an_answer_given_back_is_the_authors_work_again() -> None:
    beginner, senior = make_person("beginner"), make_person("senior")
    make_seat(beginner)
    work = make_work()
    contact = Contact.objects.get(pk=work.subject_id)
    message = held_answer(beginner, contact)
    work.refresh_from_db()
    assert work.state == ItemState.ENDED
    act("return_answer", contact, senior, message=message.pk, why="Say when.")
    assert item_of("release", message.pk).state == ItemState.ENDED
    again = item_of("contact.email", contact.pk)
    assert (again.state, again.holder_id) == (ItemState.PARKED, beginner.pk)


def test_help_goes_to_the_team_first_and_the_asker_sees_who_took_it() -> None:
    team = make_team()
    asker, near, far = make_person(), make_person("senior"), make_person("supervisor")
    near.teams.add(team)
    make_seat(far, idle_since=NOON - timedelta(hours=2))
    make_seat(asker, idle_since=NOON - timedelta(hours=3))
    make_seat(near)
    contact = make_thread(team=team)
    request = ask(asker, contact)
    item = item_of("help", request.pk)
    assert (item.priority, item.title, item.state) == (2, QUESTION, ItemState.WAITING)
    assert lead_once(LATER) == 1
    item.refresh_from_db()
    assert item.holder_id == near.pk
    do("accept_work", item, near, LATER)
    request.refresh_from_db()
    assert (request.taken_by_id, request.taken_by_name) == (near.pk, near.name)
    outcome = act("answer_help", request, near, answer="Yes, once.")
    assert outcome.after == {"state": "answered", "answer": "Yes, once."}
    item.refresh_from_db()
    assert (item.state, item.ended_why) == (ItemState.ENDED, EndedWhy.DONE)
    assert words_about([("help", request.pk)]) == {("help", request.pk): f"{asker.name} asks, on a contact"}


def test_after_a_while_anybody_who_may_help_and_sees_it_is_asked() -> None:
    team = make_team()
    asker, far, elsewhere = make_person(), make_person("supervisor"), make_colleague("supervisor", sites=(make_site(),))
    make_seat(elsewhere, idle_since=NOON - timedelta(hours=2))
    make_seat(far)
    request = ask(asker, make_thread(team=team))
    assert len(item_of("help", request.pk).steps) == 1  # nobody of the team is there
    near = make_person("senior")
    near.teams.add(team)
    busy = make_seat(near, capacity=3)
    act("withdraw_help", request, asker)
    chat = make_thread(channel="chat")
    tell_lists(chat, LATER)
    act("take_contact", chat, near)
    assert Seat.objects.get(pk=busy.pk).load == 3
    request = ask(asker, make_thread(team=team))
    assert lead_once(LATER) == 0
    assert lead_once(LATER + timedelta(seconds=50)) == 1
    assert item_of("help", request.pk).holder_id == far.pk


def test_who_is_asked_by_name_is_asked_first() -> None:
    asker, chosen, other = make_person("supervisor"), make_person("senior"), make_person("senior")
    make_seat(other, idle_since=NOON - timedelta(hours=2))
    make_seat(chosen)
    request = ask(asker, make_thread(), to=chosen.pk)
    assert (request.to_id, request.to_name) == (chosen.pk, chosen.name)
    assert lead_once(LATER) == 1
    assert item_of("help", request.pk).holder_id == chosen.pk
    for to in (asker.pk, make_person().pk):
        with pytest.raises(NotPossible):
            ask(asker, make_thread(), to=to)


def test_help_interrupts_what_is_written_and_no_chat() -> None:
    asker, helper = make_person(), make_person("senior")
    make_seat(helper)
    work = make_work()
    act("take_contact", Contact.objects.get(pk=work.subject_id), helper)
    request = ask(asker, make_thread())
    assert lead_once(LATER) == 1
    work.refresh_from_db()
    assert (work.state, item_of("help", request.pk).holder_id) == (ItemState.PARKED, helper.pk)
    act("withdraw_help", request, asker)
    assert lead_once(LATER) == 1  # the mail again
    work.refresh_from_db()
    assert work.state == ItemState.IN_WORK
    chat = make_thread(channel="chat")
    tell_lists(chat, LATER)
    act("take_contact", chat, helper)
    ask(asker, make_thread())
    assert lead_once(LATER) == 0


def test_who_asked_withdraws_it_and_nobody_answers_themselves() -> None:
    asker, other = make_person("supervisor"), make_person("senior")
    contact = make_thread()
    request = ask(asker, contact)
    with pytest.raises(NotPossible):
        ask(asker, contact)
    with pytest.raises(NotPossible):
        act("answer_help", request, asker, answer="Yes.")
    with pytest.raises(NotPermitted):
        act("answer_help", request, make_person(), answer="Yes.")
    with pytest.raises(NotPossible):
        act("withdraw_help", request, other)
    act("withdraw_help", request, asker)
    request.refresh_from_db()
    assert (request.state, item_of("help", request.pk).ended_why) == (HelpState.WITHDRAWN, EndedWhy.CALLED_OFF)
    with pytest.raises(NotPossible):
        act("answer_help", request, other, answer="Yes.")


def test_what_a_helper_gives_back_is_nobodys_again() -> None:
    asker, helper = make_person(), make_person("senior")
    make_seat(helper)
    request = ask(asker, make_thread())
    lead_once(LATER)
    item = item_of("help", request.pk)
    do("accept_work", item, helper, LATER)
    do("return_work", item, helper, LATER, why="I do not know either")
    request.refresh_from_db()
    assert (request.taken_by_id, request.taken_by_name) == (None, "")


def test_help_is_asked_on_a_case_too_and_seen_by_who_sees_it() -> None:
    site = make_site()
    asker, near = make_colleague(sites=(site,)), make_colleague("senior", sites=(site,))
    far = make_colleague("senior", sites=(make_site(),))
    case = open_case(make_customer(site=site), actor=actor_of(asker))
    on_case("ask_for_help_on_case", case, actor=actor_of(asker), question=QUESTION)
    request = HelpRequest.objects.get()
    assert (request.case, request.customer) == (case, case.customer)
    assert visible_help(actor_of(near)).get() == request
    assert not visible_help(actor_of(far)).exists()
    make_seat(far, idle_since=NOON - timedelta(hours=2))
    make_seat(near)
    assert lead_once(LATER) == 1
    assert item_of("help", request.pk).holder_id == near.pk


def test_the_sweep_finds_questions_and_held_answers_nobody_told_of() -> None:
    asker = make_person()
    contact = make_thread(needs_answer=False)
    given = {"asked_at": NOON, "asked_by_id": asker.pk, "asked_by_name": asker.name, "question": QUESTION}
    request = HelpRequest.objects.create(contact=contact, **given)
    message = make_message(contact, direction="outbound", state=MessageState.HELD)
    assert sweep(LATER) == 2
    assert sweep(LATER) == 0
    HelpRequest.objects.update(state=HelpState.WITHDRAWN)
    Message.objects.filter(pk=message.pk).update(state=MessageState.CANCELLED)
    assert sweep(LATER) == 2
    assert {item_of("help", request.pk).state, item_of("release", message.pk).state} == {ItemState.ENDED}
