"""
What deciding costs of an act: the share of the time of `perform` that is spent in the authority, before the act and at its end.

The act gives a customer an amount; a guideline of 20 rows over five facts, among them one that is looked up, and two limits that add up
(over the customer and over the representative) decide it. Of the processor and of the clock: the median of the acts.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from onhand_bench import place
from onhand_bench.limits import customers_of, everybody, give

ACTS = {False: 2_000, True: 300}
WARM = 50
NAMES = ("amount given", "role", "door", "weekday", "months of service")


def measure_share(quick: bool) -> dict[str, float]:
    """`share_of_act` (from 0 to 1), `act_ms` and `decision_ms` of the median act."""
    with place.database():
        customers = customers_of(ACTS[quick] + WARM)
        actor = _company()
        deciding, whole = [], []
        with _watched() as spent:
            for customer in customers:
                spent.clear()
                begun = time.perf_counter()
                give(actor, customer)
                whole.append(time.perf_counter() - begun)
                deciding.append(sum(spent))
    shares = [part / all_of for part, all_of in zip(deciding[WARM:], whole[WARM:], strict=True)]
    return {
        "share_of_act": round(median(shares), 4),
        "act_ms": round(median(whole[WARM:]) * 1000, 2),
        "decision_ms": round(median(deciding[WARM:]) * 1000, 3),
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


class _watched:  # noqa: N801  (used as a statement)
    """Within it, each call of the authority notes its seconds."""

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

        self.before = set_authority(Authority(timed(AUTHORITY.decide), timed(AUTHORITY.settle)))
        return spent

    def __exit__(self, *_error: object) -> None:
        from onhand.kernel.decisions import set_authority

        set_authority(self.before)
