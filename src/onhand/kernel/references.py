"""
Codes people can say over the telephone: `K7F-29Q`.

29 characters, none of which is taken for another when read or written by hand (no 0 O, 1 I L, 2 Z, 5 S confusion: Z, S, O, I, L, 0
and 1 are left out). The last character is a check: a weighted sum modulo 29. As 29 is prime and the weights differ, every single
wrong character and every swap of two characters is caught.
"""

ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXY"
BASE = len(ALPHABET)
LEAST_LENGTH = 5
LONGEST_TYPED = 100
# Spreads consecutive numbers over the whole range, so that one code does not give away the next. Prime to 29.
_SPREAD = 15_485_863
_START = 7_654_321  # so that the first code is not all twos
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
# What people write for characters that are not in the alphabet, where only one can be meant.
_HEARD = str.maketrans({"S": "5", "Z": "2"})


class InvalidReference(ValueError):
    """Not a reference code: a wrong character, length or check character."""


def reference_code(number: int) -> str:
    """The code of a positive number: at least six characters, in two groups, one more for every 29 times as many numbers."""
    if number < 1:
        raise InvalidReference("references start at 1")
    length = LEAST_LENGTH
    low = 0
    while number - 1 - low >= BASE**length:
        low += BASE**length
        length += 1
    value = ((number - 1 - low) * _SPREAD + _START) % BASE**length
    digits = []
    for _ in range(length):
        value, digit = divmod(value, BASE)
        digits.append(digit)
    digits.reverse()
    text = "".join(ALPHABET[d] for d in [*digits, _check(digits)])
    half = (len(text) + 1) // 2
    return f"{text[:half]}-{text[half:]}"


def read_reference(text: str) -> str:
    """The code as it is stored, from what was typed or heard: any case, spaces and signs anywhere. Raises InvalidReference."""
    bare = "".join(c for c in text[:LONGEST_TYPED].upper() if c.isalnum()).translate(_HEARD)
    if not LEAST_LENGTH < len(bare) <= 2 * LEAST_LENGTH + 2:
        raise InvalidReference("a reference code has six or more characters")
    try:
        digits = [_VALUES[c] for c in bare]
    except KeyError as error:
        raise InvalidReference(f"{error.args[0]} is never part of a reference code") from None
    if _check(digits[:-1]) != digits[-1]:
        raise InvalidReference("the check character does not fit: please compare each character")
    half = (len(bare) + 1) // 2
    return f"{bare[:half]}-{bare[half:]}"


def _check(digits: list[int]) -> int:
    """The check value c with sum of (i + 2) * digit_i + c ≡ 0 (mod 29); weights 2… and 1 all differ up to 27 digits."""
    return -sum((i + 2) * digit for i, digit in enumerate(digits)) % BASE
