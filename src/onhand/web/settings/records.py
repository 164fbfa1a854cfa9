"""Records: what was done, by whom, why it was allowed; who opened which file; and whether all of it is still as it was written."""

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.customers.access import visible_customers
from onhand.customers.privacy.streams import PAGES
from onhand.customers.protection import Shield
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor, ActorKind, Visibility
from onhand.kernel.acts import Act, find_act
from onhand.kernel.models import AccessRecord, ActRecord, Seal
from onhand.kernel.signing import STREAM_COLUMNS
from onhand.kernel.subjects import find_subject_type
from onhand.kernel.versions import going_back, numbers
from onhand.staff import access
from onhand.staff.models import Role
from onhand.web.addresses import address_of
from onhand.web.desk.act_words import is_ordinary
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.changes import (
    Titles,
    act_labels,
    described_changes,
    subject_page,
    subject_titles,
    title_of,
    via_words,
)

R = TypeVar("R", ActRecord, AccessRecord)
PAGE = 50
HISTORY = 20


def visible_act_records(actor: Actor) -> QuerySet[ActRecord]:
    """Acts of the whole company, or of the colleagues one sees."""
    if not actor.may(access.VIEW_RECORDS):
        return ActRecord.objects.none()
    records = ActRecord.objects.all()
    return records if actor.visibility is Visibility.ALL else records.filter(_by_colleagues(actor))


def visible_access_records(actor: Actor) -> QuerySet[AccessRecord]:
    """Files opened in the whole company, or by the colleagues one sees."""
    if not actor.may(access.VIEW_RECORDS):
        return AccessRecord.objects.none()
    records = AccessRecord.objects.all()
    return records if actor.visibility is Visibility.ALL else records.filter(_by_colleagues(actor))


def _by_colleagues(actor: Actor) -> Q:
    return ~Q(actor_kind=ActorKind.SYSTEM) & Q(actor_id__in=access.visible_representatives(actor).values("pk"))


def history(actor: Actor, subject: str, subject_id: int) -> list[dict[str, Any]]:
    """The latest acts on one thing this actor may read records of; on a setting they may go back on, all of them, as versions."""
    if goes_back(actor, subject):
        return versions(actor, subject, subject_id)[0]
    found = visible_act_records(actor).filter(subject_type=subject, subject_id=subject_id).order_by("-pk")
    return _entries(actor, list(found[:HISTORY]))


def goes_back(actor: Actor, subject: str) -> Act | None:
    """The act by which this actor takes this kind of setting back to an earlier version."""
    found = find_act(going_back(subject))
    return found if found and actor.may(found.permission) else None


def versions(actor: Actor, subject: str, subject_id: int, before: int = 0) -> tuple[list[dict[str, Any]], str]:
    """
    The versions of a setting this actor sees and may go back on, newest first, each with what it changed and where one goes back to
    it; and where the next page begins (empty at the end).
    """
    found = ActRecord.objects.filter(subject_type=subject, subject_id=subject_id).order_by("-pk")
    page = list((found.filter(pk__lt=before) if before else found)[: HISTORY + 1])
    number_of, act = numbers(subject, subject_id), goes_back(actor, subject)
    newest = len(number_of)
    entries = _entries(actor, page[:HISTORY])
    for entry in entries:
        number = number_of.get(entry["record"].pk, 0)
        address = address_of("settings:act", subject, subject_id, act.name) if act else ""
        back = address_of("settings:versions", subject, subject_id)
        entry["version"] = number
        entry["all_url"] = back
        entry["back_url"] = f"{address}?{urlencode({'version': number})}" if act and 0 < number < newest else ""
    return entries, str(page[HISTORY - 1].pk) if len(page) > HISTORY else ""


@require_safe
@for_actor()
def versions_page(request: HttpRequest, actor: Actor, subject: str, subject_id: int) -> HttpResponse:
    """Every version of one setting: who changed what when, and the way back to it."""
    kind = find_subject_type(subject)
    if kind is None or goes_back(actor, subject) is None:
        raise Http404
    thing = kind.visible(actor).filter(pk=subject_id).first()
    if thing is None:
        raise Http404
    entries, following = versions(actor, subject, subject_id, page_number(request.GET.get("before")) or 0)
    context = {
        "title": _("History: %(name)s") % {"name": kind.title(thing)},
        "lead": _("Each change made a version. Going back to one is a change too."),
        "entries": entries,
        "page_url": kind.page(subject_id),
        "name": kind.title(thing),
        "next_url": f"?before={following}" if following else None,
    }
    return render(request, "settings/versions.html", context)


def _entries(actor: Actor, page: Sequence[ActRecord]) -> list[dict[str, Any]]:
    titles, roles = subject_titles(actor, page), dict(Role.objects.values_list("key", "name"))
    shield = Shield(actor, timezone.now())
    return [_entry(record, titles, roles, shield) for record in page]


