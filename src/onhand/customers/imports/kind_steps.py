"""The steps of an import of another kind than customers: a chunk checked, and a chunk brought in."""

from collections import Counter
from datetime import datetime
from typing import Any

from onhand.customers.imports.kinds import Bringing, ImportKind, Outcome, Row, bring_in_kind, find_kind
from onhand.customers.intake.upsert import OnMatch, Status
from onhand.customers.models import CustomerImport, ImportChunk
from onhand.kernel.actor import Actor


def kind_of(one: CustomerImport) -> ImportKind | None:
    """The kind an import is of; None for customers."""
    return find_kind(one.kind)


def check(kind: ImportKind, one: CustomerImport, chunk: ImportChunk, actor: Actor, at: datetime) -> Counter[str]:
    """Bring a chunk in and take it back: what would become of each row."""
    _found, problems, counts = _bring(kind, one, chunk, actor, at, dry=True)
    chunk.checked = {"problems": problems, "alike": []}
    return counts


def run(kind: ImportKind, one: CustomerImport, chunk: ImportChunk, actor: Actor, at: datetime) -> Counter[str]:
    """Bring a chunk in."""
    found, problems, counts = _bring(kind, one, chunk, actor, at, dry=False)
    # `rows` names customers: what is done when one of them is erased goes by it.
    objects = [[number, outcome.status.value, outcome.object_id] for number, outcome in found if outcome.object_id]
    chunk.done = {"rows": [], "objects": objects, "problems": problems}
    if kind.is_personal:
        wrong = {problem[0] for problem in problems}
        rows = enumerate(chunk.rows or [], start=chunk.first_row)
        chunk.rows = [cells if number in wrong else [] for number, cells in rows]
        chunk.save(update_fields=["rows"])
    return counts


def _bring(
    kind: ImportKind, one: CustomerImport, chunk: ImportChunk, actor: Actor, at: datetime, *, dry: bool
) -> tuple[list[tuple[int, Outcome]], list[list[Any]], Counter[str]]:
    mapping = {int(place): name for place, name in one.mapping.items()}
    rows = [(number, row_of(cells, mapping)) for number, cells in enumerate(chunk.rows or [], chunk.first_row) if cells]
    bringing = Bringing(actor, at, one.system, one.day_first, OnMatch(one.on_match))
    outcomes = bring_in_kind(kind, [row for _number, row in rows], bringing, dry=dry)
    found = [(number, outcome) for (number, _row), outcome in zip(rows, outcomes, strict=True)]
    problems = [[number, p.field, p.value, p.message] for number, outcome in found for p in outcome.problems]
    counts = Counter(outcome.status.value for _number, outcome in found)
    counts.setdefault(Status.ERROR.value, 0)
    return found, problems, counts


def row_of(cells: list[str], mapping: dict[int, str]) -> Row:
    """A file's row as a kind takes it."""
    return {name: cells[place] for place, name in mapping.items() if place < len(cells) and cells[place].strip()}
