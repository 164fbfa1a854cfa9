"""What typed words may mean: the words of the vocabulary that are, begin or sound nearly as typed, each with how far it is from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import connection
from rapidfuzz.distance import OSA

from onhand.customers.finding.vocabulary import LEAST_FOR_ONE, LEAST_FOR_TWO, keys_of
from onhand.customers.finding.words import CITY, STREET, is_ordinary

MARKS = ("", CITY, STREET)
MOST_BEGINNING = 40  # words that begin as typed, the commonest first
MOST_NEAR = 16  # words an error away, and as many two errors away
MOST_GUESSED = 400  # words looked at for an error in the beginning of one
LEAST_GUESSED = 4
LEAST_OPEN_FIGURES = 4  # of a postal code: a house number is never only begun
BEGUN_SO = 2.2  # a word with an error that is only begun, as against 1.5 for a whole one
RAW = {1: 50_000, 2: 20_000}  # customers thought to have a word with figures or of one letter, which nobody counts
RAW_LONG = 1_000  # and a longer one
_LAST = "\U0010ffff"  # after every word that begins alike


class How(StrEnum):
    """How what is on file fits what was typed."""

    EXACT = "exact"
    BEGINS = "begins"
    ENDS = "ends"
    SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word on file, marked, that a typed word may mean. `distance` is 0 for the word itself, 1 for an error, and in between."""

    word: str
    how: How
    distance: float
    customers: int
    is_open: bool = False  # every word beginning so


@dataclass(slots=True)
class Meanings:
    """For each typed word what it may mean; how many customers there are; the teams of the sites asked for."""

    words: list[dict[str, Meaning]]
    customers: int = 0
    team_ids: list[int] = field(default_factory=list)


_EXACT = "select 'exact', 0, word, customers from customers_word where word = any(%(exact)s)"
_BEGINS = """
select 'begins', p.number, w.word, w.customers from unnest(%(begin_of)s::int[], %(low)s::text[], %(high)s::text[]) p(number, low, high)
cross join lateral (select word, customers from customers_word where word ~>=~ p.low and word ~<~ p.high
  order by customers desc, word limit %(most_beginning)s) w
"""
_NEAR = """
select 'near', {number}, word, customers from customers_word where keys && %(keys{number})s::int[]
  and length(ltrim(word, '@#')) between %(shortest{number})s and %(longest{number})s
"""
_GUESSED = """
select 'guessed', {number}, word, customers from (select word, customers from customers_word
  where word ~>=~ %(guess_low)s and word ~<~ %(guess_high)s
    and not exists (select 1 from customers_word b where b.word ~>=~ %(begun)s and b.word ~<~ %(begun_high)s)
  order by customers desc limit %(most_guessed)s) g
"""
_COMPANY = "select 'customers', 0, '', reltuples::int from pg_class where oid = 'customers_customer'::regclass"
_TEAMS = "select 'team', 0, '', id::int from staff_team where site_id = any(%(sites)s)"


def look_up(words: Sequence[Sequence[str]], *, is_open: bool, site_ids: Iterable[int] = ()) -> Meanings:
    """
    The meanings of typed words, each given with its spellings. `is_open` says that the last word may be only begun. One statement,
    which also gives the teams of sites, as whoever searches may be kept to those.
    """
    statement, parameters = _statement(words, is_open, sorted(site_ids))
    found = Meanings([_raw_meanings(spelled) for spelled in words])
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    for kind, _number, word, count in rows:
        match kind:
            case "customers":
                found.customers = max(count, 1)
            case "team":
                found.team_ids.append(count)
            case "exact":
                for place, spelled in enumerate(words):
                    if word.lstrip(CITY + STREET) in spelled:
                        found.words[place][word] = Meaning(word, How.EXACT, _marked(word, 0.0), max(count, 1))
    for place, spelled in enumerate(words):
        mine = [(kind, word, max(count, 1)) for kind, number, word, count in rows if number == place]
        _add_begun(found.words[place], spelled, mine)
        _add_near(found.words[place], spelled, mine)
    return found


