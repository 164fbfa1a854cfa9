"""The procedures that come with the product: readable, their test cases right, in English and Spanish, in force once."""

import tomllib
from pathlib import Path

import pytest

from onhand.guidelines.book import current
from onhand.guidelines.shipped.offering import publish_shipped as publish_guidelines
from onhand.kernel.actor import system_actor
from onhand.kernel.discovery import load_apps
from onhand.kernel.perform import perform
from onhand.procedures.models import Procedure, ProcedureVersion
from onhand.procedures.reading import read_script
from onhand.procedures.script import StepKind
from onhand.procedures.shipped.offering import Shipped, all_shipped, not_taken_up, offer_drafts, publish_shipped
from onhand.procedures.tries import try_all
from onhand.rules.demo import company
from tests.factories import NOON, make_actor, make_representative
from tests.guidelines.company import BEFORE, nothing_laid_down

load_apps()
SHIPPED = all_shipped()
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_a_shipped_procedure_is_whole_and_in_english_and_spanish(one: Shipped) -> None:
    script = read_script(one.text)
    assert script.title == one.name
    assert script.purpose
    assert script.note
    for step in script.steps:
        assert not step.words or set(step.words) == {"en", "es"}, step.key
        assert not step.hints or set(step.hints) == {"en", "es"}, step.key
        assert all(set(option.words) == {"en", "es"} for option in step.options), step.key
    kinds = {step.kind for step in script.steps}
    assert {StepKind.IDENTIFY, StepKind.STOP, StepKind.OFFER, StepKind.ASK} <= kinds
    assert any(step.must for step in script.steps if step.kind is StepKind.OFFER)


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_the_test_cases_of_a_shipped_procedure_come_out_right_and_meet_every_remedy(one: Shipped) -> None:
    nothing_laid_down()
    publish_guidelines(BEFORE)
    script = read_script(one.text)
    tried = try_all(script, current(), NOON)
    assert [(each.tried.name, each.offers, each.stops, each.problem) for each in tried if not each.is_right] == []
    assert len(tried) >= 5
    offered = {remedy for each in tried for remedy in each.offers or ()}
    assert offered == {option.key for step in script.steps if step.kind is StepKind.OFFER for option in step.options}
    stops = {step.key for step in script.steps if step.kind is StepKind.STOP}
    assert {each.stops for each in tried if each.stops} == stops


def test_they_are_meant_for_reasons_the_demo_wraps_up_with() -> None:
    letters = tomllib.loads((Path(company.__file__).parent / "letters.toml").read_text())
    known = {topic["reason"] for topic in letters["topic"]}
    assert {reason for one in SHIPPED for reason in read_script(one.text).reasons} <= known


def test_in_force_once_and_a_second_time_changes_nothing() -> None:
    nothing_laid_down()
    publish_guidelines(BEFORE)
    assert publish_shipped(BEFORE) == len(SHIPPED)
    assert publish_shipped(BEFORE) == 0
    assert ProcedureVersion.objects.count() == len(SHIPPED)
    assert not_taken_up() == []


def test_what_was_interrupted_is_ended_and_what_a_person_wrote_is_left_alone() -> None:
    nothing_laid_down()
    publish_guidelines(BEFORE)
    first, second, _third = SHIPPED
    system, writer = system_actor("procedures"), make_actor(id=make_representative().pk)
    for actor, one in ((system, first), (writer, second)):
        given = {"name": one.name, "text": one.text}
        perform("procedures.add_procedure", actor=actor, arguments=given, at=BEFORE, as_part=True)
    assert publish_shipped(BEFORE) == len(SHIPPED) - 1
    assert Procedure.objects.get(name=first.name).versions.count() == 1
    assert not Procedure.objects.get(name=second.name).versions.exists()


def test_offered_as_drafts_nobody_goes_through_them() -> None:
    writer = make_actor(id=make_representative().pk)
    assert offer_drafts(actor=writer, at=NOON) == len(SHIPPED)
    assert offer_drafts(actor=writer, at=NOON) == 0
    drafts = Procedure.objects.filter(name__in=[one.name for one in SHIPPED])
    assert {one.draft_state for one in drafts} == {"writing"}
    assert not drafts.filter(versions__isnull=False).exists()
