"""Promises checked against the books."""

from datetime import datetime
from typing import Any

import pytest

from onhand.contacts.models import CaseContact, Contact, Message, Promise
from onhand.contacts.promises.checking import check_promises
from onhand.contacts.promises.tests_on_books import find_test, forget_test, offered_tests, promise_test
from onhand.customers.models import Customer
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import EventRecord
from onhand.kernel.perform import perform
from tests.contacts.cases import DAY, HOUR, MONDAY, on_case, open_case
from tests.factories import make_actor, make_customer
from tests.factories.contacts import make_contact

pytestmark = pytest.mark.django_db(transaction=True)


def promise(customer: Customer, *, due: datetime = MONDAY + DAY, **given: Any) -> Promise:
    arguments = {"promise_text": "You will hear from us", "due": due.isoformat()} | given
    outcome = perform(
        "contacts.make_promise", actor=make_actor(), subject_id=customer.pk, arguments=arguments, at=MONDAY
    )
    return Promise.objects.get(pk=outcome.after["promise"]["id"])


def state(one: Promise) -> str:
    one.refresh_from_db()
    return "kept" if one.kept_at else "broken" if one.broken_at else "open"


def write(contact: Contact, at: datetime, **changes: Any) -> Message:
    given = {"direction": "outbound", "state": "sent", "sent_at": at, "text": "Dear Ana"}
    return Message.objects.create(contact=contact, at=at, **given | changes)


def test_a_message_sent_keeps_it() -> None:
    ana = make_customer()
    one = promise(ana, test="contacts.message_sent")
    contact = make_contact(ana, channel="email")
    write(contact, MONDAY - HOUR)  # before it was promised
    write(contact, MONDAY + HOUR, state="waiting", sent_at=None)
    write(contact, MONDAY + HOUR, automatic="auto_reply")
    write(contact, MONDAY + HOUR, is_internal=True)
    write(make_contact(make_customer(), 2), MONDAY + HOUR)
    assert check_promises(MONDAY + 2 * HOUR) == 0
    write(contact, MONDAY + 2 * HOUR)
    assert check_promises(MONDAY + 3 * HOUR) == 1
    assert state(one) == "kept"
    assert EventRecord.objects.filter(name="contacts.promise_found_kept", subject_id=ana.pk).count() == 1


def call(customer: Customer, number: int, at: datetime, **given: Any) -> Contact:
    return make_contact(customer, number, started_at=at, direction="outbound", **given)


def test_a_call_later_that_reached_the_customer_keeps_it() -> None:
    ana = make_customer()
    one = promise(ana, test="contacts.called")
    call(ana, 1, MONDAY - HOUR, connected_at=MONDAY + HOUR)  # during it the promise was made
    make_contact(ana, 2, started_at=MONDAY + HOUR, direction="inbound", connected_at=MONDAY + HOUR)
    call(ana, 3, MONDAY + HOUR)  # nobody took it up
    call(make_customer(), 4, MONDAY + HOUR, connected_at=MONDAY + HOUR)
    check_promises(MONDAY + 2 * HOUR)
    assert state(one) == "open"
    call(ana, 5, MONDAY + 2 * HOUR, connected_at=MONDAY + 2 * HOUR)
    check_promises(MONDAY + 3 * HOUR)
    assert state(one) == "kept"


def test_a_call_on_which_the_customer_was_identified_reached_them() -> None:
    ana = make_customer()
    one = promise(ana, test="contacts.called")
    call(ana, 1, MONDAY + HOUR, identified_level=1)
    check_promises(MONDAY + 2 * HOUR)
    assert state(one) == "kept"


def test_a_promise_in_a_case_is_kept_by_a_call_about_it() -> None:
    ana = make_customer()
    case, other = open_case(ana), open_case(ana, matter="The kettle")
    one = promise(ana, test="contacts.called", case=case.pk)
    about_other = call(ana, 1, MONDAY + HOUR, connected_at=MONDAY + HOUR)
    CaseContact.objects.create(case=other, contact=about_other, at=MONDAY, by_name="Ana")
    check_promises(MONDAY + 2 * HOUR)
    assert state(one) == "open"
    on_case("merge_cases", case, other=other.pk, at=MONDAY + 2 * HOUR)  # the same matter after all
    check_promises(MONDAY + 3 * HOUR)
    assert state(one) == "kept"


def test_end_contact_says_whether_the_customer_was_reached() -> None:
    ana = make_customer()
    one = promise(ana, test="contacts.called")
    for number, reached in enumerate((False, True), start=1):
        begun = MONDAY + number * HOUR
        arguments = {"channel": "telephone", "direction": "outbound"}
        perform("contacts.open_contact", actor=make_actor(), subject_id=ana.pk, arguments=arguments, at=begun)
        contact = Contact.objects.latest("pk")
        given = {"contact": contact.pk, "was_reached": reached}
        perform("contacts.end_contact", actor=make_actor(), subject_id=ana.pk, arguments=given, at=begun)
        check_promises(begun + HOUR / 2)
        assert state(one) == ("kept" if reached else "open")


def test_a_closed_case_keeps_it() -> None:
    ana = make_customer()
    case = open_case(ana)
    one = promise(ana, test="contacts.case_closed")
    check_promises(MONDAY + HOUR)
    assert state(one) == "open"
    on_case("solve_case", case, outcome="Sent", at=MONDAY + HOUR)
    check_promises(MONDAY + 2 * HOUR)
    assert state(one) == "kept"


def test_a_broken_one_is_work_once_and_may_still_be_kept_late() -> None:
    ana = make_customer()
    case = open_case(ana)
    one = promise(ana, test="contacts.message_sent", case=case.pk)
    said_so = promise(ana)
    assert check_promises(MONDAY + DAY) == 2
    assert check_promises(MONDAY + DAY) == 0
    assert (state(one), state(said_so)) == ("broken", "broken")
    assert EventRecord.objects.filter(name="contacts.promise_broken", subject_id=ana.pk).count() == 2
    write(make_contact(ana), MONDAY + 2 * DAY)
    check_promises(MONDAY + 2 * DAY)
    assert (state(one), state(said_so)) == ("kept", "broken")
    one.refresh_from_db()
    assert one.broken_at == MONDAY + DAY  # and that it was late stays known
    perform(
        "contacts.keep_promise", actor=make_actor(), subject_id=ana.pk, arguments={"promise": said_so.pk}, at=MONDAY
    )
    assert state(said_so) == "kept"


def test_other_apps_bring_their_own_tests() -> None:
    asked = []

    @promise_test("tests.posted", "A credit was posted")
    def posted(one: Promise, at: datetime) -> bool:
        asked.append((one.pk, at))
        return True

    try:
        assert ("tests.posted", "A credit was posted") in offered_tests()
        with pytest.raises(TypeError):
            promise_test("tests.posted", "Again")(posted)
        one = promise(make_customer(), test="tests.posted")
        check_promises(MONDAY + HOUR)
        assert (asked, state(one)) == ([(one.pk, MONDAY + HOUR)], "kept")
    finally:
        forget_test("tests.posted")
    assert find_test("tests.posted") is None
    with pytest.raises(NotPossible) as refused:
        promise(make_customer(), test="tests.posted")
    assert list(refused.value.fields) == ["test"]
