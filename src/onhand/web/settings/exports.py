"""Taking out lists of customers, and of what else apps register."""

from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.customers import access
from onhand.customers.export import export_customers
from onhand.customers.finding.protection import sees_contact_points
from onhand.customers.imports.kinds import find_going_out, going_out
from onhand.customers.imports.taking_out import csv_of
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError
from onhand.web.settings.access import for_actor

LONGEST_WORDS = 200


@require_safe
@for_actor(access.EXPORT)
def export(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What to take out, and in which form."""
    return _page(request, actor, request.GET.get("q", ""))


def _page(request: HttpRequest, actor: Actor, words: str, error: str = "") -> HttpResponse:
    context = {
        "title": _("Take out"),
        "kinds": [(one.name, one.label) for one in going_out() if actor.may(one.permission_to_read)],
        "words": words.replace("\x00", "")[:LONGEST_WORDS],
        "error": error,
        "is_masked": not sees_contact_points(actor),
    }
    return render(request, "settings/export.html", context, status=422 if error else 200)


@require_POST
@for_actor(access.EXPORT)
def export_file(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The file itself, sent as it is made. A post, as it leaves a record."""
    kind = find_going_out(request.POST.get("kind", ""))
    if kind is not None:
        try:
            lines = csv_of(
                kind, actor, at=timezone.now(), system=request.POST.get("system", "").replace("\x00", "")[:60]
            )
        except ActError as error:
            return _page(request, actor, "", error.message)
        listed = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        listed["Content-Disposition"] = f'attachment; filename="{kind.name}-{timezone.now():%Y-%m-%d}.csv"'
        return cast("HttpResponse", listed)
    words = request.POST.get("q", "").replace("\x00", "")[:LONGEST_WORDS]
    try:
        found = export_customers(actor, format=request.POST.get("format", "csv"), words=words, at=timezone.now())
    except ActError as error:
        return _page(request, actor, words, error.message)
    answer = StreamingHttpResponse(found.content, content_type=found.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    return cast("HttpResponse", answer)
