"""Settings tried on what arrived before: the same work and people, by the draft and as published."""

from datetime import timedelta

import pytest

from onhand.contacts.models import BusinessCalendar
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.routing.enums import TrialState
from onhand.routing.models import PlanTrial, Queue, StateChange
from onhand.routing.trial_runs import run_trial
from onhand.routing.trials import forget_trials, start_trial
from onhand.staff.models import Skill, SkillLevel
from tests.factories import NOON, make_actor
from tests.factories.staff import make_person, make_team
from tests.routing.standing import make_item, make_queue

pytestmark = pytest.mark.django_db
YESTERDAY = NOON - timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue() -> Queue:
    """Two people serve it, one with the skill; forty items came, one a minute, each five minutes in work."""
    team, skill = make_team(name="Returns team"), Skill.objects.create(key="refunds", name="Refunds")
    people = [make_person(teams=(team,)) for _ in range(2)]
    SkillLevel.objects.create(representative=people[0], skill=skill, level=4)
    made = make_queue("Returns", team, settings={"accepts_itself": True})
    for number in range(40):
        make_item(made, since=YESTERDAY + number * MINUTE, worked_seconds=300)
    from onhand.routing.seats import ensure_seats

    ensure_seats([one.pk for one in people], NOON)
    from onhand.routing.kinds import kind_of
    from onhand.routing.models import Seat

    Seat.objects.update(capacity=kind_of("contact.email").units)
    made.draft = {"accepts_itself": True, "steps": [{"wanted": {"has": "skill:refunds"}}]}
    made.save(update_fields=["draft"])
    return made


def tried(queue: Queue) -> PlanTrial:
    trial = start_trial(queue, actor=make_actor(), at=NOON)
    run_trial(trial.pk, lambda: NOON + MINUTE)
    trial.refresh_from_db()
    return trial


def test_what_is_written_is_compared_with_what_is_published(queue: Queue) -> None:
    trial = tried(queue)
    assert (trial.state, trial.problem, trial.ended_at) == (TrialState.DONE, "", NOON + MINUTE)
    draft, now = trial.results["draft"]["queue"], trial.results["published"]["queue"]
    assert draft["arrived"] == now["arrived"] == draft["taken"] == 40
    # One server: the last comes after 39 minutes and is begun after 39 times five. Two: after 19 times five, and one that is free.
    assert draft["longest"] == pytest.approx(39 * 300 - 39 * 60)
    assert now["longest"] == pytest.approx(19 * 300 - 38 * 60)
    assert draft["in_time"] == now["in_time"] == 1.0
    assert trial.results["people"] == 2 and "Returns" in trial.results["queues"]
    assert trial.results["stated"] == {
        "abilities": {"skill:refunds": 1},
        "present": 0,
        "calendar": "",
        "open_seconds": None,
    }
    run_trial(trial.pk, lambda: NOON)  # a second time nothing is done
    assert PlanTrial.objects.get().ended_at == NOON + MINUTE


def test_opening_hours_count_as_they_are_today(queue: Queue) -> None:
    queue.calendar = BusinessCalendar.objects.create(name="Leeds", time_zone="UTC", week=[[[0, 735]]] * 7)
    queue.save(update_fields=["calendar"])
    stated = tried(queue).results["stated"]
    assert (stated["calendar"], stated["open_seconds"]) == ("Leeds", 15 * 60 + 12 * 3600)  # from noon, to noon
    BusinessCalendar.objects.update(week=[[]] * 7)
    closed = tried(queue).results
    assert closed["stated"]["open_seconds"] == 0
    assert closed["published"]["queue"]["taken"] == 0


def test_people_are_there_when_they_were(queue: Queue) -> None:
    here = SkillLevel.objects.get().representative
    StateChange.objects.create(representative=here, at=YESTERDAY - MINUTE, state="available", how="person")
    StateChange.objects.create(representative=here, at=YESTERDAY + 20 * MINUTE, state="away", how="person")
    StateChange.objects.create(representative=here, at=YESTERDAY + 40 * MINUTE, state="available", how="person")
    trial = tried(queue)
    assert trial.results["people"] == 1  # of the other nothing is known, so they were not there
    assert trial.results["published"]["queue"]["longest"] > 39 * 300 - 39 * 60


def test_what_cannot_be_tried_says_why(queue: Queue) -> None:
    with pytest.raises(NotPermitted):
        start_trial(queue, actor=make_actor(permissions=frozenset()), at=NOON)
    with pytest.raises(NotPossible):
        start_trial(queue, actor=make_actor(), at=NOON, days=8)
    trial = start_trial(queue, actor=make_actor(), at=NOON + timedelta(days=30))
    run_trial(trial.pk, lambda: NOON)
    trial.refresh_from_db()
    assert (trial.state, trial.problem) == (TrialState.FAILED, "Nothing arrived in that time.")
    old = start_trial(queue, actor=make_actor(), at=NOON)
    PlanTrial.objects.filter(pk=old.pk).update(settings={"steps": "as they once were"})
    run_trial(old.pk, lambda: NOON)
    old.refresh_from_db()
    assert (old.state, old.problem) == (TrialState.FAILED, "What was written then cannot be read any more.")
    queue.teams.clear()
    empty = make_queue("Nobody's", make_team(name="Empty"))
    make_item(empty, since=YESTERDAY)
    lonely = start_trial(empty, actor=make_actor(), at=NOON)
    run_trial(lonely.pk, lambda: NOON)
    lonely.refresh_from_db()
    assert "Nobody serves" in lonely.problem
    assert forget_trials(NOON + timedelta(days=60)) == 3
