"""Privacy: requests about personal data, exports, erasures and their proof, retention rules, and the access log for the customer."""

from tempfile import TemporaryFile
from typing import Any

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.customers import access
from onhand.customers.access import visible_customers
from onhand.customers.models import Erasure, PersonalExport, PrivacyRequest, RetentionRule
from onhand.customers.privacy import retention
from onhand.customers.privacy.access_log import accesses_of
from onhand.customers.privacy.enums import ErasureState, ExportState, RequestKind, RequestState
from onhand.customers.privacy.exports import open_export
from onhand.customers.privacy.holdings import all_holdings
from onhand.customers.privacy.periods import all_periods
from onhand.customers.privacy.proof import is_proven
from onhand.customers.privacy.subjects import own_exports, visible_erasures, visible_requests, visible_rules
from onhand.customers.queries import note_reading
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history
from onhand.web.templating import show_date, show_datetime

PAGE = 50
SOON_DAYS = 7


def _more(request: HttpRequest, name: str, rows: list[Any]) -> tuple[list[Any], str | None]:
    """The rows of this page, and the address of the next where there is one more than fits."""
    if len(rows) <= PAGE:
        return rows, None
    following = request.GET.copy()
    following[name] = str(rows[PAGE - 1].pk)
    return rows[:PAGE], f"?{following.urlencode()}"


