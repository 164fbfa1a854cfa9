"""The settings pages of queues: what is applied, what is written, and what would keep work waiting."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.kernel.perform import perform
from onhand.routing.models import Queue
from onhand.staff.models import Skill, SkillLevel
from tests.factories import NOON, make_actor, make_representative
from tests.factories.staff import make_person, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    found = Client()
    found.force_login(make_person("administrator"))
    return found


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def do(name: str, queue: Queue, **arguments: Any) -> None:
    perform(f"routing.{name}", actor=make_actor(), subject_id=queue.pk, arguments=arguments, at=NOON)


def test_queues_are_listed_with_who_serves_them(client: Client) -> None:
    team = make_team(name="Returns team")
    make_representative().teams.add(team)
    Queue.objects.create(name="Returns", home=team, draft={"offer_seconds": 5}).teams.add(team)
    found = page(client, "/settings/queues/")
    assert "Returns team" in found and "what is no team" in found and "changed, not published" in found
    assert "/settings/new/queue/routing.add_queue" in found or "Add a queue" in found


def test_a_queue_says_whom_each_step_reaches(client: Client) -> None:
    team, skill = make_team(name="Returns team"), Skill.objects.create(key="refunds", name="Refunds")
    for level in (2, 5):
        person = make_representative(f"Person {level}", email=f"p{level}@x.example")
        person.teams.add(team)
        SkillLevel.objects.create(representative=person, skill=skill, level=level)
    queue = Queue.objects.create(name="Returns")
    queue.teams.add(team)
    found = page(client, f"/settings/queues/{queue.pk}/")
    assert "anybody" in found and "2 people" in found and "Publish the settings" not in found
    do("write_plan_draft", queue, steps="Refunds 4+ for 30 s\nRefunds 5 for 1 min\nRefunds", urgent_within=3)
    found = page(client, f"/settings/queues/{queue.pk}/")
    assert "Written, not published yet" in found and "Publish the settings" in found
    assert "Refunds 4+" in found and "1 person" in found and "Nobody more than at the step before." in found
    do("publish_plan", queue, note="For refunds")
    found = page(client, f"/settings/queues/{queue.pk}/")
    assert "Written, not published yet" not in found and "For refunds" in found and "urgent 3 min" in found


def test_the_form_opens_with_what_is_written(client: Client) -> None:
    Skill.objects.create(key="refunds", name="Refunds")
    queue = Queue.objects.create(name="Returns", draft={"steps": [{"wanted": {"has": "skill:refunds", "from": 3}}]})
    found = page(client, f"/settings/acts/queue/{queue.pk}/routing.write_plan_draft/")
    assert "Refunds 3+" in found
    assert json.dumps("unused") not in found


def test_there_is_no_such_queue(client: Client) -> None:
    assert client.get("/settings/queues/999999/").status_code == 404


def test_what_is_written_is_tried_in_the_browser(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from onhand.routing import tasks
    from onhand.routing.models import PlanTrial
    from onhand.routing.trial_runs import run_trial
    from tests.routing.standing import make_item

    deferred: list[int] = []
    monkeypatch.setattr(tasks.try_plan, "defer", lambda trial_id: deferred.append(trial_id))
    team = make_team(name="Returns team")
    make_representative(email="r@x.example").teams.add(team)
    queue = Queue.objects.create(name="Returns", draft={"offer_seconds": 5})
    queue.teams.add(team)
    now = timezone.now()
    make_item(queue, since=now - timedelta(hours=2))
    assert "Try it on the last days" in page(client, f"/settings/queues/{queue.pk}/")
    answer = client.post(f"/settings/queues/{queue.pk}/try/", {"days": "1"})
    trial = PlanTrial.objects.get()
    assert answer["Location"] == f"/settings/queues/trials/{trial.pk}/" and deferred == [trial.pk]
    assert "Waiting to begin" in page(client, answer["Location"])
    run_trial(trial.pk, timezone.now)
    found = page(client, answer["Location"])
    assert "Taken in time" in found and "100 %" in found
    client.post(f"/settings/queues/{queue.pk}/try/", {"days": "99"})
    assert PlanTrial.objects.count() == 1
