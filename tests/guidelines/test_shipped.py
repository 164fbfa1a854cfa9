"""The guidelines that come with the product: readable, without gaps but those they name, their test cases right."""

from datetime import timedelta
from decimal import Decimal

import pytest

from onhand.guidelines.analysis import analyse
from onhand.guidelines.answers import listed, prepared
from onhand.guidelines.cases import try_cases
from onhand.guidelines.documents import as_json, from_json, read
from onhand.guidelines.feel.values import Value
from onhand.guidelines.models import Guideline, Limit
from onhand.guidelines.shipped.building import Shipped
from onhand.guidelines.shipped.offering import all_shipped, offer_drafts, publish_shipped
from onhand.guidelines.tables import HitPolicy
from onhand.kernel.acts import all_acts
from onhand.kernel.decisions import Answer, NeedsApproval
from onhand.kernel.discovery import load_apps
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from tests.factories import NOON, make_actor, make_customer, make_representative
from tests.guidelines.company import BEFORE, nothing_laid_down, somebody

load_apps()
SHIPPED = all_shipped()
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_a_shipped_guideline_is_readable_and_its_cases_come_out_right(one: Shipped) -> None:
    assert from_json(as_json(one.document)) == one.document
    graph = read(one.document)
    tried = try_cases(one.document, graph)
    assert len(tried) >= 2
    assert [(found.case.name, found.wrong, found.problem) for found in tried if not found.is_right] == []
    answer = graph.tables[one.document.decision]
    reached = {row for found in tried for row in found.rows}
    assert len(reached) >= min(2, len(answer.table.rules)), "the cases look at more than one row"


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_a_shipped_guideline_has_no_gaps_but_those_it_names_and_no_row_in_vain(one: Shipped) -> None:
    for name, table in read(one.document).tables.items():
        if table.table.hit_policy is HitPolicy.RULE_ORDER:
            continue
        found = analyse(table)
        assert found.is_whole
        assert not found.unreached, (name, found.unreached)
        assert not found.overlaps
        assert bool(found.gaps) == (bool(one.gaps) and name == one.document.decision), (name, found.gaps)


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_a_shipped_guideline_is_in_english_and_spanish_and_every_word_is_used(one: Shipped) -> None:
    used = {cell.strip('"') for rule in read(one.document).tables["Answer"].table.rules for cell in rule.outputs}
    assert set(one.document.words) <= used
    for words in one.document.words.values():
        assert set(words.representative) == {"en", "es"}
        assert set(words.customer) in (set(), {"en", "es"})
        assert all([*words.representative.values(), *words.customer.values()])


def test_everything_that_gives_something_away_is_covered() -> None:
    covered = {act for one in SHIPPED for act in one.document.acts}
    assert {one.name for one in all_acts() if one.gives} <= covered


def test_what_is_offered_and_promised_is_listed_with_its_most() -> None:
    (returns,) = (one for one in SHIPPED if one.name == "Returns")
    applied = prepared(1, "Returns", 1, returns.document)
    facts: dict[str, Value] = {one.name: None for one in returns.document.graph.inputs}
    assert listed(applied, "Remedies", facts) == []
    assert listed(applied, "Remedies", facts | {"days since delivered": Decimal(31)}) == []
    facts |= {"days since delivered": Decimal(30)}
    assert [row["remedy"] for row in listed(applied, "Remedies", facts)] == ["refund", "exchange"]
    promised = [(row["days"], row["test"]) for row in listed(applied, "Follow-ups", facts)]
    assert promised == [(1, "contacts.message_sent"), (21, "orders.return_settled")]


def test_in_force_they_allow_ask_and_add_up_and_a_second_time_changes_nothing() -> None:
    nothing_laid_down()
    assert publish_shipped(BEFORE) == len(SHIPPED)
    assert publish_shipped(BEFORE) == 0
    assert Limit.objects.count() == 7
    assert all(limit.most and set(limit.most) == {"EUR", "GBP"} for limit in Limit.objects.all())

    def give(minor: int, role: str, number: int, day: int) -> Answer:
        arguments = {"amount": Money(minor, "GBP").as_json(), "reason": "A long wait"}
        actor, at = somebody(role, number), NOON + timedelta(days=day)
        done = perform(
            "invoicing.give_goodwill", actor=actor, arguments=arguments, at=at, subject_id=ana.pk, as_part=True
        )
        return done.decision.answer

    ana = make_customer()
    assert give(1000, "beginner", 7, 0) is Answer.ALLOW
    with pytest.raises(NeedsApproval):
        give(1001, "beginner", 7, 0)
    for day in range(1, 3):
        assert give(7500, "senior", 8, day) is Answer.ALLOW
    with pytest.raises(NeedsApproval, match="A customer in 90 days"):
        give(7500, "senior", 8, 3)
    assert give(7500, "senior", 8, 92) is Answer.ALLOW, "what was given 90 days ago counts no more"


def test_offered_as_drafts_they_decide_nothing() -> None:
    writer = make_actor(id=make_representative().pk)
    assert offer_drafts(actor=writer, at=NOON) == len(SHIPPED)
    assert offer_drafts(actor=writer, at=NOON) == 0
    drafts = Guideline.objects.filter(name__in=[one.name for one in SHIPPED])
    assert {one.draft_state for one in drafts} == {"writing"}
    assert not drafts.filter(versions__isnull=False).exists()
