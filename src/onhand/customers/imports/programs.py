"""Rows of a registered kind from a program in one request: each with its own answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.bulk import MOST_ROWS, Answered, answered_once, digest_of
from onhand.customers.imports.kinds import OUTSIDE_ID, Bringing, ImportKind, Outcome, Row, bring_in_kind
from onhand.kernel.errors import ArgumentsInvalid


def bring_in_for_program(
    kind: ImportKind,
    rows: Sequence[Mapping[str, Any]],
    bringing: Bringing,
    *,
    dry: bool = False,
    key: str | None = None,
) -> Answered:
    """
    Bring up to 1,000 rows in, in one transaction. A row at fault stops no other. The same actor with the same key and request gets the
    first answer again; dry, nothing is written and no answer kept.

    :raises ActError: the actor may not, there are too many rows, or the key was used for another request.
    """
    bringing.actor.require(kind.permission)
    if not 1 <= len(rows) <= MOST_ROWS:
        raise ArgumentsInvalid({"rows": [_("From 1 to %(most)s rows.") % {"most": f"{MOST_ROWS:,}"}]})
    given: list[Row] = [{name: _as_text(value) for name, value in row.items() if value is not None} for row in rows]

    def work() -> list[dict[str, Any]]:
        outcomes = bring_in_kind(kind, given, bringing, dry=dry)
        return [_answer(index, given[index], outcome, dry) for index, outcome in enumerate(outcomes)]

    asked = [kind.name, bringing.system, bringing.on_match.value, given]
    return answered_once(work, actor=bringing.actor, key=None if dry else key, digest=digest_of(asked), at=bringing.at)


def _as_text(value: Any) -> str:
    """A JSON value as a file would hold it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _answer(index: int, row: Row, outcome: Outcome, dry: bool) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for problem in outcome.problems:
        fields.setdefault(problem.field or "row", []).append(problem.message)
    return {
        "index": index,
        "outside_id": row.get(OUTSIDE_ID),
        "status": outcome.status.value,
        "id": None if dry and outcome.status.value == "created" else outcome.object_id,
        "fields": fields,
    }
