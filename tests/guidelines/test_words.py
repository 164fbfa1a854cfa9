"""Cells in words, what tables ask for, and how two guidelines differ."""

from dataclasses import replace

import pytest
from django.utils import translation

from onhand.guidelines.cell_words import Wording
from onhand.guidelines.differences import Change, differences
from onhand.guidelines.documents import Case, Words
from onhand.guidelines.graphs import Decision
from onhand.guidelines.wiring import renamed, unknown_inputs, wired, with_own_names
from tests.guidelines.company import document, table

GOODWILL = "invoicing.give_goodwill"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("-", ""),
        ("", ""),
        ("< 5", "less than 5"),
        ("<= 1234.5", "at most 1,234.5"),
        ("[1..5]", "from 1 to 5"),
        ("(20..100]", "more than 20 and at most 100"),
        ("[1..5)", "at least 1 and less than 5"),
        ("(1..5)", "more than 1 and less than 5"),
        ('"a", "b"', "a or b"),
        ('not("a")', "not a"),
        ("true", "yes"),
        ("null", "not known"),
        ("> amount given * 2", "more than amount given * 2"),
        ('>= date("2026-12-24")', "at least Dec 24, 2026"),
        ("<<", "<<"),
    ],
)
def test_a_cell_in_words(cell: str, words: str) -> None:
    with translation.override("en"):
        assert Wording(["amount given"]).test(cell) == words


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "order state: Shipped or Delivered; reason code: Arrived damaged; role: Senior representative"),
        ("es", "order state: Enviado o Entregado; reason code: Llegó dañado; role: Representante sénior"),
    ],
)
def test_codes_are_said_as_people_call_them(language: str, said: str) -> None:
    asked = table("Answer", ["order state", "reason code", "role"], [("-", "-", "-", '"allow"', "", "", "")])
    with translation.override(language):
        cells = ['"shipped","delivered"', '"damaged"', '"senior"']
        assert Wording(["order state", "reason code", "role"]).case(asked, cells) == said


def test_what_a_table_asks_for_is_found_in_its_cells() -> None:
    one = document([GOODWILL], ["amount given"], [("> months of service", '"allow"', "", "", "")])
    step = Decision("Step", table("Step", ["weekday"], [('"Monday"', '"x"')], ("value",)))
    second = table("Answer", ["Step"], [("-", '"allow"', "", "", "")])
    graph = replace(one.graph, inputs=(), decisions=(*one.graph.decisions, step, Decision("Last", second)))
    found = wired(replace(one, graph=graph))
    assert [decision.requires for decision in found.graph.decisions] == [
        ("amount given", "months of service"),
        ("weekday",),
        ("Step",),
    ]
    assert [each.name for each in found.graph.inputs] == ["amount given", "months of service", "weekday"]


def test_names_of_other_modellers_are_told_apart_from_texts() -> None:
    rows = [('> total Sum + 1, "total Sum"', '"allow"', "", "", "")]
    one = wired(document([GOODWILL], ["total Sum"], rows, cases=(Case("a", {"total Sum": "1"}),)))
    assert [each.name for each in unknown_inputs(one)] == ["total Sum"]
    other = wired(renamed(one, "total Sum", "amount given"))
    logic = other.graph.decisions[0].logic
    assert not isinstance(logic, str)
    assert logic.inputs[0].expression == "amount given"
    assert logic.rules[0].tests == ('> amount given + 1, "total Sum"',)
    assert other.cases[0].facts == {"amount given": "1"}
    assert unknown_inputs(other) == []
    same = with_own_names(wired(document([GOODWILL], ["Amount_Given"], [("1", '"allow"', "", "", "")])))
    assert [each.name for each in same.graph.inputs] == ["amount given"]


def test_differences_tell_rows_acts_words_and_cases() -> None:
    rows = [("<= 20", '"allow"', "", "", ""), ("(20..50]", '"ask"', "", "", ""), ("> 50", '"refuse"', "", "", "")]
    old = document([GOODWILL], ["amount given"], rows, words={"a": Words({"en": "A"})}, cases=(Case("one"),))
    new = document(
        [GOODWILL, "orders.return_lines"],
        ["amount given"],
        [rows[0], ("(20..60]", '"ask"', "", "", "")],
        words={"a": Words({"en": "B"})},
    )
    with translation.override("en"):
        found = {(one.change, one.where): (one.before, one.after) for one in differences(old, new)}
        assert differences(old, old) == []
    assert (Change.ADDED, "Acts") in found
    assert found[Change.CHANGED, "Answer: row 2"][1].startswith("If amount given: more than 20 and at most 60")
    assert (Change.REMOVED, "Answer: row 3 of before") in found
    assert (Change.CHANGED, "Words: a") in found
    assert (Change.REMOVED, "Test cases: one") in found
    assert all(one.change is Change.ADDED for one in differences(None, new))
