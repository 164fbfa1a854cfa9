"""The list of guidelines, a guideline, one of its versions, and how two of them differ."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.guidelines import access
from onhand.guidelines.attempts import attempts_against, visible_attempts, who_tries
from onhand.guidelines.differences import Change, differences
from onhand.guidelines.documents import Document
from onhand.guidelines.enums import DraftState
from onhand.guidelines.models import Guideline, RefusedAttempt
from onhand.guidelines.queries import document_of, version_in_force, versions_in_force
from onhand.guidelines.subjects import GUIDELINE
from onhand.kernel.actor import Actor
from onhand.kernel.acts import find_act
from onhand.kernel.money import Money
from onhand.receipts.access import WRITE as WRITE_NOTICES
from onhand.web.addresses import address_of
from onhand.web.guidelines.drawing import drawn
from onhand.web.guidelines.notices import announce_address
from onhand.web.guidelines.words import acts_in_words
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.records import history
from onhand.web.versions import version_row

PAGE = 50
MOST_VERSIONS = 50
MOST_TRIALS = 5
LATELY, MOST_PEOPLE, MOST_ATTEMPTS = timedelta(days=30), 5, 10
TONES = {DraftState.NONE: "", DraftState.WRITING: "info", DraftState.IN_REVIEW: "warn"}
CHANGES = {Change.ADDED: "good", Change.REMOVED: "bad", Change.CHANGED: "warn"}
# What has a place of its own on the page, or none for people.
_ELSEWHERE = (
    "guidelines.write_draft",
    "guidelines.begin_again_from",
    "guidelines.withdraw_version",
    "guidelines.submit_guideline",
    "guidelines.return_guideline",
    "guidelines.publish_guideline",
)


@require_safe
@for_actor(access.VIEW)
def guidelines(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The guidelines by name: what each is for, what is in force of it, and whether a draft is being written."""
    seen = access.visible_guidelines(actor).defer("draft")
    last = seen.filter(pk=page_number(request.GET.get("after")) or 0).first()
    found = seen.filter(retired_at=None).order_by("name", "pk")
    if last:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    page = list(found[: PAGE + 1])
    retired = [] if last else list(seen.exclude(retired_at=None).order_by("-retired_at", "-pk")[:PAGE])
    context = {
        "title": _("Guidelines"),
        "lead": _("They decide every act: it is allowed, somebody is asked, or it is refused, and why."),
        "columns": [(_("Name"), ""), (_("For"), ""), (_("In force"), ""), (_("Draft"), "")],
        "rows": _listed(page[:PAGE]),
        "retired": retired,
        "next_url": f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "may_write": actor.may(access.WRITE),
    }
    return render(request, "guidelines/list.html", context)


def _listed(page: list[Guideline]) -> list[dict[str, Any]]:
    in_force = versions_in_force((one.pk for one in page), timezone.now())
    return [
        {
            "guideline": one,
            "url": address_of("guidelines:guideline", one.pk),
            "version": (version := in_force.get(one.pk)),
            "acts": acts_in_words(version.acts) if version else "",
            "draft": DraftState(one.draft_state),
            "tone": TONES[DraftState(one.draft_state)],
        }
        for one in page
    ]


