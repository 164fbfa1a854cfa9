"""How a company sets up its work on cases: kinds with their fields and times, lists, opening hours."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases import lists, public_holidays
from onhand.contacts.cases.enums import FieldType, ListKind
from onhand.contacts.cases.kinds import BUILT_IN
from onhand.contacts.cases.subjects import CALENDAR, CASE_KIND, KIND_LABELS, LIST_ENTRY
from onhand.contacts.enums import Priority
from onhand.contacts.hours import read_spans, write_spans
from onhand.contacts.models import BusinessCalendar, CalendarDay, CaseKind, CaseListEntry
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.knowledge.access import visible_responses
from onhand.staff.access import visible_representatives
from onhand.staff.guards import require_time_zone

LONGEST_MINUTES = 60 * 24 * 365
MOST_DAYS, MOST_FIELDS = 3_650, 30
_WORDS = re.compile(r"[^a-z0-9]+")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=100)]


def _time(name: str) -> Any:
    return Field(label=KIND_LABELS[name], current=lambda kind: getattr(kind, name))


@act(subject=CASE_KIND, creates=True, permission=access.SET_UP_CASES, label=gettext_lazy("Add a kind of case"))
def add_case_kind(*, run: Run, kind_name: Name) -> CaseKind:
    """Add a kind of case. Its times and fields are set on it afterwards; until then cases of it have no due times."""
    key = _free_key(kind_name, lambda key: CaseKind.objects.filter(key=key).exists())
    _require_free_name(kind_name)
    return CaseKind.objects.create(key=key, name=kind_name)


@act(subject=CASE_KIND, permission=access.SET_UP_CASES, label=gettext_lazy("Change the kind of case"))
def change_case_kind(
    kind: CaseKind,
    *,
    run: Run,
    kind_name: Annotated[
        str,
        Field(
            label=gettext_lazy("Name"),
            help=gettext_lazy("Empty gives a kind that came with the product its own name back."),
            max_length=100,
            current=lambda kind: kind.name,
        ),
    ] = "",
    priority: Annotated[
        str,
        Field(
            label=gettext_lazy("Priority"),
            options=lambda: [(str(value), label) for value, label in Priority.choices],
            current=lambda kind: str(int(kind.priority)),
        ),
    ] = "0",
    calendar: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Opening hours"),
            help=gettext_lazy("Minutes are counted in them. Empty: the usual ones."),
            reference=lists.CALENDAR,
            current=lambda kind: kind.calendar_id,
        ),
    ] = None,
    escalates_to: Annotated[
        int | None,
        Field(label=KIND_LABELS["escalates_to"], reference=lists.COLLEAGUE, current=lambda kind: kind.escalates_to_id),
    ] = None,
    is_active: Annotated[bool, _time("is_active")] = True,
) -> None:
    """Change a kind's name, priority and opening hours, and to whom its cases are handed up when they are late."""
    if priority not in {str(value) for value in Priority.values}:
        raise NotPossible(_("Choose one of the list."), field="priority")
    if kind_name:
        _require_free_name(kind_name, of=kind.pk)
    elif kind.key not in BUILT_IN:
        raise NotPossible(_("This is needed."), field="kind_name")
    kind.name, kind.priority, kind.is_active = kind_name, Priority(int(priority)), is_active
    kind.calendar = _chosen(BusinessCalendar.objects.all(), calendar, "calendar")
    kind.escalates_to = _chosen(visible_representatives(run.actor), escalates_to, "escalates_to")


