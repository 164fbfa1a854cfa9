"""How a company sets up its work on cases: kinds, lists, opening hours."""

from datetime import date
from typing import Any

import pytest

from onhand.contacts.cases.kinds import read_rules
from onhand.contacts.models import BusinessCalendar, CaseKind, CaseListEntry
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.perform import Outcome, perform
from tests.factories import NOON, make_actor, make_representative

pytestmark = pytest.mark.django_db


def do(name: str, subject_id: int | None = None, **given: Any) -> Outcome:
    return perform(f"contacts.{name}", actor=make_actor(), subject_id=subject_id, arguments=given, at=NOON)


def refused(name: str, field: str, subject_id: int | None = None, **given: Any) -> None:
    with pytest.raises(NotPossible) as wrong:
        do(name, subject_id, **given)
    assert list(wrong.value.fields) == [field]


def test_add_case_kind_change_case_kind_and_set_case_times() -> None:
    senior = make_representative("Eva Gil")
    made = do("add_case_kind", kind_name="Entrega tardía")
    kind = CaseKind.objects.get(pk=made.subject_id)
    assert kind.key == "entrega_tardia"
    refused("add_case_kind", "kind_name", kind_name="ENTREGA TARDÍA")
    outcome = do("change_case_kind", kind.pk, kind_name="Late", priority="1", escalates_to=senior.pk)
    assert outcome.after == {"name": "Late", "priority": "1", "escalates_to": "Eva Gil"}
    refused("change_case_kind", "kind_name", kind.pk, kind_name="")
    refused("change_case_kind", "priority", kind.pk, kind_name="Late", priority="7")
    refused("change_case_kind", "calendar", kind.pk, kind_name="Late", calendar=999_999)
    times = {"first_reply_minutes": 60, "resolution_minutes": 600, "closes_after_days": 5, "warns_days_before": 1}
    do("set_case_times", kind.pk, **times)
    refused("set_case_times", "warns_days_before", kind.pk, closes_after_days=2, warns_days_before=2)
    refused("set_case_times", "next_reply_minutes", kind.pk, next_reply_minutes=-1)
    rules = read_rules(kind.key)
    assert rules is not None
    assert (rules.name, rules.priority, rules.escalates_to) == ("Late", 1, (senior.pk, "Eva Gil"))
    assert (list(rules.minutes.values()), rules.closes_after_days) == ([60, None, 600], 5)


def test_add_case_field_and_remove_case_field() -> None:
    kind = CaseKind.objects.get(key="fault")
    do("add_case_field", kind.pk, field_name="Serial number", is_required=True)
    do("add_case_field", kind.pk, field_name="Where bought", field_type="choice", options="Shop\nOnline\nShop\n")
    refused("add_case_field", "field_name", kind.pk, field_name="SERIAL NUMBER")
    refused("add_case_field", "options", kind.pk, field_name="Colour", field_type="choice")
    refused("add_case_field", "options", kind.pk, field_name="Colour", options="red")
    rules = read_rules("fault")
    assert rules is not None
    assert [(one.key, one.is_required, one.options) for one in rules.own_fields] == [
        ("serial_number", True, ()),
        ("where_bought", False, ("Shop", "Online")),
    ]
    do("remove_case_field", kind.pk, field_name="Serial number")
    refused("remove_case_field", "field_name", kind.pk, field_name="Serial number")


def test_add_list_entry_and_change_list_entry() -> None:
    made = do("add_list_entry", list_kind="reason", entry_name="Damaged")
    do("add_list_entry", list_kind="product", entry_name="Damaged")
    refused("add_list_entry", "entry_name", list_kind="reason", entry_name="DAMAGED")
    do("change_list_entry", made.subject_id, entry_name="Broken", is_active=False)
    assert CaseListEntry.objects.filter(list="reason").values_list("name", "is_active").get() == ("Broken", False)


def test_add_calendar_change_calendar_set_calendar_day_and_clear_calendar_day() -> None:
    made = do("add_calendar", calendar_name="Lisbon", time_zone="Europe/Lisbon").subject_id
    refused("add_calendar", "calendar_name", calendar_name="LISBON")
    refused("add_calendar", "time_zone", calendar_name="Moon", time_zone="Moon/Base")
    hours = {"monday": "9:00-13:00, 14:30-18:00", "saturday": "10:00-12:00"}
    given = {"calendar_name": "Lisbon", "time_zone": "Europe/Lisbon"}
    outcome = do("change_calendar", made, is_usual=True, **hours, **given)
    assert outcome.after["week"] == ["09:00-13:00, 14:30-18:00", "–", "–", "–", "–", "10:00-12:00", "–"]
    assert BusinessCalendar.objects.get(is_usual=True).pk == made
    refused("change_calendar", "is_usual", made, **given)
    refused("change_calendar", "tuesday", made, is_usual=True, tuesday="18:00-9:00", **given)
    outcome = do("set_calendar_day", made, day="2026-12-08", day_name="Holiday")
    assert outcome.after == {"days": ["2026-12-08 Holiday: –"]}
    do("set_calendar_day", made, day="2026-12-08", day_name="Open after all", opened="10:00-11:00")
    do("clear_calendar_day", made, day="2026-12-08")
    refused("clear_calendar_day", "day", made, day="2026-12-08")


def test_only_who_may_sets_it_up() -> None:
    with pytest.raises(NotPermitted):
        perform(
            "contacts.add_case_kind",
            actor=make_actor(permissions=frozenset({"customers.view", "contacts.handle_cases"})),
            arguments={"kind_name": "Mine"},
            at=NOON,
        )


def test_set_public_holidays_leaves_days_set_by_hand() -> None:
    calendar = BusinessCalendar.objects.get(is_usual=True)
    do("set_calendar_day", calendar.pk, day="2026-12-08", day_name="Stocktaking", opened="9:00-10:00")
    do("set_public_holidays", calendar.pk, country="ES", region="MD")
    days = dict(calendar.days.values_list("day", "name"))
    assert days[date(2026, 12, 8)] == "Stocktaking"
    assert days[date(2026, 12, 25)].startswith("Natividad")
    assert date(2027, 1, 6) in days
    rules = read_rules("question")
    assert rules is not None
    assert rules.hours.days[date(2026, 12, 25)] == ()
    do("set_public_holidays", calendar.pk, country="DE", region="BY")
    days = dict(calendar.days.values_list("day", "name"))
    assert days[date(2026, 12, 26)] == "Zweiter Weihnachtstag"
    assert date(2026, 5, 2) in days  # what is over stays
    assert date(2027, 5, 2) not in days
    refused("set_public_holidays", "region", calendar.pk, country="ES", region="XX")
    refused("set_public_holidays", "country", calendar.pk, region="MD")
    refused("set_public_holidays", "country", calendar.pk, country="ZZ")
    do("set_public_holidays", calendar.pk)
    assert not calendar.days.filter(day__gt=date(2026, 12, 31)).exists()
