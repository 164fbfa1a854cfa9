"""Work as it is set up: why people are away, what kinds of work take of them, and what each of them can take."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.routing.access import SET_UP, visible_seats
from onhand.routing.enums import CountsAs, Leaving
from onhand.routing.kinds import WorkKind, current_kinds
from onhand.routing.models import AwayReason, KindSetting, Seat
from onhand.routing.seats import ensure_seats
from onhand.routing.setup_subjects import AWAY_REASON, WORK_KIND, visible_reasons
from onhand.routing.subjects import SEAT
from onhand.staff.access import visible_representatives
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history

PAGE = 50
USUAL = Seat()  # what a seat is like that is just made


@require_safe
@for_actor(SET_UP)
def away_reasons(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every reason for being away: what it counts as, and how long it may last."""
    found = visible_reasons(actor).order_by("-is_active", "name")
    context = {
        "title": _("Reasons for being away"),
        "lead": _(
            "Chosen by people who are away from work for a while. Time with a reason is counted as it says here."
        ),
        "columns": [(_("Name"), ""), (_("Counts as"), "soft"), (_("Paid"), "soft"), (_("At most"), "soft"), ("", "")],
        "rows": [
            {
                "id": one.pk,
                "url": address_of("settings:away_reason", one.pk),
                "cells": [
                    one.name,
                    CountsAs(one.counts_as).label,
                    _("paid") if one.is_paid else _("not paid"),
                    _most(one),
                    "" if one.is_active else {"text": _("not in use"), "tone": ""},
                ],
            }
            for one in found
        ],
        "new": next(iter(creating_links(actor, AWAY_REASON)), None),
        "shown": "",
        "empty": {
            "title": _("No reasons yet"),
            "words": _(
                "People are just away. Begin with Lunch, Training and Meeting: then their time counts as what it is."
            ),
            "icon": "clock",
        },
    }
    return render(request, "settings/list.html", context)