def guideline_of(actor: Actor, pk: int) -> Guideline:
    """A guideline this actor may read. Raises Http404."""
    found = access.visible_guidelines(actor).select_related("draft_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@for_actor(access.VIEW)
def guideline(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One guideline: what is in force, the draft, its versions, and what can be done with it."""
    one, now = guideline_of(actor, pk), timezone.now()
    version = version_in_force(one, now)
    document = document_of(version.document) if version else None
    versions = one.versions.defer("document").order_by("-number")
    before = page_number(request.GET.get("before"))
    page = list((versions.filter(number__lt=before) if before else versions)[: MOST_VERSIONS + 1])
    context = {
        "title": one.name,
        "guideline": one,
        "version": version,
        "document": drawn(document) if document else None,
        "draft": DraftState(one.draft_state),
        "draft_tone": TONES[DraftState(one.draft_state)],
        "versions": [version_row(each, version, now) for each in page[:MOST_VERSIONS]],
        "next_url": f"?before={page[MOST_VERSIONS - 1].number}" if len(page) > MOST_VERSIONS else None,
        "may_write": actor.may(access.WRITE) and one.retired_at is None,
        "may_publish": actor.may(access.PUBLISH) and one.retired_at is None,
        "is_own": one.draft_by_id == actor.id,
        "acts": _acts(actor, one),
        "attempts": _attempts(actor, one, document, now),
        "announce_url": announce_address(one, version.number if version else None, document.acts if document else ())
        if actor.may(WRITE_NOTICES) and one.retired_at is None
        else "",
        "trials": access.visible_trials(actor).filter(guideline=one).order_by("-pk")[:MOST_TRIALS],
        "history": history(actor, GUIDELINE, one.pk),
    }
    return render(request, "guidelines/guideline.html", context)


def _attempts(actor: Actor, one: Guideline, document: Document | None, now: datetime) -> dict[str, Any] | None:
    """What this guideline did not allow lately: how often, and, for who may search the records, who tried and when."""
    if document is None:
        return None
    found = attempts_against(one.pk, document.acts, now - LATELY)
    counts = dict(found.values("answer").annotate(often=Sum("times")).values_list("answer", "often"))
    seen = visible_attempts(actor) & found
    return {
        "refused": counts.get("refuse", 0),
        "asked": counts.get("ask", 0),
        "people": who_tries(seen, MOST_PEOPLE),
        "rows": [_attempt(each) for each in seen.order_by("-at", "-pk")[:MOST_ATTEMPTS]],
    }


def _attempt(one: RefusedAttempt) -> dict[str, Any]:
    act = find_act(one.act)
    given = one.facts.get(act.gives) if act and act.gives else None
    return {
        "id": one.pk,
        "at": one.last_at,
        "who": one.actor_name,
        "act": str(act.label) if act else one.act,
        "given": Money(given["minor"], given["currency"]).formatted() if given else "",
        "is_refused": one.answer == "refuse",
        "reason": str(one.decision.get("reason", "")),
        "times": one.times,
    }


def _acts(actor: Actor, one: Guideline) -> list[dict[str, Any]]:
    """What can be done with it besides what stands beside the draft and the versions."""
    but = list(_ELSEWHERE)
    if one.retired_at is not None:
        but += ["guidelines.retire_guideline", "guidelines.give_up_draft"]
    if one.draft_state == DraftState.NONE:
        but.append("guidelines.give_up_draft")
    return act_links(actor, GUIDELINE, one.pk, tuple(but))


@require_safe
@for_actor(access.VIEW)
def version(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    """One version, as it was published."""
    one = guideline_of(actor, pk)
    found = one.versions.filter(number=number).first() if number < 2**31 else None
    if found is None:
        raise Http404
    document = document_of(found.document)
    context = {
        "title": _("%(name)s, version %(number)s") % {"name": one.name, "number": number},
        "guideline": one,
        "row": version_row(found, version_in_force(one, timezone.now()), timezone.now()),
        "document": drawn(document) if document else None,
        "may_write": actor.may(access.WRITE) and one.retired_at is None,
    }
    return render(request, "guidelines/version.html", context)


@require_safe
@for_actor(access.VIEW)
def draft(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The draft, for reading: what a reviewer looks at."""
    one = guideline_of(actor, pk)
    if one.draft is None:
        raise Http404
    document = document_of(one.draft)
    context = {
        "title": _("%(name)s: draft") % {"name": one.name},
        "guideline": one,
        "draft": DraftState(one.draft_state),
        "draft_tone": TONES[DraftState(one.draft_state)],
        "document": drawn(document) if document else None,
        "may_write": actor.may(access.WRITE) and one.retired_at is None,
        "may_publish": actor.may(access.PUBLISH) and one.retired_at is None and one.draft_by_id != actor.id,
    }
    return render(request, "guidelines/draft.html", context)


@require_safe
@for_actor(access.VIEW)
def compare(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """How two versions differ, or the draft and what is in force."""
    one = guideline_of(actor, pk)
    in_force = version_in_force(one, timezone.now())
    numbers = list(one.versions.order_by("-number").values_list("number", flat=True)[:200])
    options = [("draft", _("the draft"))] if one.draft is not None else []
    options += [(str(number), _("version %(number)s") % {"number": number}) for number in numbers]
    first = request.GET.get("from") or (str(in_force.number) if in_force else "")
    second = request.GET.get("to") or (options[0][0] if options else "")
    old, new = _chosen(one, first), _chosen(one, second)
    context = {
        "title": _("%(name)s compared") % {"name": one.name},
        "guideline": one,
        "options": options,
        "first": first,
        "second": second,
        "tones": CHANGES,
        "differences": differences(old, new) if new else [],
        "is_there": new is not None,
    }
    return render(request, "guidelines/compare.html", context)


def _chosen(one: Guideline, which: str) -> Any:
    """The document of the draft or of a version; None for none."""
    if which == "draft":
        return document_of(one.draft)
    number = page_number(which)
    found = one.versions.filter(number=number).first() if number and number < 2**31 else None
    return document_of(found.document) if found else None
