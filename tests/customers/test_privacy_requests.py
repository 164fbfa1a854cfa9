"""Requests about personal data: taken, due in time, answered, and objections that hold at once."""

from datetime import date
from typing import Any

import pytest

from onhand.customers.models import Consent, Customer, PrivacyRequest
from onhand.customers.privacy.requests import due_date
from onhand.customers.privacy.subjects import visible_requests
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import ActError, NotPermitted
from onhand.kernel.perform import perform
from tests.customers.persons import do
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("received", "months", "due"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 15), 1, date(2026, 12, 15)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_a_month_is_a_month(received: date, months: int, due: date) -> None:
    assert due_date(received, months) == due


def take(customer: Customer) -> PrivacyRequest:
    do("customers.take_privacy_request", customer, request="correction", received_on="2026-11-20", details="my name")
    return PrivacyRequest.objects.order_by("-pk")[0]


def act_on(request: PrivacyRequest, name: str, **arguments: Any) -> None:
    perform(f"customers.{name}", actor=make_actor(), subject_id=request.pk, arguments=arguments, at=NOON)


def test_a_request_is_taken_extended_and_answered() -> None:
    request = take(make_customer())
    assert (request.due_on, request.state) == (date(2026, 12, 20), "open")
    act_on(request, "extend_privacy_request", because="many files")
    with pytest.raises(ActError):
        act_on(request, "extend_privacy_request", because="more")
    request.refresh_from_db()
    assert request.due_on == date(2027, 2, 20)
    with pytest.raises(ActError):
        act_on(request, "answer_privacy_request", outcome="open", answer="x")
    act_on(request, "answer_privacy_request", outcome="granted", answer="corrected")
    request.refresh_from_db()
    assert (request.state, request.answered_by_name, request.answered_at) == ("granted", "Ana Prieto", NOON)
    with pytest.raises(ActError):
        act_on(request, "answer_privacy_request", outcome="refused", answer="x")


def test_a_request_is_not_of_tomorrow() -> None:
    with pytest.raises(ActError):
        do("customers.take_privacy_request", make_customer(), request="export", received_on="2026-11-22")


def test_an_objection_holds_at_once_and_is_in_the_list() -> None:
    customer = make_customer()
    do("customers.note_objection", customer, purposes=["marketing", "profiling"], proof="letter of 3 November")
    answers = set(Consent.objects.filter(customer=customer).values_list("purpose", "channel", "answer"))
    assert answers == {("marketing", "", "objected"), ("profiling", "", "objected")}
    assert PrivacyRequest.objects.get().state == "granted"
    do("customers.note_objection", customer, purposes=["surveys"], channel="email", proof="mail")
    assert Consent.objects.filter(purpose="surveys", channel="email", answer="objected").exists()
    with pytest.raises(ActError):
        do("customers.note_objection", customer, purposes=[], proof="mail")


def test_requests_are_seen_by_who_handles_them_of_customers_they_see() -> None:
    take(make_customer())
    assert visible_requests(make_actor()).count() == 1
    assert not visible_requests(make_actor(visibility=Visibility.SITE)).exists()
    assert not visible_requests(make_actor(permissions=frozenset({"customers.view"}))).exists()
    with pytest.raises(NotPermitted):
        perform(
            "customers.take_privacy_request",
            actor=make_actor(permissions=frozenset({"customers.view"})),
            subject_id=make_customer().pk,
            arguments={"request": "export", "received_on": "2026-11-20"},
            at=NOON,
        )