@act(subject=CASE_KIND, permission=access.SET_UP_CASES, label=gettext_lazy("Set the times"))
def set_case_times(
    kind: CaseKind,
    *,
    run: Run,
    first_reply_minutes: Annotated[int | None, _time("first_reply_minutes")] = None,
    next_reply_minutes: Annotated[int | None, _time("next_reply_minutes")] = None,
    resolution_minutes: Annotated[int | None, _time("resolution_minutes")] = None,
    closes_after_days: Annotated[int | None, _time("closes_after_days")] = None,
    warns_days_before: Annotated[int, _time("warns_days_before")] = 2,
    closing_notice: Annotated[
        int | None,
        Field(
            label=KIND_LABELS["closing_notice"],
            help=gettext_lazy(
                "A standard response, sent when the closing is announced. Empty: only colleagues are told."
            ),
            reference=lists.RESPONSE,
            current=lambda kind: kind.closing_notice_id,
        ),
    ] = None,
    reopens_within_days: Annotated[int | None, _time("reopens_within_days")] = None,
) -> None:
    """Set within what time cases of this kind are answered and solved. Cases that are open keep the due times they have."""
    for name, given, most in (
        ("first_reply_minutes", first_reply_minutes, LONGEST_MINUTES),
        ("next_reply_minutes", next_reply_minutes, LONGEST_MINUTES),
        ("resolution_minutes", resolution_minutes, LONGEST_MINUTES),
        ("closes_after_days", closes_after_days, MOST_DAYS),
        ("warns_days_before", warns_days_before, MOST_DAYS),
        ("reopens_within_days", reopens_within_days, MOST_DAYS),
    ):
        _set_number(kind, name, given, most)
    if closes_after_days and warns_days_before >= closes_after_days:
        raise NotPossible(_("It is announced before it closes: give fewer days."), field="warns_days_before")
    kind.closing_notice = _chosen(
        visible_responses(run.actor).filter(is_withdrawn=False), closing_notice, "closing_notice"
    )


@act(subject=CASE_KIND, permission=access.SET_UP_CASES, label=gettext_lazy("Add a field"))
def add_case_field(
    kind: CaseKind,
    *,
    run: Run,
    field_name: Name,
    field_type: Annotated[FieldType, Field(label=gettext_lazy("What it holds"))] = FieldType.TEXT,
    is_required: Annotated[bool, Field(label=gettext_lazy("Needed before a case is closed"))] = False,
    options: Annotated[
        str,
        Field(label=gettext_lazy("The list to choose from, one a line"), widget="textarea", max_length=5_000),
    ] = "",
) -> None:
    """Let cases of this kind be asked for one thing more."""
    offered = list(dict.fromkeys(line.strip()[:100] for line in options.splitlines() if line.strip()))
    if (field_type is FieldType.CHOICE) != bool(offered):
        raise NotPossible(_("Give the list to choose from, for a field that is one of a list only."), field="options")
    if len(kind.own_fields) >= MOST_FIELDS or any(
        one["name"].casefold() == field_name.casefold() for one in kind.own_fields
    ):
        raise NotPossible(_("There is such a field already, or too many."), field="field_name")
    taken = {one["key"] for one in kind.own_fields}
    key = _free_key(field_name, lambda key: key in taken)
    new = {"key": key, "name": field_name, "type": field_type.value, "required": is_required, "options": offered}
    kind.own_fields = [*kind.own_fields, new]


@act(subject=CASE_KIND, permission=access.SET_UP_CASES, label=gettext_lazy("Take a field away"))
def remove_case_field(kind: CaseKind, *, run: Run, field_name: Name) -> None:
    """Ask cases of this kind for one thing less. What was filled in stays on the cases, unseen."""
    left = [one for one in kind.own_fields if one["name"].casefold() != field_name.casefold()]
    if len(left) == len(kind.own_fields):
        raise NotPossible(_("There is no such field."), field="field_name")
    kind.own_fields = left


@act(subject=LIST_ENTRY, creates=True, permission=access.SET_UP_CASES, label=gettext_lazy("Add to a list"))
def add_list_entry(
    *, run: Run, list_kind: Annotated[ListKind, Field(label=gettext_lazy("List"))], entry_name: Name
) -> CaseListEntry:
    """Add a reason, a product or a stage of work that cases can be given."""
    if CaseListEntry.objects.filter(list=list_kind, name__iexact=entry_name).exists():
        raise NotPossible(_("This name is taken."), field="entry_name")
    return CaseListEntry.objects.create(list=list_kind, name=entry_name)


