"""Who counts as identified, on which contact, for whose file, and for what."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from onhand.customers.identification.checks import end_all_checks
from onhand.customers.identification.level import NOBODY, STAFF, Reached, current_contact, reached, weigh
from onhand.customers.identification.questions import Question, questions_to_ask, register_question, same_letters
from onhand.customers.models import Customer, IdentificationRules, IdentityCheck, Relation
from onhand.kernel.errors import ArgumentsInvalid, IdentityNeeded, NotPossible
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import HIDDEN, Outcome, perform
from onhand.kernel.subjects import reference_type
from onhand.staff.roles import BUILT_IN
from tests.factories import NOON, make_actor, make_customer
from tests.factories.contacts import make_contact, make_server

pytestmark = pytest.mark.django_db
ADDRESS = {"address_lines": "Gran Vía 9", "postal_code": "45001", "city": "Toledo", "country": "ES"}
RIGHT = {
    "born_on": "12 de mayo de 1980",
    "postal_code": "28 013",
    "tax_number": "es-12345678z",
    "telephone": "910 123 456",
    "email": "ANA@correo.example",
    "address_lines": "calle mayor 1",
}


def make_known(name: str = "Ana Núñez", **changes: Any) -> Customer:
    """Somebody who can be asked three things."""
    given = {"born_on": date(1980, 5, 12), "postal_code": "28013", "tax_number": "ES12345678Z", "country": "ES"}
    return make_customer(name, **(given | {"language": "es"} | changes))


def do(
    name: str, customer: Customer, contact: Any = None, actor: Any = None, minutes: int = 0, **arguments: Any
) -> Outcome:
    return perform(
        f"customers.{name}",
        actor=actor or make_server(),
        subject_id=customer.pk,
        arguments=arguments,
        at=NOON + timedelta(minutes=minutes),
        contact_id=contact.pk if contact is not None else None,
    )


def asked(customer: Customer, contact: Any) -> list[str]:
    from onhand.customers.identification.level import find_contact

    found = find_contact(contact.pk)
    assert found is not None
    return [one.key for one in questions_to_ask(customer, contact.pk, found)]


def answer(customer: Customer, contact: Any, *wrong: int, many: int = 2, minutes: int = 0, **more: Any) -> Outcome:
    """Answer the first questions asked, those numbered in `wrong` wrongly."""
    arguments = {}
    for number, (word, key) in enumerate(
        zip(("first", "second", "third"), asked(customer, contact)[:many], strict=False)
    ):
        arguments |= {f"{word}_question": key, f"{word}_answer": "nonsense 1" if number in wrong else RIGHT[key]}
    return do("answer_questions", customer, contact, minutes=minutes, **(arguments | more))


def level(customer: Customer, contact: Any, actor: Any = None, minutes: int = 0) -> int:
    at = NOON + timedelta(minutes=minutes)
    return reached(actor or make_server(), customer.pk, contact.pk if contact else None, at).level


def test_answer_questions_identifies_and_opens_protected_acts() -> None:
    customer = make_known()
    contact = make_contact(customer)
    for given in (contact, None):
        with pytest.raises(IdentityNeeded):
            do("change_address", customer, given, **ADDRESS)
    outcome = answer(customer, contact)
    assert outcome.after["identification"] == {"way": "questions", "level": 1}
    do("change_address", customer, contact, minutes=5, **ADDRESS)
    contact.refresh_from_db()
    assert (contact.identified_level, contact.identified_how) == (1, "questions")
    event = EventRecord.objects.get(name="customers.customer_identified")
    assert event.payload == {"contact_id": contact.pk, "way": "questions", "level": 1}
    with pytest.raises(IdentityNeeded):
        do("change_address", customer, contact, minutes=61, **ADDRESS)


def test_what_was_said_is_nowhere() -> None:
    customer = make_known()
    contact = make_contact(customer)
    key = asked(customer, contact)[0]
    perform(
        "customers.answer_questions",
        actor=make_server(),
        subject_id=customer.pk,
        arguments={
            "first_question": key,
            "first_answer": "canary-answer-1",
            "second_question": asked(customer, contact)[1],
            "second_answer": "canary-answer-2",
        },
        at=NOON,
        contact_id=contact.pk,
        idempotency_key="k1",
    )
    record = ActRecord.objects.get()
    assert "canary" not in str([record.arguments, record.before, record.after, record.facts])
    assert str(record.arguments["first_answer"]).startswith(HIDDEN)
    assert record.arguments["first_answer"] != record.arguments["second_answer"]
    assert not [one for one in IdentityCheck.objects.all() if "canary" in one.detail]


def test_same_request_is_one_try_and_another_answer_is_another_request() -> None:
    from onhand.kernel.errors import KeyReused

    customer = make_known()
    contact = make_contact(customer)
    keys = asked(customer, contact)
    given: dict[str, Any] = {
        "actor": make_server(),
        "subject_id": customer.pk,
        "at": NOON,
        "contact_id": contact.pk,
        "idempotency_key": "k1",
    }
    said = {"first_question": keys[0], "first_answer": "x", "second_question": keys[1], "second_answer": "y"}
    perform("customers.answer_questions", arguments=said, **given)
    assert perform("customers.answer_questions", arguments=said, **given).is_replay
    assert IdentityCheck.objects.count() == 2  # two wrong answers, once
    with pytest.raises(KeyReused):
        perform("customers.answer_questions", arguments=said | {"first_answer": "z"}, **given)


def test_a_try_cannot_be_previewed() -> None:
    customer = make_known()
    contact = make_contact(customer)
    for name, arguments in (
        ("customers.answer_questions", {"first_question": "born_on", "first_answer": "x"}),
        ("customers.check_code", {"code": "123456"}),
    ):
        with pytest.raises(NotPossible, match="every try counts"):
            perform(
                name,
                actor=make_server(),
                subject_id=customer.pk,
                arguments=arguments,
                at=NOON,
                contact_id=contact.pk,
                preview=True,
            )
    assert not IdentityCheck.objects.exists()


def test_wrong_answers_count_and_lock_and_the_lock_has_an_end() -> None:
    customer = make_known()
    contact = make_contact(customer)
    assert answer(customer, contact, 0).after["identification"] == {"way": "questions", "level": 0}
    assert level(customer, contact) == 0
    answer(customer, contact, 0, 1)
    failed = EventRecord.objects.filter(name="customers.identification_failed").order_by("id")
    assert [one.payload["locked_until"] is None for one in failed] == [True, False]
    with pytest.raises(NotPossible, match="Too many tries"):
        answer(customer, contact)
    assert level(customer, contact) == 0
    other = make_contact(customer)
    answer(customer, other, 0, 1, 2, many=3)  # six on the file by now
    with pytest.raises(NotPossible, match="Too many tries"):
        answer(customer, make_contact(customer))
    answer(customer, make_contact(customer), minutes=24 * 60 + 1)


def test_end_lockout_lets_them_try_again() -> None:
    customer = make_known()
    contact = make_contact(customer)
    answer(customer, contact, 0, 1, 2, many=3)
    with pytest.raises(NotPossible, match="Too many tries"):
        answer(customer, contact)
    do("end_lockout", customer, None, make_actor(), reason="Misheard the street.")
    answer(customer, contact)
    assert level(customer, contact) == 1
    with pytest.raises(NotPossible):
        do("end_lockout", customer, None, make_actor(), reason="Again.")


def test_two_of_three_is_enough_and_the_wrong_one_counts() -> None:
    customer = make_known()
    contact = make_contact(customer)
    answer(customer, contact, 1, many=3)
    assert level(customer, contact) == 1
    assert IdentityCheck.objects.filter(level=0).count() == 1


def test_questions_are_the_servers_choice() -> None:
    customer = make_known(address_lines="Calle Mayor 1")
    customer.identities.create(kind="telephone", value="+34910123456", created_at=NOON)
    customer.identities.create(kind="email", value="ana@correo.example", created_at=NOON)
    contacts = [make_contact(customer) for _ in range(12)]
    chosen = [asked(customer, contact) for contact in contacts]
    assert all(len(one) == 3 for one in chosen)
    assert chosen == [asked(customer, contact) for contact in contacts]
    assert len({tuple(one) for one in chosen}) > 3
    other = next(key for key in RIGHT if key not in chosen[0])
    said = {"first_question": other, "first_answer": RIGHT[other]}
    said |= {"second_question": chosen[0][0], "second_answer": RIGHT[chosen[0][0]]}
    with pytest.raises(NotPossible, match="what is offered"):
        do("answer_questions", customer, contacts[0], **said)
    twice = {"first_question": chosen[0][0], "first_answer": "x", "second_question": chosen[0][0], "second_answer": "x"}
    with pytest.raises(NotPossible):
        do("answer_questions", customer, contacts[0], **twice)
    calling = make_contact(customer, outside_address="+34910123456")
    assert all("telephone" not in asked(customer, one) for one in [calling])


def test_a_file_that_says_too_little_is_not_asked() -> None:
    customer = make_customer(postal_code="28013")
    contact = make_contact(customer)
    with pytest.raises(NotPossible, match="does not hold enough"):
        do("answer_questions", customer, contact, first_question="postal_code", first_answer="28013")
    assert not IdentityCheck.objects.exists()


@pytest.mark.parametrize(
    ("said", "country", "is_right"),
    [
        *(("1980-05-12", "ES", True), ("12.5.1980", "ES", True), ("12/05/1980", "ES", True), ("5/12/1980", "US", True)),
        *(("12 May 1980", "ES", True), ("May 12, 1980", "ES", True), ("12 de mayo de 1980", "ES", True)),
        *(("5/12/1980", "ES", False), ("12/05/80", "ES", False), ("1980", "ES", False), ("", "ES", False)),
        *(("12/13/1980", "ES", False), ("٢", "ES", False), ("9" * 500, "ES", False), ("0-0-0", "ES", False)),
    ],
)
def test_days_are_understood_as_people_say_them(said: str, country: str, is_right: bool) -> None:
    from onhand.customers.identification.questions import _same_day

    assert _same_day(said, "1980-05-12", Customer(language="es", country=country)) is is_right


def test_other_apps_add_questions() -> None:
    question = Question("tests.pet", "Pet", lambda rows: [], same_letters)
    register_question(question)
    from onhand.customers.identification import questions as identity_questions

    with pytest.raises(TypeError):
        register_question(question)
    identity_questions._questions.pop("tests.pet")


def test_a_check_counts_for_its_own_contact_and_file_only() -> None:
    customer, stranger = make_known(), make_known("Eva")
    contact = make_contact(customer)
    answer(customer, contact)
    assert level(customer, contact) == 1
    assert level(stranger, contact) == 0
    assert level(customer, make_contact(customer)) == 0
    assert level(customer, None) == 0
    assert level(customer, contact, make_server(id=2)) == 0  # a colleague's
    contact.ended_at = NOON
    contact.save()
    assert level(customer, contact) == 0
    with pytest.raises(IdentityNeeded):
        do("change_address", customer, contact, **ADDRESS)
    with pytest.raises(NotPossible, match="has ended"):
        answer(customer, contact)


def test_identifying_needs_a_contact_of_ones_own() -> None:
    customer = make_known()
    contact = make_contact(customer)
    for given, actor, words in ((None, None, "Open a contact"), (contact, make_server(id=2), "a colleague's")):
        with pytest.raises(NotPossible, match=words):
            do("answer_questions", customer, given, actor, first_question="born_on", first_answer="x")
    nowhere = make_contact(customer)
    nowhere_id, _ = nowhere.pk, nowhere.delete()
    with pytest.raises(NotPossible, match="Open a contact"):
        perform(
            "customers.answer_questions",
            actor=make_server(),
            subject_id=customer.pk,
            arguments={"first_question": "born_on", "first_answer": "x"},
            at=NOON,
            contact_id=nowhere_id,
        )


def test_without_a_contact_only_who_may_work_so() -> None:
    customer = make_known()
    assert reached(make_actor(), customer.pk, None, NOON) == STAFF
    assert reached(make_server(), customer.pk, None, NOON) == NOBODY
    do("change_address", customer, None, make_actor(), **ADDRESS)
    contact = make_contact(customer, representative_id=2)
    assert level(customer, contact, make_actor()) == 0  # on a contact, the contact counts
    may = {role.key for role in BUILT_IN if "customers.work_without_contact" in role.default_permissions()}
    assert may == {"supervisor", "administrator", "service"}


def test_merged_files_are_one_file() -> None:
    customer, absorbed = make_known(), make_known("Ana N.")
    contact = make_contact(customer)
    Customer.objects.filter(pk=absorbed.pk).update(merged_into=customer)
    answer(customer, contact)
    assert (level(customer, contact), level(absorbed, contact)) == (1, 1)
    Customer.objects.filter(pk=absorbed.pk).update(merged_into=None)
    assert (level(customer, contact), level(absorbed, contact)) == (1, 0)
    end_all_checks([customer.pk, absorbed.pk], NOON)
    assert level(customer, contact) == 0


def test_end_identification_ends_it() -> None:
    customer = make_known()
    contact = make_contact(customer)
    with pytest.raises(NotPossible):
        do("end_identification", customer, contact)
    answer(customer, contact)
    do("end_identification", customer, contact)
    assert level(customer, contact) == 0


def make_relation(customer: Customer, other: Customer, **changes: Any) -> Relation:
    given = {"kind": "authorised", "may_be_told": ["contact_details"], "may_do": [], "valid_from": NOON}
    return Relation.objects.create(customer=customer, other=other, set_by_name="Ana", **(given | changes))


def test_identify_authorised_person_within_what_they_may() -> None:
    customer, son = make_known(), make_known("Luis Núñez")
    relation = make_relation(customer, son)
    contact = make_contact(son)
    with pytest.raises(NotPossible, match="Identify this person first"):
        do("identify_authorised_person", customer, contact, person=relation.pk)
    assert current_contact(make_server(), customer.pk) == contact.pk
    offered = reference_type("customers.authorised").options
    assert offered(make_server(), customer.pk, "") == []  # who may speak is not told before they are identified
    answer(son, contact)
    IdentityCheck.objects.update(until=timezone.now() + timedelta(hours=1))  # forms offer what holds by the clock
    assert [one.value for one in offered(make_server(), customer.pk, "")] == [relation.pk]
    assert level(customer, contact) == 0
    do("identify_authorised_person", customer, contact, person=relation.pk)
    found = reached(make_server(), customer.pk, contact.pk, NOON)
    assert (found.level, found.as_whom, found.told, found.does) == (1, "Luis Núñez", {"contact_details"}, frozenset())
    assert found.may_be_told("contact_details", 1)
    assert not found.may_be_told("relations", 1)
    with pytest.raises(IdentityNeeded, match="Luis Núñez may not do this"):
        do("change_address", customer, contact, **ADDRESS)
    Relation.objects.filter(pk=relation.pk).update(may_do=["contact_details"])
    do("change_address", customer, contact, **ADDRESS)
    Relation.objects.filter(pk=relation.pk).update(ended_at=NOON)
    assert level(customer, contact) == 0
    Relation.objects.filter(pk=relation.pk).update(ended_at=None, valid_until=NOON + timedelta(minutes=9))
    assert (level(customer, contact, minutes=8), level(customer, contact, minutes=9)) == (1, 0)
    do("end_identification", son, contact)
    assert level(customer, contact) == 0


def test_who_speaks_now_counts_not_who_spoke_before() -> None:
    customer, son = make_known(), make_known("Luis")
    relation = make_relation(customer, son)
    contact = make_contact(customer)
    answer(customer, contact)
    answer(son, contact)
    do("identify_authorised_person", customer, contact, person=relation.pk)
    assert reached(make_server(), customer.pk, contact.pk, NOON).as_whom == "Luis"
    Relation.objects.filter(pk=relation.pk).update(ended_at=NOON)
    assert level(customer, contact) == 0
    stranger = make_relation(make_known("Eva"), son)
    with pytest.raises(NotPossible):
        do("identify_authorised_person", customer, contact, person=stranger.pk)


def test_the_best_check_of_who_speaks_counts() -> None:
    later = NOON + timedelta(hours=1)
    rows = [
        ("questions", 1, later, None, "", None, None, False),
        ("code", 2, later, None, "", None, None, False),
        ("authorised", 2, later, 5, "Eva", "[]", "[]", True),
    ]
    assert weigh(rows, NOON) == Reached(2, "code", until=later)
    assert weigh(rows[2:], NOON).as_whom == "Eva"
    assert weigh([("authorised", 2, later, None, "", None, None, False), *rows], NOON) == NOBODY
    assert weigh([], NOON) == NOBODY


def test_change_identification_rules() -> None:
    rules = IdentificationRules.objects.get()
    given: dict[str, Any] = {
        "questions_needed": 1,
        "questions_minutes": 60,
        "code_tries": 3,
        "code_minutes": 10,
        "code_address_hours": 24,
        "strong_minutes": 60,
        "failures_per_contact": 3,
        "failures_per_customer": 6,
        "lock_hours": 24,
    }
    asked_for: dict[str, Any] = {"actor": make_actor(), "subject_id": rules.pk, "at": NOON}
    perform("customers.change_identification_rules", arguments=given, **asked_for)
    customer = make_known()
    contact = make_contact(customer)
    answer(customer, contact, many=1)
    assert level(customer, contact) == 1
    with pytest.raises(NotPossible):
        perform("customers.change_identification_rules", arguments=given | {"code_tries": 100}, **asked_for)
    with pytest.raises(ArgumentsInvalid):
        perform("customers.change_identification_rules", arguments={}, **asked_for)
