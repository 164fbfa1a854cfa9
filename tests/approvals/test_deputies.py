"""Who is away lets a colleague answer: with their authority and no more, for some days, and never what either of them asked for."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from onhand.approvals.deputies import stands_in_for
from onhand.approvals.models import Approval, Deputy
from onhand.kernel.actor import Actor, ActorKind
from onhand.kernel.decisions import Refused
from onhand.kernel.errors import ActError, NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.staff.models import Representative
from tests.approvals.asked import GOODWILL, LATER, NOW, ask, do, given, lay_down, on_contact, people
from tests.factories.staff import actor_of
from tests.factories.work import make_person
from tests.guidelines.company import document, publish

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 10)


def name(person: Representative | Actor, deputy: Representative, **more: Any) -> Outcome:
    actor = person if isinstance(person, Actor) else actor_of(person)
    arguments = {"deputy": deputy.pk, "first_day": "2026-03-10", "last_day": "2026-03-12", "note": "Holidays"} | more
    return perform("approvals.name_deputy", actor=actor, arguments=arguments, at=NOW)


def end(deputy: Deputy, person: Representative) -> None:
    actor = actor_of(person)
    perform("approvals.end_deputy", actor=actor, subject_id=deputy.pk, arguments={}, at=LATER)


def answered(approval: Approval) -> tuple[str, str, str]:
    approval.refresh_from_db()
    return approval.state, approval.answered_by_name, approval.answered_for_name


def test_name_deputy_lets_a_senior_answer_with_the_authority_of_a_supervisor() -> None:
    lay_down()
    asker, boss = people()
    senior = make_person("senior")
    approval = ask(asker, on_contact(asker))
    with pytest.raises(Refused):
        do("allow", approval, senior)
    name(boss, senior)
    do("allow", approval, senior)
    assert answered(approval) == ("allowed", senior.name, boss.name)
    assert given() == 1
    record = ActRecord.objects.get(pk=approval.record_id)
    assert record.actor_name == asker.name
    assert record.decision["approved_by"] == {
        "kind": "person",
        "id": senior.pk,
        "name": senior.name,
        "role": "senior",
        "in_place_of": {"id": boss.pk, "name": boss.name, "role": "supervisor"},
    }


def test_a_deputy_denies_and_passes_on_in_the_place_of_who_is_away() -> None:
    lay_down()
    asker, boss = people()
    senior = make_person("senior")
    approval = ask(asker, on_contact(asker))
    with pytest.raises(NotPossible, match="Supervisor"):
        do("deny", approval, senior, reason="No")
    name(boss, senior)
    do("deny", approval, senior, reason="No")
    assert answered(approval) == ("denied", senior.name, boss.name)


def test_only_for_the_days_that_were_named_and_until_end_deputy() -> None:
    lay_down()
    asker, boss = people()
    senior = make_person("senior")
    approval = ask(asker, on_contact(asker), customer_waits=False)
    name(boss, senior, first_day="2026-03-11")
    actor = actor_of(senior)
    assert stands_in_for(actor, approval, NOW) == []
    assert [one.id for one in stands_in_for(actor, approval, NOW + timedelta(days=1))] == [boss.pk]
    assert stands_in_for(actor, approval, NOW + timedelta(days=3)) == []
    deputy = Deputy.objects.get()
    with pytest.raises(SubjectNotFound):
        end(deputy, make_person("supervisor"))
    end(deputy, senior)
    assert stands_in_for(actor, approval, NOW + timedelta(days=1)) == []
    with pytest.raises(NotPossible, match="ended"):
        end(deputy, boss)


def test_nobody_answers_what_they_or_who_is_away_asked_for() -> None:
    lay_down((("-", '"ask"', '"supervisor"', "", ""),))
    rows = (("-", '"ask"', '"supervisor"', "true", ""),)
    publish(
        "Two", document([GOODWILL], ["amount given"], rows, outputs=("answer", "approver", "second person", "words"))
    )
    boss, senior = make_person("supervisor"), make_person("senior")
    name(boss, senior)
    own = ask(boss, on_contact(boss))
    with pytest.raises(Refused):  # the deputy has the authority of who asked, which is none for this
        do("allow", own, senior)
    with pytest.raises(NotPossible):
        do("deny", own, senior, reason="No")
    theirs = ask(senior, on_contact(senior))
    with pytest.raises(NotPossible, match="Nobody approves what they ask for themselves"):
        do("allow", theirs, senior)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=own.pk).update(answered_for_id=boss.pk)


def test_a_deputy_hands_nothing_on() -> None:
    lay_down()
    asker, boss = people()
    senior, other = make_person("senior"), make_person("senior")
    name(boss, senior)
    name(senior, other)
    approval = ask(asker, on_contact(asker))
    with pytest.raises(Refused):
        do("allow", approval, other)


def test_the_limits_of_who_is_away_hold_at_the_moment_it_is_done() -> None:
    lay_down()
    asker, boss = people()
    senior, admin = make_person("senior"), actor_of(make_person("administrator"))
    limit = {
        "name": "The boss",
        "per": "act",
        "acts": [GOODWILL],
        "representative": boss.pk,
        "most": Money(3_000, "EUR").as_json(),
        "beyond": "refuse",
    }
    approval = ask(asker, on_contact(asker))
    name(boss, senior)
    perform("guidelines.add_limit", actor=admin, arguments=limit, at=NOW)
    with pytest.raises(Refused):
        do("allow", approval, senior)
    approval.refresh_from_db()
    assert (approval.state, given()) == ("open", 0)


def test_who_lost_their_authority_gives_none() -> None:
    lay_down()
    asker, boss = people()
    senior = make_person("senior")
    approval = ask(asker, on_contact(asker))
    name(boss, senior)
    Representative.objects.filter(pk=boss.pk).update(is_active=False)
    with pytest.raises(Refused):
        do("allow", approval, senior)
    Representative.objects.filter(pk=boss.pk).update(is_active=True, role=senior.role)
    with pytest.raises(Refused):
        do("allow", approval, senior)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"last_day": "2026-03-09"}, "last_day"),
        ({"first_day": "2026-03-13"}, "last_day"),
        ({"last_day": "2026-07-01"}, "last_day"),
    ],
)
def test_what_makes_no_sense_is_refused(more: dict[str, Any], field: str) -> None:
    with pytest.raises(ActError) as refused:
        name(make_person("supervisor"), make_person("senior"), **more)
    assert field in refused.value.fields
    assert not Deputy.objects.exists()


def test_only_who_may_answer_names_somebody_and_only_people_who_may_answer_are_named() -> None:
    boss, senior = make_person("supervisor"), make_person("senior")
    with pytest.raises(NotPossible):
        name(boss, make_person("representative"))
    with pytest.raises(NotPossible):
        name(boss, boss)
    with pytest.raises(NotPermitted):
        name(make_person("representative"), senior)
    program = actor_of(boss)
    with pytest.raises(NotPossible, match="Only people"):
        name(Actor(ActorKind.SERVICE, boss.pk, "x", "supervisor", program.permissions, program.visibility), senior)
    name(boss, senior)
    with pytest.raises(NotPossible, match="already"):
        name(boss, make_person("senior"), first_day="2026-03-12", last_day="2026-03-20")
    assert Deputy.objects.get().first_day == TODAY
