"""What is told of waits in a simulated day, by the router's own reckoning: about eight of ten lie within the range."""

import pytest

from onhand.routing.matching.world import Kind, Person
from onhand.routing.simulation.run import Simulation
from onhand.routing.simulation.scenario import Arrivals, Duration, Scenario, SimulatedQueue, Worker

HANDLING = 300.0


def simulated(people: int, load: float, patience: float | None, *, hours: float = 30.0) -> Simulation:
    """So many people and so much work for them; the first two hours are not counted."""
    rate = people * load / HANDLING
    arrivals = Arrivals(
        queue=1,
        kind="mail",
        handling=Duration(HANDLING),
        counts=tuple([rate * 1800] * int(hours * 2)),
        patience=Duration(patience) if patience else None,
    )
    scenario = Scenario(
        "waits",
        hours * 3600,
        {"mail": Kind("mail", 10)},
        (SimulatedQueue(1, "Orders"),),
        (arrivals,),
        tuple(Worker(Person(number, {"queue:1": 1}), f"{number}") for number in range(1, people + 1)),
        seed=3,
        warm_up=7_200.0,
    )
    made = Simulation(scenario, foretells=True)
    made.run()
    return made


@pytest.mark.parametrize(("people", "load", "patience"), [(5, 0.9, None), (20, 0.95, None), (20, 1.1, 900.0)])
def test_eight_of_ten_waits_lie_within_what_was_told(people: int, load: float, patience: float | None) -> None:
    told = [(told, wait) for told, wait in simulated(people, load, patience).foretold if told.latest > 0]
    assert len(told) > 800
    inside = sum(one.earliest <= wait <= one.latest for one, wait in told) / len(told)
    assert 0.72 <= inside <= 0.88, inside
