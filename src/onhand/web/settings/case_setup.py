"""How the company works on cases: kinds with their fields and times, lists to choose from, and opening hours."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from onhand.contacts.access import SET_UP_CASES
from onhand.contacts.cases.enums import ClockKind, FieldType, ListKind
from onhand.contacts.cases.kinds import kind_label, read_hours, read_rules
from onhand.contacts.cases.subjects import CALENDAR, CASE_KIND, KIND_LABELS, LIST_ENTRY
from onhand.contacts.enums import Priority
from onhand.contacts.hours import Hours, add_business_time, write_spans
from onhand.contacts.models import BusinessCalendar, CaseKind, CaseListEntry
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history
from onhand.web.templating import show_datetime

_EXAMPLE_MINUTES = 8 * 60
_DAYS_BACK = timedelta(days=31)
_TIMES = {
    "first_reply_minutes": gettext_lazy("First reply within"),
    "next_reply_minutes": gettext_lazy("Next reply within"),
    "resolution_minutes": gettext_lazy("Solved within"),
}
_WAITS = {
    "closes_after_days": (gettext_lazy("Closes without an answer after"), gettext_lazy("never")),
    "warns_days_before": (gettext_lazy("Which is announced before by"), ""),
    "reopens_within_days": (gettext_lazy("Opens again for the customer within"), gettext_lazy("any time")),
}


@require_safe
@for_actor(SET_UP_CASES)
def kinds(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every kind of case, with what a case of it that begins now would be due."""
    now = timezone.now()
    found = CaseKind.objects.select_related("calendar").order_by("-is_active", "pk")
    context = {
        "title": _("Kinds of cases"),
        "lead": _("What a case is asked for, and within what time it is answered and solved."),
        "kinds": [_kind(one, now) for one in found],
        "new": creating_links(actor, CASE_KIND),
    }
    return render(request, "settings/case_kinds.html", context)


@require_safe
@for_actor(SET_UP_CASES)
def kind(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One kind: its fields and times, what can be changed, and how it became so."""
    found = CaseKind.objects.select_related("calendar", "escalates_to", "closing_notice").filter(pk=pk).first()
    if found is None:
        raise Http404
    shown = _kind(found, timezone.now())
    context = {
        "title": shown["name"],
        "kind": shown,
        "facts": _kind_facts(found),
        "fields": [(one["name"], _field_words(one), one.get("required", False)) for one in found.own_fields],
        "acts": act_links(actor, CASE_KIND, pk),
        "history": history(actor, CASE_KIND, pk),
    }
    return render(request, "settings/case_kind.html", context)


def _kind(one: CaseKind, now: datetime) -> dict[str, Any]:
    rules = read_rules(one.key)
    dues = []
    for clock in ClockKind:
        minutes = rules.minutes[clock] if rules else None
        due = add_business_time(now, minutes, rules.hours) if rules and minutes is not None else None
        if due is not None:
            dues.append((clock.label, show_datetime(due)))
    return {
        "id": one.pk,
        "url": address_of("settings:case_kind", one.pk),
        "name": kind_label(one.key, one.name),
        "key": one.key,
        "priority": Priority(one.priority).label,
        "is_active": one.is_active,
        "fields": len(one.own_fields),
        "dues": dues,
    }


def _kind_facts(one: CaseKind) -> list[tuple[str, str]]:
    facts = [(str(KIND_LABELS["priority"]), str(Priority(one.priority).label))]
    for name, label in _TIMES.items():
        minutes = getattr(one, name)
        facts.append((str(label), _("no due time") if minutes is None else _length(minutes)))
    facts.append((str(KIND_LABELS["calendar"]), one.calendar.name if one.calendar else _("the usual ones")))
    for name, (label, otherwise) in _WAITS.items():
        days = getattr(one, name)
        words = str(otherwise) if days is None else ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
        facts.append((str(label), words))
    told = one.closing_notice.name if one.closing_notice else _("nothing; only colleagues are told")
    facts.append((str(KIND_LABELS["closing_notice"]), told))
    facts.append((str(KIND_LABELS["escalates_to"]), one.escalates_to.name if one.escalates_to else _("nobody")))
    return facts


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    words = _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest} if rest else f"{hours} h"
    return words if hours else f"{minutes} min"


def _field_words(one: Mapping[str, Any]) -> str:
    words = str(FieldType(one["type"]).label)
    return f"{words}: {', '.join(one['options'])}" if one.get("options") else words


@require_safe
@for_actor(SET_UP_CASES)
def lists(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Reasons, products and stages of work, in three lists."""
    entries: dict[str, list[dict[str, Any]]] = {}
    for one in CaseListEntry.objects.order_by("-is_active", "name"):
        entries.setdefault(one.list, []).append({"entry": one, "acts": act_links(actor, LIST_ENTRY, one.pk)})
    new = next(iter(creating_links(actor, LIST_ENTRY)), None)
    context = {
        "title": _("Reasons, products, stages"),
        "lead": _("What cases are sorted by: why customers come, about what, and how far the work is."),
        "lists": [
            {
                "key": one.value,
                "label": one.label,
                "entries": entries.get(one, []),
                "new": new and {"label": new["label"], "url": f"{new['url']}?list_kind={one.value}"},
            }
            for one in ListKind
        ],
    }
    return render(request, "settings/case_lists.html", context)


@require_safe
@for_actor(SET_UP_CASES)
def calendars(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every calendar of opening hours."""
    now = timezone.now()
    found = BusinessCalendar.objects.annotate(days_set=Count("days")).order_by("-is_usual", "name")
    context = {
        "title": _("Opening hours"),
        "lead": _("Due times are counted in opening hours: nights, weekends and holidays do not count."),
        "calendars": [_calendar(one, now) for one in found],
        "new": creating_links(actor, CALENDAR),
    }
    return render(request, "settings/calendars.html", context)


@require_safe
@for_actor(SET_UP_CASES)
def calendar(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One calendar: its week, its days, what can be changed, and how it became so."""
    found = BusinessCalendar.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    now = timezone.now()
    days = found.days.filter(day__gte=(now - _DAYS_BACK).date()).order_by("day")
    context = {
        "title": found.name,
        "calendar": _calendar(found, now),
        "days": [
            {"day": one.day, "name": one.name, "hours": write_spans(one.spans), "is_public": one.is_public_holiday}
            for one in days[:200]
        ],
        "acts": act_links(actor, CALENDAR, pk),
        "history": history(actor, CALENDAR, pk),
    }
    return render(request, "settings/calendar.html", context)


def _calendar(one: BusinessCalendar, now: datetime) -> dict[str, Any]:
    hours = _hours(one)
    due = add_business_time(now, _EXAMPLE_MINUTES, hours)
    monday = datetime(2024, 1, 1)  # noqa: DTZ001  (only for the names of weekdays)
    return {
        "id": one.pk,
        "url": address_of("settings:calendar", one.pk),
        "name": one.name,
        "time_zone": one.time_zone,
        "is_usual": one.is_usual,
        "week": [
            (date_format(monday + timedelta(days=number), "l"), write_spans(spans) or _("closed"))
            for number, spans in enumerate(one.week)
        ],
        "holidays": " ".join(filter(None, (one.holiday_country, one.holiday_region))),
        "is_open": any(begins <= now < ends for begins, ends in hours.open_on(now.astimezone(hours.zone).date())),
        "example": show_datetime(due) if due else "",
    }


def _hours(one: BusinessCalendar) -> Hours:
    return read_hours(one.time_zone, one.week, {day.day.isoformat(): day.spans for day in one.days.all()})
