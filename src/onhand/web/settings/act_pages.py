"""One page for every act of the settings: a form filled with what is stored, a preview of what changes, then the act."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, acts_on, all_acts, get_act
from onhand.kernel.decisions import Refused
from onhand.kernel.errors import ActError, StaleVersion, SubjectNotFound, UnknownAct
from onhand.kernel.perform import Outcome, perform
from onhand.kernel.subjects import SubjectType, subject_type
from onhand.kernel.versions import going_back
from onhand.knowledge.subjects import ARTICLE
from onhand.web.act_forms import FormValue, field_views, first_values, given_arguments, reference_labels, shown_again
from onhand.web.addresses import address_of
from onhand.web.desk.act_words import decision_words, notice_links
from onhand.web.grave import must_show_who
from onhand.web.own_pages import own_page
from onhand.web.settings.access import for_actor
from onhand.web.settings.changes import described_changes

CASE_SETUP = ("case_kind", "case_list_entry", "business_calendar")
SUBJECTS = (
    *("skill", "licence_kind", "away_reason", "work_kind", "seat", "callback_rules"),
    *("representative", "role", "team", "site", "privacy_request", "retention_rule", "identification_rules"),
    *CASE_SETUP,
    *("contact_reason", "team_signature", "contact_rules"),
    *("mailbox", "queue"),
    *("product", "variant", "price_list", "tax_class", "stock_place"),
    *("payment_provider", "drawer", "bank_line"),
    *("company_details", "number_series", "plan", "dunning_stage", "billing_run", "order_rules"),
    *("period", "needs_guide", "coupon_campaign"),
    *("product_category", "product_attribute", "customer_group"),
    *("webhook_endpoint", "outside_shop"),
    *("article", "standard_response", "suggestion_rules", "survey_rules"),
    *("guideline", "limit", "procedure", "approval_rules", "notice"),
)
# Acts whose form opens with more than each box knows by itself: what, from the subject and the address's query.
_OPENS_WITH: dict[str, Callable[[Any, QueryDict], Mapping[str, FormValue]]] = {
    "knowledge.write_response_text": lambda response, asked: {
        "text": response.texts.get(asked.get("language", ""), "")
    },
    # A notice begun from a guideline: the first row has its title, in the writer's language.
    "receipts.begin_notice": lambda _nothing, asked: (
        {"texts__0__language": get_language() or "en", "texts__0__title": str(asked["title"]).replace("\0", "")[:200]}
        if asked.get("title")
        else {}
    ),
}


def act_address(act: Act, subject_id: int | None = None) -> str:
    """Where the form of an act is."""
    if own := own_page(act.name, subject_id):
        return own
    if act.creates:
        return address_of("settings:new", act.subject, act.name)
    return address_of("settings:act", act.subject, subject_id, act.name)


def act_links(actor: Actor, subject: str, subject_id: int, but: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What this actor may do with one thing, as links."""
    return [
        {"label": act.label, "url": act_address(act, subject_id), "name": act.name}
        for act in acts_on(subject, actor)
        if act.name not in but and act.name != going_back(subject)  # from its history, where the versions stand
    ]


def creating_links(actor: Actor, subject: str) -> list[dict[str, Any]]:
    """What this actor may make anew, as links."""
    creating = (act for act in all_acts() if act.creates and act.subject == subject and actor.may(act.permission))
    return [{"label": act.label, "url": act_address(act)} for act in creating]


