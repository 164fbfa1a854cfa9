"""
Who has what, as bits: a bit for each numbered profile under each attribute and level. What an expression asks is then answered for all
profiles at once, by a few operations on long integers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from onhand.routing.matching.wanted import All, Has, Not, OneOf, Wanted

WIDTH = 1024  # bits looked at together
_SOME = (1 << WIDTH) - 1


class Levels:
    """Numbered profiles with their attributes and hardest difficulties."""

    def __init__(self) -> None:
        self._having: dict[tuple[str, int], bytearray] = {}
        self._up_to: dict[int, bytearray] = {}  # by the hardest difficulty of a profile
        self._counts: Counter[str] = Counter()

    def add(self, number: int, attributes: Mapping[str, int], hardest: int) -> None:
        """Count a profile under what it has."""
        for has in attributes.items():
            _set(self._having.setdefault(has, bytearray()), number)
        self._counts.update(attributes.keys())
        _set(self._up_to.setdefault(hardest, bytearray()), number)

    def remove(self, number: int, attributes: Mapping[str, int], hardest: int) -> None:
        """Forget a profile, with the attributes it was added with."""
        for has in attributes.items():
            _clear(self._having[has], number)
        self._counts.subtract(attributes.keys())
        _clear(self._up_to[hardest], number)

    def count(self, name: str) -> int:
        """How many profiles have an attribute."""
        return self._counts[name]

    def fitting(self, wanted: Wanted, difficulty: int) -> int:
        """The bits of all profiles whose people fit and may take that difficulty, named people left out."""
        able = 0
        for hardest, row in self._up_to.items():
            if hardest >= difficulty:
                able |= int.from_bytes(row, "little")
        return self._among(able, wanted)

    def _among(self, able: int, wanted: Wanted) -> int:
        match wanted:
            case Has(name, lowest, highest):
                found = 0
                for level in range(lowest, highest + 1):
                    found |= int.from_bytes(self._having.get((name, level), b""), "little")
                return able & found
            case All(parts):
                for part in parts:
                    able = self._among(able, part)
                return able
            case OneOf(parts):
                found = 0
                for part in parts:
                    found |= self._among(able, part)
                return found
            case Not(part):
                return able & ~self._among(able, part)
        return 0  # named people only


def numbers(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, the smallest first."""
    base = 0
    while bits:
        some = bits & _SOME
        while some:
            lowest = some & -some
            yield base + lowest.bit_length() - 1
            some ^= lowest
        bits >>= WIDTH
        base += WIDTH


def _set(row: bytearray, number: int) -> None:
    missing = (number >> 3) + 1 - len(row)
    if missing > 0:
        row.extend(bytes(missing))
    row[number >> 3] |= 1 << (number & 7)


def _clear(row: bytearray, number: int) -> None:
    row[number >> 3] &= ~(1 << (number & 7))