@require_safe
@for_actor(access.HANDLE_REQUESTS)
def requests(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What people demand about their data: open ones by when they are due, or all, newest first."""
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    found = visible_requests(actor).select_related("customer")
    if kind in RequestKind.values:
        found = found.filter(kind=kind)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if query:
        found = found.filter(Q(customer__name__icontains=query) | Q(customer__reference__iexact=query))
    before = page_number(request.GET.get("before"))
    if state == "all":
        found = (found.filter(pk__lt=before) if before else found).order_by("-pk")
        rows, next_url = _more(request, "before", list(found[: PAGE + 1]))
    else:
        rows, next_url = list(found.filter(answered_at__isnull=True).order_by("due_on", "pk")[: 4 * PAGE]), None
    context = {
        "title": _("Requests"),
        "lead": _("What people demand about their data. A request is taken on the customer's file and answered here."),
        "columns": [
            (_("Request"), ""),
            (_("Customer"), "soft"),
            (_("Received"), "nowrap soft"),
            (_("Due"), "nowrap"),
            (_("State"), ""),
        ],
        "rows": [_request_row(one) for one in rows],
        "filters": {
            "url": address_of("settings:privacy_requests"),
            "query": query,
            "label": _("Name or reference of the customer"),
            "choices": [
                {
                    "name": "state",
                    "label": _("State"),
                    "value": state,
                    "options": [("", _("Open")), ("all", _("All"))],
                },
                {
                    "name": "kind",
                    "label": _("Kind"),
                    "value": kind,
                    "options": [("", _("Every kind")), *RequestKind.choices],
                },
            ],
        },
        "next_url": next_url,
        "shown": "",
        "empty": {
            "title": _("No request is waiting"),
            "words": _("Requests that were answered are under “All”."),
            "icon": "check",
        },
    }
    return render(request, "settings/list.html", context)


def _request_row(one: PrivacyRequest) -> dict[str, Any]:
    return {
        "id": one.pk,
        "url": address_of("settings:privacy_request", one.pk),
        "cells": [
            one.get_kind_display(),
            f"{one.customer.name} · {one.customer.reference}",
            show_date(one.received_on),
            _due(one),
            _state(one),
        ],
    }


def _due(one: PrivacyRequest) -> Any:
    if one.answered_at is not None:
        return show_date(one.due_on)
    days = (one.due_on - timezone.localdate()).days
    if days < 0:
        return {"text": _("%(date)s, late") % {"date": show_date(one.due_on)}, "tone": "bad"}
    return {"text": show_date(one.due_on), "tone": "warn" if days < SOON_DAYS else ""}


def _state(one: PrivacyRequest) -> dict[str, str]:
    tones = {RequestState.OPEN: "info", RequestState.REFUSED: "warn"}
    return {"text": one.get_state_display(), "tone": tones.get(RequestState(one.state), "good")}


@require_safe
@for_actor(access.HANDLE_REQUESTS)
def request_page(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One request: what was demanded, by when, how it was answered, and what can be done."""
    one = visible_requests(actor).select_related("customer").filter(pk=pk).first()
    if one is None:
        raise Http404
    answered = (
        _("%(when)s by %(who)s") % {"when": show_datetime(one.answered_at), "who": one.answered_by_name}
        if one.answered_at
        else ""
    )
    context = {
        "title": one.get_kind_display(),
        "customer": one.customer,
        "state": _state(one),
        "facts": [
            (_("Received"), show_date(one.received_on)),
            (_("Due"), show_date(one.due_on)),
            (_("In their words"), one.details),
            (_("Taken by"), one.taken_by_name),
            *([(_("Extended because"), one.extended_because)] if one.extended_because else []),
            *([(_("Answered"), answered), (_("Answer"), one.answer)] if one.answered_at else []),
        ],
        "acts": [] if one.answered_at else act_links(actor, "privacy_request", one.pk),
        "log_url": address_of("settings:privacy_access_log", one.customer_id),
        "history": history(actor, "privacy_request", one.pk),
    }
    return render(request, "settings/privacy/request.html", context)


@require_safe
@for_actor(access.EXPORT_PERSONAL_DATA)
def exports(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The archives this person asked for."""
    found = own_exports(actor).select_related("customer").order_by("-pk")[:PAGE]
    context = {
        "title": _("Exports"),
        "entries": [_export(one) for one in found],
        "working": any(one.state in (ExportState.REQUESTED, ExportState.WORKING) for one in found),
        "topics": [f"customer:{one.customer_id}" for one in found[:20]],
    }
    return render(request, "settings/privacy/exports.html", context)


def _export(one: PersonalExport) -> dict[str, Any]:
    labels = {holding.name: holding.label for holding in all_holdings()}
    tones = {ExportState.READY: "good", ExportState.REMOVED: ""}
    return {
        "export": one,
        "tone": tones.get(ExportState(one.state), "info"),
        "at_work": labels.get(one.at_work, ""),
        "percent": min(99, 100 * one.rows // max(one.rows_expected, 1)),
        "size": f"{max(one.size // 1024, 1):,} KB" if one.size else "",
    }


@require_safe
@for_actor(access.EXPORT_PERSONAL_DATA)
def download(request: HttpRequest, actor: Actor, pk: int) -> HttpResponseBase:  # noqa: ARG001
    """An archive, for whoever asked for it."""
    try:
        export, parts = open_export(actor=actor, export_id=pk, at=timezone.now())
    except SubjectNotFound:
        raise Http404 from None
    # Aside on disk first: pieces of an answer are sent from any thread, and the database is only asked from the request's own.
    archive = TemporaryFile()  # noqa: SIM115  (closed with the answer)
    for part in parts:
        archive.write(part)
    archive.seek(0)
    name = f"personal-data-{export.customer.reference}.zip"
    return FileResponse(archive, as_attachment=True, filename=name, content_type="application/zip")


@require_safe
@for_actor(access.ERASE)
def erasures(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who was erased, newest first."""
    found = visible_erasures(actor).order_by("-pk")
    before = page_number(request.GET.get("before"))
    rows, next_url = _more(request, "before", list((found.filter(pk__lt=before) if before else found)[: PAGE + 1]))
    context = {
        "title": _("Erasures"),
        "lead": _("Persons whose data was taken out, with the proof of it. A person is erased on their file."),
        "columns": [
            (_("Reference"), ""),
            (_("When"), "nowrap soft"),
            (_("By"), "soft"),
            (_("Why"), "soft"),
            (_("State"), ""),
        ],
        "rows": [
            {
                "id": one.pk,
                "url": address_of("settings:privacy_erasure", one.pk),
                "cells": [
                    one.reference,
                    show_datetime(one.requested_at),
                    one.requested_by_name,
                    one.get_basis_display(),
                    {"text": one.get_state_display(), "tone": _erasure_tone(one)},
                ],
            }
            for one in rows
        ],
        "next_url": next_url,
        "shown": "",
        "empty": {"title": _("Nobody was erased"), "words": "", "icon": "page"},
    }
    return render(request, "settings/list.html", context)


def _erasure_tone(one: Erasure) -> str:
    return "good" if one.state == ErasureState.DONE else "info"


@require_safe
@for_actor(access.ERASE)
def erasure(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The confirmation of one erasure, to be printed: nothing personal is on it."""
    one = visible_erasures(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    labels = {holding.name: str(holding.label) for holding in all_holdings()} | {
        "kernel_actrecord": _("Records of acts, emptied"),
        "kernel_eventrecord": _("Events, emptied"),
        "kernel_accessrecord": _("Access records, emptied"),
        "elsewhere": _("Mentions on others' files"),
    }
    context = {
        "title": _("Confirmation of erasure"),
        "erasure": one,
        "is_done": one.state == ErasureState.DONE,
        "is_proven": one.state == ErasureState.DONE and is_proven(one),
        "proof": bytes(one.proof).hex(),
        "counts": [(labels.get(name, name), count) for name, count in one.counts.items()],
        "kept": [(holding.label, holding.why_kept) for holding in all_holdings() if holding.why_kept],
        "tone": _erasure_tone(one),
    }
    return render(request, "settings/privacy/erasure.html", context)


@require_safe
@for_actor(access.MANAGE_RETENTION)
def rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is erased by itself, and after how long."""
    found = list(visible_rules(actor).order_by("pk"))
    context = {
        "title": _("Retention"),
        "lead": _("What is erased by itself when its time is over. A legal hold on a file stops every rule."),
        "columns": [(_("Rule"), ""), (_("After"), "soft"), (_("State"), ""), (_("Last run"), "nowrap soft")],
        "rows": [
            {
                "id": rule.pk,
                "url": address_of("settings:retention_rule", rule.pk),
                "cells": [rule.get_kind_display(), _months(rule), _rule_state(rule), _last_run(rule)],
            }
            for rule in found
        ],
        "next_url": None,
        "shown": "",
        "new": next(iter(creating_links(actor, "retention_rule")), None),
        "empty": {
            "title": _("No rule yet"),
            "words": _("Add a rule, look at what it would erase, and switch it on."),
            "icon": "clock",
        },
        "periods": all_periods(),
    }
    return render(request, "settings/privacy/rules.html", context)


def _months(rule: RetentionRule) -> str:
    return ngettext("%(count)s month", "%(count)s months", rule.months) % {"count": rule.months}


def _rule_state(rule: RetentionRule) -> dict[str, str]:
    return {"text": _("On"), "tone": "good"} if rule.is_on else {"text": _("Off"), "tone": ""}


def _last_run(rule: RetentionRule) -> str:
    newest = rule.runs.order_by("-pk").first()
    return show_datetime(newest.started_at) if newest else ""


@require_safe
@for_actor(access.MANAGE_RETENTION)
def rule(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One rule: what it would erase now, what can be done with it, and what it has done."""
    one = visible_rules(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    foreseen = retention.foresee(one.kind, one.months, timezone.now())
    wanted = {due.customer_id for due in foreseen.examples if due.customer_id is not None}
    references = dict(visible_customers(actor).filter(pk__in=wanted).values_list("pk", "reference"))
    context = {
        "title": one.get_kind_display(),
        "rule": one,
        "after": _months(one),
        "state": _rule_state(one),
        "foreseen": foreseen,
        "examples": [
            {"reference": references.get(due.customer_id or 0, ""), "since": due.since, "customer": due.customer_id}
            for due in foreseen.examples
        ],
        "runs": one.runs.order_by("-pk")[:20],
        "acts": [link for link in act_links(actor, "retention_rule", one.pk) if _fits(link["name"], one)],
        "history": history(actor, "retention_rule", one.pk),
    }
    return render(request, "settings/privacy/rule.html", context)


def _fits(act: str, one: RetentionRule) -> bool:
    return act != ("customers.switch_retention_rule_on" if one.is_on else "customers.switch_retention_rule_off")


@require_safe
@for_actor(access.HANDLE_REQUESTS)
def access_log(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Who opened one customer's file, as it is given to the customer: people by what they do. Reading it is recorded."""
    customer = visible_customers(actor).filter(pk=pk, merged_into__isnull=True).first()
    if customer is None:
        raise Http404
    note_reading(actor, customer.pk, page="settings.access_log", reason="", at=timezone.now())
    before = page_number(request.GET.get("before"))
    found = accesses_of(customer.pk, before=before, limit=PAGE + 1)
    following = f"?before={found[PAGE - 1].id}" if len(found) > PAGE else None
    context = {
        "title": _("Who opened this file"),
        "customer": customer,
        "entries": found[:PAGE],
        "next_url": following,
        "columns": [
            (_("When"), ""),
            (_("By"), "soft"),
            (_("Page"), "soft"),
            (_("Why"), "soft"),
            (_("Through"), "soft"),
        ],
        "now": timezone.now(),
    }
    return render(request, "settings/privacy/access_log.html", context)