@act(subject=LIST_ENTRY, permission=access.SET_UP_CASES, label=gettext_lazy("Change the entry"))
def change_list_entry(
    entry: CaseListEntry,
    *,
    run: Run,
    entry_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda entry: entry.name)],
    is_active: Annotated[bool, Field(label=gettext_lazy("In use"), current=lambda entry: entry.is_active)] = True,
) -> None:
    """Rename an entry of a list, or say that it is not to be chosen any more. Cases that have it keep it."""
    if CaseListEntry.objects.filter(list=entry.list, name__iexact=entry_name).exclude(pk=entry.pk).exists():
        raise NotPossible(_("This name is taken."), field="entry_name")
    entry.name, entry.is_active = entry_name, is_active


@act(subject=CALENDAR, creates=True, permission=access.SET_UP_CASES, label=gettext_lazy("Add opening hours"))
def add_calendar(
    *,
    run: Run,
    calendar_name: Name,
    time_zone: Annotated[str, Field(label=gettext_lazy("Time zone"), widget="time_zone", max_length=60)] = "UTC",
) -> BusinessCalendar:
    """Add opening hours, from nine to five on weekdays until they are changed."""
    require_time_zone(time_zone)
    if BusinessCalendar.objects.filter(name__iexact=calendar_name).exists():
        raise NotPossible(_("This name is taken."), field="calendar_name")
    week = [[[540, 1020]]] * 5 + [[], []]
    is_first = not BusinessCalendar.objects.filter(is_usual=True).exists()
    return BusinessCalendar.objects.create(name=calendar_name, time_zone=time_zone, week=week, is_usual=is_first)


def _weekday(number: int, label: Any) -> Field:
    help_ = gettext_lazy("Such as 9:00-13:00, 14:30-18:00. Empty: closed.") if number == 0 else ""
    return Field(
        label=label,
        help=help_,
        max_length=200,
        current=lambda calendar: write_spans(calendar.week[number]) if number < len(calendar.week) else "",
    )


@act(subject=CALENDAR, permission=access.SET_UP_CASES, label=gettext_lazy("Change the opening hours"))
def change_calendar(
    calendar: BusinessCalendar,
    *,
    run: Run,
    calendar_name: Annotated[
        str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda calendar: calendar.name)
    ],
    time_zone: Annotated[
        str,
        Field(label=gettext_lazy("Time zone"), widget="time_zone", max_length=60, current=lambda one: one.time_zone),
    ],
    monday: Annotated[str, _weekday(0, gettext_lazy("Monday"))] = "",
    tuesday: Annotated[str, _weekday(1, gettext_lazy("Tuesday"))] = "",
    wednesday: Annotated[str, _weekday(2, gettext_lazy("Wednesday"))] = "",
    thursday: Annotated[str, _weekday(3, gettext_lazy("Thursday"))] = "",
    friday: Annotated[str, _weekday(4, gettext_lazy("Friday"))] = "",
    saturday: Annotated[str, _weekday(5, gettext_lazy("Saturday"))] = "",
    sunday: Annotated[str, _weekday(6, gettext_lazy("Sunday"))] = "",
    is_usual: Annotated[
        bool,
        Field(label=gettext_lazy("These are the usual ones"), current=lambda calendar: calendar.is_usual),
    ] = False,
) -> None:
    """Change the weekly opening hours. Due times that are running keep the moment they were worked out to."""
    require_time_zone(time_zone)
    if BusinessCalendar.objects.filter(name__iexact=calendar_name).exclude(pk=calendar.pk).exists():
        raise NotPossible(_("This name is taken."), field="calendar_name")
    if calendar.is_usual and not is_usual:
        raise NotPossible(_("Make others the usual ones instead."), field="is_usual")
    if is_usual and not calendar.is_usual:
        BusinessCalendar.objects.filter(is_usual=True).update(is_usual=False)
    texts = (monday, tuesday, wednesday, thursday, friday, saturday, sunday)
    calendar.week = [_spans(text, name) for text, name in zip(texts, WEEKDAYS, strict=True)]
    calendar.name, calendar.time_zone, calendar.is_usual = calendar_name, time_zone, is_usual