def _entry(record: ActRecord, titles: Titles, roles: dict[str, str], shield: Shield) -> dict[str, Any]:
    label = act_labels().get(record.act, record.act)
    kind = find_subject_type(record.subject_type)
    # A colleague may have worked for another site, or a customer moved: what changed there is not for this reader.
    about = record.subject_type, record.subject_id
    is_seen = about in titles
    before, after = (shield.values(*about, values) if is_seen else {} for values in (record.before, record.after))
    return {
        "record": record,
        "label": label,
        "about": title_of(record, titles),
        "role": roles.get(record.actor_role, ""),
        "via": via_words(record.via),
        "why": _("Allowed by the role.") if is_ordinary(record.decision) else record.decision.get("reason", ""),
        "changes": described_changes(kind, before, after),
        "url": subject_page(record.subject_type, record.subject_id),
    }


def _page(request: HttpRequest, found: QuerySet[R]) -> tuple[list[R], str | None]:
    """The rows after those seen already, newest first, and the address of the next page if there is one."""
    before = page_number(request.GET.get("before"))
    rows = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    if len(rows) <= PAGE:
        return rows, None
    following = request.GET.copy()
    following["before"] = str(rows[PAGE - 1].pk)
    return rows[:PAGE], f"?{following.urlencode()}"


@require_safe
@for_actor(access.VIEW_RECORDS)
def records(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Search the acts that were done, newest first."""
    asked = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:100]
        for name in ("q", "act", "from", "to", "about")
    }
    found = visible_act_records(actor).order_by("-pk")
    if asked["q"]:
        found = found.filter(actor_name__icontains=asked["q"])
    if asked["act"]:
        found = found.filter(act=asked["act"])
    found = _about(_between(found, asked), asked["about"], actor)
    page, next_url = _page(request, found)
    context = {
        "title": _("Records"),
        "entries": _entries(actor, page),
        "asked": asked,
        "acts": sorted(((name, str(label)) for name, label in act_labels().items()), key=lambda pair: pair[1]),
        "next_url": next_url,
        "seals": (seals := _seals()),
        "sealed_at": max((one["seal"].sealed_at for one in seals if one["seal"]), default=None),
    }
    return render(request, "settings/records.html", context)


@require_safe
@for_actor(access.VIEW_RECORDS)
def accesses(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who opened which file, newest first."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    about = request.GET.get("about", "").replace("\x00", "").strip()[:100]
    found = _about(visible_access_records(actor).order_by("-pk"), about, actor)
    if query:
        found = found.filter(actor_name__icontains=query)
    page, next_url = _page(request, found)
    context = {
        "title": _("Opened files"),
        "columns": [
            (_("When"), ""),
            (_("Who"), "soft"),
            (_("What"), "soft"),
            (_("Page"), "soft"),
            (_("Why"), "soft"),
            (_("Through"), "soft"),
        ],
        "entries": _readings(actor, page),
        "query": query,
        "about": about,
        "next_url": next_url,
    }
    return render(request, "settings/accesses.html", context)


def _between(found: QuerySet[ActRecord], asked: dict[str, str]) -> QuerySet[ActRecord]:
    for name, lookup in (("from", "at__date__gte"), ("to", "at__date__lte")):
        try:
            day = parse_date(asked[name])
        except ValueError:
            day = None
        if day:
            found = found.filter(**{lookup: day})
    return found


def _about(found: QuerySet[R], about: str, actor: Actor) -> QuerySet[R]:
    """Only those on one thing: a customer by reference, or anything by its kind and number, as `team:3`."""
    kind, colon, number = about.partition(":")
    if not about:
        return found
    if not colon:
        customer = visible_customers(actor).filter(reference__iexact=about).values_list("pk", flat=True).first()
        return found.filter(subject_type=CUSTOMER, subject_id=customer) if customer else found.none()
    pk = page_number(number)
    return found.filter(subject_type=kind.strip(), subject_id=pk) if pk else found.none()


def _readings(actor: Actor, page: Sequence[AccessRecord]) -> list[dict[str, Any]]:
    titles = subject_titles(actor, page)
    pages = PAGES | {"customers.export": _("List taken out")}
    return [
        {
            "record": record,
            "url": subject_page(record.subject_type, record.subject_id),
            "about": title_of(record, titles),
            "page": pages.get(record.page, record.page),
            "via": via_words(record.via),
        }
        for record in page
    ]


def _seals() -> list[dict[str, Any]]:
    names = {
        "kernel_actrecord": _("Acts"),
        "kernel_eventrecord": _("Events"),
        "kernel_accessrecord": _("Opened files"),
    }
    newest = {seal.stream: seal for seal in Seal.objects.order_by("stream", "-pk").distinct("stream")}
    return [{"name": names.get(stream, stream), "seal": newest.get(stream)} for stream in STREAM_COLUMNS]
