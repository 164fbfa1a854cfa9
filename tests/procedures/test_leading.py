"""Where an answer leads, as far as the text says: to a step, perhaps to several, to an end."""

import pytest

from onhand.procedures.leading import leads
from onhand.procedures.reading import read_script
from tests.procedures.writing import DAMAGED

MORE = """# One

about: order

## Wrong
ask: wrong
en: What?
| wrong | en |
|---|---|
| late | Late |
| broken | Broken |
| other | Other |

## Clear
ask: clear (yes or no)
if: wrong = "other"
en: Is it clear?

## Explained
stop: clear
if: wrong = "other"
en: Good.

## Hurt
ask: hurt (yes or no)
if: wrong = "broken"
en: Hurt?

## Doctor
say
if: hurt
en: See a doctor.

## Old
say
if: order total > 100 and wrong != "other"
en: Dear.
"""


def told(text: str, key: str, **answer: object) -> list[tuple[str, bool, bool]]:
    script = read_script(text)
    step = script.step(key)
    assert step is not None
    found = leads(script, step, answer)  # type: ignore[arg-type]
    return [(one.step.key if one.step else "", one.is_sure, one.ends) for one in found]


@pytest.mark.parametrize(
    ("key", "answer", "expected"),
    [
        ("Wrong", {"wrong": "broken"}, [("Hurt", True, False)]),
        ("Wrong", {"wrong": "other"}, [("Clear", True, False)]),
        # Nobody is asked whether anybody was hurt, so nothing that needs it comes; what the books say stays open.
        ("Wrong", {"wrong": "late"}, [("Old", False, False), ("", False, False)]),
        # What the question itself needs holds after it.
        ("Clear", {"clear": True}, [("Explained", True, True)]),
        ("Clear", {"clear": False}, [("", True, False)]),
        ("Hurt", {"hurt": True}, [("Doctor", True, False)]),
        ("Hurt", {"hurt": False}, [("Old", False, False), ("", False, False)]),
    ],
)
def test_an_answer_leads_where_the_conditions_say(
    key: str, answer: dict[str, object], expected: list[tuple[str, bool, bool]]
) -> None:
    assert told(MORE, key, **answer) == expected


def test_a_remedy_leads_on_too() -> None:
    assert told(DAMAGED, "Remedies", remedy="refund") == [("Bye", True, False)]


def test_only_so_many_steps_are_looked_at() -> None:
    steps = "\n".join(f'## S{number}\nsay\nif: wrong = "late"\nen: x\n' for number in range(60))
    question = "## Wrong\nask: wrong\nen: x\n| wrong | en |\n|---|---|\n| late | x |\n| lost | x |\n\n"
    text = f"# One\n\n{question}{steps}"
    assert told(text, "Wrong", wrong="lost") == []
    assert told(text, "Wrong", wrong="late") == [("S0", True, False)]
