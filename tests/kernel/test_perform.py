"""Acts are done whole or not at all, once, by those who may, and leave a record."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import pytest
from django.db import connection

from onhand.customers.models import Customer, Identity, Note
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Run, act, forget_act, get_act
from onhand.kernel.decisions import Answer, NeedsApproval
from onhand.kernel.errors import (
    ArgumentsInvalid,
    IdentityNeeded,
    KeyReused,
    LicenceNeeded,
    NotPermitted,
    NotPossible,
    StaleVersion,
    SubjectNotFound,
    UnknownAct,
)
from onhand.kernel.fields import Field
from onhand.kernel.gates import set_licences
from onhand.kernel.models import ActRecord, Delivery, EventRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db

ADDRESS = {"address_lines": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid", "country": "ES"}


def everything() -> dict[str, list[Any]]:
    """Every row an act could touch."""
    tables: tuple[str, ...] = ("customers_customer", "customers_identity", "customers_note")
    tables += ("kernel_actrecord", "kernel_eventrecord", "kernel_delivery")
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"select * from {table} order by id")
            found[table] = cursor.fetchall()
    return found


def test_act_changes_the_subject_and_records_before_and_after() -> None:
    customer = make_customer()
    outcome = perform(
        "customers.change_address",
        actor=make_actor(),
        arguments=ADDRESS,
        subject_id=customer.pk,
        at=NOON,
        contact_id=7,
    )
    customer.refresh_from_db()
    assert (customer.city, customer.version, outcome.version) == ("Madrid", 2, 2)
    record = ActRecord.objects.get()
    assert record.before == {"address_lines": "", "postal_code": "", "city": "", "country": "", "time_zone": "UTC"}
    assert record.after == ADDRESS | {"time_zone": "Europe/Madrid"}
    assert (record.act, record.actor_name, record.via, record.contact_id) == (
        "customers.change_address",
        "Ana Prieto",
        "desk",
        7,
    )
    assert record.decision["answer"] == Answer.ALLOW
    event = EventRecord.objects.get()
    assert (event.name, event.subject_id, event.record_id) == ("kernel.act_done", customer.pk, record.pk)
    delivered = dict(Delivery.objects.values_list("handler", "event_id"))
    assert delivered == {"kernel.tally_act": event.pk, "customers.look_for_duplicates": event.pk}


def test_preview_shows_the_change_and_leaves_nothing() -> None:
    customer = make_customer()
    before = everything()
    outcome = perform(
        "customers.change_address",
        actor=make_actor(),
        arguments=ADDRESS,
        subject_id=customer.pk,
        at=NOON,
        preview=True,
        idempotency_key="k",
    )
    assert outcome.after == ADDRESS | {"time_zone": "Europe/Madrid"}
    assert outcome.record_id is None
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"actor": make_actor(permissions=frozenset())}, NotPermitted),
        ({"arguments": {"city": "Madrid"}}, ArgumentsInvalid),
        ({"arguments": ADDRESS | {"country": "XX"}}, NotPossible),
        ({"arguments": ADDRESS | {"planet": "Mars"}}, ArgumentsInvalid),
        ({"subject_id": 2**63 - 1}, SubjectNotFound),
        ({"subject_id": 2**70}, SubjectNotFound),
        ({"subject_id": -1}, SubjectNotFound),
        ({"subject_id": None}, SubjectNotFound),
        ({"expected_version": 7}, StaleVersion),
        ({"name": "customers.fly"}, UnknownAct),
    ],
)
def test_act_that_is_refused_or_fails_changes_nothing(changes: dict[str, Any], error: type[Exception]) -> None:
    customer = make_customer()
    before = everything()
    given: dict[str, Any] = {
        "name": "customers.change_address",
        "actor": make_actor(),
        "arguments": ADDRESS,
        "subject_id": customer.pk,
        "at": NOON,
        "idempotency_key": "once",
    }
    given |= changes
    with pytest.raises(error):
        perform(given.pop("name"), **given)
    assert everything() == before


def test_failure_inside_an_act_takes_everything_back() -> None:
    customer = make_customer()

    @act(name="tests.break_halfway", subject="customer", permission="customers.view", label="Break")
    def break_halfway(customer: Customer, *, run: Run) -> None:
        """Change something, then fail."""
        Note.objects.create(customer=customer, text="half done", author_name="", created_at=run.at)
        customer.city = "Half"
        customer.save(update_fields=["city"])
        raise ZeroDivisionError

    before = everything()
    try:
        with pytest.raises(ZeroDivisionError):
            perform("tests.break_halfway", actor=make_actor(), arguments={}, subject_id=customer.pk, at=NOON)
    finally:
        forget_act("tests.break_halfway")
    assert everything() == before


def test_same_key_never_acts_twice() -> None:
    customer = make_customer()

    def note(text: str) -> Any:
        return perform(
            "customers.add_note",
            actor=make_actor(),
            arguments={"text": text},
            subject_id=customer.pk,
            at=NOON,
            idempotency_key="k1",
        )

    first, second = note("called"), note("called")
    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.record_id == first.record_id
    assert Note.objects.count() == 1
    with pytest.raises(KeyReused):
        note("called again")
    other = perform(
        "customers.add_note",
        actor=make_actor(id=2),
        arguments={"text": "called"},
        subject_id=customer.pk,
        at=NOON,
        idempotency_key="k1",
    )
    assert other.is_replay is False


def test_replay_answers_although_the_version_has_moved_on() -> None:
    customer = make_customer()
    given: dict[str, Any] = {
        "actor": make_actor(),
        "arguments": ADDRESS,
        "subject_id": customer.pk,
        "at": NOON,
        "expected_version": 1,
        "idempotency_key": "k2",
    }
    perform("customers.change_address", **given)
    assert perform("customers.change_address", **given).is_replay


def test_stale_version_is_refused_except_for_acts_that_only_add() -> None:
    customer = make_customer()
    actor = make_actor()
    perform("customers.change_language", actor=actor, arguments={"language": "es"}, subject_id=customer.pk, at=NOON)
    with pytest.raises(StaleVersion) as stale:
        perform(
            "customers.change_address",
            actor=actor,
            arguments=ADDRESS,
            subject_id=customer.pk,
            at=NOON,
            expected_version=1,
        )
    assert stale.value.current == 2
    perform(
        "customers.add_note",
        actor=actor,
        arguments={"text": "still here"},
        subject_id=customer.pk,
        at=NOON,
        expected_version=1,
    )


@pytest.fixture
def credit_act() -> Iterator[str]:
    """An act with amounts, facts and gates."""

    @act(
        name="tests.give_credit",
        subject="customer",
        permission="customers.view",
        label="Give credit",
        facts=lambda customer, amount: {"amount": amount},
    )
    def give_credit(customer: Customer, *, run: Run, amount: Annotated[Money, Field(label="Amount")]) -> None:
        """Give the customer a credit."""
        run.changed("credit", after=amount)

    yield "tests.give_credit"
    forget_act("tests.give_credit")


def test_default_authority_asks_above_the_limit_of_the_role(credit_act: str) -> None:
    customer = make_customer()
    actor = make_actor(limits={credit_act: {"EUR": 5000}})

    def give(minor: int, currency: str = "EUR", **more: Any) -> Any:
        arguments = {"amount": {"minor": minor, "currency": currency}}
        return perform(credit_act, actor=actor, arguments=arguments, subject_id=customer.pk, at=NOON, **more)

    assert give(5000).decision.answer is Answer.ALLOW
    with pytest.raises(NeedsApproval) as asked:
        give(5001)
    assert "50.00" in asked.value.message
    assert asked.value.decision.may_approve
    with pytest.raises(NeedsApproval):
        give(1, "USD")
    assert give(5001, preview=True).decision.answer is Answer.ASK
    record = ActRecord.objects.get()
    assert record.facts == {"amount": {"minor": 5000, "currency": "EUR"}}
    assert record.after == {"credit": {"minor": 5000, "currency": "EUR"}}


def test_licence_and_identification_are_gates() -> None:
    customer = make_customer()

    @act(name="tests.sell_policy", subject="customer", permission="customers.view", label="Sell", licence="insurance")
    def sell_policy(customer: Customer, *, run: Run) -> None:
        """Sell a policy."""

    @act(name="tests.tell_balance", subject="customer", permission="customers.view", label="Tell", protects=1)
    def tell_balance(customer: Customer, *, run: Run) -> None:
        """Tell a balance."""

    def licensed(actor: Actor, kind: str, jurisdiction: str, at: datetime) -> str | None:
        return None if (kind, jurisdiction, at) == ("insurance", "", NOON) and actor.id == 7 else "Not you."

    before = set_licences(licensed)
    try:
        given: dict[str, Any] = {"arguments": {}, "subject_id": customer.pk, "at": NOON}
        with pytest.raises(LicenceNeeded, match="Not you"):
            perform("tests.sell_policy", actor=make_actor(), **given)
        perform("tests.sell_policy", actor=make_actor(id=7), **given)
        with pytest.raises(IdentityNeeded):
            perform("tests.tell_balance", actor=make_actor(permissions=frozenset({"customers.view"})), **given)
    finally:
        set_licences(before)
        forget_act("tests.sell_policy")
        forget_act("tests.tell_balance")


def test_act_that_creates_its_subject_records_it() -> None:
    outcome = perform(
        "customers.register_customer",
        actor=make_actor(),
        arguments={"customer_name": "Núñez Prieto, Ana", "email": "ana@Example.com"},
        at=NOON,
    )
    assert outcome.subject_id is not None
    customer = Customer.objects.get(pk=outcome.subject_id)
    assert Identity.objects.get(customer=customer).value == "ana@example.com"
    assert outcome.after["emails"] == ["ana@example.com"]
    assert ActRecord.objects.get().subject_id == customer.pk


def test_act_describes_itself() -> None:
    described = get_act("customers.change_address")
    assert [(f.name, f.widget, f.required) for f in described.fields] == [
        ("address_lines", "textarea", True),
        ("country", "country", True),
        ("postal_code", "text", False),
        ("city", "text", False),
        ("region", "text", False),
    ]
    assert described.json_schema["required"] == ["address_lines", "country"]


NAUGHTY = ["\x00", "a\x00b", "\ud800", "x" * 100_001, "\u202etxet", " ", "'; drop table x; --", "💩" * 500, "\n\n"]


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_text_is_stored_cleanly_or_refused_at_its_field(text: str) -> None:
    customer = make_customer()
    try:
        perform(
            "customers.change_address",
            actor=make_actor(),
            arguments=ADDRESS | {"city": text},
            subject_id=customer.pk,
            at=NOON,
        )
    except ArgumentsInvalid as error:
        assert list(error.fields) == ["city"]
    else:
        customer.refresh_from_db()
        assert customer.city.isprintable()
