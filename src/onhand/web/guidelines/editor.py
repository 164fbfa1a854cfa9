"""The editor of a draft, and beginning a guideline."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from onhand.guidelines import access
from onhand.guidelines.dmn import DmnError
from onhand.guidelines.documents import Document, as_json
from onhand.guidelines.models import Guideline
from onhand.guidelines.queries import document_of, version_in_force
from onhand.guidelines.shipped.offering import not_taken_up, offer_drafts
from onhand.guidelines.wiring import unknown_inputs
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, StaleVersion
from onhand.kernel.perform import perform
from onhand.web.addresses import address_of
from onhand.web.guidelines import findings, sheet
from onhand.web.guidelines.drawing import output_label
from onhand.web.guidelines.edits import OWN, change
from onhand.web.guidelines.files import taken_in
from onhand.web.guidelines.forms import ROWS, Typed, begun, opened, tried_facts, typed
from onhand.web.guidelines.pages import guideline_of
from onhand.web.guidelines.words import POLICIES, ROLES, act_choices
from onhand.web.settings.access import for_actor, page_number


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.WRITE)
def begin(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin a guideline: its name, what it is for, and a DMN file where there is one."""
    name, acts, error = request.POST.get("name", "").strip(), request.POST.getlist("acts"), ""
    fields: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            document = begun(acts, name)
            if request.FILES.get("file"):
                document = taken_in(request.FILES["file"], document)
            arguments = {"name": name, "document": json.dumps(as_json(document), ensure_ascii=False)}
            made = perform("guidelines.add_guideline", actor=actor, arguments=arguments, at=timezone.now())
            return HttpResponseRedirect(address_of("guidelines:edit", made.subject_id))
        except DmnError as refused:
            fields = {"file": [str(refused)]}
        except ActError as refused:
            fields, error = dict(refused.fields), refused.message
    context = {
        "title": _("Begin a guideline"),
        "lead": _("It decides nothing before somebody else has looked at it and published it."),
        "name": name,
        "chosen": acts,
        "acts": act_choices(),
        "errors": fields,
        "message": "" if fields else error,
        "shipped": not_taken_up(),
    }
    return render(request, "guidelines/begin.html", context, status=422 if fields or error else 200)


@require_POST
@for_actor(access.WRITE)
def take_up(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin a draft of each guideline that comes with the product and is not there yet."""
    count = offer_drafts(actor=actor, at=timezone.now())
    messages.success(
        request, ngettext("%(count)s draft was begun.", "%(count)s drafts were begun.", count) % {"count": count}
    )
    return HttpResponseRedirect(address_of("guidelines:guidelines"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.WRITE)
def edit(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The draft as a form. What is typed is kept by nobody before it is saved, and comes back with everything that is said about it."""
    one = guideline_of(actor, pk)
    if one.retired_at is not None:
        raise Http404
    base = _base(one)
    if request.method != "POST":
        return _form(request, one, opened(base, page_number(request.GET.get("from")) or 0))
    form = typed(request.POST, base)
    asked = request.POST.get("change", "")
    if asked:
        form, focus = change(form, asked[:4000], request.POST)
        return _form(request, one, form, focus=focus)
    try:
        saved = perform(
            "guidelines.write_draft",
            actor=actor,
            subject_id=pk,
            arguments={"document": json.dumps(as_json(form.document), ensure_ascii=False)},
            at=timezone.now(),
            expected_version=one.version
            if request.POST.get("over")
            else page_number(request.POST.get("expected_version")) or 0,
        )
    except ActError as error:
        return _form(request, one, form, error=error)
    _say_saved(request, form, saved.record_id)
    first = next((window.first for window in form.windows if window.first), 0)
    return HttpResponseRedirect(address_of("guidelines:edit", pk) + (f"?from={first}" if first else ""))


def _base(one: Guideline) -> Document:
    """What the form begins with: the draft, else what is in force, else a new table."""
    version = version_in_force(one, timezone.now()) if one.draft is None else None
    stored = version.document if version else one.draft
    return document_of(stored) or begun((), one.name)


def _say_saved(request: HttpRequest, form: Typed, record: int | None) -> None:
    graph, faults = findings.reading(form)
    wrong = [one for one in findings.tried_cases(form.document, graph) if not one.is_right]
    many = len(faults) + len(wrong)
    words = _("The draft is saved. Record %(record)s.") % {"record": record}
    if many:
        words += " " + ngettext("%(count)s thing is still wrong.", "%(count)s things are still wrong.", many) % {
            "count": many
        }
    messages.success(request, words)


def _form(
    request: HttpRequest, one: Guideline, form: Typed, *, error: ActError | None = None, focus: str = ""
) -> HttpResponse:
    document = form.document
    graph, faults = findings.reading(form)
    errors: dict[str, list[str]] = {}
    for fault in faults:
        errors.setdefault(fault.box, []).append(fault.message)
    given = tried_facts(request.POST, document) if request.method == "POST" else {}
    facts, outputs = sheet.case_columns(document)
    typed_version = request.POST.get("expected_version", "")
    context: dict[str, Any] = {
        "title": _("%(name)s: draft") % {"name": one.name},
        "guideline": one,
        "document": document,
        "edit_url": address_of("guidelines:edit", one.pk),
        "version": typed_version if typed_version.isdigit() else one.version,
        "message": error.message if error else "",
        "is_stale": isinstance(error, StaleVersion),
        "focus": focus,
        "grids": sheet.grids(form, errors),
        "rows_at_once": ROWS,
        "acts": act_choices(),
        "fact_groups": sheet.fact_groups(document),
        "own": OWN,
        "policies": list(POLICIES.items()),
        "roles": list(ROLES.items()),
        "role_names": sheet.role_options(document),
        "types": sheet.type_options(),
        "faults": faults,
        "odd": findings.odd_tables(form),
        "tried": findings.tried_cases(document, graph),
        "is_read": graph is not None,
        "try_boxes": sheet.try_boxes(document, given),
        "trial": findings.trial(document, graph, given, get_language() or ""),
        "words_rows": sheet.words_rows(document),
        "case_facts": facts,
        "case_outputs": [(name, output_label(name)) for name in outputs],
        "case_rows": sheet.case_rows(document, facts, outputs),
        "unknown": unknown_inputs(document),
    }
    return render(request, "guidelines/edit.html", context, status=error.status if error else 200)
