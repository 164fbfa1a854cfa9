"""How two procedures differ, in words and by steps."""

import pytest

from onhand.guidelines.differences import Change
from onhand.procedures.differences import MOST_DIFFERENCES, differences
from tests.procedures.writing import DAMAGED


def told(old: str, new: str) -> list[tuple[Change, str, str, str]]:
    return [(one.change, one.where, one.before, one.after) for one in differences(old, new)]


def test_nothing_differs_from_itself() -> None:
    assert told(DAMAGED, DAMAGED) == []
    assert told(DAMAGED, DAMAGED.replace("\n", "\r\n")) == []
    assert told(DAMAGED, DAMAGED.replace("|-----------|", "|---|")) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("es: Lo siento.", "es: Lo siento mucho.", ("words (es)", "Lo siento.", "Lo siento mucho.")),
        ("identify: 1\nmust", "identify: 2\nmust", ("level", "1", "2")),
        ("identify: 1\nmust", "identify: 1", ("must be done", "yes", "")),
        ('if: damage = "product"\n', "", ("only if", 'damage = "product"', "")),
        ("fact: order total\n", "", ("looked up", "order total", "")),
        (
            '"in_process"\nen',
            '"in_process" or order state = "pending"\nen',
            ("ends if", 'order state = "in_process"', 'order state = "in_process" or order state = "pending"'),
        ),
        (
            "| product   | The product   |",
            "| product   | All of it     |",
            ("answer “product”", "en: The product", "en"),
        ),
        ("paid in all / 10", "paid in all / 5", ("remedy “goodwill”", "amount = paid in all / 10", "paid in all / 5")),
    ],
)
def test_each_line_of_a_step_is_told_by_its_name(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert old in DAMAGED
    found = told(DAMAGED, DAMAGED.replace(old, new, 1))
    assert len(found) == 1, found
    _change, where, before, after = found[0]
    name, was, now = expected
    assert where.endswith(name)
    assert was in before
    assert now in after


def test_steps_are_added_removed_and_moved() -> None:
    bye = "## Bye\nsay\nen: Thank you.\n"
    wait = "## Wait\nsay\nen: One moment.\n\n"
    added = told(DAMAGED, DAMAGED.replace("## Bye", f"{wait}## Bye"))
    assert [(one[0], one[1]) for one in added] == [(Change.ADDED, "Step “Wait”, after “Remedies”")]
    assert "One moment." in added[0][3]
    removed = told(DAMAGED, DAMAGED.replace(bye, ""))
    assert [(one[0], one[1]) for one in removed] == [(Change.REMOVED, "Step “Bye”")]
    moved = told(DAMAGED, DAMAGED.replace(bye, "").replace("## Sorry", f"{bye}\n## Sorry"))
    assert moved == [(Change.CHANGED, "Step “Bye”: place", "step 8", "step 1")]


def test_the_head_and_the_test_cases_are_told() -> None:
    changed = DAMAGED.replace("reasons: Damaged goods", "reasons: Damaged goods, Broken").replace(
        "offers: goodwill, nothing", "offers: nothing"
    )
    found = {where: (before, after) for _change, where, before, after in told(DAMAGED, changed)}
    assert found["Contact reasons"] == ("Damaged goods", "Damaged goods, Broken")
    assert found["Test case “The packaging”"][1].endswith("→ offers nothing")
    assert set(found) == {"Contact reasons", "Test case “The packaging”"}


def test_of_nothing_everything_is_new() -> None:
    found = told("", DAMAGED)
    assert {one[0] for one in found} == {Change.ADDED}
    assert (Change.ADDED, "Title", "", "Damaged") in found


def test_texts_that_cannot_be_read_are_told_by_lines() -> None:
    assert told(DAMAGED, DAMAGED.replace("identify: 1", "identify: 9")) == [
        (Change.CHANGED, "Line 16", "identify: 1", "identify: 9")
    ]


def test_what_is_told_has_an_end() -> None:
    many = "# One\n" + "".join(f"## S{number}\nsay\nen: x\n" for number in range(190))
    lines = "\n".join(f"line {number}\n" for number in range(5000))
    assert len(told("", many)) < MOST_DIFFERENCES
    assert len(told(DAMAGED, lines)) <= MOST_DIFFERENCES
