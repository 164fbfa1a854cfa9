"""Fields of a text: filled, never evaluated; nothing that was written is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.knowledge.filling import Filled, fields_in, fill, find_gaps

LABELS = {"customer.name": "Customer's name", "representative.name": "My name"}
NAMES = st.sampled_from(
    [
        "customer.name",
        "representative.name",
        "today",
        "a.b_c",
        "__class__",
        "x.__class__",
        "0",
        "representative.name!r",
        "representative.name:>9",
    ]
)
TEXTS = st.lists(st.one_of(st.text(max_size=20), NAMES.map(lambda name: f"{{{name}}}"))).map("".join)
VALUES = st.dictionaries(NAMES, st.text(max_size=30), max_size=6)
FIELD = re.compile(r"\{[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\}")


def test_fields_with_a_value_are_filled_and_others_are_gaps() -> None:
    text = "Dear {customer.name},\n\nyour {order.reference} {order.reference}. {representative.name}"
    filled = fill(text, {"customer.name": "Ana", "representative.name": " "}, LABELS)
    assert filled.text == "Dear Ana,\n\nyour ⟦order.reference⟧ ⟦order.reference⟧. ⟦My name⟧"
    assert filled.gaps == ("order.reference", "representative.name")
    assert find_gaps(filled.text) == ["order.reference", "My name"]
    assert fields_in(text) == ["customer.name", "order.reference", "representative.name"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "}",
        "{}",
        "{0}",
        "{Customer}",
        "{{x",
        "{ representative.name }",
        "{me.}",
        "{me..name}",
        "{x.__class__}",
        "{representative.name!r}",
        "%s",
    ],
)
def test_what_is_no_field_stays(text: str) -> None:
    assert fill(text, {"representative.name": "Ana", "0": "x"}, {}) == Filled(text, ())


def test_a_value_is_not_read_again() -> None:
    assert (
        fill("{customer.name}", {"customer.name": "{representative.name}", "representative.name": "Eve"}, {}).text
        == "{representative.name}"
    )


@given(TEXTS, VALUES)
def test_everything_beside_fields_stays_in_its_order(text: str, values: dict[str, str]) -> None:
    filled = fill(text, values, LABELS)
    at = 0
    for part in FIELD.split(text):
        at = filled.text.index(part, at) + len(part)
    expected = FIELD.sub(lambda found: _shown(found[0][1:-1], values), text)
    assert filled.text == expected
    assert set(filled.gaps) == {name for name in fields_in(text) if not values.get(name, "").strip()}


def _shown(name: str, values: dict[str, str]) -> str:
    return values.get(name, "").strip() or f"⟦{LABELS.get(name, name)}⟧"


@given(TEXTS, VALUES)
def test_a_text_without_gaps_can_be_sent(text: str, values: dict[str, str]) -> None:
    filled = fill(text, values, LABELS)
    if "⟦" not in text and not any("⟦" in value for value in values.values()):
        assert len(find_gaps(filled.text)) == len({LABELS.get(name, name) for name in filled.gaps})


class Trap(dict[str, str]):
    """Values that would notice being asked for anything but themselves."""

    def __getattr__(self, name: str) -> str:
        raise AssertionError(f"asked for {name}")


def test_nothing_is_looked_up_in_an_object() -> None:
    assert (
        fill("{representative.name} {items.fromkeys}", Trap({"representative.name": "Ana"}), {}).text
        == "Ana ⟦items.fromkeys⟧"
    )