def _statement(words: Sequence[Sequence[str]], is_open: bool, sites: list[int]) -> tuple[str, Mapping[str, Any]]:
    begun = [(place, mark + word) for place, spelled in enumerate(words) for word in spelled for mark in MARKS]
    parameters: dict[str, Any] = {
        "exact": list(dict.fromkeys(word for _place, word in begun)),
        "begin_of": [place for place, _word in begun],
        "low": [word for _place, word in begun],
        "high": [word + _LAST for _place, word in begun],
        "most_beginning": MOST_BEGINNING,
        "sites": sites,
    }
    parts = [_EXACT, _BEGINS, _COMPANY, *([_TEAMS] if sites else [])]
    for place, spelled in enumerate(words):
        keyed = [word for word in spelled if is_ordinary(word) and len(word) >= LEAST_FOR_ONE]
        if keyed:
            most = 2 if max(map(len, keyed)) >= LEAST_FOR_TWO else 1
            parts.append(_NEAR.format(number=place))
            parameters |= {
                f"keys{place}": sorted({key for word in keyed for key in keys_of(word)}),
                f"shortest{place}": min(map(len, keyed)) - most,
                f"longest{place}": max(map(len, keyed)) + most,
            }
    last = words[-1][0] if words and is_open else ""
    if len(last) >= LEAST_GUESSED and is_ordinary(last):
        parts.append(_GUESSED.format(number=len(words) - 1))
        parameters |= {"guess_low": last[:2], "guess_high": last[:2] + _LAST, "most_guessed": MOST_GUESSED}
        parameters |= {"begun": last, "begun_high": last + _LAST}
    return " union all ".join(f"({part})" for part in parts), parameters


def _raw_meanings(spelled: Sequence[str]) -> dict[str, Meaning]:
    """What a word with figures, or of one letter, means: itself, or from some figures on what begins so."""
    found = {}
    for word in spelled:
        if not is_ordinary(word):
            is_open = len(word) >= LEAST_OPEN_FIGURES
            plenty = RAW.get(len(word), RAW_LONG)
            for mark in MARKS:
                found[mark + word] = Meaning(mark + word, How.EXACT, _marked(mark + word, 0.0), plenty, is_open)
    return found


def _add_begun(meanings: dict[str, Meaning], spelled: Sequence[str], rows: Iterable[tuple[str, str, int]]) -> None:
    for kind, word, count in rows:
        if kind == "begins" and word not in meanings:
            bare = word.lstrip(CITY + STREET)
            missing = min((len(bare) - len(one) for one in spelled if bare.startswith(one)), default=len(bare))
            meanings[word] = Meaning(word, How.BEGINS, _marked(word, 0.5 + 0.02 * min(missing, 10)), count)


def _add_near(meanings: dict[str, Meaning], spelled: Sequence[str], rows: Iterable[tuple[str, str, int]]) -> None:
    near: dict[float, list[tuple[str, int]]] = {}
    for kind, word, count in rows:
        if word in meanings or kind not in ("near", "guessed"):
            continue
        bare = word.lstrip(CITY + STREET)
        distance = min(_distances(kind, bare, spelled), default=3)
        if distance <= 2:
            near.setdefault(BEGUN_SO if kind == "guessed" else 1.5 * distance, []).append((word, count))
    for far, found in near.items():
        for word, count in sorted(found, key=lambda one: (-one[1], one[0]))[:MOST_NEAR]:
            meanings[word] = Meaning(word, How.SIMILAR, _marked(word, far), count)


def _distances(kind: str, bare: str, spelled: Sequence[str]) -> Iterator[int]:
    for one in spelled:
        allowed = 2 if len(one) >= LEAST_FOR_TWO else 1 if len(one) >= LEAST_FOR_ONE else 0
        if kind == "near":
            distance = OSA.distance(one, bare, score_cutoff=allowed)
        else:
            allowed = 1
            distance = min(OSA.distance(one, bare[: len(one) + more], score_cutoff=1) for more in (-1, 0, 1))
        if distance <= allowed:
            yield distance


def _marked(word: str, distance: float) -> float:
    """A word of a name comes before one of a city, and that before one of a street."""
    return distance + {CITY: 0.3, STREET: 0.4}.get(word[0], 0.0)
