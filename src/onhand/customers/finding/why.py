"""Why a customer was found: which field fits, and which part of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onhand.customers.enums import IdentityKind
from onhand.customers.finding.meanings import How, Meaning
from onhand.customers.finding.protection import show_identity
from onhand.customers.finding.ranking import Ranked
from onhand.customers.finding.typed import Typed
from onhand.customers.finding.words import CITY, STREET, folded_words, name_words

_WORD = re.compile(r"\w[\w'’.·-]*\w|\w")
_KINDS = {kind.value for kind in IdentityKind}


@dataclass(frozen=True, slots=True)
class Why:
    """
    A field that fits: `name`, `other_name` (of a customer merged into this one), `city`, `street`, `reference`, `born_on`, `outside_id`
    or an identity's kind. `parts` are the pieces of its text, each with whether it fits.
    """

    field: str
    how: How
    parts: Sequence[tuple[str, bool]]


def reasons(one: Ranked, typed: Typed, row: Mapping[str, Any], *, openly: bool) -> list[Why]:
    """Why this candidate was found. `row` has its name, city, street, `other_names`; `openly` whether contact points are shown."""
    found = [_hit_reason(hit.field, hit.value, hit.how, typed, openly=openly) for hit in one.hits[:2]]
    names = [m for m in one.meant if m.word[0] not in CITY + STREET]
    left = list(names)
    for field, texts in (("name", [row["name"]]), ("other_name", row["other_names"])):
        for text in texts:
            parts, used = marked(text, left, typed)
            if used:
                left = [m for m in left if m not in used]
                found.append(Why(field, max((m.how for m in used), key=_badness), parts))
    for field, mark, text in (("city", CITY, row["city"]), ("street", STREET, row["street"])):
        meant = [Meaning(m.word[1:], m.how, m.distance, m.customers) for m in one.meant if m.word[0] == mark]
        if meant:
            parts, used = marked(text, meant, typed)
            how = max((m.how for m in used or meant), key=_badness)
            shown = parts if openly or field == "city" else ()
            found.append(Why(field, how, shown))
    return found


def _badness(how: How) -> int:
    return [How.EXACT, How.BEGINS, How.ENDS, How.SIMILAR].index(how)


def _hit_reason(field: str, value: str, how: How, typed: Typed, *, openly: bool) -> Why:
    shown = show_identity(field, value, openly=openly) if field in _KINDS else value
    if how is How.EXACT:
        return Why(field, how, ((shown, True),))
    if field == IdentityKind.TELEPHONE and openly:
        return Why(field, how, _marked_figures(shown, typed.figures))
    if field == IdentityKind.EMAIL and openly:
        for address in typed.addresses:
            at = shown.lower().find(address)
            if at >= 0:
                return Why(field, how, _three(shown, at, at + len(address)))
        return Why(field, How.SIMILAR, ((shown, False),))
    return Why(field, how, ((shown, False),))


def _marked_figures(shown: str, typed: Sequence[str]) -> Sequence[tuple[str, bool]]:
    """The typed figures in a number as it is shown, between which there may be spaces."""
    places = [at for at, c in enumerate(shown) if c in "0123456789"]
    figures = "".join(shown[at] for at in places)
    for one in typed:
        for tried in (one, one.removeprefix("00"), one.removeprefix("0")):
            at = figures.rfind(tried) if figures.endswith(tried) else figures.find(tried)
            if at >= 0 and tried:
                return _three(shown, places[at], places[at + len(tried) - 1] + 1)
    return ((shown, False),)


def _three(text: str, start: int, end: int) -> Sequence[tuple[str, bool]]:
    return tuple(part for part in ((text[:start], False), (text[start:end], True), (text[end:], False)) if part[0])


def marked(text: str, meant: Sequence[Meaning], typed: Typed) -> tuple[Sequence[tuple[str, bool]], list[Meaning]]:
    """A text in pieces, those marked that hold a meant word, and the meanings used."""
    pieces: list[tuple[str, bool]] = []
    used: list[Meaning] = []
    done = 0
    for match in _WORD.finditer(text):
        forms = set(name_words(match.group()))
        fitting = next((m for m in meant if m.word in forms), None)
        if fitting is None:
            continue
        used.append(fitting)
        length = _begun_length(match.group(), typed) if fitting.how is How.BEGINS else len(match.group())
        pieces += [(text[done : match.start()], False), (text[match.start() : match.start() + length], True)]
        done = match.start() + length
    pieces.append((text[done:], False))
    return tuple(piece for piece in pieces if piece[0]), used


def _begun_length(written: str, typed: Typed) -> int:
    """How many characters of a written word the typed beginning covers."""
    starts = [
        one for spelled in typed.words for one in spelled if any(w.startswith(one) for w in folded_words(written))
    ]
    most = max(map(len, starts), default=0)
    for length in range(1, len(written) + 1):
        if len("".join(folded_words(written[:length]))) >= most:
            return length if most else len(written)
    return len(written)
