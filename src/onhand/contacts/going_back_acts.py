"""Going back to earlier versions of opening hours and of reasons to wrap up with."""

from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases import public_holidays
from onhand.contacts.cases.subjects import CALENDAR
from onhand.contacts.hours import read_spans, write_spans
from onhand.contacts.models import BusinessCalendar, CalendarDay, ContactReason
from onhand.contacts.wrap_up_subjects import CONTACT_REASON
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.versions import ToVersion, goes_back_by, state_at

CLOSED = "–"


@act(subject=CALENDAR, permission=access.SET_UP_CASES, label=gettext_lazy("Go back to a version"))
def take_calendar_back(calendar: BusinessCalendar, *, run: Run, version: ToVersion) -> None:
    """Let opening hours have the week, time zone, days and public holidays of an earlier version. Which are the usual ones stays."""
    was = state_at(CALENDAR, calendar, version)
    if BusinessCalendar.objects.filter(name__iexact=was["name"]).exclude(pk=calendar.pk).exists():
        raise NotPossible(_("This name is taken."), field="version")
    calendar.name, calendar.time_zone = was["name"], was["time_zone"]
    calendar.week = [_spans(text) for text in was["week"]]
    country, _space, region = (was["public_holidays"] or "").partition(" ")
    calendar.holiday_country, calendar.holiday_region = country, region
    _restore_days(calendar, was["days"] or [])
    public_holidays.take_over(calendar, run.at.astimezone(ZoneInfo(calendar.time_zone)).date())


@act(subject=CONTACT_REASON, permission=access.SET_UP, label=gettext_lazy("Go back to a version"))
def take_contact_reason_back(reason: ContactReason, *, run: Run, version: ToVersion) -> None:
    """Let a reason be called, placed and used as it was after an earlier change. Contacts that have it keep it."""
    was = state_at(CONTACT_REASON, reason, version)
    parent = None
    if was["above"]:
        parent = ContactReason.objects.filter(name=was["above"], parent__isnull=True).exclude(pk=reason.pk).first()
        if parent is None or reason.children.exists():
            raise NotPossible(_("What it stood below is not there any more."), field="version")
    if ContactReason.objects.filter(parent=parent, name__iexact=was["name"]).exclude(pk=reason.pk).exists():
        raise NotPossible(_("This name is taken."), field="version")
    reason.name, reason.parent, reason.position, reason.is_active = (
        was["name"],
        parent,
        was["position"],
        was["is_active"],
    )


goes_back_by(CALENDAR, "contacts.take_calendar_back")
goes_back_by(CONTACT_REASON, "contacts.take_contact_reason_back")


def _restore_days(calendar: BusinessCalendar, wanted: list[str]) -> None:
    """Let the days with other hours be these; a public holiday stays marked as one."""
    there = {
        f"{one.day.isoformat()} {one.name}: {write_spans(one.spans) or CLOSED}": one for one in calendar.days.all()
    }
    CalendarDay.objects.filter(pk__in=[one.pk for text, one in there.items() if text not in wanted]).delete()
    for text in wanted:
        if text not in there:
            day, _space, rest = text.partition(" ")
            name, _colon, spans = rest.rpartition(": ")
            CalendarDay.objects.create(
                calendar=calendar, day=date.fromisoformat(day), name=name, spans=_spans(spans), is_public_holiday=False
            )


def _spans(text: str) -> list[tuple[int, int]]:
    return [] if text == CLOSED else read_spans(text)
