"""The matcher on a virtual clock: who has what when, in small scenarios with known times; and against theory."""

import math
from typing import Any

import pytest

from onhand.routing.simulation.erlang import erlang_a, erlang_c
from onhand.routing.simulation.figures import Outcome, gini
from onhand.routing.simulation.reading import read_scenario
from onhand.routing.simulation.run import simulate

ANA, BEN = {"name": "Ana"}, {"name": "Ben"}
KINDS = {"call": {"takes_all": True, "interrupts": ["mail"]}, "mail": {"units": 4}}


def run(*arrivals: dict[str, Any], people: list[dict[str, Any]] | None = None, **given: Any) -> Outcome:
    """A scenario of fixed durations: an arrival says its minutes `at` and how many seconds it takes."""
    written = []
    for one in arrivals:
        takes = one.pop("takes", 60)
        written.append({"queue": "Help", "kind": "mail", "handling": {"mean": takes, "shape": "fixed"}, **one})
    settings: dict[str, Any] = {"minutes": 60, "kinds": KINDS, "queues": {"Help": {}}, **given}
    return simulate(read_scenario({**settings, "arrivals": written, "people": people or [ANA]}))


def plan(**settings: Any) -> dict[str, Any]:
    return {"Help": {"plan": settings}}


def fixed(seconds: float) -> dict[str, Any]:
    return {"mean": seconds, "shape": "fixed"}


def test_a_person_takes_what_fits_their_capacity_one_after_the_other() -> None:
    outcome = run({"at": [0, 0, 0], "takes": 100})
    assert (outcome.whole.arrived, outcome.whole.taken) == (3, 3)
    assert outcome.whole.mean_wait == pytest.approx(100 / 3)
    assert outcome.whole.longest == 100
    (ana,) = outcome.people
    assert (ana.present, ana.busy, ana.taken) == (3600, 200, 3)
    assert ana.load == pytest.approx((100 * 0.8 + 100 * 0.4) / 3600)


def test_a_call_interrupts_a_mail_that_goes_on_afterwards() -> None:
    outcome = run({"at": [0], "takes": 600}, {"at": [2], "kind": "call", "takes": 60}, {"at": [11], "kind": "call"})
    assert outcome.whole.longest == 0
    (ana,) = outcome.people
    assert ana.busy == 720, (
        "600 s of mail and two calls, one of them when the mail had a minute's interruption behind it"
    )
    assert ana.taken == 3


def test_a_step_lets_somebody_else_have_it_when_its_time_is_over() -> None:
    steps = [{"wanted": {"has": "skill:refunds"}, "seconds": 30}, {"wanted": {}}]
    assert run({"at": [0]}, queues=plan(steps=steps)).whole.longest == 30
    able = {"name": "Ben", "attributes": {"skill:refunds": 2}}
    outcome = run({"at": [0]}, queues=plan(steps=steps), people=[ANA, able])
    assert [one.taken for one in outcome.people] == [0, 1]


def test_whoever_waits_longer_than_their_patience_gives_up() -> None:
    outcome = run({"at": [0], "takes": 900, "kind": "call"}, {"at": [1, 2], "kind": "call", "patience": fixed(300)})
    assert (outcome.whole.taken, outcome.whole.abandoned, outcome.whole.left) == (1, 2, 0)
    assert outcome.whole.mean_wait == 200
    late = run({"at": [0], "patience": fixed(30)}, people=[{**ANA, "answers": fixed(40)}])
    assert (late.whole.taken, late.whole.abandoned) == (0, 1), "while it was offered"
    assert late.people[0].busy == 30


def test_what_arrives_is_taken_abandoned_or_left() -> None:
    outcome = run({"at": [1, 2, 3], "takes": 4000, "kind": "call"}, {"at": [4], "kind": "call", "patience": fixed(60)})
    assert (outcome.whole.arrived, outcome.whole.taken, outcome.whole.abandoned, outcome.whole.left) == (4, 1, 1, 2)
    assert outcome.whole.service_level == 0.25


