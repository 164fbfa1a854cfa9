"""
Who is given no new work for the time being though they are there: apps above say so, with the reason. What somebody has goes on, and what
they take themselves is theirs.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Withholder:
    """
    `who(people, at)` gives, of these people, those who are given nothing, each with the number of what stands in the way; None asks for
    all who are available. By one statement, for it is asked whenever people are read. `whose_changes(after, until)` names those for whom
    that begins by the clock alone; where something else changes it, the app sends a hint `route:seat:<person>`. `words(numbers)` says why,
    by number.
    """

    key: str
    who: Callable[[Collection[int] | None, datetime], Mapping[int, int]]
    whose_changes: Callable[[datetime, datetime], Collection[int]]
    words: Callable[[Collection[int]], Mapping[int, str]]


_withholders: dict[str, Withholder] = {}


def register_withholder(withholder: Withholder) -> Withholder:
    """Make a withholder known. The same key again takes the place of the one before."""
    _withholders[withholder.key] = withholder
    return withholder


def withheld(people: Collection[int], at: datetime) -> set[int]:
    """Those of these people who are given no new work now."""
    return {person for one in _withholders.values() for person in one.who(people, at)} if people else set()


def whose_changes(after: datetime, until: datetime) -> set[int]:
    """Those for whom it begins after the first moment and not after the second."""
    return {person for one in _withholders.values() for person in one.whose_changes(after, until)}


def why_withheld(people: Collection[int] | None, at: datetime) -> dict[int, str]:
    """Why each of these people, or of all who are available, is given no new work now; who is given some is left out."""
    found: dict[int, str] = {}
    for one in _withholders.values():
        stopped = one.who(people, at)
        said = one.words(set(stopped.values())) if stopped else {}
        found |= {person: said[number] for person, number in stopped.items() if number in said}
    return found
