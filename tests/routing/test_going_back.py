"""Going back to an earlier version of a setting: by an act, from what the record holds, for all settings of routing alike."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from onhand.contacts.models import BusinessCalendar, CalendarDay, ContactReason
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import Outcome, perform
from onhand.routing.models import AwayReason, KindSetting, Queue
from onhand.staff.models import LicenceKind, Representative, Skill
from tests.factories import NOON
from tests.factories.staff import actor_of, make_person, make_site, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena() -> Representative:
    return make_person("administrator", name="Lena Fischer")


def do(lena: Representative, act: str, subject_id: int | None = None, **given: Any) -> Outcome:
    return perform(act, actor=actor_of(lena), subject_id=subject_id, arguments=given, at=NOON)


def made(lena: Representative, act: str, **given: Any) -> int:
    subject = do(lena, act, **given).subject_id
    assert subject is not None
    return subject


def test_a_skill_goes_back_to_what_it_was_called_and_used_for(lena: Representative) -> None:
    skill = made(lena, "staff.add_skill", skill_name="Refunds", purpose="Money back")
    do(lena, "staff.change_skill", skill, skill_name="Returns")
    do(lena, "staff.retire_skill", skill)
    outcome = do(lena, "staff.take_skill_back", skill, version=1)
    found = Skill.objects.get(pk=skill)
    assert (found.name, found.purpose, found.is_active, found.key) == ("Refunds", "Money back", True, "refunds")
    assert outcome.before == {"name": "Returns", "purpose": "", "active": False}
    assert ActRecord.objects.filter(subject_type="skill").latest("pk").act == "staff.take_skill_back"
    do(lena, "staff.take_skill_back", skill, version=3)  # and forward again: going back was a version too
    assert Skill.objects.get(pk=skill).name == "Returns"


def test_there_must_be_such_a_version_and_its_name_must_be_free(lena: Representative) -> None:
    skill = made(lena, "staff.add_skill", skill_name="Refunds")
    do(lena, "staff.change_skill", skill, skill_name="Returns")
    made(lena, "staff.add_skill", skill_name="Refunds")
    for version, said in ((1, "taken"), (0, "no such"), (9, "no such"), (-1, "no such"), (2, "so already")):
        with pytest.raises(NotPossible, match=said) as refused:
            do(lena, "staff.take_skill_back", skill, version=version)
        assert list(refused.value.fields) == ["version"]


def test_what_was_changed_beside_the_record_is_not_guessed(lena: Representative) -> None:
    skill = made(lena, "staff.add_skill", skill_name="Refunds")
    do(lena, "staff.change_skill", skill, skill_name="Returns")
    Skill.objects.filter(pk=skill).update(name="Written by hand")
    with pytest.raises(NotPossible, match="not in the record"):
        do(lena, "staff.take_skill_back", skill, version=1)


def test_what_was_there_before_any_record_is_version_nought(lena: Representative) -> None:
    lunch = AwayReason.objects.create(name="Lunch", counts_as="break", most_minutes=60)
    do(lena, "routing.change_away_reason", lunch.pk, reason_name="Dinner", counts_as="break", most_minutes=30)
    do(lena, "routing.take_away_reason_back", lunch.pk, version=0)
    lunch.refresh_from_db()
    assert (lunch.name, lunch.most_minutes, lunch.is_paid) == ("Lunch", 60, True)


def test_kinds_of_licences_and_of_work_go_back(lena: Representative) -> None:
    kind = made(lena, "staff.add_licence_kind", licence_name="Insurance")
    do(lena, "staff.retire_licence_kind", kind)
    do(lena, "staff.take_licence_kind_back", kind, version=1)
    assert LicenceKind.objects.get(pk=kind).is_active
    setting = made(lena, "routing.set_up_kind", kind="contact.email", units=4, minutes=9)
    do(lena, "routing.change_kind", setting, units=2, minutes=5, takes_all=True)
    do(lena, "routing.take_kind_back", setting, version=1)
    found = KindSetting.objects.get(pk=setting)
    assert (found.units, found.minutes, found.takes_all) == (4, 9, False)


def test_opening_hours_go_back_with_their_days(lena: Representative) -> None:
    hours = made(lena, "contacts.add_calendar", calendar_name="Leeds", time_zone="Europe/London")
    day = (NOON + timedelta(days=30)).date()
    do(lena, "contacts.set_calendar_day", hours, day=day.isoformat(), day_name="Stocktaking: all", opened="9:00-12:00")
    week = {"monday": "8:00-12:00, 13:00-17:00"}
    do(lena, "contacts.change_calendar", hours, calendar_name="Leeds", time_zone="UTC", is_usual=True, **week)
    do(lena, "contacts.clear_calendar_day", hours, day=day.isoformat())
    # What the clock takes over of itself each year does not stand in the way.
    CalendarDay.objects.create(calendar_id=hours, day=date(2031, 1, 1), name="New Year", is_public_holiday=True)
    do(lena, "contacts.take_calendar_back", hours, version=2)
    found = BusinessCalendar.objects.get(pk=hours)
    assert (found.time_zone, found.week[:2]) == ("Europe/London", [[[540, 1020]], [[540, 1020]]])
    kept = found.days.get(day=day)
    assert (kept.name, kept.spans) == ("Stocktaking: all", [[540, 720]])


def test_reasons_to_wrap_up_with_go_back(lena: Representative) -> None:
    above = made(lena, "contacts.add_contact_reason", reason_name="Deliveries")
    late = made(lena, "contacts.add_contact_reason", reason_name="Late", above=above, position=3)
    do(lena, "contacts.change_contact_reason", late, reason_name="Too late", position=1)
    do(lena, "contacts.take_contact_reason_back", late, version=1)
    found = ContactReason.objects.get(pk=late)
    assert (found.name, found.parent_id, found.position) == ("Late", above, 3)
    do(lena, "contacts.change_contact_reason", late, reason_name="Late")
    do(lena, "contacts.change_contact_reason", above, reason_name="Parcels")
    with pytest.raises(NotPossible, match="not there any more"):
        do(lena, "contacts.take_contact_reason_back", late, version=3)


def test_a_queue_goes_back_to_who_served_it(lena: Representative) -> None:
    site = make_site()
    ours, theirs = make_team(site, "Orders, Leeds"), make_team(site, "Billing")
    queue = made(lena, "routing.add_queue", queue_name="Orders", home=ours.pk)
    do(lena, "routing.change_queue", queue, queue_name="Orders", teams=[theirs.pk], home=theirs.pk, is_active=True)
    do(lena, "routing.take_queue_back", queue, version=1)
    found = Queue.objects.get(pk=queue)
    assert ([one.name for one in found.teams.all()], found.home) == (["Orders, Leeds"], ours)
    ours.name = "Orders"
    ours.save()
    do(lena, "routing.change_queue", queue, queue_name="Orders", teams=[theirs.pk], home=theirs.pk, is_active=True)
    with pytest.raises(NotPossible, match="not in the record"):
        do(lena, "routing.take_queue_back", queue, version=1)


def test_the_history_shows_each_version_and_the_way_back(lena: Representative) -> None:
    skill = made(lena, "staff.add_skill", skill_name="Refunds")
    for number in range(2, 25):
        do(lena, "staff.change_skill", skill, skill_name=f"Refunds {number}")
    client = Client()
    client.force_login(lena)
    page = client.get(f"/settings/history/skill/{skill}/").content.decode()
    for said in ("version 24", "Refunds 23", "Lena Fischer", "/staff.take_skill_back/?version=23"):
        assert said in page, said
    assert "take_skill_back/?version=24" not in page
    following = page.split('hx-get="?')[1].split('"')[0].replace("&amp;", "&")
    assert "take_skill_back/?version=1&#34;" not in page
    assert 'take_skill_back/?version=1"' in client.get(f"/settings/history/skill/{skill}/?{following}").content.decode()
    assert f"/settings/history/skill/{skill}/" in client.get(f"/settings/skills/{skill}/").content.decode()
    form = client.get(f"/settings/acts/skill/{skill}/staff.take_skill_back/?version=3").content.decode()
    assert 'value="3"' in form
    plain = Client()
    plain.force_login(make_person("representative"))
    assert plain.get(f"/settings/history/skill/{skill}/").status_code in (403, 404)
    assert client.get("/settings/history/customer/1/").status_code == 404
