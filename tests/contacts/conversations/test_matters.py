"""Contacts and cases, messages split off, reasons and signatures."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.conversations.signatures import signature_for
from onhand.contacts.models import Case, Contact, ContactReason, Message, TeamSignature
from onhand.contacts.text_circumstances import circumstances_of
from onhand.kernel.errors import NotPossible
from onhand.kernel.perform import perform
from tests.contacts.conversations.mails import act_on, arrive, mail
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_team

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def do(name: str, subject_id: int | None = None, **given: Any) -> Any:
    return perform(f"contacts.{name}", actor=make_actor(), subject_id=subject_id, arguments=given, at=NOON)


def with_customer() -> Contact:
    contact = arrive(mail()).contact
    act_on(contact, "set_contact_customer", customer=make_customer("Ana Prieto").pk)
    return contact


def test_open_case_about_it_and_the_answer_names_the_case() -> None:
    contact = with_customer()
    outcome = act_on(contact, "open_case_about", matter="Cold kettle", kind="complaint")
    case = Case.objects.get()
    assert outcome.after["cases"] == [case.reference]
    assert (case.customer_id, case.kind) == (Contact.objects.get().customer_id, "complaint")
    act_on(contact, "answer", text="We look into it.")
    assert Message.objects.get(direction="outbound").subject == f"Re: The kettle does not heat [{case.reference}]"


def test_put_in_case_and_take_out_of_case() -> None:
    first, second = with_customer(), with_customer()
    act_on(first, "open_case_about", matter="Kettle")
    act_on(first, "open_case_about", matter="Bill")
    kettle, bill = Case.objects.order_by("pk")
    act_on(second, "put_in_case", case=bill.pk)
    with pytest.raises(NotPossible):
        act_on(second, "put_in_case", case=bill.pk)
    outcome = act_on(first, "take_out_of_case", case=kettle.pk)
    assert outcome.after["cases"] == [bill.reference]
    first.refresh_from_db()
    assert first.case_id == bill.pk
    with pytest.raises(NotPossible):
        act_on(first, "take_out_of_case", case=kettle.pk)


def test_the_customers_answer_opens_a_closed_case_again() -> None:
    contact = with_customer()
    act_on(contact, "open_case_about", matter="Kettle")
    case = Case.objects.get()
    perform("contacts.solve_case", actor=make_actor(), subject_id=case.pk, arguments={"outcome": "New one."}, at=NOON)
    act_on(contact, "wrap_up")
    message = Message.objects.get()
    arrive(mail(in_reply_to=message.outside_id, automatic="auto_reply"), at=NOON + HOUR)
    case.refresh_from_db()
    contact.refresh_from_db()
    assert (case.state, contact.ended_at) == ("closed", NOON)
    arrive(mail(in_reply_to=message.outside_id), at=NOON + 2 * HOUR)
    case.refresh_from_db()
    contact.refresh_from_db()
    assert (case.state, contact.ended_at, contact.needs_answer) == ("open", None, True)


def test_the_reference_in_a_subject_joins_only_who_is_of_the_case() -> None:
    contact = with_customer()
    act_on(contact, "open_case_about", matter="Kettle")
    case = Case.objects.get()
    subject = f"News of my kettle [{case.reference.lower()}]"
    assert arrive(mail(subject=subject)).contact == contact
    stranger = arrive(mail("eve@mail.example", "Eve", subject=subject))
    assert stranger.contact != contact
    assert not stranger.contact.case_contacts.exists()
    act_on(contact, "wrap_up")
    late = arrive(mail(subject=subject), at=NOON + timedelta(days=60))
    assert late.contact != contact
    assert [one.case_id for one in late.contact.case_contacts.all()] == [case.pk]


def test_split_off_messages_into_a_contact_of_their_own() -> None:
    contact = with_customer()
    first = Message.objects.get()
    other = arrive(mail(subject="Re: also my bill", text="And the bill?", in_reply_to=first.outside_id), at=NOON + HOUR)
    act_on(contact, "answer", text="A new kettle comes.", at=NOON + 2 * HOUR)
    answer = Message.objects.latest("pk")
    for wrong in ([], [str(first.pk), str(other.pk), str(answer.pk)], ["x"], ["999999"], [str(answer.pk)]):
        with pytest.raises(NotPossible):
            act_on(contact, "split_off", messages=wrong)
    outcome = act_on(contact, "split_off", messages=[str(other.pk)], at=NOON + 3 * HOUR)
    new = Contact.objects.get(pk=outcome.after["split_off"]["contact"])
    assert (new.subject, new.split_from_id, new.customer_id) == (
        "also my bill",
        contact.pk,
        first.contact.customer_id or new.customer_id,
    )
    assert (new.needs_answer, new.started_at) == (True, NOON + HOUR)
    contact.refresh_from_db()
    assert not contact.needs_answer
    again = arrive(mail(in_reply_to=other.outside_id), at=NOON + 4 * HOUR)
    assert again.contact == new


def test_add_contact_reason_and_change_contact_reason() -> None:
    do("add_contact_reason", reason_name="Delivery")
    delivery = ContactReason.objects.get()
    do("add_contact_reason", reason_name="Late", above=delivery.pk, position=2)
    late = ContactReason.objects.latest("pk")
    for wrong in (
        {"reason_name": "late", "above": delivery.pk},
        {"reason_name": "delivery"},
        {"reason_name": "Very late", "above": late.pk},
        {"reason_name": "x", "position": -1},
    ):
        with pytest.raises(NotPossible):
            do("add_contact_reason", **wrong)
    do("add_contact_reason", reason_name="Bills")
    bills = ContactReason.objects.latest("pk")
    with pytest.raises(NotPossible):
        do("change_contact_reason", delivery.pk, reason_name="Delivery", above=bills.pk)
    outcome = do("change_contact_reason", late.pk, reason_name="Too late", above=bills.pk, is_active=False)
    assert outcome.after == {"name": "Too late", "above": "Bills", "position": 0, "is_active": False}


def test_add_signature_and_change_signature() -> None:
    team = make_team()
    do("add_signature", team=team.pk, text="Your {representative.name}\n{customer.name}")
    with pytest.raises(NotPossible):
        do("add_signature", team=team.pk, text="x")
    with pytest.raises(NotPossible):
        do("add_signature", team=team.pk, text="{nothing.known}", language="es")
    do("add_signature", team=team.pk, text="Un saludo", language="es")
    contact = arrive(mail(), team=team.pk).contact
    about = circumstances_of(make_actor(), contact_id=contact.pk)
    assert signature_for(about, team.pk, at=NOON) == "Your Ana Prieto"
    spanish = circumstances_of(make_actor(), contact_id=contact.pk, language="es")
    assert signature_for(spanish, team.pk, at=NOON) == "Un saludo"
    one = TeamSignature.objects.get(language="es")
    do("change_signature", one.pk, text="")
    assert signature_for(spanish, team.pk, at=NOON) == "Your Ana Prieto"
    assert signature_for(spanish, None, at=NOON) == ""
