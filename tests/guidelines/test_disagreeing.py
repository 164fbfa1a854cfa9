"""What other guidelines in force say differently of the acts both are for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onhand.guidelines import disagreeing as module
from onhand.guidelines.disagreeing import Disagreement, disagreements
from onhand.guidelines.documents import Document, inputs_of, read
from onhand.guidelines.graphs import Decision, Graph
from onhand.guidelines.models import Guideline
from tests.factories import NOON
from tests.guidelines.company import document, nothing_laid_down, publish, table

pytestmark = pytest.mark.django_db
GOODWILL, CANCEL, RETURN = "invoicing.give_goodwill", "orders.cancel_order", "orders.return_lines"
OUTPUTS = ("answer",)


@pytest.fixture(autouse=True)
def _nothing_else_in_force() -> None:
    nothing_laid_down()


def found(what: Document, but: Guideline | None = None) -> list[Disagreement]:
    return disagreements(what, read(what), but.pk if but else None, NOON)


def cases(one: Disagreement) -> list[tuple[tuple[int, int], tuple[str, ...], int]]:
    return [(each.rows, each.case, each.stricter) for each in one.found]


def test_what_another_in_force_says_differently_the_furthest_apart_first() -> None:
    rows = [("< 10", '"allow"'), ("[10..50)", '"ask"'), (">= 50", '"refuse"')]
    other = publish("Amounts", document([GOODWILL, CANCEL], ["amount given"], rows, OUTPUTS))
    mine = document([GOODWILL, RETURN], ["amount given"], [("-", '"allow"')], OUTPUTS)
    (one,) = found(mine)
    assert (one.other.guideline_id, one.acts, one.is_whole) == (other.pk, (GOODWILL,), True)
    assert cases(one) == [((0, 2), (">= 50",), 1), ((0, 1), ("[10..50)",), 1)]
    assert found(mine, other) == []  # its own version in force is none to be compared with
    assert found(document([RETURN], ["amount given"], [("-", '"allow"')], OUTPUTS)) == []
    assert disagreements(mine, read(mine), None, NOON - timedelta(days=900)) == []  # not in force yet


def test_only_of_acts_both_are_for() -> None:
    rows = [(f'"{CANCEL}"', '"refuse"'), (f'not("{CANCEL}")', '"allow"')]
    publish("By act", document([GOODWILL, CANCEL], ["act"], rows, OUTPUTS))
    assert found(document([GOODWILL], [], [('"allow"',)], OUTPUTS)) == []
    (one,) = found(document([GOODWILL, CANCEL, RETURN], [], [('"allow"',)], OUTPUTS))
    assert cases(one) == [((0, 0), (f'"{CANCEL}"',), 1)]


def test_a_step_of_the_same_name_is_another() -> None:
    def with_step(name: str, cell: str, answer: str) -> Document:
        step = Decision("Size", table("Size", ["amount given"], [("-", cell)], ("size",)), ("amount given",))
        asks = Decision("Answer", table("Answer", ["Size"], [('"big"', f'"{answer}"')], OUTPUTS), ("Size",))
        graph = Graph(name, inputs_of(["amount given"]), (step, asks))
        return replace(document([GOODWILL], [], [], OUTPUTS), graph=graph)

    publish("Other", with_step("Other", '"big"', "refuse"))
    (one,) = found(with_step("Mine", '"small"', "allow"))
    assert [column.label for column in one.inputs] == ["Size", "Size (Other)"]
    assert cases(one) == [((0, 0), ('"big"', '"big"'), 1)]


def test_what_is_too_much_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    publish("Other", document([GOODWILL], ["amount given"], [("-", '"refuse"')], OUTPUTS))
    mine = document([GOODWILL], ["amount given"], [(str(at), '"allow"') for at in range(9)], OUTPUTS)
    monkeypatch.setattr(module, "MOST_STEPS", 30)
    (one,) = found(mine)
    assert (bool(one.found), one.is_whole) == (True, False)
    monkeypatch.setattr(module, "MOST_ROWS", 5)
    (one,) = found(mine)
    assert (one.found, one.is_whole) == ((), False)


def test_what_gives_no_answer_contradicts_nothing() -> None:
    publish("Other", document([GOODWILL], [], [('"refuse"',)], OUTPUTS))
    mine = document([GOODWILL], [], [('"allow"',)], OUTPUTS)
    assert len(found(mine)) == 1
    assert found(replace(mine, decision="")) == []
