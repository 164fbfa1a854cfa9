"""The editor of a draft, what is said of it while it is written, and beginning a procedure."""

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from onhand.guidelines.differences import Difference
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, StaleVersion
from onhand.kernel.perform import perform
from onhand.procedures import access
from onhand.procedures.differences import differences
from onhand.procedures.models import Procedure
from onhand.procedures.queries import version_in_force
from onhand.procedures.reading import LONGEST_TEXT
from onhand.procedures.shipped.offering import not_taken_up, offer_drafts
from onhand.web.addresses import address_of
from onhand.web.models import Draft
from onhand.web.operations import drop_draft
from onhand.web.procedures.drawing import Drawn, drawn
from onhand.web.procedures.pages import CHANGES, procedure_of, standing
from onhand.web.procedures.reference import about_types, act_groups, begun_text, fact_groups, lines, snippets
from onhand.web.settings.access import for_actor, page_number


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.WRITE)
def begin(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin a procedure: its name, and what it is about."""
    name, about = request.POST.get("name", "").strip(), request.POST.get("about", "")
    fields, error = {}, ""
    if request.method == "POST":
        try:
            arguments = {"name": name, "text": begun_text(name, about)}
            made = perform("procedures.add_procedure", actor=actor, arguments=arguments, at=timezone.now())
            return HttpResponseRedirect(address_of("procedures:edit", made.subject_id))
        except ActError as refused:
            fields, error = dict(refused.fields), refused.message
    context = {
        "title": _("Write a procedure"),
        "lead": _("Nobody goes through it before somebody else has looked at it and published it."),
        "name": name,
        "about": about,
        "types": about_types(),
        "errors": fields,
        "message": "" if fields else error,
        "shipped": not_taken_up(),
    }
    return render(request, "procedures/begin.html", context, status=422 if fields or error else 200)


@require_POST
@for_actor(access.WRITE)
def take_up(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin a draft of each procedure that comes with the product and is not there yet."""
    count = offer_drafts(actor=actor, at=timezone.now())
    messages.success(
        request, ngettext("%(count)s draft was begun.", "%(count)s drafts were begun.", count) % {"count": count}
    )
    return HttpResponseRedirect(address_of("procedures:procedures"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.WRITE)
def edit(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The draft as text. What is typed comes back with everything that is said about it, whatever became of saving it."""
    one = procedure_of(actor, pk)
    if request.method != "POST":
        if one.retired_at is not None:
            raise Http404
        kept = page_number(request.GET.get("kept"))
        typed = _kept_text(actor, one, kept) if kept is not None else None
        return _form(
            request, actor, one, _base(one) if typed is None else typed, one.version if typed is None else kept or 0
        )
    text = _typed(request)
    version = page_number(request.POST.get("expected_version")) or 0
    try:
        saved = perform(
            "procedures.write_procedure",
            actor=actor,
            subject_id=pk,
            arguments={"text": text},
            at=timezone.now(),
            expected_version=one.version if request.POST.get("over") else version,
        )
    except ActError as error:
        return _form(request, actor, one, text, version, error)
    for key in {_draft_key(one, version), *(key for key, _number, _at in _kept(actor, one, version))}:
        drop_draft(actor=actor, key=key)
    _say_saved(request, drawn(text, actor, timezone.now()), saved.record_id)
    return HttpResponseRedirect(address_of("procedures:edit", pk))


@require_POST
@for_actor(access.WRITE)
def read(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """What is said of the text as it is typed: nothing of it is kept."""
    one = procedure_of(actor, pk)
    context = {"text": drawn(_typed(request), actor, timezone.now()), "procedure": one}
    return render(request, "procedures/said.html", context)


def _typed(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\r\n", "\n").replace("\r", "\n")


def _base(one: Procedure) -> str:
    """What the form begins with: the draft, else what is in force, else a title."""
    version = version_in_force(one, timezone.now()) if one.draft is None else None
    stored = version.document if version else one.draft
    return stored if isinstance(stored, str) else begun_text(one.name, "")


def _draft_key(one: Procedure, version: int) -> str:
    """What is typed is kept under the version it was begun from: what somebody else saved meanwhile is never covered by it."""
    return f"procedure:{one.pk}:{version}"


def _kept(actor: Actor, one: Procedure, but: int) -> list[tuple[str, int, datetime]]:
    """What this person typed from other versions and did not save: (its key, the version, when)."""
    before = f"procedure:{one.pk}:"
    rows = Draft.objects.filter(person_id=actor.id, key__startswith=before).exclude(text="").order_by("-updated_at")
    found = [(key, page_number(key.removeprefix(before)), at) for key, at in rows.values_list("key", "updated_at")]
    return [(key, number, at) for key, number, at in found if number is not None and number != but]


def _kept_text(actor: Actor, one: Procedure, version: int) -> str | None:
    """The text this person typed from a version and did not save; None where there is none."""
    row = Draft.objects.filter(person_id=actor.id, key=_draft_key(one, version)).first()
    try:
        text = json.loads(row.text).get("text") if row else None
    except (ValueError, AttributeError):
        return None
    return text if isinstance(text, str) else None


def _say_saved(request: HttpRequest, text: Drawn, record: int | None) -> None:
    words = _("The draft is saved. Record %(record)s.") % {"record": record}
    if text.wrong:
        still = ngettext("%(count)s thing is still wrong.", "%(count)s things are still wrong.", text.wrong)
        words += " " + still % {"count": text.wrong}
    messages.success(request, words)


def _form(
    request: HttpRequest, actor: Actor, one: Procedure, text: str, version: int, error: ActError | None = None
) -> HttpResponse:
    is_stale = isinstance(error, StaleVersion)
    context: dict[str, Any] = {
        "title": _("%(name)s: draft") % {"name": one.name},
        "source": text,
        "text": drawn(text, actor, timezone.now()),
        "version": version,
        "draft_key": _draft_key(one, version),
        "kept": [(number, at) for _key, number, at in _kept(actor, one, version)],
        "message": _said(error),
        "is_stale": is_stale,
        "overtaken": _overtaken(one, text) if is_stale else [],
        "tones": CHANGES,
        "longest": LONGEST_TEXT,
        "facts": fact_groups(),
        "acts": act_groups(),
        "snippets": snippets(),
        "lines": lines(),
        **standing(actor, one),
    }
    return render(request, "procedures/edit.html", context, status=error.status if error else 200)


def _said(error: ActError | None) -> str:
    """What an act refused for, with what it says of the text itself."""
    if error is None:
        return ""
    return " ".join([error.message, *error.fields.get("text", ())]) if error.fields else error.message


def _overtaken(one: Procedure, text: str) -> list[Difference]:
    """How what was typed differs from what somebody else saved meanwhile."""
    return differences(_base(one), text) if len(text) <= LONGEST_TEXT else []
