"""How two guidelines differ, in words: acts, rows of tables, words, test cases, clause."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from django.utils.translation import gettext as _

from onhand.guidelines.cell_words import Wording, label_of
from onhand.guidelines.documents import Document, Words
from onhand.guidelines.graphs import Graph
from onhand.guidelines.tables import Rule, Table
from onhand.guidelines.wiring import known_names
from onhand.kernel.acts import find_act

MOST_DIFFERENCES = 500
Row = tuple[tuple[str, str], ...]  # (column, what it says), without cells that say nothing


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: where, what, and how it was and is in words."""

    change: Change
    where: str
    before: str = ""
    after: str = ""


def differences(old: Document | None, new: Document) -> list[Difference]:
    """What is otherwise in `new`, the first `MOST_DIFFERENCES`; everything where there is no old one."""
    found: list[Difference] = []
    for one in _all(old or Document((), Graph("", (), ()), ""), new):
        if len(found) >= MOST_DIFFERENCES:
            break
        found.append(one)
    return found


def _all(old: Document, new: Document) -> Iterator[Difference]:
    yield from _named(
        _("Acts"), {name: act_label(name) for name in old.acts}, {name: act_label(name) for name in new.acts}
    )
    for where, was, now in ((_("Clause"), old.clause, new.clause), (_("Purpose"), old.purpose, new.purpose)):
        yield from _one(where, was, now)
    olds = {one.name: one.logic for one in old.graph.decisions}
    news = {one.name: one.logic for one in new.graph.decisions}
    before, after = Wording(known_names(old)), Wording(known_names(new))
    for name in dict.fromkeys([*olds, *news]):
        yield from _logic(name, olds.get(name), news.get(name), before, after)
    yield from _named(_("Words"), _words(old.words), _words(new.words))
    yield from _named(
        _("Test cases"),
        {one.name: _case(one.facts, one.expected) for one in old.cases},
        {one.name: _case(one.facts, one.expected) for one in new.cases},
    )


def act_label(name: str) -> str:
    """An act as people call it."""
    found = find_act(name)
    return str(found.label) if found else name


def _one(where: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        change = Change.CHANGED if before and after else Change.ADDED if after else Change.REMOVED
        yield Difference(change, where, before, after)


def _named(where: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for name in dict.fromkeys([*old, *new]):
        place = where if old.get(name, new.get(name)) == act_label(name) else f"{where}: {name}"
        yield from _one(place, old.get(name, ""), new.get(name, ""))


def _words(words: Mapping[str, Words]) -> dict[str, str]:
    return {
        key: "\n".join(
            [
                *(f"{_('Representative')} ({language}): {text}" for language, text in one.representative.items()),
                *(f"{_('Customer')} ({language}): {text}" for language, text in one.customer.items()),
            ]
        )
        or "–"
        for key, one in words.items()
    }


def _case(facts: Mapping[str, str], expected: Mapping[str, str]) -> str:
    left, right = (", ".join(f"{name} = {text}" for name, text in some.items()) for some in (facts, expected))
    return f"{left or '–'} → {right or '–'}"


def _logic(
    name: str, old: Table | str | None, new: Table | str | None, before: Wording, after: Wording
) -> Iterator[Difference]:
    if not isinstance(old, Table) and not isinstance(new, Table):
        yield from _one(name, old or "", new or "")
        return
    if isinstance(old, Table) and isinstance(new, Table):
        yield from _one(_("%(table)s: hit policy") % {"table": name}, _policy(old), _policy(new))
        yield from _columns(name, old, new)
    elif isinstance(new, Table):
        yield Difference(Change.ADDED, _("%(table)s: table") % {"table": name}, "" if old is None else str(old), name)
    else:
        yield Difference(Change.REMOVED, _("%(table)s: table") % {"table": name}, name, "" if new is None else str(new))
    rows_before = [_row(old, rule, before) for rule in old.rules] if isinstance(old, Table) else []
    rows_after = [_row(new, rule, after) for rule in new.rules] if isinstance(new, Table) else []
    yield from _rows(name, rows_before, rows_after)


def _policy(table: Table) -> str:
    return f"{table.hit_policy.value}{table.aggregation.value}"


def _columns(name: str, old: Table, new: Table) -> Iterator[Difference]:
    olds = [label_of(old, at) for at in range(len(old.inputs))] + [one.name for one in old.outputs]
    news = [label_of(new, at) for at in range(len(new.inputs))] + [one.name for one in new.outputs]
    where = _("%(table)s: column") % {"table": name}
    for label in dict.fromkeys([*olds, *news]):
        yield from _one(where, label if label in olds else "", label if label in news else "")


def _row(table: Table, rule: Rule, wording: Wording) -> Row:
    words = wording.row(table, rule)
    return (
        (_("If"), "; ".join(words.conditions) or _("any case")),
        (_("then"), "; ".join(text for _name, text in words.results) or "–"),
        *(((_("Note"), rule.note),) if rule.note else ()),
    )


def _rows(name: str, old: list[Row], new: list[Row]) -> Iterator[Difference]:
    matched = SequenceMatcher(None, old, new, autojunk=False) if len(old) * len(new) < 4_000_000 else None
    blocks = matched.get_opcodes() if matched else [("replace", 0, len(old), 0, len(new))]
    for tag, first, last, begin, end in blocks:
        if tag == "equal":
            continue
        pairs = min(last - first, end - begin)
        for at in range(pairs):
            if old[first + at] != new[begin + at]:
                where = _("%(table)s: row %(row)s") % {"table": name, "row": begin + at + 1}
                yield Difference(Change.CHANGED, where, _text(old[first + at]), _text(new[begin + at]))
        for row in range(first + pairs, last):
            where = _("%(table)s: row %(row)s of before") % {"table": name, "row": row + 1}
            yield Difference(Change.REMOVED, where, _text(old[row]))
        for row in range(begin + pairs, end):
            where = _("%(table)s: row %(row)s") % {"table": name, "row": row + 1}
            yield Difference(Change.ADDED, where, after=_text(new[row]))


def _text(row: Iterable[tuple[str, str]]) -> str:
    return " · ".join(f"{column} {text}" for column, text in row)
