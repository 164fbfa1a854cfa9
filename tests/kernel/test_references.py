"""Codes survive the telephone: every wrong character and every swap is caught."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.kernel.references import ALPHABET, BASE, InvalidReference, read_reference, reference_code

# Numbers around each length that is ever made: six characters up to twelve.
_STARTS = [1]
for _length in range(5, 11):
    _STARTS.append(_STARTS[-1] + BASE**_length)
NUMBERS = st.sampled_from(_STARTS).flatmap(lambda start: st.integers(start, start + BASE**5 - 1))


def refused(text: str) -> bool:
    try:
        read_reference(text)
    except InvalidReference:
        return True
    return False


@given(NUMBERS)
def test_every_single_wrong_character_is_caught(number: int) -> None:
    code = reference_code(number)
    assert read_reference(code) == code
    for index, right in enumerate(code):
        if right != "-":
            assert all(refused(code[:index] + wrong + code[index + 1 :]) for wrong in ALPHABET if wrong != right)


@given(NUMBERS)
def test_every_swap_of_two_characters_is_caught(number: int) -> None:
    bare = list(reference_code(number).replace("-", ""))
    for first, second in combinations(range(len(bare)), 2):
        if bare[first] != bare[second]:
            swapped = bare.copy()
            swapped[first], swapped[second] = swapped[second], swapped[first]
            assert refused("".join(swapped))


@pytest.mark.parametrize("start", _STARTS)
def test_all_lengths_are_made_and_read(start: int) -> None:
    code = reference_code(start)
    assert len(code) == 7 + _STARTS.index(start)
    assert read_reference(code) == code


def test_no_two_of_the_first_hundred_thousand_are_the_same() -> None:
    assert len({reference_code(number) for number in range(1, 100_001)}) == 100_000


@given(NUMBERS, st.data())
def test_codes_are_read_as_people_type_them(number: int, data: st.DataObject) -> None:
    code = reference_code(number)
    typed = "".join(
        (c.lower() if data.draw(st.booleans()) else c)
        + data.draw(st.sampled_from(["", "", " ", "-", "\u00a0", "–", "."]))
        for c in code
    )
    assert read_reference(f"#{typed}\u200e") == code
    assert read_reference(code.replace("5", "s").replace("2", "Z")) == code


@given(st.text(max_size=200))
def test_any_text_is_a_code_or_invalid(text: str) -> None:
    try:
        code = read_reference(text)
    except InvalidReference:
        return
    assert read_reference(code) == code


@pytest.mark.parametrize("text", ["", "K7F", "0" * 6, "K7F-29", "A" * 13, "\x00" * 7, "ßßß", "😀" * 6, "9" * 100_000])
def test_what_is_no_code_is_said_to_be_none(text: str) -> None:
    with pytest.raises(InvalidReference):
        read_reference(text)


@pytest.mark.parametrize("number", [0, -1])
def test_numbers_start_at_one(number: int) -> None:
    with pytest.raises(InvalidReference):
        reference_code(number)