@for_actor()
def act_page(
    request: HttpRequest, actor: Actor, subject: str, name: str, subject_id: int | None = None
) -> HttpResponse:
    """The form, the preview and the doing of one act."""
    act, kind = _act(subject, name, creates=subject_id is None), subject_type(subject)
    if not actor.may(act.permission):
        raise PermissionDenied(act.permission)
    if must_show_who(request, name):
        raise ReauthenticationRequired
    thing = _thing(kind, actor, subject_id)
    if own := own_page(name, subject_id):
        return HttpResponseRedirect(own)
    if request.method != "POST":
        begun = _OPENS_WITH[name](thing, request.GET) if name in _OPENS_WITH else {}
        return _form(request, act, actor, thing, {**first_values(act, thing, request.GET), **begun})
    values = shown_again(act, request.POST)
    step = request.POST.get("step", "do")
    try:
        outcome = perform(
            name,
            actor=actor,
            subject_id=subject_id,
            arguments=given_arguments(act, request.POST),
            at=timezone.now(),
            expected_version=_number(request.POST.get("expected_version")),
            idempotency_key=request.POST.get("idempotency_key", "")[:100] or None,
            preview=step == "preview",
        )
    except ActError as error:
        return _form(request, act, actor, thing, values, error=error)
    if step == "preview":
        return _form(request, act, actor, thing, values, outcome=outcome)
    return _done(request, act, kind, outcome)


def _act(subject: str, name: str, *, creates: bool) -> Act:
    try:
        act = get_act(name)
    except UnknownAct:
        raise Http404 from None
    if subject not in SUBJECTS or act.subject != subject or act.creates is not creates:
        raise Http404
    return act


def _thing(kind: SubjectType[Any], actor: Actor, subject_id: int | None) -> Any:
    if subject_id is None:
        return None
    try:
        return kind.read(actor, subject_id)
    except SubjectNotFound:
        raise Http404 from None


def _number(text: str | None) -> int | None:
    found = text or ""
    return int(found) if found.isascii() and found.isdigit() and len(found) < 10 else None


def _form(
    request: HttpRequest,
    act: Act,
    actor: Actor,
    thing: Any,
    values: Mapping[str, FormValue],
    *,
    error: ActError | None = None,
    outcome: Outcome | None = None,
) -> HttpResponse:
    kind = subject_type(act.subject)
    subject_id = thing.pk if thing is not None else None
    back = _back(request)
    unfielded = error is not None and not error.fields.keys() & {field.name for field in act.fields}
    context = {
        "act": act,
        "title": act.label,
        "lead": act.doc,
        "about": kind.title(thing) if thing is not None else "",
        "fields": field_views(act, actor, subject_id),
        "values": {**values, **reference_labels(act, actor, values)},
        "errors": error.fields if error else {},
        "message": error.message if error and (unfielded or len(error.fields) > 1) else "",
        "links": notice_links(error.decision.as_json()) if isinstance(error, Refused) else [],
        "overtaken_url": _overtaken_url(act, subject_id) if isinstance(error, StaleVersion) else "",
        "preview": outcome,
        "decision": decision_words(outcome.decision) if outcome else None,
        "changes": described_changes(kind, outcome.before, outcome.after) if outcome else [],
        "version": thing.version if thing is not None else "",
        "idempotency_key": request.POST.get("idempotency_key") or uuid.uuid4().hex,
        "back": back,
        "cancel_url": back or (kind.page(subject_id) if subject_id else address_of("settings:home")),
    }
    return render(request, "settings/act.html", context, status=error.status if error else 200)


def _overtaken_url(act: Act, subject_id: int | None) -> str:
    """Where it is seen what somebody else changed meanwhile."""
    if act.subject == ARTICLE and subject_id is not None:
        return address_of("settings:article_compare", subject_id)
    return ""


def _done(request: HttpRequest, act: Act, kind: SubjectType[Any], outcome: Outcome) -> HttpResponse:
    page = kind.page(outcome.subject_id or 0)
    if outcome.shown:
        context = {"title": act.label, "shown": outcome.shown, "back_url": page}
        return render(request, "settings/shown_once.html", context)
    messages.success(request, _("Done: %(act)s. Record %(record)s.") % {"act": act.label, "record": outcome.record_id})
    return HttpResponseRedirect(_back(request) or page)


def _back(request: HttpRequest) -> str:
    """The settings page the form was opened from and goes back to, where the address says so."""
    back = request.POST.get("back", "") or request.GET.get("back", "")
    return back if back.startswith(("/settings/", "/guidelines/", "/procedures/")) else ""