@require_safe
@for_actor(SET_UP)
def away_reason(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One reason: what it counts as, what can be changed, and how it became so."""
    found = visible_reasons(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    other = "routing.bring_away_reason_back" if found.is_active else "routing.retire_away_reason"
    context = {
        "title": found.name,
        "one": found,
        "facts": [
            (_("Counts as"), CountsAs(found.counts_as).label),
            (_("Paid"), _("yes") if found.is_paid else _("no")),
            (_("At most"), _most(found)),
        ],
        "acts": act_links(actor, AWAY_REASON, pk, but=(other,)),
        "history": history(actor, AWAY_REASON, pk),
    }
    return render(request, "settings/away_reason.html", context)


def _most(reason: AwayReason) -> str:
    most = reason.most_minutes
    return _("no end") if most is None else ngettext("%(count)s minute", "%(count)s minutes", most) % {"count": most}


@require_safe
@for_actor(SET_UP)
def work_kinds(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """Every kind of work there is, with what it takes, and whether the company says otherwise than the product."""
    kinds = current_kinds()
    changed = {one.kind: one.pk for one in KindSetting.objects.all()}
    context = {
        "title": _("Kinds of work"),
        "lead": _("What waits for people. Each kind takes some units of somebody's capacity, or all of it."),
        "kinds": [
            _kind(kind, kinds, changed.get(key))
            for key, kind in sorted(kinds.items(), key=lambda one: str(one[1].label).casefold())
        ],
    }
    return render(request, "settings/work_kinds.html", context)


def _kind(kind: WorkKind, kinds: Mapping[str, WorkKind], setting: int | None) -> dict[str, Any]:
    values = QueryDict(mutable=True)
    values.update({"kind": kind.key, "units": str(kind.units), "minutes": str(kind.minutes)})
    values.update({name: "true" for name in ("takes_all", "accepts_itself") if getattr(kind, name)})
    values.setlist("interrupts", sorted(kind.interrupts))
    values["back"] = address_of("settings:work_kinds")
    return {
        "id": setting or kind.key.replace(".", "-"),
        "label": kind.label,
        "takes": _("everything")
        if kind.takes_all
        else ngettext("%(count)s unit", "%(count)s units", kind.units) % {"count": kind.units},
        "interrupts": ", ".join(sorted(str(kinds[key].label) for key in kind.interrupts if key in kinds)),
        "accepts_itself": kind.accepts_itself,
        "minutes": kind.minutes,
        "is_changed": setting is not None,
        "history_url": address_of("settings:versions", WORK_KIND, setting) if setting else "",
        "url": address_of("settings:act", WORK_KIND, setting, "routing.change_kind")
        if setting
        else f"{address_of('settings:new', WORK_KIND, 'routing.set_up_kind')}?{values.urlencode()}",
    }


@require_safe
@for_actor(SET_UP)
def seats(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What each person this actor sees can take, by name; search, and further pages by key."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    seen = visible_representatives(actor).filter(is_active=True, kind=RepresentativeKind.PERSON)
    found = seen.filter(name__icontains=query) if query else seen
    last = seen.filter(pk=page_number(request.GET.get("after")) or 0).first()
    if last:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    people = list(found.select_related("seat__colleague").order_by("name", "pk")[: PAGE + 1])
    _let_have_seats([person for person in people if not hasattr(person, "seat")])
    labels = {key: str(kind.label) for key, kind in current_kinds().items()}
    following = request.GET.copy()
    if len(people) > PAGE:
        following["after"] = str(people[PAGE - 1].pk)
    context = {
        "title": _("What people can take"),
        "lead": _(
            "Capacity is one number for all kinds of work; whoever has none of their own settings takes the usual."
        ),
        "columns": [
            (_("Name"), ""),
            (_("Capacity"), "number"),
            (_("Hardest work"), "number"),
            (_("At most at a time"), "soft"),
            (_("When they leave"), "soft"),
        ],
        "rows": [
            {
                "id": person.pk,
                "url": f"{seat_form(person.pk)}?back={address_of('settings:seats')}",
                "cells": [person.name, *seat_words(getattr(person, "seat", USUAL), labels)],
            }
            for person in people[:PAGE]
        ],
        "filters": {"url": address_of("settings:seats"), "query": query, "label": _("Name")},
        "next_url": f"?{following.urlencode()}" if len(people) > PAGE else None,
        "shown": "",
        "empty": {"title": _("Nobody found"), "words": _("Try fewer letters."), "icon": "people"},
    }
    return render(request, "settings/list.html", context)


def _let_have_seats(people: Sequence[Representative]) -> None:
    """A seat is made when it is first needed, and its form needs it."""
    if people:
        ensure_seats([person.pk for person in people], timezone.now())


def seat_form(person: int) -> str:
    """Where it is changed what somebody can take."""
    return address_of("settings:act", SEAT, person, "routing.set_up_seat")


def seat_words(seat: Seat, labels: Mapping[str, str]) -> list[str]:
    """Capacity, hardest work, limits and what becomes of open work, in words."""
    limits = (f"{labels.get(kind, kind)}: {most}" for kind, most in sorted(seat.limits.items()))
    leaving = str(Leaving(seat.leaving).label) if seat.leaving else _("as the queue says")
    if seat.leaving == Leaving.HAND_OVER and seat.colleague:
        leaving = _("it goes to %(name)s") % {"name": seat.colleague.name}
    return [str(seat.capacity), str(seat.hardest), " · ".join(limits) or _("as capacity allows"), leaving]


def seat_facts(actor: Actor, person: Representative) -> dict[str, Any] | None:
    """What one person can take, for their page; none for programs and for who may not see it."""
    is_own = person.pk == actor.id
    if person.kind != RepresentativeKind.PERSON or not (actor.may(SET_UP) or is_own):
        return None
    seat = visible_seats(actor).select_related("colleague").filter(pk=person.pk).first()
    if seat is None:
        _let_have_seats([person])
        seat = USUAL
    capacity, hardest, limits, leaving = seat_words(seat, {key: str(k.label) for key, k in current_kinds().items()})
    return {
        "facts": [
            (_("Capacity"), capacity),
            (_("Hardest work"), _("%(level)s of 5") % {"level": hardest}),
            (_("At most at a time"), limits),
            (_("When they leave"), leaving),
        ],
        "change": f"{seat_form(person.pk)}?back={address_of('settings:person', person.pk)}"
        if actor.may(SET_UP)
        else None,
    }
