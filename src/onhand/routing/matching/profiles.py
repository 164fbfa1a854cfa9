"""
Who fits what: people who can the same are one *profile*, whatever asks the same of people is *asked* once, for all kinds of work and
queues, and both know of each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from onhand.routing.matching.levels import Levels, numbers
from onhand.routing.matching.wanted import (
    OF_PLACE,
    SERVES,
    All,
    Has,
    OneOf,
    Wanted,
    people_mentioned,
    people_named,
    wished,
)
from onhand.routing.matching.world import Person

if TYPE_CHECKING:
    from onhand.routing.matching.demands import Demand

Key = TypeVar("Key")
NOBODY = -1  # stands for anybody who is not mentioned


@dataclass(slots=True)
class Profile:
    """People with the same attributes and the same hardest difficulty."""

    number: int
    attributes: dict[str, int]
    hardest: int
    mask: int  # a bit for each attribute it has
    members: set[int] = field(default_factory=set)
    asked: list["Asked"] = field(default_factory=list)  # what they fit


class Asked:
    """What some work asks of people, whatever its kind and queue; and who fits."""

    __slots__ = (
        *("wanted", "difficulty", "mentioned", "is_of_few", "needs", "mask", "skills", "is_plain"),
        *("filed_under", "profiles", "people", "demands"),
    )

    def __init__(self, wanted: Wanted, difficulty: int) -> None:
        self.wanted, self.difficulty = wanted, difficulty
        self.mentioned = people_mentioned(wanted)
        self.is_of_few = people_named(wanted) is not None  # nobody who is not mentioned can take it
        self.needs = _needed(wanted)
        self.mask = 0  # the bits of what it needs
        self.skills = tuple(one for one in sorted(wished(wanted)) if not one.startswith(OF_PLACE))
        self.is_plain = _is_plain(wanted)
        self.filed_under: str | None = None  # the need by which new profiles find it
        self.profiles: dict[int, Profile] = {}  # by number: those whose people fit, unless mentioned
        self.people = 0  # how many there are who fit, free or not
        self.demands: list[Demand] = []

    def fits(self, person: int, profile: Profile) -> bool:
        """Whether somebody with this profile fits."""
        if self.mask & ~profile.mask or profile.hardest < self.difficulty:
            return False
        return self.is_plain or self.wanted.fits(person, profile.attributes)


class Profiles:
    """Everybody, by profile, and whatever is asked of them."""

    def __init__(self) -> None:
        self._profiles: dict[tuple[frozenset[tuple[str, int]], int], Profile] = {}
        self._numbered: list[Profile] = []
        self._unused: list[int] = []  # numbers of profiles nobody has any more
        self._profile_of: dict[int, Profile] = {}
        self._levels = Levels()
        self._bits: dict[str, int] = {}
        self._asked: dict[tuple[Wanted, int], Asked] = {}
        self._asked_needing: dict[str | None, list[Asked]] = {}  # each under one of its needs, or under None
        self._mentioning: dict[int, list[Asked]] = {}

    def __len__(self) -> int:
        return len(self._profiles)

    def ask(self, wanted: Wanted, difficulty: int) -> Asked:
        """What asks this, with who fits."""
        found = self._asked.get((wanted, difficulty))
        if found is None:
            found = self._asked[wanted, difficulty] = Asked(wanted, difficulty)
            self._find(found)
        return found

    def drop(self, asked: Asked) -> None:
        """Forget what nothing asks any more."""
        del self._asked[asked.wanted, asked.difficulty]
        for person in asked.mentioned:
            _take_out(self._mentioning, person, asked)
        if not asked.is_of_few:
            _take_out(self._asked_needing, asked.filed_under, asked)
            for profile in asked.profiles.values():
                profile.asked.remove(asked)

    def place(self, person: Person) -> None:
        """Count somebody under the profile of their attributes; out of the one before, if it was another."""
        key = (frozenset(person.attributes.items()), person.hardest)
        profile = self._profiles.get(key)
        before = self._profile_of.get(person.id)
        if profile is not None and before is profile:
            return
        if profile is None:
            profile = self._profiles[key] = self._introduce(person)
        if before is not None:
            self.remove(person.id)
        profile.members.add(person.id)
        self._profile_of[person.id] = profile
        for asked in self.fitted_by(person.id):
            asked.people += 1

    def remove(self, person: int) -> None:
        """Forget somebody, and their profile with the last who has it."""
        if person not in self._profile_of:
            return
        for asked in self.fitted_by(person):
            asked.people -= 1
        profile = self._profile_of.pop(person)
        profile.members.discard(person)
        if not profile.members:
            self._forget(profile)

    def fitted_by(self, person: int) -> Iterator[Asked]:
        """All that somebody fits."""
        profile = self._profile_of[person]
        mentioning = self._mentioning.get(person)
        if mentioning is None:
            yield from profile.asked
            return
        for asked in profile.asked:
            if person not in asked.mentioned:
                yield asked
        for asked in mentioning:
            if asked.fits(person, profile):
                yield asked

    def fitting(self, asked: Asked) -> Iterator[int]:
        """Everybody who fits, free or not."""
        for person in sorted(asked.mentioned):
            of_them = self._profile_of.get(person)
            if of_them is not None and asked.fits(person, of_them):
                yield person
        for profile in asked.profiles.values():
            for person in profile.members:
                if person not in asked.mentioned:
                    yield person

    def _find(self, asked: Asked) -> None:
        """Who fits what was not asked before: all profiles are asked at once."""
        asked.mask = self._mask(asked.needs)
        for person in asked.mentioned:
            self._mentioning.setdefault(person, []).append(asked)
        if not asked.is_of_few:
            asked.filed_under = min(asked.needs, key=self._commonness, default=None)
            self._asked_needing.setdefault(asked.filed_under, []).append(asked)
            for number in numbers(self._levels.fitting(asked.wanted, asked.difficulty)):
                profile = asked.profiles[number] = self._numbered[number]
                profile.asked.append(asked)
        asked.people = sum(1 for _ in self.fitting(asked))

    def _commonness(self, need: str) -> tuple[int, bool, int, str]:
        """How many have an attribute; while that is not known, queues come last, which many serve."""
        return self._levels.count(need), need.startswith(SERVES), len(self._asked_needing.get(need, ())), need

    def _introduce(self, person: Person) -> Profile:
        """The profile of somebody with whom nobody shares it: it is compared with what asks for something they have."""
        number = self._unused.pop() if self._unused else len(self._numbered)
        profile = Profile(number, dict(person.attributes), person.hardest, self._mask(person.attributes))
        self._numbered[number : number + 1] = [profile]
        self._levels.add(number, profile.attributes, profile.hardest)
        names: tuple[str | None, ...] = (None, *profile.attributes)
        for name in names:
            for asked in self._asked_needing.get(name, ()):
                if asked.fits(NOBODY, profile):
                    asked.profiles[number] = profile
                    profile.asked.append(asked)
        return profile

    def _forget(self, profile: Profile) -> None:
        del self._profiles[frozenset(profile.attributes.items()), profile.hardest]
        self._levels.remove(profile.number, profile.attributes, profile.hardest)
        for asked in profile.asked:
            del asked.profiles[profile.number]
        self._unused.append(profile.number)

    def _mask(self, names: Iterable[str]) -> int:
        return sum(1 << self._bits.setdefault(name, len(self._bits)) for name in names)


def _take_out(lists: dict[Key, list[Asked]], key: Key, asked: Asked) -> None:
    """Take something out of one of the lists; a list that is empty then goes too."""
    lists[key].remove(asked)
    if not lists[key]:
        del lists[key]


def _needed(wanted: Wanted) -> frozenset[str]:
    """Attributes without which nobody fits."""
    match wanted:
        case Has(name):
            return frozenset((name,))
        case All(parts):
            return frozenset().union(*(_needed(part) for part in parts))
        case OneOf(parts) if parts:
            return frozenset.intersection(*(_needed(part) for part in parts))
    return frozenset()


def _is_plain(wanted: Wanted) -> bool:
    """Whether having what is needed is all it asks, whatever the level."""
    match wanted:
        case Has(_, lowest, highest):
            return (lowest, highest) == (1, 5)
        case All(parts):
            return all(_is_plain(part) for part in parts)
    return False