@act(subject=CALENDAR, permission=access.SET_UP_CASES, label=gettext_lazy("Set the hours of a day"))
def set_calendar_day(
    calendar: BusinessCalendar,
    *,
    run: Run,
    day: Annotated[date, Field(label=gettext_lazy("Day"))],
    day_name: Annotated[str, Field(label=gettext_lazy("What day it is, such as a holiday"), max_length=100)],
    opened: Annotated[
        str, Field(label=gettext_lazy("Open"), help=gettext_lazy("Empty: closed all day."), max_length=200)
    ] = "",
) -> None:
    """Give one day other hours than its weekday has: closed on a holiday, open on a special Saturday."""
    CalendarDay.objects.update_or_create(
        calendar=calendar,
        day=day,
        defaults={"name": day_name, "spans": _spans(opened, "opened"), "is_public_holiday": False},
    )


@act(subject=CALENDAR, permission=access.SET_UP_CASES, label=gettext_lazy("Take a day's own hours away"))
def clear_calendar_day(
    calendar: BusinessCalendar, *, run: Run, day: Annotated[date, Field(label=gettext_lazy("Day"))]
) -> None:
    """Let a day have the hours of its weekday again."""
    gone, _tables = CalendarDay.objects.filter(calendar=calendar, day=day).delete()
    if not gone:
        raise NotPossible(_("This day has the hours of its weekday."), field="day")


@act(subject=CALENDAR, permission=access.SET_UP_CASES, label=gettext_lazy("Take over public holidays"))
def set_public_holidays(
    calendar: BusinessCalendar,
    *,
    run: Run,
    country: Annotated[
        str,
        Field(
            label=gettext_lazy("Country"),
            help=gettext_lazy("Empty: none."),
            widget="country",
            max_length=2,
            current=lambda calendar: calendar.holiday_country,
        ),
    ] = "",
    region: Annotated[
        str,
        Field(
            label=gettext_lazy("Region"),
            help=gettext_lazy("Its usual code, such as MD for Madrid or BY for Bavaria. Empty: the whole country."),
            max_length=20,
            current=lambda calendar: calendar.holiday_region,
        ),
    ] = "",
) -> None:
    """Be closed on the public holidays of a country or region, this year's and next, and each year after. Days set by hand stay."""
    if region and not country:
        raise NotPossible(_("This is needed."), field="country")
    calendar.holiday_country, calendar.holiday_region = country.upper(), region
    public_holidays.take_over(calendar, run.at.astimezone(ZoneInfo(calendar.time_zone)).date())


def _spans(text: str, field: str) -> list[tuple[int, int]]:
    try:
        return read_spans(text)
    except ValueError:
        raise NotPossible(_("Give times in order, such as 9:00-13:00, 14:30-18:00."), field=field) from None


def _set_number(kind: CaseKind, name: str, given: int | None, most: int) -> None:
    if given is not None and not 0 <= given <= most:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 0, "most": most}, field=name)
    setattr(kind, name, given)


def _chosen(rows: Any, pk: int | None, field: str) -> Any:
    found = rows.filter(pk=pk).first() if pk is not None else None
    if pk is not None and found is None:
        raise NotPossible(_("Choose one of the list."), field=field)
    return found


def _require_free_name(name: str, of: int = 0) -> None:
    if CaseKind.objects.filter(name__iexact=name).exclude(pk=of).exists():
        raise NotPossible(_("This name is taken."), field="kind_name")


def _free_key(name: str, is_taken: Callable[[str], bool]) -> str:
    """A short name for programs, from what people call it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    start = _WORDS.sub("_", plain).strip("_")[:16] or "kind"
    keys = (start if number == 1 else f"{start}_{number}" for number in range(1, 1_000))
    return next(key for key in keys if not is_taken(key))
