"""
What is promised with an answer: a list of rows, each `what` is promised, within how many `days`, and the `test` on the books that says by
itself that it was kept. Who keeps promises stands above and says here which tests there are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from onhand.guidelines.feel.values import Value
from onhand.guidelines.tables import Fault, Table

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

WHAT, DAYS, TEST = "what", "days", "test"
MOST_DAYS, LONGEST_WHAT = 3_650, 300
Offered = Callable[[], "Sequence[tuple[str, _StrOrPromise]]"]


class _Known:
    """Who says which tests there are."""

    tests: Offered = staticmethod(tuple)


def set_tests(offered: Offered) -> None:
    """Say which tests on the books follow-ups can name, as (key, label). Called once, at start-up."""
    _Known.tests = staticmethod(offered)


def offered_tests() -> "Sequence[tuple[str, _StrOrPromise]]":
    """(key, label) of each test a follow-up can name."""
    return _Known.tests()


def read_follow_ups(rows: Sequence[Mapping[str, Value]], rule: str, version: str) -> tuple[Mapping[str, Any], ...]:
    """Rows of a table as a decision holds them, with the guideline and version they come from; without those that promise nothing."""
    found = []
    for row in rows:
        if row.get(WHAT):
            told = {WHAT: str(row[WHAT])[:LONGEST_WHAT], DAYS: _days(row.get(DAYS)), "rule": rule, "version": version}
            found.append({**told, **({TEST: str(row[TEST])} if row.get(TEST) else {})})
    return tuple(found)


def _days(given: Value) -> int:
    return min(max(int(given), 0), MOST_DAYS) if isinstance(given, Decimal) else 0


def wrong_tests(logic: Table | str) -> Iterator[Fault]:
    """The cells of a table of follow-ups that name a test there is none of."""
    if not isinstance(logic, Table):
        return
    known = {key for key, _label in offered_tests()}
    columns = [at for at, one in enumerate(logic.outputs) if one.name == TEST]
    for row, rule in enumerate(logic.rules):
        for at in columns:
            key = rule.outputs[at].strip() if at < len(rule.outputs) else ""
            if len(key) > 2 and key[0] == key[-1] == '"' and key[1:-1] not in known:
                said = {"name": key[1:-1][:60], "known": ", ".join(sorted(known))}
                yield Fault(_("There is no test “%(name)s”. There are: %(known)s.") % said, "value", row, at)
