"""
What work asks of a person, as an expression over attributes with levels: *and*, *or*, *not*, one attribute within levels, or one of a
list of people. Attributes are texts like ``skill:refunds``, ``language:es``, ``licence:life:ES``, ``queue:3``; a level is 1 to 5.

Written as JSON: ``{"has": "skill:refunds", "from": 3, "to": 5}``, ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}``,
``{"people": [7, 9]}``; ``{}`` asks nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

LOWEST, HIGHEST = 1, 5
SERVES = "queue:"
# Attributes that say where somebody works and what they may, not how well they do something.
OF_PLACE = (SERVES, "may:", "role:", "in:", "sees:")
DEEPEST = 8  # expressions within expressions
MOST_PARTS = 100

Attributes: TypeAlias = Mapping[str, int]


class WrongWantedError(ValueError):
    """An expression that cannot be read; the text says where and why, in English, for the log and tests of callers."""


@dataclass(frozen=True, slots=True)
class Has:
    """An attribute, at a level within the bounds, both included."""

    name: str
    lowest: int = LOWEST
    highest: int = HIGHEST

    def fits(self, person: int, attributes: Attributes) -> bool:  # noqa: ARG002  (the same question to every kind)
        return self.lowest <= attributes.get(self.name, 0) <= self.highest

    def as_json(self) -> dict[str, Any]:
        written: dict[str, Any] = {"has": self.name}
        if self.lowest != LOWEST:
            written["from"] = self.lowest
        if self.highest != HIGHEST:
            written["to"] = self.highest
        return written


@dataclass(frozen=True, slots=True)
class All:
    """Every part. Without parts it asks nothing."""

    parts: tuple["Wanted", ...] = ()

    def fits(self, person: int, attributes: Attributes) -> bool:
        return all(part.fits(person, attributes) for part in self.parts)

    def as_json(self) -> dict[str, Any]:
        return {"all": [part.as_json() for part in self.parts]} if self.parts else {}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One part at least. Without parts nobody fits."""

    parts: tuple["Wanted", ...] = ()

    def fits(self, person: int, attributes: Attributes) -> bool:
        return any(part.fits(person, attributes) for part in self.parts)

    def as_json(self) -> dict[str, Any]:
        return {"any": [part.as_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: "Wanted"

    def fits(self, person: int, attributes: Attributes) -> bool:
        return not self.part.fits(person, attributes)

    def as_json(self) -> dict[str, Any]:
        return {"not": self.part.as_json()}


@dataclass(frozen=True, slots=True)
class People:
    """One of these people."""

    ids: frozenset[int]

    def fits(self, person: int, attributes: Attributes) -> bool:  # noqa: ARG002  (the same question to every kind)
        return person in self.ids

    def as_json(self) -> dict[str, Any]:
        return {"people": sorted(self.ids)}


Wanted: TypeAlias = Has | All | OneOf | Not | People
ANYBODY: Wanted = All()


def read_wanted(written: Any) -> Wanted:
    """
    The expression a JSON value says.

    :raises WrongWantedError: anything else than what the module's text shows, too deep, or too long.
    """
    return _read(written, 0, [MOST_PARTS])


def both(*parts: Wanted) -> Wanted:
    """All of them, flattened, each once, in an order of its own: the same demands are equal however they were put together."""
    found: dict[str, Wanted] = {}
    for part in parts:
        for one in part.parts if isinstance(part, All) else (part,):
            found[repr(one)] = one
    ordered = tuple(found[key] for key in sorted(found))
    return ordered[0] if len(ordered) == 1 else All(ordered)


def named(wanted: Wanted) -> Iterator[Has]:
    """Every attribute it speaks of."""
    match wanted:
        case Has():
            yield wanted
        case All(parts) | OneOf(parts):
            for part in parts:
                yield from named(part)
        case Not(part):
            yield from named(part)


def wished(wanted: Wanted) -> frozenset[str]:
    """The attributes that are good to have for it, each once: not those it does not want."""
    match wanted:
        case Has(name):
            return frozenset((name,))
        case All(parts) | OneOf(parts):
            return frozenset().union(*(wished(part) for part in parts))
    return frozenset()


def people_named(wanted: Wanted) -> frozenset[int] | None:
    """The only people who could fit, where it names them so that nobody else can; None where it does not."""
    match wanted:
        case People(ids):
            return ids
        case All(parts):
            sets = [found for part in parts if (found := people_named(part)) is not None]
            return frozenset.intersection(*sets) if sets else None
        case OneOf(parts) if parts:
            each = [people_named(part) for part in parts]
            known = [found for found in each if found is not None]
            return frozenset().union(*known) if len(known) == len(each) else None
    return None


def people_mentioned(wanted: Wanted) -> frozenset[int]:
    """Everybody it speaks of: for all others it depends on attributes alone."""
    match wanted:
        case People(ids):
            return ids
        case All(parts) | OneOf(parts):
            return frozenset().union(*(people_mentioned(part) for part in parts))
        case Not(part):
            return people_mentioned(part)
    return frozenset()


def levels(wanted: Wanted, attributes: Attributes) -> int:
    """The sum of somebody's levels in what is good to have for it: who has more is the better skilled for it."""
    return sum(attributes.get(name, 0) for name in wished(wanted) if not name.startswith(OF_PLACE))


def _read(written: Any, depth: int, left: list[int]) -> Wanted:
    left[0] -= 1
    if depth > DEEPEST or left[0] < 0:
        raise WrongWantedError("the expression is too deep or too long")
    if not isinstance(written, dict):
        raise WrongWantedError(f"{str(written)[:60]!r} is no expression")
    if not written:
        return ANYBODY
    keys = set(written)
    if "has" in keys and keys <= {"has", "from", "to"}:
        return _read_has(written)
    if len(keys) == 1:
        (key,) = keys
        value = written[key]
        if key in ("all", "any") and isinstance(value, list):
            parts = tuple(_read(one, depth + 1, left) for one in value)
            return All(parts) if key == "all" else OneOf(parts)
        if key == "not":
            return Not(_read(value, depth + 1, left))
        if key == "people" and isinstance(value, list) and all(type(one) is int for one in value):
            return People(frozenset(value))
    raise WrongWantedError(f"{sorted(map(str, keys))} is no expression")


def _read_has(written: Mapping[str, Any]) -> Has:
    name, lowest, highest = written["has"], written.get("from", LOWEST), written.get("to", HIGHEST)
    if not isinstance(name, str) or not name or len(name) > 100:
        raise WrongWantedError(f"{str(name)[:60]!r} is no attribute")
    if type(lowest) is not int or type(highest) is not int or not LOWEST <= lowest <= highest <= HIGHEST:
        raise WrongWantedError(f"levels of {name} go from 1 to 5")
    return Has(name, lowest, highest)


def any_of(parts: Sequence[Wanted]) -> Wanted:
    """One of them at least."""
    return parts[0] if len(parts) == 1 else OneOf(tuple(parts))
