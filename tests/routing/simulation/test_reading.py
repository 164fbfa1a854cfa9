"""Scenarios as people write them: what they mean, and every mistake named with its place."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onhand.routing.enums import Choice
from onhand.routing.matching.plans import Overflow, Step
from onhand.routing.matching.wanted import Has, People
from onhand.routing.simulation.reading import WrongScenarioError, read_file, read_scenario
from onhand.routing.simulation.scenario import Arrivals, Duration, Shape

MORNING: dict[str, Any] = {
    "name": "A morning",
    "minutes": 120,
    "seed": 9,
    "interval_minutes": 15,
    "kinds": {"call": {"takes_all": True, "interrupts": ["mail"]}, "mail": {"units": 4}},
    "queues": {
        "Sales": {"plan": {"choice": "best_skilled", "overflow": [{"queue": "Help", "waiting_seconds": 60}]}},
        "Help": {
            "hours": [[0, 60], [90, 120]],
            "plan": {
                "leaving": "hand_over",
                "hand_over_to": "Ana",
                "steps": [{"wanted": {"people": ["Ana", "Team 2"]}, "seconds": 20}, {"wanted": {"has": "queue:Sales"}}],
            },
        },
    },
    "arrivals": [
        {"queue": "Sales", "kind": "call", "counts": [10, 20.5], "handling": {"mean": 240}, "patience": {"mean": 90}},
        {
            "queue": "Help",
            "kind": "mail",
            "at": [1, 2.5],
            "handling": {"each": [60, 600]},
            "wanted": {"has": "skill:refunds", "from": 3},
            "preferred": ["Ana"],
            "due_minutes": 30,
        },
    ],
    "people": [
        {"name": "Ana", "attributes": {"skill:refunds": 4}, "queues": ["Help"], "shifts": [[0, 60]]},
        {"name": "Team", "count": 3, "answers": {"mean": 5, "shape": "lognormal", "deviation": 2}, "misses": 0.1},
    ],
}


def changed(**paths: Any) -> dict[str, Any]:
    """The morning with other values; a name like people__0__shifts is the way to one."""
    made = copy.deepcopy(MORNING)
    for path, value in paths.items():
        *way, last = path.split("__")
        place: Any = made
        for part in way:
            place = place[int(part) if isinstance(place, list) else part]
        place[int(last) if isinstance(place, list) else last] = value
    return made


def test_names_become_numbers() -> None:
    scenario = read_scenario(MORNING)
    sales, support = scenario.queues
    assert (sales.id, sales.name, sales.plan.choice) == (1, "Sales", Choice.BEST_SKILLED)
    assert sales.plan.overflow == (Overflow(queue=2, waiting_seconds=60),)
    assert support.hours == ((0, 3600), (5400, 7200))
    assert support.plan.hand_over_to == 1
    assert support.plan.steps == (Step(People(frozenset({1, 3})), 20), Step(Has("queue:1")))
    calls, mails = scenario.arrivals
    assert calls == Arrivals(1, "call", Duration(240), (10, 20.5), 900, patience=Duration(90))
    assert mails.wanted == Has("skill:refunds", 3)
    assert (mails.preferred, mails.at, mails.due_in) == ((1,), (60, 150), 1800)
    assert [worker.name for worker in scenario.people] == ["Ana", "Team 1", "Team 2", "Team 3"]
    ana, other = scenario.people[0], scenario.people[1]
    assert ana.person.attributes == {"skill:refunds": 4, "queue:2": 1}
    assert other.person.attributes == {"queue:1": 1, "queue:2": 1}
    assert other.answers == Duration(5, Shape.LOGNORMAL, 2)
    assert (scenario.seconds, scenario.interval, scenario.seed) == (7200, 900, 9)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"minutes": 0}, "minutes"),
    ({"minuets": 3}, "minuets"),
    ({"kinds__call__takes_all": "yes"}, "kinds.call.takes_all"),
    ({"kinds__call__interrupts": ["post"]}, "kinds.call.interrupts.0"),
    ({"queues__Sales__plan": {"choice": "random"}}, "queues.Sales.plan.choice"),
    ({"queues__Sales__plan": {"steps": [{"wanted": {"has": 3}}]}}, "queues.Sales.plan.steps.0.wanted"),
    ({"queues__Sales__plan": {"overflow": [{"queue": "Nowhere"}]}}, "queues.Sales.plan.overflow.0.queue"),
    ({"queues__Help__plan__hand_over_to": "Zoe"}, "queues.Help.plan.hand_over_to"),
    ({"queues__Help__hours": [[5, 4]]}, "queues.Help.hours.0"),
    ({"queues__Help__hours": [[1, 4], [3, 6]]}, "queues.Help.hours.1"),
    ({"arrivals__0__queue": "Nowhere"}, "arrivals.0.queue"),
    ({"arrivals__0__at": [3]}, "arrivals.0"),
    ({"arrivals__0__handling": {}}, "arrivals.0.handling"),
    ({"arrivals__0__handling": {"mean": -1}}, "arrivals.0.handling.mean"),
    ({"arrivals__0__handling": {"mean": 5, "deviation": 2}}, "arrivals.0.handling.deviation"),
    ({"arrivals__0__handling": {"mean": 5, "shape": "lognormal"}}, "arrivals.0.handling.deviation"),
    ({"arrivals__0__counts": [float("inf")]}, "arrivals.0.counts.0"),
    ({"arrivals__0__counts": [1e9]}, "arrivals"),
    ({"arrivals__1__wanted": {"has": "queue:Nowhere"}}, "arrivals.1.wanted.has"),
    ({"arrivals__1__wanted": {"has": "skill:x", "from": 9}}, "arrivals.1.wanted"),
    ({"arrivals__1__preferred": ["Team"]}, "arrivals.1.preferred.0"),
    ({"arrivals": []}, "arrivals"),
    ({"people__0__name": "Team 2"}, "people.1.name"),
    ({"people__0__attributes": {"skill:x": 6}}, "people.0.attributes.skill:x"),
    ({"people__0__limits": {"fax": 1}}, "people.0.limits.fax"),
    ({"people__1__passes": 0.95}, "people.1.misses"),
    ({"people__1__count": 100_001}, "people.1.count"),
    ({"people__1__count": 100_000}, "people"),
    ({"warm_up_minutes": 120}, "warm_up_minutes"),
    ({"interval_minutes": 0.001}, "interval_minutes"),
]


@pytest.mark.parametrize(
    ("paths", "place"), WRONG, ids=[f"{place}={next(iter(paths.values()))!r:.40}" for paths, place in WRONG]
)
def test_a_mistake_is_named_with_its_place(paths: dict[str, Any], place: str) -> None:
    with pytest.raises(WrongScenarioError) as caught:
        read_scenario(changed(**paths))
    assert place in [where for where, _ in caught.value.mistakes], caught.value.mistakes


def test_all_mistakes_are_named_at_once() -> None:
    wrong = changed(arrivals__0__queue="Nowhere", arrivals__1__preferred=["Zoe"], people__0__queues=["Elsewhere"])
    with pytest.raises(WrongScenarioError) as caught:
        read_scenario(wrong)
    assert [place for place, _ in caught.value.mistakes] == [
        "arrivals.0.queue",
        "arrivals.1.preferred.0",
        "people.0.queues.0",
    ]
    assert "there is nobody named 'Zoe'" in str(caught.value)


def test_files_are_toml_or_json(tmp_path: Path) -> None:
    (tmp_path / "morning.json").write_text(json.dumps(MORNING))
    assert read_file(tmp_path / "morning.json") == read_scenario(MORNING)
    written = 'minutes = 10\n[queues.Help]\n[[arrivals]]\nqueue = "Help"\ncounts = [5]\nhandling = {mean = 60}\n[[people]]\nname = "Ana"\n'
    (tmp_path / "small.toml").write_text(written)
    assert read_file(tmp_path / "small.toml").people[0].name == "Ana"
    for name, content in (
        ("bad.toml", b"minutes = "),
        ("bad.json", b"[" * 100_000),
        ("list.json", b"[]"),
        ("odd.toml", b"\xff"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WrongScenarioError):
            read_file(tmp_path / name)
    (tmp_path / "dated.toml").write_text(written.replace("minutes = 10", "minutes = 2026-01-01"))
    with pytest.raises(WrongScenarioError, match="minutes"):
        read_file(tmp_path / "dated.toml")


@pytest.mark.parametrize("duration", [Duration(60), Duration(60, Shape.FIXED), Duration(60, Shape.LOGNORMAL, 90)])
def test_durations_have_their_mean(duration: Duration) -> None:
    drawn = duration.draw(200_000, np.random.default_rng(4))
    assert drawn.min() >= 0
    assert drawn.mean() == pytest.approx(60, rel=0.02)
    if duration.shape is Shape.LOGNORMAL:
        assert drawn.std() == pytest.approx(90, rel=0.1)


def test_given_durations_begin_again_after_the_last() -> None:
    assert Duration(each=(1, 2, 3)).draw(5, np.random.default_rng(1)).tolist() == [1, 2, 3, 1, 2]


def test_arrivals_come_in_their_intervals() -> None:
    stream = Arrivals(1, "work", Duration(60), counts=(0, 1000, 0, 500), interval=100)
    moments = stream.moments(350, np.random.default_rng(3))
    assert sorted(moments.tolist()) == moments.tolist()
    assert ((moments >= 100) & (moments < 200)).sum() == pytest.approx(1000, abs=150)
    assert ((moments >= 300) & (moments < 350)).sum() == pytest.approx(250, abs=80)
    assert len(moments) == ((moments >= 100) & (moments < 200)).sum() + (moments >= 300).sum()
