"""What nobody answers goes on: to who stands in, to the next, before other work when nearly too late; then who asked is told."""

from datetime import timedelta

import pytest

from onhand.approvals import tasks
from onhand.approvals.ending import expire_due
from onhand.approvals.going_on import go_on
from onhand.approvals.models import Approval, ApprovalRules
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.models import EventRecord
from onhand.kernel.perform import perform
from onhand.routing.enums import ItemState
from onhand.routing.models import WorkItem
from onhand.routing.router.running import lead_once
from tests.approvals.asked import NOW, ask, do, lay_down, on_contact, people
from tests.approvals.test_deputies import name
from tests.factories.staff import actor_of
from tests.factories.work import do as do_work
from tests.factories.work import make_person, make_seat

pytestmark = pytest.mark.django_db


def item_of(approval: Approval) -> WorkItem:
    return WorkItem.objects.filter(kind="approval", subject_id=approval.pk).latest("pk")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_it_is_given_to_who_stands_in_and_not_to_who_is_away() -> None:
    lay_down()
    asker, boss = people()
    senior = make_person("senior")
    make_seat(boss, idle_since=NOW - timedelta(hours=3))
    make_seat(senior)
    approval = ask(asker, on_contact(asker))
    name(boss, senior)
    assert go_on(NOW) == 1
    assert go_on(NOW) == 0
    assert lead_once(NOW) == 1
    assert item_of(approval).holder_id == senior.pk
    later = ask(asker, on_contact(asker))  # asked while somebody stands in
    assert {"people": [senior.pk]} in item_of(later).wanted["all"][1]["all"][2]["any"]


def test_when_somebody_is_back_it_is_theirs_to_answer_again() -> None:
    lay_down()
    asker, boss = people()
    senior = make_person("senior")
    approval = ask(asker, on_contact(asker), customer_waits=False)
    before = item_of(approval).wanted
    name(boss, senior, last_day="2026-03-10")
    assert go_on(NOW) == 1
    assert go_on(NOW + timedelta(days=1)) >= 1
    assert item_of(approval).wanted == before


def test_what_somebody_has_and_does_not_answer_goes_to_the_next() -> None:
    lay_down()
    asker, first = people()
    second = make_person("supervisor")
    make_seat(first, idle_since=NOW - timedelta(hours=2))
    make_seat(second)
    approval = ask(asker, on_contact(asker))
    assert lead_once(NOW) == 1
    do_work("accept_work", item_of(approval), first, NOW)
    assert go_on(NOW + minutes(4)) == 0
    assert go_on(NOW + minutes(5)) == 1
    approval.refresh_from_db()
    assert (item_of(approval).state, approval.taken_by_id) == (ItemState.WAITING, None)
    assert lead_once(NOW + minutes(6)) == 1
    assert item_of(approval).holder_id == second.pk
    do("deny", approval, first, at=NOW + minutes(7), reason="Who had it can still answer")


def test_what_is_held_by_who_is_away_goes_on_at_once() -> None:
    lay_down()
    asker, boss = people()
    senior = make_person("senior")
    make_seat(boss)
    approval = ask(asker, on_contact(asker), customer_waits=False)
    lead_once(NOW)
    do_work("accept_work", item_of(approval), boss, NOW)
    name(boss, senior)
    make_seat(senior)
    assert go_on(NOW + minutes(1)) == 2
    lead_once(NOW + minutes(1))
    assert item_of(approval).holder_id == senior.pk


def test_nearly_too_late_it_comes_first_also_to_administrators_once() -> None:
    lay_down()
    asker, _boss = people()
    admin = make_person("administrator")
    make_seat(admin)
    approval = ask(asker, on_contact(asker), customer_waits=False)
    assert item_of(approval).priority == 0
    assert go_on(NOW + timedelta(hours=31)) == 0
    at = NOW + timedelta(hours=33)
    assert go_on(at) == 1
    assert go_on(at) == 0
    approval.refresh_from_db()
    assert (approval.escalated_at, item_of(approval).priority) == (at, 2)
    told = EventRecord.objects.get(name="approvals.nearly_too_late")
    assert told.payload["approval_id"] == approval.pk
    lead_once(at)
    assert item_of(approval).holder_id == admin.pk
    do("deny", approval, admin, at=at, reason="Asked too late")


def test_what_ends_unanswered_is_told_to_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from onhand.approvals import ending

    lay_down()
    asker, _boss = people()
    contact = on_contact(asker)
    approval = ask(asker, contact)
    told: list[str] = []
    monkeypatch.setattr(ending, "send_after_commit", lambda *topics: told.extend(topics))
    assert expire_due(NOW + minutes(31)) == 1
    assert {f"work:{asker.pk}", f"contact:{contact.pk}", f"approval:{approval.pk}"} <= set(told)


def test_the_clock_does_all_of_it() -> None:
    lay_down()
    asker, _boss = people()
    approval = ask(asker, on_contact(asker))
    tasks.expire_approvals(int((NOW + minutes(25)).timestamp()))
    approval.refresh_from_db()
    assert approval.escalated_at is not None
    tasks.expire_approvals(int((NOW + minutes(31)).timestamp()))
    approval.refresh_from_db()
    assert approval.state == "expired"


def test_change_rules_says_how_long_approvals_wait() -> None:
    lay_down()
    asker, boss = people()
    rules = ApprovalRules.objects.get()
    numbers = {"waiting_minutes": 10, "later_hours": 3, "held_minutes": 2, "held_later_minutes": 60}

    def change(person: object, **more: int) -> None:
        actor = actor_of(person)  # type: ignore[arg-type]
        perform("approvals.change_rules", actor=actor, subject_id=rules.pk, arguments=numbers | more, at=NOW)

    with pytest.raises(NotPermitted):
        change(asker)
    with pytest.raises(NotPossible) as refused:
        change(boss, held_minutes=0)
    assert "held_minutes" in refused.value.fields
    change(boss)
    assert ask(asker, on_contact(asker)).expires_at == NOW + minutes(10)
    assert ask(asker, on_contact(asker), customer_waits=False).expires_at == NOW + timedelta(hours=3)
