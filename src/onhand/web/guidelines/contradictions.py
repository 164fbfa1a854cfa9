"""Where a guideline or its draft and others in force say different things: a page of its own, and a part of theirs that comes after."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.guidelines import access
from onhand.guidelines.cell_words import Wording, result_words
from onhand.guidelines.contradictions import Contradiction
from onhand.guidelines.disagreeing import Disagreement, disagreements
from onhand.guidelines.documents import Document, read
from onhand.guidelines.graphs import GraphError, ReadGraph
from onhand.guidelines.models import Guideline
from onhand.guidelines.queries import document_of, version_in_force
from onhand.guidelines.tables import Table
from onhand.guidelines.wiring import known_names
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.guidelines.pages import guideline_of
from onhand.web.guidelines.words import acts_in_words
from onhand.web.settings.access import for_actor

MOST_SAID = 6  # of each other guideline
TONES = {"allow": ("good", "check"), "ask": ("warn", "clock"), "refuse": ("bad", "stop")}


@require_safe
@for_actor(access.VIEW)
def found(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """What others in force say differently; `?of=draft` of the draft."""
    one, now = guideline_of(actor, pk), timezone.now()
    is_draft = request.GET.get("of") == "draft"
    document = _document(one, is_draft=is_draft)
    if document is None:
        raise Http404
    try:
        graph = read(document)
    except GraphError:
        graph = None  # what is wrong is said where it is read
    context = {
        "title": _("%(name)s: contradictions") % {"name": one.name},
        "guideline": one,
        "is_draft": is_draft,
        "is_read": graph is not None,
        "others": told(document, graph, one.pk, now),
    }
    return render(request, "guidelines/contradictions.html", context)


def _document(one: Guideline, *, is_draft: bool) -> Document | None:
    if is_draft:
        return document_of(one.draft)
    version = version_in_force(one, timezone.now())
    return document_of(version.document) if version else None


def told(document: Document, graph: ReadGraph | None, guideline_id: int | None, now: Any) -> list[dict[str, Any]]:
    """Each other guideline that says differently, with the cases in words."""
    if graph is None:
        return []
    return [_told(one, document) for one in disagreements(document, graph, guideline_id, now)]


def _told(one: Disagreement, document: Document) -> dict[str, Any]:
    wording = Wording([*known_names(document), *known_names(one.other.document)])
    about = Table("", one.inputs, ())
    return {
        "name": one.other.name,
        "url": address_of("guidelines:guideline", one.other.guideline_id),
        "acts": acts_in_words(one.acts),
        "cases": [_case(each, about, wording) for each in one.found[:MOST_SAID]],
        "is_whole": one.is_whole and len(one.found) <= MOST_SAID,
        "is_looked_at": bool(one.found) or one.is_whole,
    }


def _case(one: Contradiction, about: Table, wording: Wording) -> dict[str, Any]:
    sides = [
        {
            "row": one.rows[side] + 1,
            "words": result_words("answer", "", str(said)),
            "tone": TONES[str(said)][0],
            "icon": TONES[str(said)][1],
            "holds": one.stricter == side,
        }
        for side, said in enumerate(one.says)
    ]
    return {"words": wording.case(about, one.case), "here": sides[0], "there": sides[1]}
