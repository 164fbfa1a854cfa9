"""Many at once: no change is lost, no request is done twice, nobody waits for ever."""

import threading
import time
from typing import Any

import pytest
from django.db import connection

from onhand.customers.models import Customer, Identity, Note
from onhand.kernel.acts import Run, act, forget_act
from onhand.kernel.errors import ActError, ArgumentsInvalid, KeyReused, StaleVersion, SubjectBusy
from onhand.kernel.models import ActRecord, Delivery, EventRecord
from onhand.kernel.perform import Outcome, perform
from tests.factories import NOON, make_actor, make_customer
from tests.kernel.sessions import sessions, together

pytestmark = pytest.mark.django_db(transaction=True)


def add_email(customer: Customer, email: str, **more: Any) -> Outcome:
    return perform(
        "customers.add_email",
        actor=make_actor(),
        arguments={"email": email},
        subject_id=customer.pk,
        at=NOON,
        **more,
    )


def test_acts_at_the_same_time_on_one_subject_all_count() -> None:
    customer = make_customer()
    done = together(*[lambda n=n: add_email(customer, f"ana{n}@example.com") for n in range(12)])
    assert all(isinstance(outcome, Outcome) for outcome in done), done
    customer.refresh_from_db()
    assert customer.version == 13
    before: list[str] = []
    for record in ActRecord.objects.order_by("id"):
        assert (record.before["emails"], len(record.after["emails"])) == (before, len(before) + 1)
        before = record.after["emails"]
    assert sorted(outcome.version for outcome in done) == list(range(2, 14))


def test_only_one_of_those_who_saw_the_same_version_gets_through() -> None:
    customer = make_customer()

    def change(city: str) -> Any:
        arguments = {"address_lines": "x", "postal_code": "28013", "city": city, "country": "ES"}
        return perform(
            "customers.change_address",
            actor=make_actor(),
            arguments=arguments,
            subject_id=customer.pk,
            at=NOON,
            expected_version=1,
        )

    done = together(*[lambda n=n: change(f"City {n}") for n in range(6)])
    (winner,) = [outcome for outcome in done if isinstance(outcome, Outcome)]
    assert sum(isinstance(error, StaleVersion) for error in done) == 5
    customer.refresh_from_db()
    assert customer.city == winner.after["city"]


def test_the_same_key_at_the_same_time_acts_once() -> None:
    customer = make_customer()
    done = together(*[lambda: add_email(customer, "ana@example.com", idempotency_key="k")] * 8)
    assert {outcome.record_id for outcome in done} == {ActRecord.objects.get().pk}
    assert sorted(outcome.is_replay for outcome in done) == [False] + [True] * 7
    assert Identity.objects.count() == EventRecord.objects.count() == 1
    assert len(set(Delivery.objects.values_list("handler"))) == Delivery.objects.count()


def test_the_same_key_at_the_same_time_registers_one_customer() -> None:
    def register() -> Outcome:
        return perform(
            "customers.register_customer",
            actor=make_actor(),
            arguments={"customer_name": "Núñez"},
            at=NOON,
            idempotency_key="k",
        )

    done = together(*[register] * 8)
    assert len({(outcome.record_id, outcome.subject_id) for outcome in done}) == 1, done
    assert Customer.objects.count() == ActRecord.objects.count() == 1


def test_the_same_key_on_two_subjects_at_the_same_time_is_done_on_one() -> None:
    customers = [make_customer() for _ in range(4)]
    done = together(*[lambda c=c: add_email(c, "ana@example.com", idempotency_key="k") for c in customers])
    assert sum(isinstance(outcome, Outcome) for outcome in done) == 1
    assert sum(isinstance(error, KeyReused) for error in done) == 3
    assert Identity.objects.count() == 1


def test_who_waits_too_long_for_a_lock_is_told_so_and_nothing_changes() -> None:
    customer = make_customer()
    with connection.cursor() as cursor:
        cursor.execute("show lock_timeout")
        assert cursor.fetchone() == ("5s",), "set for every connection of the product"
        cursor.execute("set lock_timeout = '200ms'")
    with sessions(1) as (other,):
        other.execute("select 1 from customers_customer where id = %s for update", [customer.pk])
        began = time.monotonic()
        with pytest.raises(SubjectBusy) as busy:
            add_email(customer, "ana@example.com")
        assert time.monotonic() - began < 5
        other.rollback()
    assert (busy.value.status, busy.value.code) == (409, "busy")
    assert not ActRecord.objects.exists()
    assert add_email(customer, "ana@example.com").version == 2


def test_acts_that_wait_for_one_another_end_and_one_is_told_to_try_again() -> None:
    first, second = make_customer(), make_customer()
    barrier = threading.Barrier(2)

    @act(name="tests.cross", subject="customer", permission="customers.view", label="Cross")
    def cross(customer: Customer, *, run: Run, other: int) -> None:
        """Change another customer too, which no act should."""
        barrier.wait(20)
        Note.objects.create(customer=customer, text="x", author_name="", created_at=run.at)
        Customer.objects.filter(pk=other).update(city="Crossed")

    def run(subject: Customer, other: Customer) -> Outcome:
        return perform("tests.cross", actor=make_actor(), arguments={"other": other.pk}, subject_id=subject.pk, at=NOON)

    try:
        done = together(lambda: run(first, second), lambda: run(second, first))
    finally:
        forget_act("tests.cross")
    assert sorted(type(result).__name__ for result in done) == ["Outcome", "SubjectBusy"]
    assert ActRecord.objects.count() == Note.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contact_id", 2**70),
        ("contact_id", -1),
        ("contact_id", 0),
        ("case_id", 2**63),
        ("idempotency_key", "a\x00b"),
        ("idempotency_key", "\ud800"),
        ("idempotency_key", ""),
        ("idempotency_key", "k" * 101),
    ],
)
def test_what_comes_beside_the_arguments_is_checked_too(name: str, value: Any) -> None:
    customer = make_customer()
    with pytest.raises(ArgumentsInvalid) as refused:
        add_email(customer, "ana@example.com", **{name: value})
    assert list(refused.value.fields) == [name]
    assert not ActRecord.objects.exists()


@pytest.mark.parametrize("name", ["\x00", "a\ud800b", "x" * 500, "\u202eAna", "👩‍💼"])
def test_any_name_of_an_actor_can_be_recorded(name: str) -> None:
    customer = make_customer()
    outcome = perform(
        "customers.add_note", actor=make_actor(name=name), arguments={"text": "x"}, subject_id=customer.pk, at=NOON
    )
    assert ActRecord.objects.get().pk == outcome.record_id
    assert ActRecord.objects.get().actor_name


def test_a_time_without_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        perform(
            "customers.add_note",
            actor=make_actor(),
            arguments={"text": "x"},
            subject_id=1,
            at=NOON.replace(tzinfo=None),
        )


def test_every_error_speaks_json() -> None:
    customer = make_customer()
    for arguments in ({}, {"email": "x"}, {"email": "a@b.example", "\x00": 1}):
        with pytest.raises(ActError) as error:
            perform("customers.add_email", actor=make_actor(), arguments=arguments, subject_id=customer.pk, at=NOON)
        assert set(error.value.as_json()) == {"code", "message", "fields"}
