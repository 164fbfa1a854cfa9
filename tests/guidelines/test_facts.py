"""The facts tables can ask about: what is declared of them, and those that are told of customers, people and what was given."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from onhand.customers.identification import level
from onhand.customers.models import Flag
from onhand.guidelines.facts import all_sources, customer_of
from onhand.guidelines.feel.evaluating import evaluation
from onhand.guidelines.feel.reading import Name, Reader
from onhand.guidelines.feel.values import as_value
from onhand.guidelines.models import Given
from onhand.guidelines.tables import TYPES
from onhand.kernel.actor import ActorKind, Via, system_actor
from onhand.kernel.decisions import Question
from onhand.kernel.discovery import load_apps
from onhand.kernel.money import Money
from onhand.kernel.subjects import find_subject_type
from onhand.staff.abilities import validity
from onhand.staff.models import Licence, LicenceKind, Skill
from tests.factories import NOON, make_actor, make_customer, make_representative
from tests.factories.contacts import make_contact, make_server
from tests.factories.staff import make_person
from tests.guidelines.asking import facts_of

load_apps()
FACTS = [fact for source in all_sources() for fact in source.facts if source.key != "tests"]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_every_fact_can_be_named_in_a_table_and_shows_how_it_is_tested(fact: Any) -> None:
    every = Reader([one.name for one in FACTS])
    read = every.expression(fact.name)
    assert isinstance(read, Name)
    assert read.path == (fact.name,)
    assert fact.type in TYPES
    assert str(fact.help).endswith(".")
    assert fact.example
    every.tests(fact.example)
    assert all(isinstance(value, str) for value in fact.values)


def test_what_people_tell_of_skills_can_be_asked_by_key() -> None:
    told = {"skill": as_value({"returns": 4})}
    assert evaluation(Reader(["skill"]).expression("skill.returns"))(told) == 4
    assert evaluation(Reader(["skill"]).expression("skill.law"))(told) is None


def test_of_every_subject_that_belongs_to_a_customer_it_is_known_whose_it_is() -> None:
    """What identification knows of a subject by its id, facts know of its row."""
    from onhand.guidelines import facts

    known = set(level._customer_of) - {"customer"}
    assert "return" in known
    for name in known:
        kind = find_subject_type(name)
        has_column = kind and any(field.attname == "customer_id" for field in kind.model._meta.concrete_fields)
        assert has_column or name in facts._customers, name


@pytest.fixture
def in_madrid(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"


@pytest.mark.django_db
@pytest.mark.usefixtures("in_madrid")
def test_facts_of_the_moment_are_those_of_the_companys_day() -> None:
    before = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)  # the night before clocks go forward there
    for at, today, weekday in (
        (before, date(2026, 3, 28), "Saturday"),
        (before + timedelta(seconds=1), date(2026, 3, 29), "Sunday"),
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), date(2026, 3, 29), "Sunday"),  # after 23 hours
        (datetime(2026, 3, 29, 22, tzinfo=UTC), date(2026, 3, 30), "Monday"),
    ):
        told = facts_of("moment", "customer", make_customer(), at=at)
        assert (told["today"], told["weekday"]) == (today, weekday)


@pytest.mark.django_db
def test_facts_of_the_act_say_what_is_given_and_what_goes_back() -> None:
    gift = Money(1250, "EUR")
    told = facts_of("act", "customer", make_customer(), at=NOON, facts={"amount": gift}, gives=gift)
    assert (str(told["amount given"]), told["amount back"], told["currency"]) == ("12.50", None, "EUR")
    told = facts_of("act", "order", None, at=NOON, facts={"refund": Money(4000, "GBP")})
    assert (told["amount given"], told["amount back"], told["currency"]) == (None, 40, "GBP")
    told = facts_of("act", "order", None, at=NOON, facts={"difference": Money(-600, "EUR")})
    assert (told["price difference"], told["currency"]) == (-6, "EUR")


@pytest.mark.django_db
def test_facts_of_the_actor_and_of_how_long_they_are_here() -> None:
    ana = make_representative(joined_at=datetime(2026, 8, 21, 12, tzinfo=UTC))
    actor = make_actor(id=ana.pk, role="beginner", kind=ActorKind.AI, via=Via.API)
    told = facts_of("actor", "customer", make_customer(), at=NOON, actor=actor)
    assert told == {"role": "beginner", "kind of actor": "ai", "door": "api"}
    assert facts_of("person", "customer", None, at=NOON, actor=actor) == {"months of service": 3}
    day_before = NOON - timedelta(days=1)
    assert facts_of("person", "customer", None, at=day_before, actor=actor) == {"months of service": 2}
    assert facts_of("person", "customer", None, at=NOON, actor=system_actor("rules")) == {"months of service": None}


@pytest.mark.django_db
@pytest.mark.usefixtures("in_madrid")
def test_facts_of_the_customer_are_those_of_the_whole_file_at_that_moment() -> None:
    ana = make_customer(language="es", country="ES", customer_since=date(2026, 1, 31), kind="organisation")
    other = make_customer(merged_into=ana)
    noted = {"reason": "Shouted", "set_by_name": "Eva"}
    Flag.objects.create(customer=other, kind="abusive", set_at=NOON, until=NOON + timedelta(days=2), **noted)
    Flag.objects.create(customer=ana, kind="fraud_alert", set_at=NOON, lifted_at=NOON + timedelta(hours=1), **noted)

    told = facts_of("customer", "customer", ana, at=NOON)
    assert told == {
        "customer kind": "organisation",
        "customer language": "es",
        "customer country": "ES",
        "months since customer": 9,
        "flagged abusive": True,
        "flagged vulnerable": False,
        "fraud alert": True,
    }
    assert facts_of("customer", "customer", other, at=NOON) == told, "merged files are one"
    for at, abusive, fraud in (
        (NOON - timedelta(seconds=1), False, False),
        (NOON + timedelta(hours=1), True, False),
        (NOON + timedelta(days=2), False, False),
    ):
        told = facts_of("customer", "customer", ana, at=at)
        assert (told["flagged abusive"], told["fraud alert"]) == (abusive, fraud)
    last_of_february = datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC)
    assert facts_of("customer", "customer", ana, at=last_of_february)["months since customer"] == 0
    assert facts_of("customer", "customer", ana, at=datetime(2026, 3, 30, 22, tzinfo=UTC))["months since customer"] == 2
    assert set(facts_of("customer", "guideline", None, at=NOON).values()) == {None}


@pytest.mark.django_db
def test_how_well_the_customer_is_identified_is_that_of_the_contact() -> None:
    ana, eva = make_customer(), make_server()
    contact = make_contact(ana)
    given: dict[str, Any] = {"at": NOON, "actor": eva}
    assert facts_of("identification", "customer", ana, **given) == {"identification level": 0}
    ana_checked = {"way": "questions", "level": 1, "until": NOON + timedelta(hours=1), "at": NOON}
    from onhand.customers.models import IdentityCheck

    IdentityCheck.objects.create(customer=ana, contact_id=contact.pk, by_name="Eva", **ana_checked)
    assert facts_of("identification", "customer", ana, contact_id=contact.pk, **given) == {"identification level": 1}
    later = {"at": NOON + timedelta(hours=1), "actor": eva}
    assert facts_of("identification", "customer", ana, contact_id=contact.pk, **later) == {"identification level": 0}
    assert facts_of("identification", "customer", ana, at=NOON) == {"identification level": 3}, (
        "works without a contact"
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("in_madrid")
def test_what_was_given_before_counts_by_days_and_currency() -> None:
    ana = make_customer()
    other, somebody_else = make_customer(merged_into=ana), make_customer()
    today = date(2026, 10, 25)  # of 25 hours
    for days, minor, currency, whose in (
        (0, 1000, "EUR", ana),
        (29, 200, "EUR", other),
        (30, 30, "EUR", ana),
        (89, 4, "GBP", ana),
        (90, 50_000, "EUR", ana),
        (364, 1, "EUR", ana),
        (365, 999_999, "EUR", ana),
        (-1, 777, "EUR", ana),
        (3, 888, "EUR", somebody_else),
    ):
        day = today - timedelta(days=days)
        Given.objects.create(
            day=day,
            act="orders.add_goodwill",
            customer_id=whose.pk,
            actor_kind="person",
            currency=currency,
            minor=minor,
        )
    for at in (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)):
        told = facts_of("given", "customer", other, at=at, gives=Money(1, "EUR"))
        assert [told[f"remedies in {days} days"] for days in (30, 90, 365)] == [2, 4, 6]
        assert [str(told[f"given in {days} days"]) for days in (30, 90, 365)] == ["12.00", "12.30", "512.31"]
    told = facts_of("given", "customer", ana, at=datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert (told["remedies in 30 days"], told["given in 30 days"]) == (2, None), "no currency, no amount"
    assert facts_of("given", "order", None, at=NOON)["remedies in 30 days"] is None


@pytest.mark.django_db
@pytest.mark.usefixtures("in_madrid")
def test_what_people_can_and_may_is_what_is_valid_at_that_moment() -> None:
    from zoneinfo import ZoneInfo

    eva = make_person()
    valid = validity(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Europe/Madrid"))
    Skill.objects.create(key="hard-cases", name="Hard cases").levels.create(representative=eva, level=4, **valid)
    Licence.objects.create(
        representative=eva,
        kind=LicenceKind.objects.create(key="insurance", name="Insurance"),
        jurisdiction="ES",
        number="1",
        **valid,
    )
    eva.languagelevels.create(language="pt", level=3)
    actor = make_actor(id=eva.pk)
    begins, ends = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)  # 23 hours
    for at in (begins, ends - timedelta(seconds=1)):
        told = facts_of("abilities", "customer", None, at=at, actor=actor)
        assert told == {
            "skill": {"hard_cases": 4},
            "highest skill": 4,
            "speaks": {"pt": 3},
            "licence": {"insurance": True},
            "licences held": 1,
        }
    for at in (begins - timedelta(seconds=1), ends):
        told = facts_of("abilities", "customer", None, at=at, actor=actor)
        assert (told["skill"], told["highest skill"], told["licences held"]) == ({}, 0, 0)
    assert set(facts_of("abilities", "customer", None, at=NOON, actor=system_actor("rules")).values()) == {None}


@pytest.mark.django_db
def test_whose_a_question_is() -> None:
    ana = make_customer()

    def whose(kind: str, number: int | None, row: Any) -> int | None:
        return customer_of(Question(make_actor(), "tests.act", kind, number, {}, NOON, row))

    assert whose("customer", ana.pk, ana) == ana.pk
    assert whose("contact", 1, make_contact(ana)) == ana.pk
    assert whose("contact", 1, make_contact(None)) is None
    assert whose("order", None, None) is None
