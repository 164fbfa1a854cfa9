"""Addresses of pages, many of which stand on every page: looked up once, then only filled in."""

import re
from functools import cache

from django.urls import NoReverseMatch, reverse

_PLAIN = re.compile(r"[a-z][a-z0-9_.-]*")
_NUMBER, _WORD = "40961797{}", "zqxjkv{}"  # in place of what is filled in: values no address has by itself


def address_of(name: str, *values: int | str | None) -> str:
    """The address of a page, with its values in order: `address_of("desk:customer", 12)`. Raises NoReverseMatch."""
    if all(map(_is_plain, values)):
        pattern = _pattern(name, tuple(isinstance(value, int) for value in values))
        if pattern is not None:
            return pattern.format(*values) if values else pattern
    return reverse(name, args=values)


def _is_plain(value: int | str | None) -> bool:
    return value >= 0 if isinstance(value, int) else value is not None and _PLAIN.fullmatch(value) is not None


@cache
def _pattern(name: str, are_numbers: tuple[bool, ...]) -> str | None:
    """The address with {} for every value; None if it is not as simple as that."""
    marks = [(_NUMBER if is_number else _WORD).format(place) for place, is_number in enumerate(are_numbers)]
    try:
        found = reverse(name, args=[int(mark) if mark.isdigit() else mark for mark in marks])
    except NoReverseMatch:
        return None
    if "{" in found or any(found.count(mark) != 1 for mark in marks):
        return None
    for place, mark in enumerate(marks):
        found = found.replace(mark, f"{{{place}}}")
    return found
