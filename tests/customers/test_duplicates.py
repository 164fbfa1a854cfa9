"""Files that may be the same customer's: suggested with reasons, never merged by themselves."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from onhand.config import timetable
from onhand.customers.enums import CustomerKind, IdentityKind, RelationKind
from onhand.customers.merging.duplicates import (
    MOST_WITH_IDENTITY,
    MOST_WITH_KEY,
    duplicates_of,
    look_again,
    open_suggestions,
    sweep,
)
from onhand.customers.merging.likeness import LEAST_SCORE, MOST_SCORE, Compared, blocking_keys, compare
from onhand.customers.models import Customer, DuplicateKey, DuplicateSuggestion, Identity, Merge, Relation
from onhand.kernel import reactor
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import Outcome, perform
from onhand.kernel.subjects import reference_type
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_site

BORN = date(1980, 5, 17)
HOME = {"address_lines": "Calle Mayor 5, 2.º", "postal_code": "28013", "city": "Madrid", "country": "ES"}


def do(name: str, customer: Customer, **arguments: Any) -> Outcome:
    return perform(f"customers.{name}", actor=make_actor(), subject_id=customer.pk, arguments=arguments, at=NOON)


def mail(customer: Customer, value: str = "ana@example.com", **more: Any) -> Identity:
    return Identity.objects.create(customer=customer, kind=IdentityKind.EMAIL, value=value, created_at=NOON, **more)


def file(name: Any = "Ana Prieto Núñez", **more: Any) -> Compared:
    plain: dict[str, Any] = {"kind": "person", "born_on": None, "tax_number": "", "country": "ES"}
    return Compared(id=0, name=name, **plain | {"postal_code": "", "address_lines": ""} | more)


def found(*customers: Customer) -> list[tuple[str, ...]]:
    look_again([one.pk for one in customers], at=NOON)
    return [
        tuple(one.reasons) for one in DuplicateSuggestion.objects.filter(dismissed_at=None).order_by("-score", "pk")
    ]


AT_HOME = {"postal_code": "28013", "address_lines": "Calle Mayor 5"}
SAME_MAIL: dict[str, Any] = {"identities": frozenset({("email", "", "ana@example.com")})}


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        (file(born_on=BORN), file("PRIETO NUNEZ, Ana", born_on=BORN), ("same_name_born",)),
        (file(born_on=BORN), file("Ana Prieto Nuñes", born_on=BORN), ("near_name_born",)),
        (
            file(**AT_HOME),
            file("Anna Prieto Nunez", postal_code="28013", address_lines="calle mayor, 5"),
            ("near_name_address",),
        ),
        (file(**AT_HOME), file(**AT_HOME), ("same_name_address",)),
        (file(postal_code="28 013"), file(postal_code="28013"), ("same_name_postcode",)),
        (file(**SAME_MAIL), file("Ana Prieto Núñez", **SAME_MAIL), ("same_email",)),
        (file(**SAME_MAIL), file("Luis Gómez", **SAME_MAIL), ("same_email",)),
        (file(tax_number="12.345.678-Z"), file("A. P.", tax_number="12345678z"), ("same_tax_number",)),
        (file("Ёлкина Анна", born_on=BORN), file("Anna Yolkina", born_on=BORN), ()),
        (file("Анна Иванова", born_on=BORN), file("Anna Ivanova", born_on=BORN), ("same_name_born",)),
        # These are two.
        (file(**AT_HOME), file("Luis Prieto Núñez", **AT_HOME), ()),
        (file(**SAME_MAIL), file("Ana Prieto Núñez", kind="organisation", **SAME_MAIL), ()),
        (file(born_on=BORN, **AT_HOME), file(born_on=date(1955, 5, 17), **AT_HOME), ()),
        (file(), file(), ()),
        (file("A", born_on=BORN), file("B", born_on=BORN), ()),
        (file("", born_on=BORN), file("", born_on=BORN), ()),
        (file("???", born_on=BORN), file("!!!", born_on=BORN), ()),
    ],
)
def test_what_makes_two_files_alike(one: Compared, other: Compared, reasons: tuple[str, ...]) -> None:
    likeness = compare(one, other)
    assert (likeness.reasons if likeness else ()) == reasons
    if likeness and "email" not in str(reasons):
        assert blocking_keys(one) & blocking_keys(other), "they would never be compared"


names = st.text(max_size=30) | st.sampled_from(["Ana Prieto", "Prieto, Ana", "Ana Prietto", "x" * 300])


@given(
    st.builds(file, names, born_on=st.none() | st.dates(), postal_code=names, address_lines=names, tax_number=names),
    st.builds(file, names, born_on=st.none() | st.dates(), postal_code=names, address_lines=names, tax_number=names),
)
def test_likeness_has_no_sides_and_bounds(one: Compared, other: Compared) -> None:
    assert compare(one, other) == compare(other, one)
    assert len(blocking_keys(one)) <= 6
    for likeness in (compare(one, other), compare(one, one)):
        assert likeness is None or LEAST_SCORE <= likeness.score <= MOST_SCORE


@pytest.mark.django_db
class TestFinding:
    def test_a_changed_file_is_compared_by_the_event_of_its_act(self) -> None:
        ana, twice = make_customer("Ana Prieto"), make_customer("Prieto, Ana")
        do("add_email", ana, email="ana@example.com")
        do("add_email", twice, email="ANA@example.com")
        reactor.deliver(50)
        (suggestion,) = open_suggestions(make_actor())
        assert (suggestion.first.id, suggestion.second.id) == (ana.pk, twice.pk)
        assert (suggestion.score, suggestion.reasons) == (85, ("Same e-mail address",))
        assert [one.customer_id for one in duplicates_of(make_actor(), ana.pk)] == [twice.pk]
        assert Merge.objects.count() == 0, "people decide"
        do("remove_email", twice, email=twice.identities.get().pk)
        reactor.deliver(50)
        assert open_suggestions(make_actor()) == []
        assert not DuplicateSuggestion.objects.exists()

    def test_shared_and_withdrawn_identities_say_nothing(self) -> None:
        ana, twice, third = (make_customer("Ana Prieto") for _ in range(3))
        mail(ana, is_shared=True)
        mail(twice)
        assert found(ana, twice, third) == []
        mail(third, "b@example.com", withdrawn_at=NOON)
        mail(twice, "b@example.com")
        assert found(ana, twice, third) == []

    def test_name_with_birth_or_address(self) -> None:
        ana, twice = (
            make_customer("Ana Prieto", born_on=BORN, **HOME),
            make_customer("Prieto Ana", born_on=BORN, **HOME),
        )
        other = make_customer("Ana Pietro", **HOME)
        assert found(ana, twice, other) == [
            ("same_name_born", "same_name_address"),
            ("near_name_address",),
            ("near_name_address",),
        ]

    def test_what_very_many_have_is_not_compared(self) -> None:
        many = [make_customer("Ana Prieto", born_on=BORN) for _ in range(MOST_WITH_KEY + 1)]
        assert found(*many) == []
        callers = [make_customer(f"Somebody {n} Else{n}") for n in range(MOST_WITH_IDENTITY + 1)]
        for one in callers:
            mail(one)
        assert found(*callers) == []

    def test_members_of_one_file_and_people_who_speak_for_each_other_are_not_suggested(self) -> None:
        ana, twice, mother = (make_customer("Ana Prieto", born_on=BORN) for _ in range(3))
        Relation.objects.create(customer=ana, other=mother, kind=RelationKind.GUARDIAN, valid_from=NOON, set_by_name="")
        assert len(found(ana, twice, mother)) == 2
        do("merge_customer", ana, other=twice.pk, reason="x")
        assert found(ana, twice, mother) == []
        assert set(DuplicateKey.objects.values_list("customer_id", flat=True)) == {ana.pk, mother.pk}

    def test_identities_of_merged_customers_count(self) -> None:
        ana, part, other = make_customer("Ana Prieto"), make_customer("A Prieto"), make_customer("Ana Prieto")
        mail(part)
        mail(other)
        do("merge_customer", ana, other=part.pk, reason="x")
        assert found(ana) == [("same_email",)]
        assert {one.customer_id for one in duplicates_of(make_actor(), other.pk)} == {ana.pk}

    def test_an_erased_file_leaves_no_trace_here(self) -> None:
        ana, twice = make_customer("Ana Prieto", born_on=BORN), make_customer("Ana Prieto", born_on=BORN)
        assert len(found(ana, twice)) == 1
        do("dismiss_duplicate", ana, duplicate=DuplicateSuggestion.objects.get().pk)
        Customer.objects.filter(pk=twice.pk).update(erased_at=NOON)
        assert found(twice) == []
        assert not DuplicateSuggestion.objects.exists()
        assert not DuplicateKey.objects.filter(customer=twice).exists()

    def test_the_work_does_not_grow_with_the_company(self) -> None:
        ana = make_customer("Ana Prieto", born_on=BORN)
        make_customer("Ana Prieto", born_on=BORN)
        with CaptureQueriesContext(connection) as few:
            look_again([ana.pk], at=NOON)
        for n in range(40):
            make_customer(f"Somebody Else{n}", born_on=BORN, **HOME)
        with CaptureQueriesContext(connection) as many:
            look_again([ana.pk], at=NOON)
        assert len(many) <= len(few)

    def test_a_sweep_finds_everything_in_steps(self) -> None:
        pairs = []
        for n in range(7):
            pairs.append([make_customer("Ana Prieto", born_on=BORN.replace(day=n + 1)) for _ in range(2)])
        make_customer("Ana Prieto", born_on=BORN.replace(day=1), erased_at=NOON)
        after: int | None = 0
        steps = 0
        while after is not None:
            after = sweep(after=after, at=NOON, size=4)
            steps += 1
        assert steps == 4
        suggested = set(DuplicateSuggestion.objects.values_list("first_id", "second_id"))
        assert suggested == {(one.pk, other.pk) for one, other in pairs}
        assert sweep(after=0, at=NOON) is None
        assert DuplicateSuggestion.objects.count() == 7, "and again, the same"


@pytest.mark.django_db
def test_the_night_round_hands_on_what_it_does_not_get_done(monkeypatch: pytest.MonkeyPatch) -> None:
    found_before = [make_customer("Ana Prieto", born_on=BORN) for _ in range(2)]
    timetable.begin_duplicate_sweep(timestamp=0)
    timetable.begin_duplicate_sweep(timestamp=0)
    assert [job.args for job in ProcrastinateJob.objects.all()] == [{"after": 0}]
    monkeypatch.setattr(timetable, "SWEEP_SECONDS", -1)
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set queueing_lock = null")  # as if it were under way
    timetable.sweep_duplicates(after=found_before[0].pk)
    assert [job.args for job in ProcrastinateJob.objects.order_by("id")] == [
        {"after": 0},
        {"after": found_before[0].pk},
    ]
    monkeypatch.setattr(timetable, "SWEEP_SECONDS", 20)
    timetable.sweep_duplicates(after=0)
    assert DuplicateSuggestion.objects.count() == 1
    assert ProcrastinateJob.objects.count() == 2


@pytest.mark.django_db
class TestDeciding:
    def test_dismiss_duplicate_holds_until_something_new_speaks_for_it(self) -> None:
        ana, twice = make_customer("Ana Prieto", born_on=BORN), make_customer("Ana Prieto", born_on=BORN)
        found(ana, twice)
        (one,) = reference_type("customers.duplicate").options(make_actor(), twice.pk, "")
        outcome = do("dismiss_duplicate", twice, duplicate=one.value)
        assert outcome.after == {"not_the_same_as": [ana.reference]}
        assert ActRecord.objects.get().subject_id == twice.pk
        assert found(ana, twice) == []
        with pytest.raises(NotPossible):
            do("dismiss_duplicate", ana, duplicate=one.value)
        for customer in (ana, twice):
            mail(customer)
        assert found(ana) == [("same_name_born", "same_email")]
        do("dismiss_duplicate", ana, duplicate=DuplicateSuggestion.objects.get().pk)
        assert found(ana, twice) == []
        for customer in (ana, twice):
            mail(customer, "new@example.com")
        assert len(found(twice)) == 1, "another address is something new"

    def test_suggestions_are_for_who_sees_both(self) -> None:
        here, there = make_site(), make_site()
        ana = make_customer("Ana Prieto", born_on=BORN, site=here)
        twice = make_customer("Ana Prieto", born_on=BORN, site=there)
        found(ana, twice)
        at_site = make_actor(visibility=Visibility.SITE, site_ids=frozenset({here.pk}))
        assert open_suggestions(at_site) == []
        assert duplicates_of(at_site, ana.pk) == []
        with pytest.raises(NotPossible, match="may not see"):
            perform(
                "customers.dismiss_duplicate",
                actor=at_site,
                subject_id=ana.pk,
                arguments={"duplicate": DuplicateSuggestion.objects.get().pk},
                at=NOON,
            )
        seeing_both = make_actor(visibility=Visibility.SITE, site_ids=frozenset({here.pk, there.pk}))
        assert len(open_suggestions(seeing_both)) == 1

    def test_the_list_goes_on_where_it_ended(self) -> None:
        people = [[make_customer("Ana Prieto", born_on=BORN.replace(day=n + 1)) for _ in range(2)] for n in range(5)]
        for customer in people[2]:
            mail(customer)
        found(*(one for pair in people for one in pair))
        everything = open_suggestions(make_actor())
        assert [one.score for one in everything] == [95, 90, 90, 90, 90]
        paged, after = [], None
        for _page in range(6):
            page = open_suggestions(make_actor(), after=after, limit=2)
            paged += page
            after = (page[-1].score, page[-1].id) if page else None
            if not page:
                break
        assert paged == everything

    def test_a_file_of_another_kind_is_not_suggested(self) -> None:
        ana = make_customer("Nordwind", **HOME)
        firm = make_customer("Nordwind", kind=CustomerKind.ORGANISATION, **HOME)
        assert found(ana, firm) == []
