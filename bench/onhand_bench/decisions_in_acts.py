"""
What deciding costs of an act: acts decided by guidelines and limits beside the same acts decided by the role's permission alone, in turns.

The act gives a customer an amount; a guideline of 20 rows over five facts, among them one that is looked up, and two limits that add up
(over the customer and over the representative) decide it. The share is what the median decided act takes more than the median other one:
everything beyond the permission counts, wherever it is done, also what is counted against limits, the rows kept of what was given, and
what the database does for it at the commit. Beside it the time in the functions of the authority, which is only a part of that.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

from onhand_bench import place
from onhand_bench.limits import customers_of, everybody, give

ACTS = {False: 3_000, True: 500}  # of each kind
WARM = 100
NAMES = ("amount given", "role", "door", "weekday", "months of service")


def measure_share(quick: bool) -> dict[str, float]:
    """`share_of_act` (from 0 to 1), `act_ms` of the median act, `decision_ms` of them, and `authority_ms` in its functions."""
    with place.database():
        customers = customers_of(2 * (ACTS[quick] + WARM))
        actor = _company()
        took: dict[bool, list[float]] = {True: [], False: []}
        deciding = []
        for number, customer in enumerate(customers):
            is_decided = number % 2 == 0
            with _authority(is_decided) as spent:
                begun = time.perf_counter()
                give(actor, customer)
                took[is_decided].append(time.perf_counter() - begun)
            if is_decided:
                deciding.append(sum(spent))
    act, plain = median(took[True][WARM:]), median(took[False][WARM:])
    return {
        "share_of_act": round((act - plain) / act, 4),
        "act_ms": round(act * 1000, 2),
        "decision_ms": round((act - plain) * 1000, 3),
        "authority_ms": round(median(deciding[WARM:]) * 1000, 3),
    }


def _company() -> Any:
    from onhand.guidelines.documents import Document, inputs_of
    from onhand.guidelines.graphs import Decision, Graph
    from onhand.guidelines.publishing import publish_for_company
    from onhand.guidelines.tables import HitPolicy, Input, Output, Rule, Table
    from onhand.kernel.perform import perform

    rows = []
    for step in range(20):
        amount = f"[{step * 5}..{step * 5 + 5})" if step < 19 else f">= {step * 5}"
        rows.append(Rule((amount, '"representative","senior"', "-", 'not("Sunday")', "-"), ('"allow"',)))
    inputs = tuple(Input(name, name) for name in NAMES)
    table = Table("Answer", inputs, (Output("answer", type="string"),), tuple(rows), HitPolicy.FIRST)
    graph = Graph("Goodwill", inputs_of(NAMES), (Decision("Answer", table, NAMES),))
    publish_for_company("Goodwill", Document(("invoicing.give_goodwill",), graph, "Answer"), at=datetime.now(UTC))
    actor = everybody()
    for per in ("customer", "representative"):
        most = {"minor": 10**9, "currency": "EUR"}
        given = {"name": per, "per": per, "period": "days", "days": 90, "most": most, "beyond": "refuse"}
        perform("guidelines.add_limit", actor=actor, arguments=given, at=datetime.now(UTC))
    return actor


class _authority:  # noqa: N801  (used as a statement)
    """Within it the company's authority decides and notes the seconds of each call; or, where it is not wanted, the role alone."""

    def __init__(self, is_wanted: bool) -> None:
        self.is_wanted = is_wanted

    def __enter__(self) -> list[float]:
        from onhand.guidelines.authority import AUTHORITY
        from onhand.kernel.decisions import Authority, set_authority

        spent: list[float] = []

        def timed(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*given: Any) -> Any:
                begun = time.perf_counter()
                try:
                    return function(*given)
                finally:
                    spent.append(time.perf_counter() - begun)

            return call

        ours = AUTHORITY
        decided = replace(ours, decide=timed(ours.decide), count=timed(ours.count), settle=timed(ours.settle))
        self.before = set_authority(decided if self.is_wanted else Authority())
        return spent

    def __exit__(self, *_error: object) -> None:
        from onhand.kernel.decisions import set_authority

        set_authority(self.before)
