"""Contacts, cases and promises on a customer's file."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.identification import current_contact_id
from onhand.contacts.models import Case, Contact, Promise
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible
from onhand.kernel.perform import Outcome, perform
from onhand.kernel.subjects import reference_type
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=2)


def do(name: str, customer: Customer, actor: Actor | None = None, on: int | None = None, **given: Any) -> Outcome:
    return perform(
        f"contacts.{name}",
        actor=actor or make_actor(),
        subject_id=customer.pk,
        arguments=given,
        contact_id=on,
        at=NOON,
    )


def test_open_contact_begins_one_and_end_contact_ends_it() -> None:
    ana = make_customer()
    do("open_contact", ana, channel="telephone", outside_address="+34910123456", matter="kettle")
    found = Contact.objects.get(pk=current_contact_id(make_actor(), ana.pk) or 0)
    assert (found.channel, found.outside_address, found.subject) == ("telephone", "+34910123456", "kettle")
    with pytest.raises(NotPossible):
        do("open_contact", ana)
    outcome = do("end_contact", ana, contact=found.id, summary="A new one is sent.")
    assert outcome.after["contact_ended"]["id"] == found.id
    assert current_contact_id(make_actor(), ana.pk) is None
    assert Contact.objects.get().summary == "A new one is sent."
    with pytest.raises(NotPossible):
        do("end_contact", ana, contact=found.id)


def test_a_contact_is_of_whoever_began_it() -> None:
    ana, colleague = make_customer(), make_actor(id=2, permissions=frozenset({"contacts.handle", "customers.view"}))
    do("open_contact", ana)
    contact = Contact.objects.get()
    assert current_contact_id(colleague, ana.pk) is None
    with pytest.raises(NotPossible) as refused:
        do("end_contact", ana, actor=colleague, contact=contact.pk)
    assert list(refused.value.fields) == ["contact"]
    do("open_contact", ana, actor=colleague)
    assert Contact.objects.filter(ended_at=None).count() == 2


def test_open_case_takes_the_contact_in_and_close_case_waits_for_promises() -> None:
    ana = make_customer()
    do("open_contact", ana)
    contact = Contact.objects.get()
    do("open_case", ana, on=contact.pk, matter="Damaged kettle", kind="complaint")
    case = Case.objects.get()
    contact.refresh_from_db()
    assert contact.case == case
    assert len(case.reference) == 7
    do("make_promise", ana, on=contact.pk, promise_text="A new kettle", due=LATER.isoformat(), case=case.pk)
    promise = Promise.objects.get()
    assert (promise.case, promise.contact) == (case, contact)
    with pytest.raises(NotPossible):
        do("close_case", ana, case=case.pk, outcome="done")
    do("keep_promise", ana, promise=promise.pk)
    do("close_case", ana, case=case.pk, outcome="A new one arrived.")
    case.refresh_from_db()
    assert (case.state, case.closed_at) == ("closed", NOON)


def test_call_off_promise_says_why() -> None:
    ana = make_customer()
    do("make_promise", ana, promise_text="Call back", due=LATER.isoformat())
    promise = Promise.objects.get()
    outcome = do("call_off_promise", ana, promise=promise.pk, reason="She called herself.")
    assert outcome.after["promise_called_off"]["reason"] == "She called herself."
    with pytest.raises(NotPossible):
        do("keep_promise", ana, promise=promise.pk)


@pytest.mark.parametrize("name", ["open_case", "make_promise"])
def test_a_due_time_is_still_to_come(name: str) -> None:
    given: dict[str, Any] = {"matter": "x"} if name == "open_case" else {"promise_text": "x"}
    with pytest.raises(NotPossible) as refused:
        do(name, make_customer(), due=NOON.isoformat(), **given)
    assert list(refused.value.fields) == ["due"]


def test_things_of_another_file_are_not_reached() -> None:
    ana, eva = make_customer(), make_customer()
    do("open_case", eva, matter="Eva's own")
    with pytest.raises(NotPossible):
        do("close_case", ana, case=Case.objects.get().pk, outcome="x")
    options = reference_type("contacts.open_case").options
    assert options(make_actor(), ana.pk, "") == []
    assert [one.label.partition(" · ")[2] for one in options(make_actor(), eva.pk, "own")] == ["Eva's own"]


def test_a_merged_customers_contacts_are_of_the_file() -> None:
    ana, twin = make_customer(), make_customer()
    do("open_case", twin, matter="Kettle")
    do("open_contact", twin)
    Customer.objects.filter(pk=twin.pk).update(merged_into=ana)
    assert current_contact_id(make_actor(), ana.pk) is not None
    do("close_case", ana, case=Case.objects.get().pk, outcome="x")
    assert Case.objects.get().closed_at == NOON
