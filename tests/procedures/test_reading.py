"""Procedures as people write them: read, and everything wrong named with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.procedures.reading import LONGEST_TEXT, read_as_far, read_script
from onhand.procedures.script import AnswerType, ScriptError, StepKind
from tests.procedures.writing import DAMAGED


def faults(text: str) -> dict[int, str]:
    with pytest.raises(ScriptError) as wrong:
        read_script(text)
    return {one.line: one.message for one in wrong.value.faults}


def step(lines: str) -> str:
    return f"# One\n\nabout: order\n\n## First\n{lines}\n"


def test_a_text_is_read_into_steps_with_their_words_conditions_and_acts() -> None:
    script = read_script(DAMAGED)
    assert (script.title, script.about, script.reasons) == ("Damaged", "order", ("Damaged goods",))
    assert script.purpose == "Goods that arrive damaged."
    assert [one.kind for one in script.steps] == [
        StepKind.SAY,
        StepKind.IDENTIFY,
        StepKind.STOP,
        StepKind.ASK,
        StepKind.ASK,
        StepKind.ASK,
        StepKind.OFFER,
        StepKind.SAY,
    ]
    damage = script.steps[3]
    assert (damage.variable, damage.type, damage.must) == ("damage", AnswerType.CHOICE, True)
    assert damage.options[1].words == {"en": "The product", "es": "El producto"}
    refund = script.steps[6].options[0]
    assert refund.prepared is not None
    assert [name for name, _formula in refund.prepared.arguments] == ["reason", "note"]
    assert script.facts == {"order state", "order total"}
    assert script.languages == ["en", "es"]
    assert [one.offers for one in script.tries[:2]] == [("refund", "goodwill", "nothing"), ("goodwill", "nothing")]


def test_a_test_case_says_nothing_where_no_remedy_is_called_so() -> None:
    table = "offer:\nen: x\n| remedy | en |\n|---|---|\n| {0} | c |\n\n# Tests\n\n## T\noffers: nothing"
    assert read_script(step(table.format("refund"))).tries[0].offers == ()
    assert read_script(step(table.format("nothing"))).tries[0].offers == ("nothing",)


def test_words_go_on_in_indented_lines() -> None:
    script = read_script(step("say\nen: One\n  and two.\nhint en: Look\n  twice."))
    assert script.steps[0].words == {"en": "One and two."}
    assert script.steps[0].hints == {"en": "Look twice."}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "Begin with a title"),
        ("# One\n", 1, "no step yet"),
        ("# One\nabout: spaceship\n\n## First\nsay\nen: x", 2, "nothing of the type"),
        (step("ask: damage\nen: What?\n| damage | en |\n| | x |"), 9, "known by"),
        (step("ask: order state\nen: What?"), 6, "something else"),
        (step("ask: 1 + 2\nen: What?"), 6, "no name"),
        (step("ask: age (years)\nen: What?"), 6, "An answer is one of"),
        (step("ask: kind (choice)\nen: What?"), 6, "needs a table"),
        (step("ask: late\nfact: how blue\nen: What?"), 7, "no fact"),
        (step("identify: 9"), 6, "level 1"),
        (step("stop: how blue > 3\nen: No."), 6, "how blue"),
        (step("say\nif: exec('x')\nen: x"), 7, "exec"),
        (step("say"), 5, "in words"),
        (step("en: x\nshout: loud"), 7, "no line of a step"),
        (step("say\nask: x (text)\nen: x"), 5, "one of"),
        (step("say\nen: x\nen: y"), 8, "twice"),
        (step("say\nen: x\nwhat is this"), 8, "cannot be read"),
        (step("do: staff.add_representative"), 6, "no act"),
        (step("do: orders.add_goodwill\nwith: blue = 1"), 7, "has no argument"),
        (step("do: orders.add_goodwill\nwith: amount"), 7, "name = value"),
        (step("offer:\nen: x"), 6, "table of remedies"),
        (step("offer:\nen: x\n| remedy | colour | en |\n| a | b | c |"), 8, "no column"),
        (step("offer:\nen: x\n| remedy | en |\n| a | c |\n| a | d |"), 8, "twice"),
        (step("say\nen: x\n| a | b |"), 8, "Only questions"),
        ("# One\nabout: order\nbinds: orders.add_goodwill\n\n## A\nsay\nen: x", 3, "nobody could do it"),
        (step("say\nen: x\n\n## First\nsay\nen: y"), 9, "Two steps"),
        (step("say\nen: x\n# Tests\n## T\nstops: Nowhere"), 10, "no step"),
        (step("say\nen: x\n# Tests\n## T\ngiven: blue = 1"), 10, "no fact and no answer"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, said: str) -> None:
    found = faults(text)
    assert said in found.get(line, f"nothing in line {line}: {found}")


def test_a_condition_sees_only_what_was_answered_before_it() -> None:
    text = step("say\nif: damage\nen: x\n\n## Then\nask: damage (yes or no)\nen: Is it?")
    assert "damage" in faults(text)[7]


def test_everything_wrong_is_said_at_once() -> None:
    text = step("identify: 9\n\n## Second\nstop: blue\nen: x\n\n## Third\nshout: x\nen: y")
    assert set(faults(text)) == {6, 9, 13}


def test_a_text_too_long_is_refused() -> None:
    assert "too long" in faults("x" * (LONGEST_TEXT + 1))[0]


@given(st.lists(st.sampled_from([*DAMAGED.split("\n"), "## ", "#", "|", "||", "en:", "if: (", "\x00"]), max_size=40))
def test_whatever_is_written_is_read_or_refused(lines: list[str]) -> None:
    try:
        read_script("\n".join(lines))
    except ScriptError as error:
        assert error.faults


def test_the_name_that_may_be_meant_is_asked_for_and_not_without_end() -> None:
    found = faults(step('stop: oder state = "pending"\nen: No.'))
    assert found[6].endswith("Nothing is called “oder state”. Is it “order state”?")
    assert (
        "Is it “orders.add_goodwill”?"
        in faults(step("do: orders.add_godwill").replace("# ", "# A\nabout: order\n# ", 1))[8]
    )
    assert faults(step("ask: late\nfact: oder total\nen: What?"))[7].endswith("Is it “order total”?")
    assert "a text stands in double quotes" in faults(step("stop: xyzzy\nen: No."))[6]
    many = "".join(f"## S{number}\nsay\nif: oder state\nen: x\n" for number in range(60))
    assert sum("Is it" in said for said in faults(f"# One\n{many}").values()) == 20


def test_a_text_with_faults_is_read_as_far_as_it_can_be() -> None:
    script, wrong = read_as_far(DAMAGED.replace("identify: 1", "identify: 9"))
    assert [one.line for one in wrong] == [16]
    assert [one.key for one in script.steps] == [one.key for one in read_script(DAMAGED).steps]
    assert len(script.tries) == 3
    script, wrong = read_as_far("# One\n" + "x" * LONGEST_TEXT)
    assert (script.steps, [one.line for one in wrong]) == ((), [0])
