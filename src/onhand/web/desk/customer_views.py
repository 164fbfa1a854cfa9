"""The desk itself: the start of the day, finding a customer, and the customer's file with its live parts."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from onhand.contacts.access import HANDLE
from onhand.contacts.first_screen import NOTHING
from onhand.contacts.work import WorkList, count_work
from onhand.customers import access
from onhand.customers.finding.find import MOST_RANKED, PAGE, find_customers, list_customers
from onhand.customers.panels import find_panel
from onhand.customers.queries import (
    Opened,
    acts_since,
    recently_opened,
)
from onhand.customers.subjects import CUSTOMER
from onhand.customers.timeline import PAGE as TIMELINE_PAGE
from onhand.kernel.actor import Actor
from onhand.kernel.acts import all_acts
from onhand.staff.activity import MOST_COUNTED, Activity, colleagues_since
from onhand.staff.operations import keep_panel
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of, on_screen, wants_fragment
from onhand.web.desk.act_words import act_label
from onhand.web.desk.contact_lists import list_page
from onhand.web.desk.customer_pages import (
    customer_page,
    customer_view,
    read_first_screen,
    work_column,
    work_sections,
)
from onhand.web.desk.found_rows import found_row
from onhand.web.desk.panel_pages import counts, reread
from onhand.web.desk.timeline_pages import MOST_AT_ONCE, read_asked, timeline_view
from onhand.web.templating import show_ago, show_time

LONGEST_SEARCH = 200
MOST_DONE = 50


@require_safe
@desk_view
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The start of the day: find somebody, go on where one was, and what one has done today."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    files, now = recently_opened(actor), timezone.now()
    team = colleagues_since(actor, midnight)
    done = [
        {
            "id": f"record-{one.record_id}",
            "at": one.at,
            "time": show_time(one.at),
            "label": act_label(one.act),
            "customer": one.customer,
            "url": address_of("desk:customer", one.customer_id),
        }
        for one in acts_since(actor, midnight, MOST_DONE)
    ]
    work = count_work(actor, at=now)
    mine = list_page(actor, WorkList.MINE, work) if actor.may(HANDLE) else None
    context = {
        "list": mine,
        "done": done,
        "done_many": f"{len(done)}+" if len(done) == MOST_DONE else str(len(done)),
        "files": [_file_row(one, now) for one in files],
        "team": [_colleague(one, now) for one in team],
        "team_acts": sum(one.acts for one in team),
        "work_sections": work_column(actor, files, counts=work),
        "new_customer_url": _new_customer_url(actor),
        "may_search": actor.may(access.VIEW),
        "column": "stream",
    }
    return render(request, "desk/home.html", context)


def _file_row(one: Opened, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": address_of("desk:customer", one.id),
        "name": one.name,
        "reference": one.reference,
        "place": one.city,
        "at": one.at,
        "ago": show_ago(one.at, now),
    }


def _colleague(one: Activity, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": address_of("settings:person", one.id),
        "name": one.name,
        "acts": f"{one.acts}+" if one.acts == MOST_COUNTED else str(one.acts),
        "at": one.last_at,
        "ago": show_ago(one.last_at, now) if one.last_at else "",
    }


def _new_customer_url(actor: Actor) -> str:
    """The address of the act that opens a customer's file, if this actor may do it."""
    creating = (act for act in all_acts() if act.creates and act.subject == CUSTOMER and actor.may(act.permission))
    act = next(creating, None)
    return address_of("desk:new", act.name) if act else ""


