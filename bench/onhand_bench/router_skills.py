"""
The router's matcher on small cases with skills, beside the best fixed policy that searching all of them finds.

`ratio` is the mean wait with the best of the router's own settings (which class is urgent, who is taken among those free) over that of
the best fixed policy, the worst of the cases; `ratio_as_is` the same with one priority and who has waited longest, as a queue begins;
`worse` the cases in which the router's whole interval lies above the best fixed policy.
"""

import math
from statistics import fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onhand.routing.simulation.scenario import Scenario
    from onhand_bench.fixed_policies import Case

ARRIVALS = {False: 24_000, True: 5_000}
HANDLING = 300.0
BATCHES = 10
STUDENT = 2.262
PRIORITIES = ((0, 0), (0, 2), (2, 0))


def measure(quick: bool = False) -> dict[str, float]:
    """Print the table and return `ratio`, `ratio_as_is`, `worse` and `cases`."""
    from onhand_bench.fixed_policies import CASES, best

    print(
        f"mean wait in handling times; {ARRIVALS[quick]:,} arrivals a setting of the router, ± half of the 95 % interval"
    )
    print(
        f"{'':34}{'fixed: best':>12}{'worst':>8}{'of':>5}{'as it is':>18}{'ratio':>7}{'best set':>18}{'ratio':>7}  priorities, choice"
    )
    ratios, as_they_are, worse = [], [], 0
    for case in CASES:
        least, most, many = best(case)
        found = _settings(case, ARRIVALS[quick])
        as_is, half = found[PRIORITIES[0], "longest_idle"]
        setting = min(found, key=lambda one: found[one][0])
        wait, best_half = found[setting]
        ratios.append(wait / least)
        worse += wait - best_half > least
        as_they_are.append(as_is / least)
        said = f"{setting[0][0]}/{setting[0][1]}, {setting[1]}"
        print(
            f"{case.name:34}{least:>12.4f}{most:>8.3f}{many:>5}{as_is:>9.4f} ± {half:.4f}{as_is / least:>7.2f}"
            f"{wait:>9.4f} ± {best_half:.4f}{wait / least:>7.2f}  {said}",
            flush=True,
        )
    return {
        "cases": len(CASES),
        "worse": worse,
        "ratio": round(max(ratios), 3),
        "ratio_as_is": round(max(as_they_are), 3),
    }


def _settings(case: "Case", arrivals: int) -> dict[tuple[tuple[int, int], str], tuple[float, float]]:
    """The mean wait of each setting, with half its interval, in handling times. All have the same arrivals and handling times."""
    from onhand.routing.simulation.run import simulate

    found = {}
    for priorities in PRIORITIES:
        for choice in ("longest_idle", "best_skilled"):
            outcome = simulate(_scenario(case, arrivals, priorities, choice))
            counted: list[tuple[float, int]] = []
            for at in range(BATCHES):
                of_both = [one.figures for one in outcome.intervals[at::BATCHES]]
                total = sum(one.arrived for one in of_both)
                counted.append((sum(one.mean_wait * one.arrived for one in of_both) / total / HANDLING, total))
            waits = [wait for wait, _ in counted]
            found[priorities, choice] = fmean(waits), STUDENT * stdev(waits) / math.sqrt(BATCHES)
    return found


def _scenario(case: "Case", arrivals: int, priorities: tuple[int, int], choice: str) -> "Scenario":
    """Who can do only one class has more of its skill, so that the best skilled are those who can do nothing else."""
    from onhand.routing.enums import Choice
    from onhand.routing.matching.plans import Plan
    from onhand.routing.matching.wanted import Has
    from onhand.routing.matching.world import Kind, Person
    from onhand.routing.simulation.scenario import Arrivals, Duration, Scenario, SimulatedQueue, Worker

    lasts = arrivals * HANDLING / sum(case.loads)
    plan = Plan(choice=Choice(choice))
    people = []
    for number, does in enumerate(case.people, start=1):
        attributes = {f"queue:{one + 1}": 1 for one in does} | {f"skill:{one}": 6 - 2 * len(does) for one in does}
        people.append(Worker(Person(number, attributes), f"{number}"))
    warm_up = lasts / 20
    return Scenario(
        name=case.name,
        seconds=lasts,
        kinds={"call": Kind("call", takes_all=True)},
        queues=tuple(SimulatedQueue(one + 1, f"{one}", plan) for one in range(len(case.loads))),
        arrivals=tuple(
            Arrivals(
                one + 1,
                "call",
                Duration(HANDLING),
                (load * lasts / HANDLING,),
                lasts,
                wanted=Has(f"skill:{one}"),
                priority=priorities[one],
            )
            for one, load in enumerate(case.loads)
        ),
        people=tuple(people),
        warm_up=warm_up,
        interval=(lasts - warm_up) / BATCHES,
    )
