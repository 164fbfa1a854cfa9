"""What is set up for routing: reasons for being away, kinds of work, and what each person can take."""

from typing import Any

import pytest

from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.events import ActDone
from onhand.kernel.models import EventRecord
from onhand.kernel.perform import Outcome, perform
from onhand.routing.access import visible_queues, visible_seats
from onhand.routing.demo import create_demo_work
from onhand.routing.demo_queues import QUEUES
from onhand.routing.enums import CountsAs
from onhand.routing.handlers import look_at_able_people_again
from onhand.routing.kinds import current_kind
from onhand.routing.models import AwayReason, KindSetting, Queue, Seat
from onhand.routing.plan_warnings import plan_warnings, reach, serving
from onhand.routing.queues import plan_of
from onhand.staff.demo import create_demo_staff
from onhand.staff.models import Representative, Skill, SkillLevel
from tests.factories import NOON
from tests.factories.staff import actor_of, make_person, make_site
from tests.factories.work import make_seat

pytestmark = pytest.mark.django_db


def do(name: str, by: Representative, subject_id: int | None = None, **arguments: Any) -> Outcome:
    return perform(f"routing.{name}", actor=actor_of(by), subject_id=subject_id, arguments=arguments, at=NOON)


def test_reasons_for_being_away_are_added_changed_retired_and_brought_back() -> None:
    supervisor = make_person("supervisor")
    given = {"reason_name": "Lunch", "counts_as": "break", "most_minutes": 45}
    pk = do("add_away_reason", supervisor, **given).subject_id or 0
    lunch = AwayReason.objects.get(pk=pk)
    assert (lunch.is_paid, lunch.counts_as, lunch.most_minutes) == (False, CountsAs.BREAK, 45)
    for wrong in ({"reason_name": "LUNCH"}, {"reason_name": "Tea", "most_minutes": 0}):
        with pytest.raises(NotPossible) as refused:
            do("add_away_reason", supervisor, **given | wrong)
        assert list(refused.value.fields) == [list(wrong)[-1]]
    with pytest.raises(ArgumentsInvalid):
        do("add_away_reason", supervisor, **given | {"counts_as": "holiday"})
    changed = do("change_away_reason", supervisor, pk, reason_name="Lunch", counts_as="break", is_paid=True)
    assert changed.after == {"paid": True, "most_minutes": None}
    do("retire_away_reason", supervisor, pk)
    with pytest.raises(NotPossible):
        do("retire_away_reason", supervisor, pk)
    do("bring_away_reason_back", supervisor, pk)
    assert AwayReason.objects.get(pk=pk).is_active


def test_only_who_sets_up_does() -> None:
    ana, site = make_person(), make_site()
    supervisor = make_person("supervisor", sites=(site,))
    reason = AwayReason.objects.create(name="Lunch")
    seat = make_seat(make_person(sites=(make_site(),)))
    with pytest.raises(NotPermitted):
        do("retire_away_reason", ana, reason.pk)
    with pytest.raises(NotPermitted):
        do("set_up_seat", ana, make_seat(ana).pk, capacity=99, hardest=5)
    with pytest.raises(SubjectNotFound):  # of another site
        do("set_up_seat", supervisor, seat.pk, capacity=5, hardest=5)


def test_a_kind_of_work_is_changed_for_the_first_time_and_again() -> None:
    supervisor, usual = make_person("supervisor"), current_kind("contact.email")
    given: dict[str, Any] = {"units": usual.units + 1, "minutes": 8}
    pk = do("set_up_kind", supervisor, kind="contact.email", **given).subject_id or 0
    assert current_kind("contact.email").units == usual.units + 1
    for wrong in ({"kind": "contact.email"}, {"kind": "smoke.signals"}):
        with pytest.raises(NotPossible):
            do("set_up_kind", supervisor, **given | wrong)
    for wrong, field in (
        ({"units": 0}, "units"),
        ({"minutes": 10_000}, "minutes"),
        ({"interrupts": ["smoke.signals"]}, "interrupts"),
        ({"interrupts": ["contact.email"]}, "interrupts"),
    ):
        with pytest.raises(NotPossible) as refused:
            do("change_kind", supervisor, pk, **given | wrong)
        assert list(refused.value.fields) == [field]
    do("change_kind", supervisor, pk, **given | {"interrupts": ["contact.letter"], "takes_all": True})
    now = current_kind("contact.email")
    assert (now.takes_all, now.interrupts, now.minutes) == (True, frozenset({"contact.letter"}), 8)
    assert KindSetting.objects.count() == 1


