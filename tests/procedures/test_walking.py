"""Where a procedure has come to, by what was answered and what is known."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.procedures.reading import read_script
from onhand.procedures.script import StepKind
from onhand.procedures.walking import Status, Taken, Walk, walk
from tests.procedures.writing import DAMAGED

FACTS = {"order state": "delivered", "order total": Decimal(50), "order currency": "EUR"}


def way(level: int = 1, facts: dict[str, Any] | None = None, **answers: str) -> Walk:
    taken = {name.replace("_", " "): Taken("said", text) for name, text in answers.items()}
    return walk(read_script(DAMAGED), taken, FACTS if facts is None else facts, level=level)


def now(found: Walk) -> str:
    return found.now.key if found.now else ""


def test_steps_come_in_order_and_nothing_behind_one_is_looked_at() -> None:
    assert now(way()) == "Sorry"
    assert now(way(Damage="product", Remedies="refund")) == "Sorry"
    assert now(way(Sorry="", level=0)) == "Identify"
    assert now(way(Sorry="")) == "Damage"
    assert now(way(Sorry="", Damage="packaging")) == "Remedies"
    assert now(way(Sorry="", Damage="product")) == "Hurt"


def test_what_the_books_know_is_not_asked() -> None:
    found = way(Sorry="", Damage="packaging")
    assert found.values["paid in all"] == Decimal(50)
    assert now(way(Sorry="", Damage="packaging", facts={"order state": "delivered"})) == "How dear"


def test_it_ends_where_it_is_not_valid() -> None:
    found = way(Sorry="", facts={**FACTS, "order state": "in_process"})
    assert (now(found), found.stops) == ("Not here yet", True)


def test_remedies_are_those_whose_condition_holds_and_a_chosen_act_has_to_be_done() -> None:
    found = way(Sorry="", Damage="packaging")
    assert [one.option.key for one in found.offered] == ["goodwill", "nothing"]
    assert now(way(Sorry="", Damage="packaging", Remedies="refund")) == "Remedies"  # not on the list
    chosen = way(Sorry="", Damage="packaging", Remedies="goodwill")
    assert chosen.prepared is not None
    assert (now(chosen), chosen.prepared.act, chosen.reached) == (
        "Remedies",
        "orders.add_goodwill",
        ["orders.add_goodwill"],
    )
    done = {"Sorry": Taken("said"), "Damage": Taken("said", "packaging"), "Remedies": Taken("done", "goodwill", 7)}
    assert now(walk(read_script(DAMAGED), done, FACTS, level=1)) == "Bye"
    assert now(way(Sorry="", Damage="packaging", Remedies="nothing")) == "Bye"
    assert now(way(Sorry="", Damage="packaging", Remedies="nothing", Bye="")) == ""


@given(st.dictionaries(st.sampled_from([one.key for one in read_script(DAMAGED).steps]), st.text(max_size=3)))
def test_what_must_be_done_is_never_passed(answers: dict[str, str]) -> None:
    script = read_script(DAMAGED)
    taken = {}
    for key, text in answers.items():
        one = script.step(key)
        assert one is not None
        keys = [option.key for option in one.options]
        said = keys[len(text) % len(keys)] if keys else "yes" if one.kind is StepKind.ASK else ""
        taken[key] = Taken("said", said if one.variable != "paid in all" else "5")
    found = walk(script, taken, FACTS, level=1)
    passed = [each for each in found.path if each.status is not Status.NOW]
    for each in passed:
        if each.step.must and each.status is not Status.NOT_NEEDED:
            assert each.step.key in taken or each.status is Status.KNOWN
    assert len(found.path) == len(script.steps) or found.now is not None


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("yes or no", ["yes", "no"], ["maybe", "", "true"]),
        ("number", ["1", "-2.5", " 3 "], ["x", "", "1e999", "NaN", "inf", "1,5"]),
        ("date", ["2026-02-28"], ["2026-02-30", "yesterday", ""]),
        ("text", ["anything"], ["", "   "]),
    ],
)
def test_answers_are_read_by_their_type(kind: str, good: list[str], bad: list[str]) -> None:
    script = read_script(f"# A\n\n## B\nask: c ({kind})\nen: d\n")
    for text in good:
        assert script.steps[0].read(text) is not None
    for text in bad:
        with pytest.raises(ValueError, match=r".*"):
            script.steps[0].read(text)


def test_a_fact_that_is_no_answer_is_asked_for() -> None:
    text = """# One

## Colour
ask: colour
fact: order state
en: Which colour?

| colour | en  |
| red    | Red |

## Sum
ask: sum (number)
fact: order total
en: How much?
"""
    script = read_script(text)
    way = walk(script, {}, {"order state": "delivered", "order total": Decimal(5)})
    assert way.now is not None
    assert way.now.key == "Colour"
    known = walk(script, {}, {"order state": "red", "order total": Decimal(5)})
    assert known.now is None
    assert known.values["sum"] == Decimal(5)
    erased = walk(script, {"Colour": Taken("said", ""), "Sum": Taken("said", "")}, {})
    assert erased.now is not None
    assert erased.now.key == "Colour"
