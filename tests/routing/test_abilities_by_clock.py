"""The router notices by itself when something somebody can begins or ends."""

from datetime import timedelta

import pytest

from onhand.routing.models import WorkItem
from onhand.routing.router.running import Leader, _listening
from onhand.staff.models import Skill, SkillLevel
from tests.factories import NOON
from tests.factories.work import make_seat, make_work, publish_plan

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("begins", [True, False])
def test_work_waits_until_somebody_can_and_for_nobody_who_could(begins: bool) -> None:
    work, seat = make_work(), make_seat(seen_at=NOON)
    skill, edge = Skill.objects.create(key="refunds", name="Refunds"), NOON + timedelta(seconds=30)
    SkillLevel.objects.create(
        representative=seat.representative,
        skill=skill,
        level=3,
        **{"valid_from": NOON.date(), "begins_at": edge} if begins else {"valid_until": NOON.date(), "ends_at": edge},
    )
    needed = {"has": "skill:refunds"}
    publish_plan(work.queue, steps=[{"wanted": needed if begins else {"not": needed}}])
    with _listening() as hints:
        leader = Leader(hints)
        leader.begin(NOON)
        assert leader.turn(NOON + timedelta(seconds=29), (set(), set(), True)) == 0
        assert leader.turn(NOON + timedelta(seconds=31), (set(), set(), True)) == 1
    assert WorkItem.objects.get(pk=work.pk).holder_id == seat.pk
