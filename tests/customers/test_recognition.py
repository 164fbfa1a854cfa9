"""Who is it: known, maybe or unknown, and never more certain than it is."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onhand.customers.enums import Confidence, CustomerKind, FlagKind, IdentityKind, RelationKind
from onhand.customers.models import Customer, Flag, Identity, Merge, Relation
from onhand.customers.recognition.clues import Clue, ClueKind, read_clue
from onhand.customers.recognition.recognise import Answer, Recognition, Sureness, recognise
from onhand.customers.recognition.sql import MOST_LOOKED_AT, RECOGNISE
from onhand.kernel.actor import Actor, Visibility, system_actor
from tests.examples import examples
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_site

ANA = "+34910123456"
DAY = timedelta(days=1)


def identity(
    customer: Customer, value: str = ANA, kind: IdentityKind = IdentityKind.TELEPHONE, **more: Any
) -> Identity:
    return Identity.objects.create(customer=customer, kind=kind, value=value, created_at=NOON, **more)


def ask(text: str = ANA, kind: ClueKind = ClueKind.TELEPHONE, actor: Actor | None = None, **more: Any) -> Recognition:
    clue = read_clue(kind, text, country=more.pop("country", ""), network=more.pop("network", ""))
    return recognise(actor or system_actor("calls"), [clue], at=NOON, **more)


def merge(root: Customer, other: Customer) -> None:
    Merge.objects.create(survivor=root, absorbed=other, reason="", at=NOON, by_name="")
    Customer.objects.filter(pk=other.pk).update(merged_into=root)


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("+34 910 123 456", ""),
        ("910 123 456", "ES"),
        ("0034910123456", ""),
        ("0034 910/123-456", "DE"),
        ("(+34) 910.123.456", ""),
        ("34910123456", ""),
        ("34910123456", "FR"),
        ("011 34 910 123 456", "US"),
        ("tel:+34-910-123-456;ext=12", ""),
        ("sip:+34910123456@provider.example:5060;user=phone", ""),
        ("SIP:34910123456@10.0.0.1", "ES"),
        ("\u202a+34 910 123 456\u202c", ""),
        ("٠٠٣٤٩١٠١٢٣٤٥٦", ""),
        ("+34 910 123 456 ext. 7", ""),
    ],
)
def test_a_number_is_read_however_it_is_written(typed: str, country: str) -> None:
    assert ANA in read_clue(ClueKind.TELEPHONE, typed, country=country).keys


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "anonymous", "Anonymous", "sip:anonymous@anonymous.invalid", "Withheld", "no number", "restricted"),
        *("112", "0", "12345", "+", "+0", "+1", "0000000000", "+34", "+34000000000", "9" * 40, "abc", "+999123456789"),
        *("\x00", "☎", "*#06#", "+34 910", "x" * 10_000, "266696687", "\ud800+34"),
    ],
)
@pytest.mark.django_db
def test_withheld_short_and_nonsense_numbers_are_nobodys(typed: str) -> None:
    for value in (typed[:254], typed.strip()[:200] or "x"):
        if "\x00" not in value and "\ud800" not in value:
            identity(make_customer(), value)
    clue = read_clue(ClueKind.TELEPHONE, typed, country="ES")
    assert clue.keys == ()
    answer = recognise(system_actor("calls"), [clue], at=NOON)
    assert answer.answer is Answer.UNKNOWN
    assert answer.reasons, "it says why"


@given(st.text(max_size=80), st.sampled_from(list(ClueKind)), st.sampled_from(["", "ES", "US", "DE", "XX", "💥"]))
def test_reading_a_clue_never_fails(text: str, kind: ClueKind, country: str) -> None:
    clue = read_clue(kind, text, country=country)
    assert bool(clue.keys) != bool(clue.problem)
    assert all(key and len(key) <= 260 for key in clue.keys)


def prepared(statement: str) -> str:
    """A statement with named parameters as the server knows it."""
    numbers: dict[str, str] = {}
    return re.sub(r"%\((\w+)\)s", lambda m: numbers.setdefault(m[1], f"${len(numbers) + 1}"), statement)


@pytest.mark.django_db
class TestKnown:
    def test_the_only_holder_is_known_in_one_statement(self) -> None:
        ana, _luis = make_customer("Ana Prieto"), make_customer("Luis")
        identity(ana)
        with CaptureQueriesContext(connection) as queries:
            answer = ask("910 123 456", country="ES")
        assert len(queries) <= 1
        assert (answer.answer, answer.customer_id, answer.more) == (Answer.KNOWN, ana.pk, 0)
        (candidate,) = answer.candidates
        assert (candidate.name, candidate.reference, candidate.sureness) == (
            "Ana Prieto",
            ana.reference,
            Sureness.CERTAIN,
        )
        assert candidate.reasons == ("Telephone number: theirs alone.",)

    def test_the_statement_is_planned_once_a_connection_not_each_time(self) -> None:
        connection.ensure_connection()
        if connection.connection.info.server_version < 160_000:
            pytest.skip("PostgreSQL 15 guesses that planning it each time is cheaper")
        for _n in range(12):
            ask()
        with connection.cursor() as cursor:
            cursor.execute(
                "select generic_plans from pg_prepared_statements where statement = %s", [prepared(RECOGNISE)]
            )
            assert sum(times for (times,) in cursor.fetchall()) >= 5

    @pytest.mark.parametrize(
        ("kind", "clue", "stored", "typed", "network"),
        [
            (IdentityKind.EMAIL, ClueKind.EMAIL, "Ana@example.com", "Ana Prieto <ANA@EXAMPLE.com>", ""),
            (IdentityKind.EMAIL, ClueKind.EMAIL, "ana@example.com", "mailto:ana@example.com", ""),
            (IdentityKind.HANDLE, ClueKind.HANDLE, "@ana_p", "ANA_P", "mastodon"),
            (IdentityKind.HANDLE, ClueKind.HANDLE, "ana_p", "@Ana_P", "mastodon"),
            (IdentityKind.CUSTOMER_NUMBER, ClueKind.NUMBER, "KD-1042", "kd-1042", ""),
            (
                IdentityKind.ACCOUNT_NUMBER,
                ClueKind.NUMBER,
                "ES9121000418450200051332",
                "ES91 2100 0418 4502 0005 1332",
                "",
            ),
        ],
    )
    def test_every_channel_asks_the_same_function(
        self, kind: IdentityKind, clue: ClueKind, stored: str, typed: str, network: str
    ) -> None:
        ana = make_customer()
        identity(ana, stored, kind, network=network)
        assert ask(typed, clue, network=network).customer_id == ana.pk
        assert ask("somebody-else@example.com", clue, network=network).answer is Answer.UNKNOWN

    def test_a_reference_code_in_any_spelling(self) -> None:
        ana, twice = make_customer(), make_customer()
        assert ask(ana.reference.replace("-", " ").lower(), ClueKind.REFERENCE).customer_id == ana.pk
        wrong = ana.reference[:-1] + ("2" if ana.reference[-1] != "2" else "3")
        assert ask(wrong, ClueKind.REFERENCE).answer is Answer.UNKNOWN
        merge(ana, twice)
        assert ask(twice.reference, ClueKind.REFERENCE).customer_id == ana.pk

    def test_several_customers_of_one_merged_file_are_one(self) -> None:
        ana, twice = make_customer(), make_customer()
        for customer in (ana, twice):
            identity(customer)
        assert ask().answer is Answer.MAYBE
        merge(ana, twice)
        assert ask().customer_id == ana.pk

    def test_whoever_had_it_before_does_not_count(self) -> None:
        ana, before = make_customer(), make_customer()
        identity(ana)
        identity(before, withdrawn_at=NOON - DAY)
        assert ask().customer_id == ana.pk


@pytest.mark.django_db
class TestMaybe:
    def test_a_shared_number_gives_everybody_each_with_why(self) -> None:
        ana, luis = make_customer("Ana Prieto", language="es"), make_customer("Luis Prieto", language="en")
        identity(ana)
        identity(luis)
        answer = ask(name="luis PRIETO")
        assert (answer.answer, answer.customer_id) == (Answer.MAYBE, None)
        assert [one.customer_id for one in answer.candidates] == [luis.pk, ana.pk], "the name put them in order"
        assert answer.candidates[0].reasons == ("Telephone number: theirs, and shared with others.", "The name fits.")
        assert {one.sureness for one in answer.candidates} == {Sureness.POSSIBLE}
        assert [one.customer_id for one in ask(language="en").candidates] == [luis.pk, ana.pk]

    def test_a_number_said_to_be_shared_is_not_certain_even_if_nobody_else_is_on_file(self) -> None:
        ana = make_customer()
        identity(ana, is_shared=True)
        assert [one.customer_id for one in ask().candidates] == [ana.pk]
        assert ask(name=ana.name, language="en").answer is Answer.MAYBE, "hints make nobody certain"

    def test_a_withdrawn_number_says_until_when_it_was_theirs(self) -> None:
        ana = make_customer()
        identity(ana, withdrawn_at=NOON - DAY)
        answer = ask()
        assert (answer.answer, answer.candidates[0].sureness) == (Answer.MAYBE, Sureness.WEAK)
        assert answer.candidates[0].reasons == ("Telephone number: was theirs until 20 Nov 2026.",)

    def test_a_number_that_is_to_be_theirs_is_not_yet(self) -> None:
        identity(make_customer(), valid_from=NOON + DAY)
        assert ask().candidates[0].reasons == ("Telephone number: will be theirs from 22 Nov 2026.",)
        identity(make_customer(), "+34910123457", valid_from=NOON - DAY)
        assert ask("+34910123457").answer is Answer.KNOWN

    def test_a_guess_stays_one(self) -> None:
        identity(make_customer(), confidence=Confidence.GUESSED)
        assert ask().answer is Answer.MAYBE

    @pytest.mark.parametrize("kind", [FlagKind.DECEASED, FlagKind.FRAUD_ALERT])
    def test_a_warning_on_the_file_stops_certainty(self, kind: FlagKind) -> None:
        ana, twice = make_customer(), make_customer()
        identity(ana)
        merge(ana, twice)
        flag = Flag.objects.create(customer=twice, kind=kind, reason="x", set_by_name="x", set_at=NOON)
        answer = ask()
        assert (answer.answer, answer.candidates[0].sureness) == (Answer.MAYBE, Sureness.LIKELY)
        assert "flagged" in answer.candidates[0].reasons[1]
        Flag.objects.filter(pk=flag.pk).update(until=NOON)
        assert ask().answer is Answer.KNOWN
        Flag.objects.filter(pk=flag.pk).update(until=None, lifted_at=NOON)
        assert ask().answer is Answer.KNOWN
        Flag.objects.filter(pk=flag.pk).update(kind=FlagKind.VULNERABLE, lifted_at=None)
        assert ask().answer is Answer.KNOWN

    def test_a_handle_without_its_network_is_not_certain(self) -> None:
        identity(make_customer(), "ana", IdentityKind.HANDLE, network="mastodon")
        assert ask("ana", ClueKind.HANDLE).answer is Answer.MAYBE
        assert ask("ana", ClueKind.HANDLE, network="elsewhere").answer is Answer.UNKNOWN

    def test_a_number_of_very_many_is_nobodys(self) -> None:
        for _n in range(MOST_LOOKED_AT + 1):
            identity(make_customer(), withdrawn_at=NOON)
        identity(make_customer())
        answer = ask()
        assert (answer.answer, len(answer.candidates)) == (Answer.MAYBE, 10)
        assert answer.more == MOST_LOOKED_AT + 1 - 10

    def test_clues_that_point_to_two_are_certain_of_none(self) -> None:
        ana, luis = make_customer("Ana"), make_customer("Luis")
        identity(ana)
        identity(luis, "luis@example.com", IdentityKind.EMAIL)
        clues = [read_clue(ClueKind.TELEPHONE, ANA), read_clue(ClueKind.EMAIL, "luis@example.com")]
        answer = recognise(system_actor("x"), clues, at=NOON)
        assert answer.answer is Answer.MAYBE
        assert "E-mail address: points to somebody else." in answer.candidates[0].reasons

    def test_a_certain_clue_decides_between_those_who_share_another(self) -> None:
        ana, luis = make_customer("Ana"), make_customer("Luis")
        for customer in (ana, luis):
            identity(customer)
        clues = [read_clue(ClueKind.TELEPHONE, ANA), read_clue(ClueKind.REFERENCE, luis.reference)]
        assert recognise(system_actor("x"), clues, at=NOON).customer_id == luis.pk

    def test_an_erased_file_is_not_shown_but_counts(self) -> None:
        gone, ana = make_customer(erased_at=NOON), make_customer()
        identity(gone)
        assert ask().answer is Answer.UNKNOWN
        identity(ana)
        assert (ask().answer, [one.customer_id for one in ask().candidates]) == (Answer.MAYBE, [ana.pk])


@pytest.mark.django_db
class TestSpeaking:
    def test_whom_somebody_acts_for_is_told_and_never_certain(self) -> None:
        ana = make_customer("Ana")
        firm = make_customer("Nordwind", kind=CustomerKind.ORGANISATION)
        identity(ana)
        relation = Relation.objects.create(
            customer=firm, other=ana, kind=RelationKind.COMPANY_CONTACT, valid_from=NOON, set_by_name="x"
        )
        answer = ask()
        assert (answer.customer_id, [one.customer_id for one in answer.candidates]) == (ana.pk, [ana.pk])
        (spoken_for,) = answer.speaks_for
        assert (spoken_for.customer_id, spoken_for.sureness) == (firm.pk, Sureness.POSSIBLE)
        assert spoken_for.reasons == ("Ana acts for them: Company contact.",)
        Relation.objects.filter(pk=relation.pk).update(valid_until=NOON)
        assert ask().speaks_for == ()


@pytest.mark.django_db
class TestVisibility:
    def test_what_is_not_seen_is_not_shown_but_counts(self) -> None:
        here, there = make_site(), make_site()
        mine, theirs = make_customer(site=here), make_customer("Their Secret", site=there)
        at_site = make_actor(visibility=Visibility.SITE, site_ids=frozenset({here.pk}))
        identity(theirs)
        answer = ask(actor=at_site)
        assert (answer.answer, answer.candidates) == (Answer.UNKNOWN, ())
        identity(mine)
        answer = ask(actor=at_site)
        assert (answer.answer, [one.customer_id for one in answer.candidates]) == (Answer.MAYBE, [mine.pk])
        assert "Secret" not in repr(answer)
        assert ask(actor=make_actor(permissions=frozenset())).answer is Answer.UNKNOWN

    def test_it_is_the_roots_place_that_counts(self) -> None:
        here, there = make_site(), make_site()
        root, merged = make_customer(site=here), make_customer(site=there)
        merge(root, merged)
        identity(merged)
        assert ask(actor=make_actor(visibility=Visibility.SITE, site_ids=frozenset({here.pk}))).customer_id == root.pk
        at_there = make_actor(visibility=Visibility.SITE, site_ids=frozenset({there.pk}))
        assert ask(actor=at_there).answer is Answer.UNKNOWN


held = st.fixed_dictionaries(
    {
        "who": st.integers(0, 3),
        "is_shared": st.booleans(),
        "withdrawn": st.booleans(),
        "confidence": st.sampled_from(list(Confidence)),
    }
)


@pytest.mark.django_db
@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(held, max_size=5), st.sampled_from([None, 0, 1, 2, 3]), st.sets(st.integers(1, 3)))
def test_known_is_never_said_of_what_is_shared_withdrawn_or_guessed(
    rows: list[dict[str, Any]], warned: int | None, merged: set[int]
) -> None:
    people = [make_customer() for _ in range(4)]
    for number in merged:
        merge(people[0], people[number])
    value = f"nobody{people[0].pk}@example.com"
    for row in rows:
        if not row["withdrawn"] and people[row["who"]].identities.filter(withdrawn_at=None).exists():
            continue
        identity(
            people[row["who"]],
            value,
            IdentityKind.EMAIL,
            is_shared=row["is_shared"],
            confidence=row["confidence"],
            withdrawn_at=NOON if row["withdrawn"] else None,
        )
    if warned is not None:
        Flag.objects.create(
            customer=people[warned], kind=FlagKind.FRAUD_ALERT, reason="x", set_by_name="x", set_at=NOON
        )
    root_of = {one.pk: people[0].pk if number in merged else one.pk for number, one in enumerate(people)}
    current = list(Identity.objects.filter(value=value, withdrawn_at=None))
    holders = {root_of[one.customer_id] for one in current}
    may_be_known = (
        len(holders) == 1
        and not any(one.is_shared for one in current)
        and max(one.confidence for one in current) >= Confidence.STATED
        and (warned is None or root_of[people[warned].pk] not in holders)
    )
    answer = ask(value, ClueKind.EMAIL, name=people[0].name, language="en")
    assert (answer.answer is Answer.KNOWN) == may_be_known
    everybody = {root_of[one.customer_id] for one in Identity.objects.filter(value=value)}
    assert {one.customer_id for one in answer.candidates} == (holders if may_be_known else everybody)
    assert all(one.reasons for one in answer.candidates)


def test_no_clue_is_unknown_without_asking() -> None:
    assert recognise(system_actor("x"), [], at=NOON) == Recognition(Answer.UNKNOWN)
    assert recognise(system_actor("x"), [Clue(ClueKind.EMAIL, (), problem="x")], at=NOON).answer is Answer.UNKNOWN
