"""Queues set up: who serves them, their settings written as text, published as versions, and what is wrong with them."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.models import BusinessCalendar
from onhand.kernel.errors import ActError, ArgumentsInvalid
from onhand.kernel.perform import Outcome, perform
from onhand.routing.enums import Choice, Leaving, WrapUp
from onhand.routing.matching.plans import USUAL, Overflow, Step, read_plan
from onhand.routing.matching.wanted import ANYBODY, Has, OneOf
from onhand.routing.models import Queue, QueuePlan
from onhand.routing.plan_warnings import plan_warnings, reach, serving
from onhand.routing.queue_subjects import draft_of
from onhand.routing.queues import plan_of, published_plan, queue_for_team
from onhand.staff.models import Skill, SkillLevel, Team
from tests.factories import NOON, make_actor, make_representative
from tests.factories.staff import make_team

pytestmark = pytest.mark.django_db
STEPS = "Refunds 4+ for 30 s\nRefunds and not Spanish for 2 min\nanybody"


def do(name: str, queue: Queue | None = None, **arguments: Any) -> Outcome:
    return perform(
        f"routing.{name}",
        actor=make_actor(),
        subject_id=queue.pk if queue else None,
        arguments=arguments,
        at=NOON,
    )


def add(name: str = "Returns", **arguments: Any) -> Queue:
    do("add_queue", queue_name=name, **arguments)
    return Queue.objects.get(name=name)


def change(queue: Queue, **arguments: Any) -> Queue:
    now = {"queue_name": queue.name, "teams": list(queue.teams.values_list("pk", flat=True)), "is_active": True}
    do("change_queue", queue, **(now | arguments))
    queue.refresh_from_db()
    return queue


@pytest.fixture
def refunds() -> Skill:
    return Skill.objects.create(key="refunds", name="Refunds")


def test_a_queue_is_added_and_gets_what_is_handed_to_its_team() -> None:
    team = make_team(name="Returns team")
    queue = add(home=team.pk)
    assert list(queue.teams.all()) == [team]
    assert queue_for_team(team.pk) == queue
    with pytest.raises(ActError, match="of this name"):
        add("returns")
    with pytest.raises(ActError, match="goes to Returns already"):
        add("Other", home=team.pk)


def test_a_queue_is_changed() -> None:
    team, calendar = (
        make_team(name="Evening"),
        BusinessCalendar.objects.create(name="Late", time_zone="UTC", week=[[]] * 7),
    )
    queue = change(add(), queue_name="Late returns", teams=[team.pk], calendar=calendar.pk)
    assert (queue.name, queue.calendar, list(queue.teams.all())) == ("Late returns", calendar, [team])
    assert not change(queue, is_active=False).is_active
    with pytest.raises(ActError, match="stays in use"):
        change(Queue.objects.get(is_default=True), is_active=False)
    with pytest.raises(ActError, match="Choose one"):
        change(queue, calendar=10**6)
    with pytest.raises(ActError, match="teams you see"):
        change(queue, teams=[10**6])


def test_settings_are_written_then_published_as_a_version(refunds: Skill) -> None:
    queue, sales = add(), add("Sales")
    colleague = make_representative("Lena Fischer")
    given = {
        "steps": STEPS,
        "choice": "best_skilled",
        "urgent_within": 2,
        "offer_seconds": 20,
        "wrap_up": "timed",
        "wrap_up_seconds": 90,
        "leaving": "hand_over",
        "hand_over_to": colleague.pk,
        "overflow": "Sales if waiting 10 min\nsales if nobody",
    }
    do("write_plan_draft", queue, **given)
    queue.refresh_from_db()
    assert plan_of(queue) == USUAL
    do("publish_plan", queue, note="First")
    queue.refresh_from_db()
    plan = plan_of(queue)
    assert (queue.plan, queue.draft) == (1, {})
    assert plan.steps[0] == Step(Has("skill:refunds", 4), 30)
    assert (plan.steps[1].seconds, plan.steps[2]) == (120, Step(ANYBODY))
    assert (plan.choice, plan.wrap_up, plan.leaving) == (Choice.BEST_SKILLED, WrapUp.TIMED, Leaving.HAND_OVER)
    assert plan.targets == {2: 120.0, 1: 3600.0, 0: 14400.0, -1: 28800.0}
    assert plan.overflow == (Overflow(sales.pk, 600), Overflow(sales.pk, if_nobody=True))
    assert read_plan(QueuePlan.objects.get(queue=queue).settings) == published_plan(queue.pk, 1) == plan
    with pytest.raises(ActError, match="the same"):
        do("publish_plan", queue)
    do("take_up_plan", queue, number=0)
    queue.refresh_from_db()
    assert draft_of(queue) == USUAL
    do("publish_plan", queue)
    do("take_up_plan", queue, number=1)
    queue.refresh_from_db()
    assert (queue.plan, draft_of(queue)) == (2, plan)
    with pytest.raises(ActError, match="no such version"):
        do("take_up_plan", queue, number=9)


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"steps": "Refund for 30 s\nanybody"}, "steps", "Line 1: There is no skill"),
        ({"steps": "Refunds\nanybody"}, "steps", "after how long"),
        ({"steps": "Refunds for 99 d\nanybody"}, "steps", "a week at most"),
        ({"steps": "\n".join(["Refunds for 1 s"] * 21)}, "steps", "20 steps"),
        ({"low_within": 10}, "low_within", "more urgent"),
        ({"urgent_within": -1}, "urgent_within", "Give 0"),
        ({"offer_seconds": 10**7}, "offer_seconds", "week"),
        ({"leaving": "hand_over"}, "hand_over_to", "Say who"),
        ({"hand_over_to": 10**6}, "hand_over_to", "Choose one"),
        ({"overflow": "Nowhere if nobody"}, "overflow", "no other queue"),
        ({"overflow": "General if raining"}, "overflow", "if waiting 10 min"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(refunds: Skill, given: dict[str, Any], field: str, said: str) -> None:
    queue = add()
    with pytest.raises(ActError) as caught:
        do("write_plan_draft", queue, **given)
    words = caught.value.fields.get(field) if isinstance(caught.value, ArgumentsInvalid) else None
    assert said in (" ".join(words) if words else str(caught.value))
    queue.refresh_from_db()
    assert queue.draft == {}


def test_what_nobody_can_take_is_said(refunds: Skill) -> None:
    team = make_team(name="Returns team")
    queue, everybodys = add(home=team.pk), add("For everybody")
    steps = [Step(Has("skill:refunds", 4), 30), Step(Has("skill:refunds", 4), 30), Step(OneOf(), 5), Step(ANYBODY)]
    assert plan_warnings(queue, USUAL, serving(queue, NOON)) == [
        "Nobody serves this queue: give it a team with people in it."
    ]
    person = make_representative()
    person.teams.add(team)
    assert plan_warnings(everybodys, USUAL, serving(everybodys, NOON)) == []
    SkillLevel.objects.create(representative=person, skill=refunds, level=2)
    found = reach(steps, serving(queue, NOON))
    assert [one.fitting for one in found] == [0, 0, 0, 1]
    assert [bool(one.warning) for one in found] == [True, True, True, False]
    plan = read_plan({"steps": [{"wanted": {"has": "skill:refunds", "from": 4}}], "overflow": [{"queue": queue.pk}]})
    assert plan_warnings(queue, plan, serving(queue, NOON)) == [
        "Nobody who serves this queue can take its work, whatever the step: it would wait for ever.",
        "A queue cannot help itself.",
    ]
    SkillLevel.objects.update(level=5)
    assert [one.fitting for one in reach(steps, serving(queue, NOON + timedelta(days=1)))] == [1, 1, 1, 1]
    queue.calendar = BusinessCalendar.objects.create(name="Never", time_zone="UTC", week=[[]] * 7)
    assert "never open" in plan_warnings(queue, USUAL, serving(queue, NOON))[0]
    assert Team.objects.count() >= 1
