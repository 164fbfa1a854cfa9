"""
How evenly the router's matcher spreads work over people who can do the same: the Gini coefficient of their occupancy (0: all the same).

Beside it what dealing the same work in a circle would give, whoever is free or not: what is left is the chance of long and short work.
With mixed skills people are compared with those who have the same skills.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onhand.routing.simulation.scenario import Arrivals, Numbers, Scenario

PEOPLE = 42
HANDLING = 300.0
LOAD = 0.8
ARRIVALS = {False: 60_000, True: 15_000}
SKILLS = ("a", "b", "c")
HELD = (("a",), ("b",), ("c",), ("a", "b"), ("b", "c"), ("a", "b", "c"))  # by every sixth person


def measure(quick: bool = False) -> dict[str, float]:
    """Print the table and return `gini` (equal skills), `gini_mixed`, each with the circle's, and their ratio."""
    from onhand.routing.enums import Choice

    arrivals = ARRIVALS[quick]
    print(f"{PEOPLE} people, {arrivals:,} calls, each person's load {LOAD:.0%}; Gini of occupancy")
    print(f"{'':32}{'equal skills':>14}{'mixed skills':>14}{'mean wait, s':>14}{'mixed, s':>10}")
    found = {}
    for choice in Choice:
        equal, wait = _gini(_scenario(choice.value, arrivals, mixed=False))
        mixed, mixed_wait = _gini(_scenario(choice.value, arrivals, mixed=True))
        found[choice.value] = equal, mixed
        print(f"{choice.value:32}{equal:>14.4f}{mixed:>14.4f}{wait:>14.1f}{mixed_wait:>10.1f}", flush=True)
    circle = _in_a_circle(_scenario(Choice.LONGEST_IDLE.value, arrivals, mixed=False))
    print(f"{'dealt in a circle':32}{circle:>14.4f}")
    equal, mixed = found[Choice.LONGEST_IDLE.value]
    return {
        "gini": round(equal, 4),
        "gini_mixed": round(mixed, 4),
        "gini_circle": round(circle, 4),
        "ratio": round(equal / circle, 2),
    }


def _scenario(choice: str, arrivals: int, *, mixed: bool) -> "Scenario":
    from onhand.routing.enums import Choice
    from onhand.routing.matching.plans import Plan
    from onhand.routing.matching.wanted import Has
    from onhand.routing.matching.world import Kind, Person
    from onhand.routing.simulation.scenario import Arrivals, Duration, Scenario, SimulatedQueue, Worker

    lasts = arrivals * HANDLING / PEOPLE / LOAD
    share = arrivals / len(SKILLS)
    streams = tuple(
        Arrivals(1, "call", Duration(HANDLING), (share,), lasts, wanted=Has(f"skill:{skill}")) for skill in SKILLS
    )
    people = []
    for number in range(1, PEOPLE + 1):
        held = HELD[number % len(HELD)] if mixed else SKILLS
        attributes = {"queue:1": 1, **{f"skill:{skill}": 3 for skill in held}}
        people.append(Worker(Person(number, attributes), " ".join(held)))
    return Scenario(
        name="fairness",
        seconds=lasts,
        kinds={"call": Kind("call", takes_all=True)},
        queues=(SimulatedQueue(1, "all", Plan(choice=Choice(choice))),),
        arrivals=streams,
        people=tuple(people),
        warm_up=10 * HANDLING,
    )


def _gini(scenario: "Scenario") -> tuple[float, float]:
    """Within those who have the same skills, weighed by how many they are; and the mean wait."""
    from onhand.routing.simulation.figures import gini
    from onhand.routing.simulation.run import simulate

    outcome = simulate(scenario)
    groups: dict[str, list[float]] = {}
    for one in outcome.people:
        groups.setdefault(one.name, []).append(one.occupancy)
    within = sum(len(group) * gini(group) for group in groups.values()) / len(outcome.people)
    return within, outcome.whole.mean_wait


def _in_a_circle(scenario: "Scenario") -> float:
    """Of how much each would have had if the first call were the first person's, and so on around."""
    import numpy as np

    from onhand.routing.simulation.figures import gini

    drawn = [_drawn(stream, scenario.seconds, seed) for seed, stream in enumerate(scenario.arrivals)]
    each = np.concatenate(drawn)
    return gini([float(each[person::PEOPLE].sum()) for person in range(PEOPLE)])


def _drawn(stream: "Arrivals", seconds: float, seed: int) -> "Numbers":
    import numpy as np

    generator = np.random.default_rng(seed)
    return stream.handling.draw(len(stream.moments(seconds, generator)), generator)
