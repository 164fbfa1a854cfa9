"""Bringing in customers and what else apps register: a file, its columns, the check, the run, the result, and undoing it."""

import re
from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onhand.customers import access
from onhand.customers.import_tasks import queue_work
from onhand.customers.imports import operations, queries
from onhand.customers.imports.kinds import CUSTOMERS, by_name_of
from onhand.customers.imports.operations import Choices
from onhand.customers.models import CustomerImport
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, SubjectNotFound
from onhand.kernel.perform import perform
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.import_pages import choosing_page, form_of, kinds_offered, list_rows, result_page

PAGE = 50
_COLUMN = re.compile(r"column-(\d{1,3})")
_ACTS = {"start": "customers.start_import", "stop": "customers.stop_import", "undo": "customers.undo_import"}


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.IMPORT)
def imports(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The files brought so far, and a place to bring another."""
    error = ""
    if request.method == "POST":
        given = request.FILES.get("file")
        if isinstance(given, UploadedFile):
            try:
                one = operations.store_file(
                    actor=actor,
                    file=given,
                    name=given.name or "",
                    size=given.size or 0,
                    at=timezone.now(),
                    kind=request.POST.get("kind", CUSTOMERS)[:40],
                )
                return HttpResponseRedirect(address_of("settings:import", one.pk))
            except ActError as refused:
                error = refused.message
        else:
            error = _("Choose a file first.")
    before = page_number(request.GET.get("before"))
    found = access.visible_imports(actor).order_by("-pk")
    page = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    context = {
        "title": _("Bring in"),
        "kinds": kinds_offered(actor),
        "kind": request.POST.get("kind") or request.GET.get("kind") or CUSTOMERS,
        "rows": list_rows(page[:PAGE]),
        "error": error,
        "next_url": f"?before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
    }
    return render(request, "settings/imports.html", context, status=422 if error else 200)


def _found(actor: Actor, pk: int) -> CustomerImport:
    one = access.visible_imports(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    return one


@require_safe
@for_actor(access.IMPORT)
def one_import(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Where one file stands, and what can be done with it now."""
    one = _found(actor, pk)
    if request.GET.get("columns") and one.state == "checked":
        return _choosing(request, one)
    if one.state == "uploaded" or (one.state == "failed" and "done" not in one.counts and one.headings):
        return _choosing(request, one)
    return render(request, "settings/import.html", result_page(actor, one))


def _choosing(
    request: HttpRequest, one: CustomerImport, *, choices: Choices | None = None, error: ActError | None = None
) -> HttpResponse:
    context = choosing_page(one, choices or form_of(one), error)
    return render(request, "settings/import_columns.html", context, status=error.status if error else 200)


@require_safe
@for_actor(access.IMPORT)
def examples(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The first rows as they would be taken with the choices as they stand in the form."""
    one = _found(actor, pk)
    choices = _choices(request.GET, one.kind)
    one.system, one.country, one.language, one.day_first = (
        choices.system,
        choices.country,
        choices.language,
        choices.day_first,
    )
    return render(request, "settings/import_examples.html", {"examples": queries.example_rows(one, choices.mapping)})


@require_POST
@for_actor(access.IMPORT)
def reading(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Read the file in another way."""
    asked = {name: request.POST.get(name, "") for name in ("encoding", "delimiter", "sheet")}
    asked["delimiter"] = "\t" if asked["delimiter"] == "tab" else asked["delimiter"] or ","
    try:
        operations.read_differently(actor=actor, import_id=pk, **asked | {"encoding": asked["encoding"] or "utf-8"})
    except SubjectNotFound:
        raise Http404 from None
    except ActError as error:
        return _choosing(request, _found(actor, pk), error=error)
    return HttpResponseRedirect(address_of("settings:import", pk))


@require_POST
@for_actor(access.IMPORT)
def columns(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Choose what the columns say, and have the file checked."""
    choices = _choices(request.POST, _found(actor, pk).kind)
    try:
        operations.choose_columns(actor=actor, import_id=pk, choices=choices, queue=queue_work)
    except SubjectNotFound:
        raise Http404 from None
    except ActError as error:
        return _choosing(request, _found(actor, pk), choices=choices, error=error)
    return HttpResponseRedirect(address_of("settings:import", pk))


def _choices(given: Mapping[str, Any], kind: str) -> Choices:
    """What the form says; a field nobody knows is found out by the operation."""
    mapping = {}
    for name, value in given.items():
        match = _COLUMN.fullmatch(name)
        if match and value:
            mapping[int(match[1])] = str(value)
    return Choices(
        mapping={place: name for place, name in mapping.items() if name in by_name_of(kind)},
        system=str(given.get("system", "")).replace("\x00", "")[:200],
        country=str(given.get("country", ""))[:2],
        language=str(given.get("language", "en"))[:10],
        day_first=given.get("day_first", "yes") == "yes",
        on_match=str(given.get("on_match", "fill"))[:10],
    )


@require_POST
@for_actor(access.IMPORT)
def step(request: HttpRequest, actor: Actor, pk: int, what: str) -> HttpResponse:
    """Start, stop or undo an import, or forget its file."""
    try:
        if what == "forget":
            operations.forget_file(actor=actor, import_id=pk, at=timezone.now())
            messages.success(request, _("The file's content was taken out."))
        elif what in _ACTS:
            perform(_ACTS[what], actor=actor, subject_id=pk, arguments={}, at=timezone.now())
        else:
            raise Http404
    except SubjectNotFound:
        raise Http404 from None
    except ActError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(address_of("settings:import", pk))


@require_safe
@for_actor(access.IMPORT)
def wrong(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:  # noqa: ARG001
    """The rows that could not be taken, each with what is wrong: to be mended and brought again."""
    one = _found(actor, pk)
    lines = queries.wrong_rows(one, "done" if "done" in one.counts else "checked")
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="to-mend-{one.pk}.csv"'
    return cast("HttpResponse", answer)