def test_an_offer_that_runs_out_goes_to_somebody_else() -> None:
    outcome = run(
        {"at": [0]}, people=[{**ANA, "misses": 1.0, "back_after_minutes": 10}, {**BEN, "shifts": [[0.5, 60]]}]
    )
    assert outcome.whole.longest == 60, "an offer lasts a minute"
    ana, ben = outcome.people
    assert (ana.missed, ana.taken, ben.taken) == (1, 0, 1)
    assert ana.present == 3000, "ten minutes away after missing it"


def test_who_passes_is_not_asked_again() -> None:
    outcome = run({"at": [0, 1]}, people=[{**ANA, "passes": 1.0, "answers": fixed(5)}, {**BEN, "shifts": [[30, 60]]}])
    ana, ben = outcome.people
    assert (ana.passed, ana.taken, ben.taken) == (2, 0, 2)
    assert outcome.whole.longest == 1800


def test_an_answer_takes_its_time() -> None:
    assert run({"at": [0]}, people=[{**ANA, "answers": fixed(12)}]).whole.longest == 12
    itself = run({"at": [0]}, people=[{**ANA, "answers": fixed(12)}], queues=plan(accepts_itself=True))
    assert itself.whole.longest == 0


@pytest.mark.parametrize(
    ("settings", "waited"),
    [({}, 60), ({"wrap_up": "forced", "wrap_up_seconds": 30}, 90), ({"wrap_up": "timed", "wrap_up_seconds": 5}, 65)],
)
def test_wrap_up_comes_before_the_next(settings: dict[str, Any], waited: int) -> None:
    outcome = run({"at": [0, 0], "kind": "call", "wrap_up": fixed(20)}, queues=plan(**settings))
    assert outcome.whole.longest == waited


def test_a_closed_queue_gives_nothing_out() -> None:
    outcome = run({"at": [0, 12]}, queues={"Help": {"hours": [[5, 10], [20, 60]]}})
    assert outcome.whole.longest == 480
    assert outcome.whole.mean_wait == pytest.approx((300 + 480) / 2)


def test_others_help_after_a_time() -> None:
    overflow = [{"queue": "Others", "waiting_seconds": 60}]
    queues: dict[str, Any] = {"Help": {"plan": {"overflow": overflow}}, "Others": {}}
    outcome = run({"at": [0]}, queues=queues, people=[{**ANA, "queues": ["Others"]}])
    assert 60 < outcome.whole.longest <= 70
    queues["Help"]["plan"]["overflow"] = [{"queue": "Others", "if_nobody": True}]
    outcome = run({"at": [1]}, queues=queues, people=[{**ANA, "queues": ["Others"]}])
    assert outcome.whole.longest == 0


def test_the_owner_is_waited_for_and_then_not() -> None:
    people: list[dict[str, Any]] = [ANA, {**BEN, "shifts": [[20, 60]]}]
    outcome = run({"at": [0], "preferred": ["Ben"]}, people=people)
    assert (outcome.whole.longest, outcome.people[1].taken) == (1200, 1)
    outcome = run({"at": [0], "preferred": ["Ben"]}, people=people, queues=plan(prefers_owner_seconds=100))
    assert (outcome.whole.longest, outcome.people[0].taken) == (100, 1)


@pytest.mark.parametrize(("leaving", "busy"), [("keep", (280, 0)), ("return", (220, 60)), ("hand_over", (220, 60))])
def test_the_end_of_a_shift(leaving: str, busy: tuple[int, int]) -> None:
    """At its end a call runs to its end; a mail that the call interrupted after 40 of 100 seconds goes by the queue's rule."""
    given = {"leaving": leaving, "hand_over_to": "Ben"}
    people = [{**ANA, "shifts": [[0, 2], [50, 60]]}, {**BEN, "shifts": [[10, 60]]}]
    outcome = run(
        {"at": [0], "takes": 100}, {"at": [2 / 3], "kind": "call", "takes": 180}, people=people, queues=plan(**given)
    )
    assert tuple(one.busy for one in outcome.people) == pytest.approx(busy)
    assert outcome.people[0].present == pytest.approx(120 + 600 + 100)