@require_safe
@desk_view
def work(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The work column by itself, for pages that must not wait for it."""
    asked = (number_of(request.GET.get(name)) for name in ("customer", "contact"))
    sections = work_sections(actor, *asked)
    return render(request, "desk/work.html", {"work_sections": sections})


@require_safe
@desk_view
def customers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All customers one may see, or those that fit what was typed, in pages."""
    actor.require(access.VIEW)
    query = request.GET.get("q", "")[:LONGEST_SEARCH]
    after_id = number_of(request.GET.get("after"))
    after = (request.GET.get("place", "").replace("\0", ""), after_id) if after_id is not None else None
    is_wrong = False
    more: dict[str, Any] = {}
    if query.strip():
        findings = find_customers(actor, query)
        page, is_wrong = list(findings.customers), findings.reference_is_wrong
    else:
        found = list_customers(actor, after=after, limit=PAGE + 1)
        page = found[:PAGE]
        more = {"place": page[-1].place, "after": page[-1].id} if len(found) > PAGE else {}
    shown = ngettext("%(count)s customer", "%(count)s customers", len(page)) % {"count": len(page)}
    if query.strip() and len(page) == MOST_RANKED:
        shown = _("The best %(count)s. Type more to find others.") % {"count": len(page)}
    context = {
        "query": query,
        "customers": [found_row(one) for one in page],
        "reference_is_wrong": is_wrong,
        "next_url": f"{address_of('desk:customers')}?{urlencode(more)}" if more else None,
        "shown": "" if more or after else shown,
        "new_customer_url": _new_customer_url(actor),
        "duplicates_url": address_of("desk:duplicates") if actor.may(access.MERGE) else "",
        "work_sections": work_sections(actor),
        "column": "stream",
    }
    return render(request, "desk/customers.html", context)


@require_safe
@desk_view
def customer(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """The customer's file. Opening it leaves a record of who, when, on which contact, and why."""
    return _file_page(request, actor, customer_id)


def _file_page(request: HttpRequest, actor: Actor, customer_id: int, panel: str = "") -> HttpResponse:
    context = customer_page(request, actor, customer_id, panel)
    if context["merged_into"]:
        return _go_to_file(request, context["merged_into"])
    context["work_sections"] = work_sections(actor, customer_id)  # with the file just opened
    return render(request, "desk/customer.html", context)


def _go_to_file(request: HttpRequest, customer_id: int) -> HttpResponse:
    """This customer was found to be another: their file is there."""
    target = address_of("desk:customer", customer_id)
    if wants_fragment(request):
        return HttpResponse(headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


@require_safe
@desk_view
def header(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """The head of the file and the numbers beside the panels' titles, for live updates."""
    shown = on_screen(request, actor)
    screen = read_first_screen(actor, customer_id, wanted=NOTHING, shown=shown)
    if screen.head.merged_into:
        return _go_to_file(request, screen.head.merged_into)
    arrived = (request.GET.get("arrived", ""), request.GET.get("from", ""))
    context = {
        "customer": customer_view(screen, arrived, shown),
        "counts": counts(screen),
        "contact_id": shown.id if shown else None,
    }
    return render(request, "desk/customer_fragments/header.html", context)


@require_safe
@desk_view
def panel(request: HttpRequest, actor: Actor, customer_id: int, key: str) -> HttpResponse:
    """One panel: by itself when it is opened or something changed, else the whole page with it open."""
    wanted = find_panel(actor, key)
    if not wants_fragment(request):
        return _file_page(request, actor, customer_id, key)
    shown = on_screen(request, actor)
    screen = read_first_screen(actor, customer_id, wanted=NOTHING, shown=shown)
    if screen.head.merged_into:
        return _go_to_file(request, screen.head.merged_into)
    context = {"panel": reread(wanted, screen), "customer": customer_view(screen, shown=shown)}
    return render(request, "desk/customer_fragments/panel.html", context)


@require_POST
@desk_view
def panels(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Remember which panels this person keeps open."""
    wanted = find_panel(actor, request.POST.get("key", ""))
    if actor.id is not None:
        keep_panel(actor.id, key=wanted.key, is_open=request.POST.get("open") == "yes")
    return HttpResponse(status=204)


@require_safe
@desk_view
def timeline(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """A page of the timeline, for live updates and for what is further back."""
    asked = read_asked(request.GET)
    limit = MOST_AT_ONCE if asked.down_to else TIMELINE_PAGE
    screen = read_first_screen(actor, customer_id, wanted=asked.wanted, before=asked.before, limit=limit)
    if screen.head.merged_into:
        return _go_to_file(request, screen.head.merged_into)
    return render(request, "desk/customer_fragments/timeline.html", {"timeline": timeline_view(screen, asked)})
