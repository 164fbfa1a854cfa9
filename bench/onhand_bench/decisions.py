"""
Decision tables of 20 and 2,000 rows and a graph of ten tables: microseconds a decision, beside other engines on the same facts.

The engines take turns in one run, and must give the same answers first. A decision starts from plain values and ends with the answer.
Of each engine the fastest stretch counts, as what else the machine does only makes it slower. At the end the share that deciding has of an
act, with the database (`decisions_in_acts`).
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from onhand_bench.decisions_engines import Ask, onhand, spiff, zen
from onhand_bench.decisions_in_acts import measure_share
from onhand_bench.decisions_tables import (
    MANY_REASONS,
    REASONS,
    Facts,
    Grid,
    of_10_tables,
    of_20_rows,
    of_2000_rows,
    some_facts,
)

OURS = "Onhand"
PEERS: dict[str, Callable[[Sequence[Grid]], Ask]] = {"zen-engine": zen, "SpiffWorkflow": spiff}
ROUNDS = {False: 9, True: 3}
ROUND_SECONDS = {False: 0.5, True: 0.2}
STRETCH_SECONDS = 0.002  # short, so that some are not disturbed by what else the machine does
CHECKED = 500
CHECKED_SECONDS = 5.0  # a slow engine is checked on fewer facts


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `us_20_rows`, `us_2000_rows`, `us_graph`, `ratio_fastest_peer` (the worst), `share_of_act`."""
    tables: dict[str, tuple[Sequence[Grid], tuple[str, ...]]] = {
        "20_rows": ((of_20_rows(),), REASONS),
        "2000_rows": ((of_2000_rows(),), MANY_REASONS),
        "graph": (of_10_tables(), REASONS),
    }
    figures: dict[str, Any] = {}
    ratios = []
    for name, (grids, reasons) in tables.items():
        took = _compared(grids, some_facts(CHECKED, reasons), quick)
        figures[f"us_{name}"] = round(took[OURS], 2)
        figures |= {f"us_{name}_{peer}": round(took[peer], 2) for peer in took if peer != OURS}
        peers = [seconds for engine, seconds in took.items() if engine != OURS]
        if peers:
            ratios.append(took[OURS] / min(peers))
            figures[f"ratio_{name}"] = round(ratios[-1], 3)
        _tell(name, took)
    figures["ratio_fastest_peer"] = round(max(ratios), 3) if ratios else None
    share = measure_share(quick)
    said = f"{share['decision_ms']} of {share['act_ms']} ms"
    print(
        f"deciding within an act: {said}, {share['share_of_act']:.1%} (aim: under 5 %); in the authority {share['authority_ms']} ms"
    )
    return figures | share


def _compared(grids: Sequence[Grid], facts: list[Facts], quick: bool) -> dict[str, float]:
    """Microseconds a decision by engine."""
    engines = {OURS: onhand(grids)}
    for peer, make in PEERS.items():
        try:
            engines[peer] = make(grids)
        except ImportError:
            print(f"{peer} is not installed: measured without it")
    expected = [engines[OURS](one) for one in facts]
    for peer in engines.keys() - {OURS}:
        _check(peer, engines[peer], facts, expected)
    took = dict.fromkeys(engines, float("inf"))
    for _round in range(ROUNDS[quick]):
        for engine, ask in engines.items():
            took[engine] = min(took[engine], _seconds(ask, facts, ROUND_SECONDS[quick]))
    return {engine: seconds * 1_000_000 for engine, seconds in took.items()}


def _check(peer: str, ask: Ask, facts: list[Facts], expected: list[dict[str, Any]]) -> None:
    """Raises AssertionError where an engine says something else than ours."""
    end = time.perf_counter() + CHECKED_SECONDS
    for one, ours in zip(facts, expected, strict=True):
        theirs = ask(one)
        assert theirs == ours, f"{peer} says {theirs} of {one}, we {ours}"
        if time.perf_counter() > end:
            break


def _seconds(ask: Ask, facts: list[Facts], at_least: float) -> float:
    """Seconds a decision, in the fastest of the stretches that fit in that time; as many facts in each as take some milliseconds."""
    before = time.perf_counter()
    ask(facts[0])
    many = max(1, min(len(facts), int(STRETCH_SECONDS / (time.perf_counter() - before))))
    fastest, end = float("inf"), before + at_least
    while (start := time.perf_counter()) < end or fastest == float("inf"):
        for one in facts[:many]:
            ask(one)
        fastest = min(fastest, (time.perf_counter() - start) / many)
    return fastest


def _tell(name: str, took: dict[str, float]) -> None:
    for engine, microseconds in took.items():
        beside = f"   ours takes {took[OURS] / microseconds:.3f} of it" if engine != OURS else ""
        print(f"{name.replace('_', ' '):10} {engine:14}{microseconds:14,.2f} µs{beside}")
