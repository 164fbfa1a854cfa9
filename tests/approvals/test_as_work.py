"""Approvals are given to somebody who may answer them, sooner where the customer waits, and go to the next when nobody answers."""

from datetime import timedelta

import pytest

from onhand.approvals.as_work import sweep
from onhand.approvals.models import Approval
from onhand.customers.privacy.holdings import Scope
from onhand.kernel.decisions import Refused
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.routing.enums import EndedWhy, ItemState
from onhand.routing.kinds import words_about
from onhand.routing.models import WorkItem
from onhand.routing.router.running import lead_once
from onhand.routing.why import explain_waiting
from tests.approvals.asked import GOODWILL, LATER, NOW, ask, do, given, goodwill, lay_down, on_contact, people
from tests.factories import make_customer
from tests.factories.approvals import make_approval
from tests.factories.staff import actor_of, make_site
from tests.factories.staff import make_person as make_colleague
from tests.factories.work import do as do_work
from tests.factories.work import make_person, make_seat

pytestmark = pytest.mark.django_db


def item_of(approval: Approval) -> WorkItem:
    return WorkItem.objects.filter(kind="approval", subject_id=approval.pk).latest("pk")


def test_it_goes_to_a_role_that_may_approve_it_and_never_to_who_asked() -> None:
    lay_down()
    asker, senior = make_person("supervisor"), make_person("senior")
    elsewhere, right = make_colleague("supervisor", sites=(make_site(),)), make_person("supervisor")
    for hours, one in ((5, asker), (4, senior), (3, elsewhere)):
        make_seat(one, idle_since=NOW - timedelta(hours=hours))
    rows = (("-", '"ask"', '"supervisor"', "true", ""),)
    from tests.guidelines.company import document, publish

    two = document([GOODWILL], ["amount given"], rows, outputs=("answer", "approver", "second person", "words"))
    publish("Always two", two)
    approval = ask(asker, on_contact(asker))
    item = item_of(approval)
    assert (item.priority, item.due_at, item.state) == (2, approval.expires_at, ItemState.WAITING)
    assert item.title.startswith("Give goodwill")
    assert lead_once(LATER) == 0
    told = explain_waiting(actor_of(right), item, LATER)
    assert "the permission “Allow or deny what colleagues ask to be allowed”" in told.asks
    assert "the role “Supervisor”" in told.asks
    make_seat(right)
    assert lead_once(LATER) == 1
    item.refresh_from_db()
    assert item.holder_id == right.pk
    assert words_about([("approval", approval.pk)]) == {
        ("approval", approval.pk): f"{asker.name} asks, the customer waits"
    }
    do_work("accept_work", item, right, LATER)
    approval.refresh_from_db()
    assert approval.taken_by_name == right.name
    do("allow", approval, right)
    item.refresh_from_db()
    assert (item.state, item.ended_why) == (ItemState.ENDED, EndedWhy.DONE)


def test_who_does_not_answer_is_passed_over_for_the_next() -> None:
    lay_down()
    asker, first = people()
    second = make_person("supervisor")
    make_seat(first, idle_since=NOW - timedelta(hours=2))
    make_seat(second)
    approval = ask(asker, on_contact(asker))
    assert lead_once(NOW) == 1
    item = item_of(approval)
    assert item.holder_id == first.pk
    do_work("pass_work", item, first, NOW + timedelta(seconds=5))
    assert lead_once(NOW + timedelta(seconds=6)) == 1
    item.refresh_from_db()
    assert item.holder_id == second.pk
    do("withdraw", approval, asker)
    item.refresh_from_db()
    assert (item.state, item.ended_why) == (ItemState.ENDED, EndedWhy.CALLED_OFF)


def test_where_nobody_waits_it_is_ordinary_work() -> None:
    lay_down()
    asker, _supervisor = people()
    assert item_of(ask(asker, on_contact(asker), customer_waits=False)).priority == 0


def test_the_sweep_finds_what_was_missed() -> None:
    approval = make_approval(make_customer())
    assert sweep(NOW) == 1
    assert item_of(approval).state == ItemState.WAITING
    Approval.objects.filter(pk=approval.pk).update(state="withdrawn", ended_at=NOW)
    assert sweep(NOW) == 1
    assert item_of(approval).state == ItemState.ENDED
    assert sweep(NOW) == 0


def test_a_limit_used_up_meanwhile_holds() -> None:
    lay_down()
    asker, supervisor = people()
    contact = on_contact(asker)
    limit = {
        "name": "For a customer",
        "per": "customer",
        "acts": [GOODWILL],
        "period": "year",
        "most": Money(7_000, "EUR").as_json(),
        "beyond": "refuse",
    }
    boss = actor_of(make_person("administrator"))
    perform("guidelines.add_limit", actor=boss, arguments=limit, at=NOW)
    approval = ask(asker, contact)
    perform(GOODWILL, actor=actor_of(supervisor), subject_id=contact.customer_id, arguments=goodwill(4_000), at=NOW)
    with pytest.raises(Refused) as refused:
        do("allow", approval, supervisor)
    assert "70" in refused.value.message
    approval.refresh_from_db()
    assert (approval.state, given()) == ("open", 1)


def test_who_is_erased_is_asked_about_no_more() -> None:
    from onhand.approvals.personal_data import call_off

    approval = make_approval(customer := make_customer())
    sweep(NOW)
    call_off(Scope((customer.pk,), None, NOW))
    approval.refresh_from_db()
    assert (approval.state, approval.ended_at) == ("withdrawn", NOW)
    assert item_of(approval).state == ItemState.ENDED
