"""A case is work while it needs somebody, held for who looks after it; and so are its tasks."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from onhand.contacts.cases import needs
from onhand.contacts.cases.following_up import follow_up
from onhand.contacts.enums import TaskState
from onhand.contacts.models import Case, CaseContact, CaseTask, Contact, Promise
from onhand.contacts.promises.checking import check_promises
from onhand.kernel.errors import NotPossible
from onhand.kernel.perform import perform
from onhand.kernel.reactor import deliver
from onhand.routing.enums import EndedWhy, ItemState
from onhand.routing.following import sweep
from onhand.routing.kinds import words_about
from onhand.routing.models import Seat, WorkItem
from onhand.routing.queues import default_queue, queue_for_team
from onhand.routing.router.running import lead_once
from onhand.staff.models import Representative, Skill, SkillLevel
from tests.contacts.cases import DAY, HOUR, MONDAY, on_case, open_case, set_kind
from tests.factories import make_customer
from tests.factories.staff import actor_of, make_site, make_team
from tests.factories.staff import make_person as make_colleague
from tests.factories.work import do, make_person, make_seat
from tests.factories.writing import make_thread

pytestmark = pytest.mark.django_db


def case_item(case: Case) -> WorkItem | None:
    return WorkItem.objects.filter(kind="case", subject_id=case.pk).order_by("-pk").first()


def open_item(case: Case) -> WorkItem:
    return WorkItem.objects.get(kind="case", subject_id=case.pk, state__in=("waiting", "offered", "in_work", "parked"))


def owned_case(owner: Representative, **given: Any) -> Case:
    return open_case(actor=actor_of(owner), **given)


def remind(case: Case, due: datetime, owner: Representative) -> None:
    on_case("remind_of_case", case, actor=actor_of(owner), text="Ring the carrier", due=due.isoformat())


def test_a_case_somebody_looks_after_is_no_work_until_it_needs_them() -> None:
    ana = make_person()
    case = owned_case(ana)
    assert case_item(case) is None
    remind(case, MONDAY + HOUR, ana)
    assert case_item(case) is None
    follow_up(MONDAY + 2 * HOUR)
    item = open_item(case)
    assert (item.state, item.holder_id, item.units) == (ItemState.PARKED, ana.pk, 0)
    assert item.title == f"{case.reference} · The lamp flickers"
    assert words_about([("case", case.pk)]) == {("case", case.pk): "A reminder came up"}
    on_case("end_reminder", case, actor=actor_of(ana), reminder=case.reminders.get().pk, at=MONDAY + 3 * HOUR)
    item.refresh_from_db()
    assert (item.state, item.ended_why) == (ItemState.ENDED, EndedWhy.DONE)


def test_a_case_nobody_looks_after_waits_in_the_queue_of_its_team() -> None:
    ana, team = make_person(), make_team(name="Claims")
    case = owned_case(ana)
    on_case("assign_case", case, colleague=None, team=team.pk)
    item = open_item(case)
    assert (item.state, item.queue, item.holder_id) == (ItemState.WAITING, queue_for_team(team.pk), None)
    assert words_about([("case", case.pk)])[("case", case.pk)] == "Nobody looks after it"
    on_case("assign_case", case, colleague=ana.pk, team=team.pk)
    item.refresh_from_db()
    assert item.state == ItemState.ENDED
    on_case("assign_case", case, colleague=None, team=None)
    assert open_item(case).queue == default_queue()


def test_accepting_a_case_makes_it_ones_own_and_giving_it_back_nobodys() -> None:
    ana = make_person()
    seat = make_seat(ana)
    case = owned_case(ana)
    on_case("assign_case", case, colleague=None, team=None)
    assert lead_once(MONDAY + HOUR) == 1
    item = open_item(case)
    assert (item.state, item.holder_id) == (ItemState.OFFERED, ana.pk)
    do("accept_work", item, ana, MONDAY + HOUR)
    case.refresh_from_db()
    assert (case.owner_id, case.owner_name) == (ana.pk, ana.name)
    assert sweep(MONDAY + HOUR) == 0  # they have a while to look at it
    assert Seat.objects.get(pk=seat.pk).load == 1
    do("return_work", item, ana, MONDAY + HOUR, why="Not mine")
    case.refresh_from_db()
    item.refresh_from_db()
    assert (case.owner_id, item.state) == (None, ItemState.WAITING)


def test_what_was_taken_ends_with_the_next_that_is_done_or_after_a_while() -> None:
    ana = make_person()
    make_seat(ana)
    case = owned_case(ana)
    for late in (False, True):
        on_case("assign_case", case, colleague=None, team=None)
        item = open_item(case)
        do("assign_work", item, make_person("supervisor"), MONDAY, representative=ana.pk)
        item.refresh_from_db()
        assert item.state == ItemState.IN_WORK
        if late:
            assert sweep(MONDAY + HOUR) == 1
        else:
            remind(case, MONDAY + DAY, ana)
        item.refresh_from_db()
        assert item.state == ItemState.ENDED
    assert Seat.objects.get(pk=ana.pk).load == 0


def test_a_late_case_is_handed_up_and_is_the_work_of_who_it_was_handed_to() -> None:
    ana, boss = make_person(), make_person("supervisor")
    set_kind(resolution_minutes=60, escalates_to=boss)
    case = owned_case(ana)
    follow_up(MONDAY + DAY)
    item = open_item(case)
    assert (item.state, item.holder_id, item.due_at) == (ItemState.PARKED, boss.pk, case.due_at)
    assert words_about([("case", case.pk)])[("case", case.pk)] == "Handed up, since it is late"
    assert sweep(MONDAY + DAY) == 0
    case.refresh_from_db()
    on_case("solve_case", case, actor=actor_of(boss), outcome="Sent a new one", at=MONDAY + DAY)
    item.refresh_from_db()
    assert item.state == ItemState.ENDED


def test_a_broken_promise_is_work_until_it_is_kept() -> None:
    ana, customer = make_person(), make_customer()
    case = owned_case(ana, customer=customer)
    given = {"promise_text": "Ring back", "due": (MONDAY + HOUR).isoformat(), "case": case.pk}
    perform("contacts.make_promise", actor=actor_of(ana), subject_id=customer.pk, arguments=given, at=MONDAY)
    check_promises(MONDAY + 2 * HOUR)
    assert case_item(case) is None
    deliver()
    item = open_item(case)
    assert (item.state, item.holder_id) == (ItemState.PARKED, ana.pk)
    kept = {"promise": Promise.objects.get().pk}
    perform("contacts.keep_promise", actor=actor_of(ana), subject_id=customer.pk, arguments=kept, at=MONDAY + 3 * HOUR)
    item.refresh_from_db()
    assert item.state == ItemState.ENDED


def test_where_a_contact_of_the_case_is_to_be_answered_that_one_is_the_work() -> None:
    from onhand.contacts.cases.states import case_written_to

    ana = make_person()
    set_kind(next_reply_minutes=480)
    case = owned_case(ana)
    contact = make_thread(case.customer)
    CaseContact.objects.create(case=case, contact=contact, at=MONDAY, by_name="")
    case_written_to(case.pk, False, MONDAY)
    assert sweep(MONDAY) == 1  # the contact's
    assert case_item(case) is None
    Contact.objects.filter(pk=contact.pk).update(needs_answer=False, ended_at=MONDAY)
    sweep(MONDAY)
    assert words_about([("case", case.pk)])[("case", case.pk)] == "The customer waits for an answer"
    assert open_item(case).holder_id == ana.pk


def test_the_sweep_finds_cases_no_change_told_of_and_items_left_over() -> None:
    ana = make_person()
    lost, gone = owned_case(ana), owned_case(ana)
    on_case("assign_case", gone, colleague=None, team=None)
    Case.objects.filter(pk=lost.pk).update(owner_id=None)
    Case.objects.filter(pk=gone.pk).update(closed_at=MONDAY, state="closed")
    assert sweep(MONDAY) == 2
    assert open_item(lost).state == ItemState.WAITING
    left = case_item(gone)
    assert left is not None
    assert left.state == ItemState.ENDED
    assert sweep(MONDAY) == 0


def test_only_who_may_open_the_customers_file_is_given_the_case() -> None:
    here, there = make_site(), make_site()
    near, far = make_colleague(sites=(here,)), make_colleague(sites=(there,))
    make_seat(far, idle_since=MONDAY - DAY)
    make_seat(near)
    case = open_case(make_customer(site=here), actor=actor_of(near))
    on_case("assign_case", case, colleague=None, team=None)
    assert lead_once(MONDAY) == 1
    assert open_item(case).holder_id == near.pk


def task_item(task: CaseTask) -> WorkItem:
    return WorkItem.objects.get(kind="task", subject_id=task.pk)


def test_a_task_is_work_of_its_team_and_the_case_is_not_closed_before() -> None:
    ana, bea, team = make_person(), make_person(), make_team()
    bea.teams.add(team)
    skill = Skill.objects.create(key="customs", name="Customs")
    SkillLevel.objects.create(representative=bea, skill=skill, level=3)
    make_seat(ana)
    make_seat(bea)
    case = owned_case(ana)
    due = MONDAY + DAY
    given = {"text": "Declare it", "team": team.pk, "due": due.isoformat(), "minutes": 30, "skill": skill.pk}
    on_case("add_task", case, actor=actor_of(ana), **given)
    task = CaseTask.objects.get()
    item = task_item(task)
    assert (item.state, item.queue, item.due_at, item.minutes) == ("waiting", queue_for_team(team.pk), due, 30)
    with pytest.raises(NotPossible):
        on_case("solve_case", case, actor=actor_of(ana), outcome="Done")
    assert lead_once(MONDAY) == 1
    item.refresh_from_db()
    assert item.holder_id == bea.pk
    do("accept_work", item, bea, MONDAY)
    task.refresh_from_db()
    assert (task.taken_by_id, task.taken_by_name) == (bea.pk, bea.name)
    outcome = on_case("finish_task", case, actor=actor_of(bea), task=task.pk, result="Declared")
    assert outcome.after == {"task": {"id": task.pk, "result": "Declared"}}
    task.refresh_from_db()
    item.refresh_from_db()
    assert (task.state, item.state, item.ended_why) == (TaskState.DONE, "ended", EndedWhy.DONE)
    assert Seat.objects.get(pk=bea.pk).load == 0
    on_case("solve_case", case, actor=actor_of(ana), outcome="Done")


def test_a_task_goes_first_to_whom_it_is_for_and_is_withdrawn_with_its_work() -> None:
    ana, bea, cleo, team = make_person(), make_person(), make_person(), make_team()
    for one in (bea, cleo):
        one.teams.add(team)
    make_seat(bea)
    make_seat(cleo, idle_since=MONDAY - DAY)
    case = owned_case(ana)
    on_case("add_task", case, actor=actor_of(ana), text="Look into it", colleague=bea.pk)
    task = CaseTask.objects.get()
    assert task.team == team
    assert lead_once(MONDAY) == 1
    assert task_item(task).holder_id == bea.pk
    on_case("withdraw_task", case, actor=actor_of(ana), task=task.pk)
    assert (task_item(task).state, task_item(task).ended_why) == ("ended", EndedWhy.CALLED_OFF)
    for given in ({"minutes": 0}, {"due": MONDAY.isoformat()}, {"team": 987_654}, {"skill": 987_654}):
        with pytest.raises(NotPossible):
            on_case("add_task", case, actor=actor_of(ana), text="x", **given)


def test_who_is_given_a_task_sees_its_case_while_it_is_open() -> None:
    from onhand.contacts.access import visible_cases

    team = make_team()
    bea, ana = make_colleague(teams=(team,)), make_person()
    case = owned_case(ana)
    assert not visible_cases(actor_of(bea)).exists()
    on_case("add_task", case, actor=actor_of(ana), text="Look into it", team=team.pk)
    assert visible_cases(actor_of(bea)).get() == case
    on_case("withdraw_task", case, actor=actor_of(ana), task=CaseTask.objects.get().pk)
    assert not visible_cases(actor_of(bea)).exists()


def test_the_sweep_finds_tasks_without_work_and_work_without_tasks() -> None:
    ana = make_person()
    case = owned_case(ana)
    given = {"text": "x", "made_at": MONDAY, "made_by_name": "Ana"}
    lost, gone = (CaseTask.objects.create(case=case, **given) for _ in range(2))
    assert sweep(MONDAY) == 2
    CaseTask.objects.filter(pk=gone.pk).update(state=TaskState.WITHDRAWN)
    WorkItem.objects.filter(subject_id=lost.pk, kind="task").delete()
    assert sweep(MONDAY + timedelta(minutes=1)) == 2
    assert (task_item(lost).state, task_item(gone).state) == ("waiting", "ended")


def test_the_sweep_reads_what_cases_need_from_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(f"explain (costs off) {needs.NEXT}", {"after": 0, "most": 200})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert plan.count("Index") >= 6, plan  # which of several depends on what the tables hold
    assert "Seq Scan" not in plan, plan
