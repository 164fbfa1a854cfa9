"""
The router's matcher against queueing theory: one pooled queue, Poisson arrivals, exponential handling and patience.

For each size and load the mean wait, the service level (20 s) and the share that gives up, by batch means with their 95 % confidence
interval, beside what Erlang C (nobody gives up) or Erlang A says. Of so many intervals one in twenty is missed by chance alone.
"""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from onhand.routing.simulation.scenario import Arrivals, Scenario

HANDLING = 300.0
ANSWER = 20
BATCHES = 10
STUDENT = 2.262  # of 9 degrees of freedom, 95 % between it and its negative


class Combination(NamedTuple):
    """`patience` in handling times, 0: endless; `arrivals` to simulate, the warm-up among them."""

    people: int
    load: float  # of each person
    patience: float
    arrivals: int


COMBINATIONS = (
    Combination(5, 0.5, 0, 60_000),
    Combination(5, 0.8, 0, 100_000),
    Combination(20, 0.8, 0, 80_000),
    Combination(50, 0.9, 0, 120_000),
    Combination(200, 0.9, 0, 120_000),
    Combination(500, 0.95, 0, 200_000),
    Combination(10, 0.7, 0, 60_000),
    Combination(5, 1.0, 1, 60_000),
    Combination(20, 0.9, 0.5, 60_000),
    Combination(50, 1.0, 1, 80_000),
    Combination(100, 1.1, 0.5, 80_000),
    Combination(300, 0.95, 0.3, 120_000),
    Combination(500, 1.0, 0.5, 150_000),
    Combination(1_000, 1.0, 1, 200_000),
    Combination(2_000, 1.05, 0.5, 300_000),
)
QUICK = tuple(one._replace(arrivals=one.arrivals // 8) for one in COMBINATIONS if one.people <= 200)


def measure(quick: bool = False) -> dict[str, float]:
    """Print the table; `outside_interval` counts of all `figures` those whose interval theory is not in."""
    combinations = QUICK if quick else COMBINATIONS
    print(
        f"{len(combinations)} combinations{', few arrivals' if quick else ''}; simulated ± half of the 95 % interval, theory; ! outside"
    )
    print(
        f"{'people':>6} {'load':>5} {'patience':>8} {'arrivals':>8} {'mean wait, s':>28} {f'within {ANSWER} s, %':>28} {'gave up, %':>28}"
    )
    figures = outside = events = 0
    seconds = 0.0
    for seed, one in enumerate(combinations, start=1):
        cells, wrong, ran, lasted = _compare(one, seed)
        figures += len(cells)
        outside += wrong
        events += ran
        seconds += lasted
        patience = f"{one.patience:g}" if one.patience else "endless"
        print(
            f"{one.people:>6,} {one.load:>5.2f} {patience:>8} {one.arrivals:>8,} {' '.join(f'{cell:>28}' for cell in cells)}",
            flush=True,
        )
    print(
        f"{outside} of {figures} outside; by chance about {figures / 20:.0f}, and more than {_most(figures)} in one of a hundred runs"
    )
    print(f"{events:,} events, {events / seconds:,.0f} a second")
    return {
        "combinations": len(combinations),
        "figures": figures,
        "outside_interval": outside,
        "events_per_second": round(events / seconds),
    }


def _compare(one: Combination, seed: int) -> tuple[list[str], int, int, float]:
    """The cells of the table, how many are outside, how many events there were in how many seconds."""
    from onhand.routing.simulation.erlang import erlang_a, erlang_c
    from onhand.routing.simulation.run import simulate
    from onhand.routing.simulation.scenario import Arrivals, Duration

    rate = one.people * one.load / HANDLING
    lasts = one.arrivals / rate
    patience = one.patience * HANDLING
    stream = Arrivals(
        1, "call", Duration(HANDLING), (one.arrivals,), lasts, patience=Duration(patience) if patience else None
    )
    warm_up = max(lasts / 20, 10 * HANDLING)
    outcome = simulate(pooled(one.people, stream, lasts, warm_up, (lasts - warm_up) / BATCHES, seed))
    batches = [interval.figures for interval in outcome.intervals]
    assert len(batches) == BATCHES
    sampled: list[tuple[Sequence[float], float, float]] = []
    if patience:
        theory = erlang_a(one.people, rate, HANDLING, patience)
        sampled.append(([b.mean_wait for b in batches], theory.mean_wait, 1))
        sampled.append(([b.service_level for b in batches], theory.answered_within(ANSWER), 100))
        sampled.append(([b.abandoned_share for b in batches], theory.abandoned, 100))
    else:
        endless = erlang_c(one.people, rate, HANDLING)
        sampled.append(([b.mean_wait for b in batches], endless.mean_wait, 1))
        sampled.append(([b.service_level for b in batches], endless.answered_within(ANSWER), 100))
    cells, wrong = [], 0
    for values, true, scale in sampled:
        middle, half = fmean(values), STUDENT * stdev(values) / math.sqrt(BATCHES)
        is_outside = abs(middle - true) > half
        wrong += is_outside
        cells.append(f"{middle * scale:.3f} ± {half * scale:.3f}, {true * scale:.3f}{'!' if is_outside else ' '}")
    return cells, wrong, outcome.events, outcome.real_seconds


def pooled(people: int, stream: "Arrivals", lasts: float, warm_up: float, interval: float, seed: int) -> "Scenario":
    """So many equal people and one queue."""
    from onhand.routing.matching.plans import Plan
    from onhand.routing.matching.world import Kind, Person
    from onhand.routing.simulation.scenario import Scenario, SimulatedQueue, Worker

    return Scenario(
        name="pooled",
        seconds=lasts,
        kinds={"call": Kind("call", takes_all=True)},
        queues=(SimulatedQueue(1, "all", Plan(answer_seconds=ANSWER)),),
        arrivals=(stream,),
        people=tuple(Worker(Person(number, {"queue:1": 1}), f"{number}") for number in range(1, people + 1)),
        seed=seed,
        warm_up=warm_up,
        interval=interval,
    )


def _most(figures: int) -> int:
    """The number of misses that more are seen than only in one of a hundred runs, if each is missed once in twenty."""
    share, total = 0.0, 0
    while True:
        share += math.comb(figures, total) * 0.05**total * 0.95 ** (figures - total)
        if share >= 0.99:
            return total
        total += 1