def test_what_somebody_can_take_is_changed() -> None:
    supervisor, ana, bob = make_person("supervisor"), make_person(name="Ana Prieto"), make_person(name="Bob Hale")
    Representative.objects.update(visibility="all")
    assert not Seat.objects.filter(pk=ana.pk).exists()  # it is made when first needed
    limits = {"contact.email": "2", "contact.chat": "", "contact.letter": 0}
    outcome = do("set_up_seat", supervisor, ana.pk, capacity=6, hardest="2", limits=limits)
    assert outcome.after == {"capacity": 6, "hardest": 2, "limits": {"E-mail": 2, "Letter": 0}}
    seat = Seat.objects.get(pk=ana.pk)
    assert (seat.capacity, seat.ceiling, seat.hardest) == (6, 6, 2)
    assert seat.limits == {"contact.email": 2, "contact.letter": 0}
    handed = {"capacity": 6, "hardest": 2, "leaving": "hand_over"}
    do("set_up_seat", supervisor, ana.pk, **handed, colleague=bob.pk)
    assert Seat.objects.get(pk=ana.pk).colleague == bob
    for wrong, field in (
        (handed, "colleague"),
        ({**handed, "colleague": ana.pk}, "colleague"),
        ({"capacity": 0, "hardest": 2}, "capacity"),
        ({"capacity": 6, "hardest": 6}, "hardest"),
        ({"capacity": 6, "hardest": 2, "limits": {"contact.email": "many"}}, "limits"),
        ({"capacity": 6, "hardest": 2, "limits": {"smoke.signals": 1}}, "limits"),
    ):
        with pytest.raises(NotPossible) as refused:
            do("set_up_seat", supervisor, ana.pk, **wrong)
        assert list(refused.value.fields) == [field]


def test_who_has_a_skill_that_was_retired_is_looked_at_again() -> None:
    administrator, skill = make_person("administrator"), Skill.objects.create(key="refunds", name="Refunds")
    seat, other = make_seat(), make_seat()
    SkillLevel.objects.create(representative=seat.representative, skill=skill, level=3)
    perform("staff.retire_skill", actor=actor_of(administrator), subject_id=skill.pk, arguments={}, at=NOON)
    event = EventRecord.objects.get(subject_type="skill", name=ActDone.name)
    look_at_able_people_again(event)
    assert Seat.objects.get(pk=seat.pk).version > seat.version
    assert Seat.objects.get(pk=other.pk).version == other.version


def test_demo_people_have_seats_once() -> None:
    create_demo_staff(at=NOON, password="kettle-lamp-river-42")
    for _time in range(2):
        create_demo_work(at=NOON)
    assert Seat.objects.count() == Representative.objects.filter(kind="person").count()
    beatriz = Seat.objects.get(representative__email__startswith="beatriz")
    assert (beatriz.hardest, beatriz.colleague and beatriz.colleague.name) == (2, "Rui Teixeira")
    assert AwayReason.objects.count() == 6


def test_demo_queues_are_published_and_somebody_can_take_what_each_has() -> None:
    create_demo_staff(at=NOON, password="kettle-lamp-river-42")
    create_demo_work(at=NOON)
    queues = {one.name: one for one in Queue.objects.filter(plan=1)}
    assert set(queues) == set(QUEUES)
    for name, queue in queues.items():
        plan, people = plan_of(queue), serving(queue, NOON)
        assert plan_warnings(queue, plan, people) == [], name
        assert all(not one.warning or "Nobody more" in one.warning for one in reach(plan.steps, people)), name
    credit = queues["Buying on instalments"]
    licensed = reach(plan_of(credit).steps, serving(credit, NOON))[-1].fitting
    assert 0 < licensed < len(serving(credit, NOON))
    assert {one.wrap_up for one in map(plan_of, queues.values())} == {
        *("none", "optional", "mandatory", "timed", "forced"),
    }
    assert not Seat.objects.exclude(representative__kind="person").exists()
    grace = actor_of(Representative.objects.get(email__startswith="supervisor@"))
    seen = {one.name for one in visible_queues(grace)}
    assert {"Pedidos Madrid", "Orders Leeds", "Returns Leeds", "Devoluciones Madrid"} <= seen
    assert "Atende evenings" not in seen
    here = {one.representative.name for one in visible_seats(grace).select_related("representative")}
    assert {"Javier Soto", "Oliver Finch"} <= here
    assert "Rui Teixeira" not in here