def test_only_what_arrives_in_between_is_counted() -> None:
    outcome = run({"at": [1, 15, 30, 55], "takes": 300}, warm_up_minutes=10, cool_down_minutes=10)
    assert outcome.whole.arrived == 2
    assert outcome.people[0].present == 2400
    assert outcome.people[0].busy == 600


RUSH = {"queue": "Help", "kind": "call", "counts": [40], "interval_minutes": 60, "handling": {"mean": 200}}
MIXED: dict[str, Any] = {
    "minutes": 60,
    "kinds": KINDS,
    "interval_minutes": 7,
    "queues": {"Help": {"plan": {"wrap_up": "optional"}}, "Others": {}},
    "arrivals": [
        {**RUSH, "patience": {"mean": 100}, "wrap_up": {"mean": 20}},
        {**RUSH, "queue": "Others", "kind": "mail", "handling": {"mean": 300, "shape": "lognormal", "deviation": 200}},
    ],
    "people": [
        {"name": "A", "count": 4, "misses": 0.1, "passes": 0.1, "answers": {"mean": 4}, "shifts": [[0, 25], [30, 60]]}
    ],
}


def test_the_same_seed_gives_the_same_and_another_gives_another() -> None:
    first, again, other = (simulate(read_scenario({**MIXED, "seed": seed})) for seed in (5, 5, 6))
    assert first.queues == again.queues
    assert first.people == again.people
    assert first.queues != other.queues


def test_intervals_and_queues_sum_up() -> None:
    outcome = simulate(read_scenario(MIXED))
    for counted in ("arrived", "taken", "abandoned", "left"):
        whole = getattr(outcome.whole, counted)
        assert sum(getattr(one.figures, counted) for one in outcome.intervals) == whole
        assert sum(getattr(one, counted) for one in outcome.queues.values()) == whole
    assert outcome.whole.arrived == outcome.whole.taken + outcome.whole.abandoned + outcome.whole.left
    assert sum(one.taken for one in outcome.people) == outcome.whole.taken
    assert all(0 <= one.busy <= one.present <= 3600 for one in outcome.people)


@pytest.mark.parametrize(("people", "load", "patience"), [(5, 0.8, 0.0), (30, 0.9, 0.0), (10, 1.1, 1.0)])
def test_it_agrees_with_theory(people: int, load: float, patience: float) -> None:
    """Roughly: a bench counts confidence intervals, with more arrivals."""
    rate, minutes = people * load / 200, 200 * 60
    stream: dict[str, Any] = {"queue": "Help", "handling": {"mean": 200}, "kind": "call"}
    stream |= {"counts": [rate * minutes * 60], "interval_minutes": minutes}
    if patience:
        stream["patience"] = {"mean": 200 * patience}
    written = {"minutes": minutes, "warm_up_minutes": 100, "kinds": KINDS, "queues": plan(answer_seconds=20), "seed": 3}
    found = simulate(read_scenario({**written, "arrivals": [stream], "people": [{"name": "A", "count": people}]})).whole
    if patience:
        impatient = erlang_a(people, rate, 200, 200 * patience)
        assert found.abandoned_share == pytest.approx(impatient.abandoned, rel=0.1)
        assert found.mean_wait == pytest.approx(impatient.mean_wait, rel=0.1)
        assert found.service_level == pytest.approx(impatient.answered_within(20), abs=0.04)
    else:
        endless = erlang_c(people, rate, 200)
        assert found.mean_wait == pytest.approx(endless.mean_wait, rel=0.35)
        assert found.service_level == pytest.approx(endless.answered_within(20), abs=0.04)


def test_gini() -> None:
    assert gini([]) == gini([0, 0]) == gini([3, 3, 3]) == 0
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([1, 3]) == pytest.approx(0.25)


def test_nothing_arriving_is_no_mistake() -> None:
    outcome = run({"at": [59.9]}, cool_down_minutes=1)
    assert outcome.whole.arrived == 0
    assert math.isnan(outcome.whole.mean_wait)
    assert math.isnan(outcome.whole.service_level)
