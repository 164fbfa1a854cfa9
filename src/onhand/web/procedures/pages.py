"""The list of procedures, a procedure, its draft, one of its versions, and how two of them differ."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.guidelines.differences import Change
from onhand.guidelines.enums import DraftState
from onhand.kernel.actor import Actor
from onhand.procedures import access
from onhand.procedures.differences import differences
from onhand.procedures.models import Procedure
from onhand.procedures.queries import begun_since, version_in_force, versions_in_force
from onhand.procedures.shipped.offering import not_taken_up
from onhand.procedures.subjects import PROCEDURE
from onhand.web.addresses import address_of
from onhand.web.procedures.drawing import drawn
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.records import history
from onhand.web.versions import version_row

PAGE, MOST_VERSIONS, MOST_COMPARED = 50, 50, 200
LATELY = timedelta(days=30)
TONES = {DraftState.NONE: "", DraftState.WRITING: "info", DraftState.IN_REVIEW: "warn"}
CHANGES = {Change.ADDED: "good", Change.REMOVED: "bad", Change.CHANGED: "warn"}
# What has a place of its own on the page.
_ELSEWHERE = (
    "procedures.write_procedure",
    "procedures.begin_procedure_again_from",
    "procedures.withdraw_procedure_version",
    "procedures.submit_procedure",
    "procedures.return_procedure",
    "procedures.publish_procedure",
)


@require_safe
@for_actor(access.VIEW)
def procedures(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The procedures by name: what is in force of each, whether a draft is being written, and how often they were gone through lately."""
    seen = access.visible_procedures(actor).defer("draft")
    last = seen.filter(pk=page_number(request.GET.get("after")) or 0).first()
    found = seen.filter(retired_at=None).order_by("name", "pk")
    if last:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    page = list(found[: PAGE + 1])
    may_write = actor.may(access.WRITE)
    context = {
        "title": _("Procedures"),
        "lead": _("Guided conversations: what is asked, what is looked up, what can be offered, and what is said."),
        "columns": [(_("Name"), ""), (_("In force"), ""), (_("Draft"), ""), (_("Begun in the last 30 days"), "number")],
        "rows": _listed(page[:PAGE]),
        "retired": [] if last else list(seen.exclude(retired_at=None).order_by("-retired_at", "-pk")[:PAGE]),
        "next_url": f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "may_write": may_write,
        "shipped": not_taken_up() if may_write and not page and not last else [],
    }
    return render(request, "procedures/list.html", context)


def _listed(page: list[Procedure]) -> list[dict[str, Any]]:
    now, keys = timezone.now(), [one.pk for one in page]
    in_force, begun = versions_in_force(keys, now), begun_since(keys, now - LATELY)
    return [
        {
            "procedure": one,
            "url": address_of("procedures:procedure", one.pk),
            "version": in_force.get(one.pk),
            "draft": DraftState(one.draft_state),
            "tone": TONES[DraftState(one.draft_state)],
            "begun": begun.get(one.pk, 0),
        }
        for one in page
    ]


def procedure_of(actor: Actor, pk: int) -> Procedure:
    """A procedure this actor may read. Raises Http404."""
    found = access.visible_procedures(actor).select_related("draft_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def standing(actor: Actor, one: Procedure) -> dict[str, Any]:
    """What pages say of the draft, and what of it this actor may do."""
    is_kept = one.retired_at is None
    return {
        "procedure": one,
        "draft": DraftState(one.draft_state),
        "draft_tone": TONES[DraftState(one.draft_state)],
        "may_write": actor.may(access.WRITE) and is_kept,
        "may_publish": actor.may(access.PUBLISH) and is_kept,
        "is_own": one.draft_by_id == actor.id,
    }


@require_safe
@for_actor(access.VIEW)
def procedure(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One procedure: what is in force, the draft, its versions, and what can be done with it."""
    one, now = procedure_of(actor, pk), timezone.now()
    version = version_in_force(one, now)
    versions = one.versions.defer("document").order_by("-number")
    before = page_number(request.GET.get("before"))
    page = list((versions.filter(number__lt=before) if before else versions)[: MOST_VERSIONS + 1])
    context = {
        "title": one.name,
        "version": version,
        "text": drawn(version.document, actor, now) if version else None,
        "begun": begun_since([one.pk], now - LATELY).get(one.pk, 0),
        "versions": [version_row(each, version, now) for each in page[:MOST_VERSIONS]],
        "next_url": f"?before={page[MOST_VERSIONS - 1].number}" if len(page) > MOST_VERSIONS else None,
        "acts": _acts(actor, one),
        "history": history(actor, PROCEDURE, one.pk),
        **standing(actor, one),
    }
    return render(request, "procedures/procedure.html", context)


def _acts(actor: Actor, one: Procedure) -> list[dict[str, Any]]:
    """What can be done with it besides what stands beside the draft and the versions."""
    but = list(_ELSEWHERE)
    if one.retired_at is not None:
        but += ["procedures.retire_procedure", "procedures.give_up_procedure_draft"]
    if one.draft_state == DraftState.NONE:
        but.append("procedures.give_up_procedure_draft")
    return act_links(actor, PROCEDURE, one.pk, tuple(but))


@require_safe
@for_actor(access.VIEW)
def version(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    """One version, as it was published."""
    one, now = procedure_of(actor, pk), timezone.now()
    found = one.versions.filter(number=number).first() if number < 2**31 else None
    if found is None:
        raise Http404
    context = {
        "title": _("%(name)s, version %(number)s") % {"name": one.name, "number": number},
        "row": version_row(found, version_in_force(one, now), now),
        "text": drawn(found.document, actor, now),
        "source": found.document,
        **standing(actor, one),
    }
    return render(request, "procedures/version.html", context)


@require_safe
@for_actor(access.VIEW)
def draft(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The draft, for reading: what a reviewer looks at."""
    one = procedure_of(actor, pk)
    if one.draft is None:
        raise Http404
    context = {
        "title": _("%(name)s: draft") % {"name": one.name},
        "text": drawn(one.draft, actor, timezone.now()),
        "source": one.draft,
        **standing(actor, one),
    }
    return render(request, "procedures/draft.html", context)


@require_safe
@for_actor(access.VIEW)
def compare(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """How two versions differ, or the draft and what is in force."""
    one = procedure_of(actor, pk)
    in_force = version_in_force(one, timezone.now())
    numbers = list(one.versions.order_by("-number").values_list("number", flat=True)[:MOST_COMPARED])
    options = [("draft", _("the draft"))] if one.draft is not None else []
    options += [(str(number), _("version %(number)s") % {"number": number}) for number in numbers]
    first = request.GET.get("from") or (str(in_force.number) if in_force else "")
    second = request.GET.get("to") or (options[0][0] if options else "")
    old, new = text_of(one, first), text_of(one, second)
    context = {
        "title": _("%(name)s compared") % {"name": one.name},
        "procedure": one,
        "options": options,
        "first": first,
        "second": second,
        "tones": CHANGES,
        "differences": differences(old or "", new) if new else [],
        "is_there": new is not None,
    }
    return render(request, "procedures/compare.html", context)


def text_of(one: Procedure, which: str) -> str | None:
    """The text of the draft or of a version by its number; None for none."""
    if which == "draft":
        return one.draft
    number = page_number(which)
    found = one.versions.filter(number=number).first() if number and number < 2**31 else None
    return found.document if found else None
