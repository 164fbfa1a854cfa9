"""Guidelines as DMN files of other modellers: a version or the draft out, a file in as the draft."""

import json
import re
from dataclasses import replace

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from onhand.guidelines import access
from onhand.guidelines.dmn import DmnError, read_dmn, write_dmn
from onhand.guidelines.documents import Document, as_json
from onhand.guidelines.graphs import Graph
from onhand.guidelines.models import Guideline
from onhand.guidelines.queries import document_of, version_in_force
from onhand.guidelines.tables import Table
from onhand.guidelines.wiring import unknown_inputs, wired, with_own_names
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError
from onhand.kernel.perform import perform
from onhand.web.addresses import address_of
from onhand.web.guidelines.pages import guideline_of
from onhand.web.settings.access import for_actor, page_number

DRAFT = "draft"


@require_safe
@for_actor(access.VIEW)
def download(request: HttpRequest, actor: Actor, pk: int, which: str) -> HttpResponse:  # noqa: ARG001
    """A version, or the draft, as a DMN file."""
    one = guideline_of(actor, pk)
    if which == DRAFT:
        stored = one.draft
    else:
        number = page_number(which)
        found = one.versions.filter(number=number).first() if number and number < 2**31 else None
        stored = found.document if found else None
    document = document_of(stored)
    if document is None:
        raise Http404
    content = write_dmn(replace(document.graph, name=one.name))
    name = re.sub(r"[^\w-]+", "-", one.name, flags=re.ASCII).strip("-").lower() or "guideline"
    answer = HttpResponse(content, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{which}.dmn"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.WRITE)
def upload(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Bring a DMN file as the draft."""
    one, error = guideline_of(actor, pk), ""
    if request.method == "POST":
        try:
            document = taken_in(request.FILES.get("file"), _kept(one))
            arguments = {"document": json.dumps(as_json(document), ensure_ascii=False)}
            perform("guidelines.write_draft", actor=actor, subject_id=pk, arguments=arguments, at=timezone.now())
        except (ActError, DmnError) as refused:
            error = refused.message if isinstance(refused, ActError) else str(refused)
        else:
            _say_what_is_unknown(request, document)
            return HttpResponseRedirect(address_of("guidelines:edit", pk))
    context = {
        "title": _("%(name)s as a DMN file") % {"name": one.name},
        "guideline": one,
        "error": error,
        "version": version_in_force(one, timezone.now()),
    }
    return render(request, "guidelines/file.html", context, status=422 if error else 200)


def _kept(one: Guideline) -> Document:
    """What a file does not hold: acts, words and test cases of the draft, or of what is in force."""
    version = version_in_force(one, timezone.now())
    stored = one.draft if one.draft is not None else version.document if version else None
    return document_of(stored) or Document((), Graph(one.name, (), ()), "")


def taken_in(given: object, kept: Document) -> Document:
    """The document of a file, with what files do not hold taken from another one. Raises DmnError."""
    if not isinstance(given, UploadedFile):
        raise DmnError(_("Choose a file."))
    graph = read_dmn(given.read())
    names = {one.name for one in graph.decisions}
    answering = kept.decision if kept.decision in names else _that_answers(graph)
    document = replace(
        kept,
        graph=graph,
        decision=answering,
        remedies=kept.remedies if kept.remedies in names else "",
        follow_ups=kept.follow_ups if kept.follow_ups in names else "",
    )
    return wired(with_own_names(document))


def _that_answers(graph: Graph) -> str:
    """The decision that has an answer among its outputs, else the one no other builds on."""
    for one in graph.decisions:
        if isinstance(one.logic, Table) and any(output.name == "answer" for output in one.logic.outputs):
            return one.name
    required = {name for one in graph.decisions for name in one.requires}
    return next((one.name for one in graph.decisions if one.name not in required), "")


def _say_what_is_unknown(request: HttpRequest, document: Document) -> None:
    unknown = [one.name for one in unknown_inputs(document)]
    if unknown:
        words = ngettext(
            "The file asks for something that is no fact here: %(names)s. Say below which fact it is.",
            "The file asks for things that are no facts here: %(names)s. Say below which facts they are.",
            len(unknown),
        )
        messages.warning(request, words % {"names": ", ".join(unknown[:12])})
    else:
        messages.success(request, _("The file is the draft now; everything it asks for is known here."))
