"""The search over everything written and noted: messages, contacts, cases and articles, with filters as they are typed."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.contacts.contact_subject import CONTACT
from onhand.contacts.enums import CaseState, Direction
from onhand.contacts.searching.asked import LONGEST, Asked, filter_names, read_asked
from onhand.contacts.searching.find import PAGE, Hits, Order, Place, SearchKind, search
from onhand.contacts.searching.shown import Shown, shown_hits
from onhand.contacts.text_circumstances import TextCircumstances
from onhand.customers.access import VIEW
from onhand.customers.enums import ChannelKind
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import subject_type
from onhand.knowledge.access import READ
from onhand.knowledge.queries import find_articles
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, wants_fragment
from onhand.web.desk.article_views import article_row
from onhand.web.desk.customer_pages import work_sections
from onhand.web.templating import show_ago

KINDS: tuple[SearchKind, ...] = ("cases", "messages", "contacts")
ARTICLES = "articles"
FIRST = {"cases": 4, "messages": 10, "contacts": 4, ARTICLES: 4}  # of each, where all are searched
MOST_ARTICLES = 50


@require_safe
@desk_view
def find(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Search everything, or a page of one kind."""
    actor.require(VIEW)
    typed = request.GET.get("q", "").replace("\0", "")[:LONGEST]
    kind = request.GET.get("in", "")
    order: Order = "newest" if request.GET.get("order") == "newest" else "best"
    asked = read_asked(typed)
    place = Place.read(request.GET.get("place", ""))
    sections = [] if asked.is_nothing else _sections(actor, asked, kind, order, place, typed)
    context = {
        "typed": typed,
        "in": kind if kind in (*KINDS, ARTICLES) else "",
        "order": order,
        "tabs": _tabs(actor, typed, kind, order),
        "sections": sections,
        "is_nothing": asked.is_nothing,
        "is_found": any(section["rows"] for section in sections),
        "not_understood": asked.not_understood,
        "filters": list(filter_names().values()),
        "help": _help(),
    }
    if wants_fragment(request):
        return render(request, "desk/search/finder.html", context)
    shell = {"work_sections": work_sections(actor), "column": "stream", "has_file": False}
    return render(request, "desk/search/page.html", context | shell)


def _labels() -> dict[str, str]:
    return {"cases": _("Cases"), "messages": _("Messages"), "contacts": _("Contacts"), ARTICLES: _("Articles")}


def _tabs(actor: Actor, typed: str, chosen: str, order: Order) -> list[dict[str, Any]]:
    kinds = [
        ("", _("Everything")),
        *((kind, label) for kind, label in _labels().items() if kind != ARTICLES or actor.may(READ)),
    ]
    return [{"label": label, "url": _address(typed, kind, order), "current": kind == chosen} for kind, label in kinds]


def _address(typed: str, kind: str = "", order: Order = "best", place: Place | None = None) -> str:
    asked = {"q": typed, "in": kind, "order": "newest" if order == "newest" else "", "place": str(place or "")}
    return f"{address_of('desk:search')}?{urlencode({name: value for name, value in asked.items() if value})}"


def _sections(
    actor: Actor, asked: Asked, chosen: str, order: Order, place: Place | None, typed: str
) -> list[dict[str, Any]]:
    sections = []
    for kind in KINDS:
        if chosen not in ("", kind):
            continue
        limit = PAGE if chosen else FIRST[kind]
        hits = search(actor, kind, asked, now=timezone.now(), order=order, place=place if chosen else None, limit=limit)
        sections.append(_section(actor, kind, hits, asked, chosen, order, typed))
    if chosen in ("", ARTICLES) and not asked.has_filters and actor.may(READ):
        sections.append(_articles(actor, asked, chosen, typed))
    return sections


def _section(
    actor: Actor, kind: SearchKind, hits: Hits, asked: Asked, chosen: str, order: Order, typed: str
) -> dict[str, Any]:
    rows = [_row(kind, one) for one in shown_hits(actor, kind, hits.hits, asked)]
    following = _address(typed, kind, order, hits.following if chosen else None) if hits.following else ""
    return {
        "kind": kind,
        "label": _labels()[kind],
        "rows": rows,
        "more_url": following,
        "is_page": bool(chosen),
        "is_cut": hits.is_cut,
    }


def _row(kind: SearchKind, one: Shown) -> dict[str, Any]:
    if kind == "cases":
        url = address_of("desk:case", one.reference)
    else:
        url = subject_type(CONTACT).page(one.contact_id or 0) + (f"#message-{one.id}" if kind == "messages" else "")
    return {
        "id": f"{kind}-{one.id}",
        "url": url,
        "title": one.title if any(piece.strip() for piece, _hit in one.title) else ((_("No subject"), False),),
        "excerpt": one.excerpt,
        "who": one.who,
        "at": one.at,
        "ago": show_ago(one.at),
        "channel": ChannelKind(one.channel).label if one.channel else "",
        "is_internal": one.is_internal,
        "is_ours": kind == "messages" and one.direction == Direction.OUTBOUND and not one.is_internal,
        "state": CaseState(one.state).label if one.state != CaseState.OPEN else "",
        "reference": one.reference,
        "customer": one.customer_name,
        "files": one.files,
    }


def _articles(actor: Actor, asked: Asked, chosen: str, typed: str) -> dict[str, Any]:
    limit = MOST_ARTICLES if chosen else FIRST[ARTICLES] + 1
    found = find_articles(actor, asked.plain_words, limit=limit, today=timezone.localdate())
    shown = found if chosen else found[: FIRST[ARTICLES]]
    return {
        "kind": ARTICLES,
        "label": _labels()[ARTICLES],
        "rows": [article_row(one, TextCircumstances(actor, get_language() or "")) for one in shown],
        "more_url": _address(typed, ARTICLES) if len(found) > len(shown) else "",
        "is_page": False,
        "is_cut": False,
    }


def _help() -> list[tuple[str, str]]:
    """What may be typed, and what it means."""
    name = filter_names()
    return [
        (_('"two words"'), _("one after the other")),
        (_("-word"), _("without it")),
        (f"{name['from']}: {name['to']}: {name['subject']}:", _("where it stands")),
        (f"{name['after']}:2026-03 {name['before']}:2026-03-15", _("from when")),
        (f"{name['channel']}: {name['team']}: {name['state']}:", _("of what kind, whose, how it stands")),
        (f"{name['case']}: {name['customer']}:", _("by their reference")),
        (f"{name['has']}:file", _("with files")),
    ]
