"""What the keyboard reaches from anywhere: the palette, suggestions for references, drafts, preferences, keys."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onhand.approvals.access import ANSWER
from onhand.approvals.asking import ASK_ACT
from onhand.catalogue.access import VIEW as SEE_PRODUCTS
from onhand.contacts.subjects import CONTACT
from onhand.customers import access
from onhand.customers.finding.find import find_customers
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, acts_on, all_acts, get_act
from onhand.kernel.errors import ActError, NotPossible, SubjectNotFound
from onhand.kernel.perform import perform
from onhand.kernel.subjects import find_reference_type, find_subject_type
from onhand.knowledge.access import READ
from onhand.orders.finding import find_orders
from onhand.procedures.access import RUN
from onhand.staff.subjects import REPRESENTATIVE
from onhand.web.act_forms import current_values
from onhand.web.addresses import address_of
from onhand.web.context import page as page_context
from onhand.web.desk.access import desk_view, number_of
from onhand.web.desk.act_views import act_address
from onhand.web.desk.choosers import chooser_of
from onhand.web.desk.contact_lists import list_tabs
from onhand.web.desk.contact_pages import WITH_MESSAGES
from onhand.web.desk.found_rows import why_words
from onhand.web.desk.procedure_beginning import BEGIN, offered_at
from onhand.web.desk.procedure_views import place_of
from onhand.web.models import Draft
from onhand.web.operations import drop_draft, keep_draft
from onhand.web.orders.offered import offered_acts
from onhand.web.settings.pages import navigation

MOST_FOUND = 8
LONGEST_SEARCH = 200
NOT_BY_FORM = (ASK_ACT, BEGIN)
PREFERENCES = "staff.change_preferences"


@require_safe
@desk_view
def palette(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Without a question: every act and page one may use. With one: the orders and customers that fit it."""
    typed = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    if typed:
        return JsonResponse([*_orders(actor, typed), *_customers(actor, typed)], safe=False)
    on_contact = _acts_on(actor, CONTACT, number_of(request.GET.get("contact")))
    on_customer = _acts_on(actor, CUSTOMER, number_of(request.GET.get("customer")))
    finders = [*_finder(request, actor, READ, "desk:articles"), *_finder(request, actor, SEE_PRODUCTS, "desk:products")]
    on_order = _acts_on_order(request, actor, number_of(request.GET.get("order")))
    procedures = _procedures(request, actor)
    acts = [*procedures, *on_order, *on_contact, *on_customer, *finders, *_creating(actor)]
    return JsonResponse([*acts, *_pages(request, actor)], safe=False)


def _orders(actor: Actor, typed: str) -> list[dict[str, Any]]:
    """Orders by their number or that of a return, a tracking or serial number, or an invoice."""
    return [
        {
            "kind": "page",
            "label": one.reference,
            "hint": " · ".join((one.customer, one.state)),
            "url": address_of("orders:order", one.id),
        }
        for one in find_orders(actor, typed)
    ]


def _customers(actor: Actor, typed: str) -> list[dict[str, Any]]:
    if not actor.may(access.VIEW):
        return []
    return [
        {
            "kind": "customer",
            "label": one.name,
            "hint": " · ".join(part for part in (one.reference, one.city, *why_words(one)) if part),
            "url": address_of("desk:customer", one.id),
        }
        for one in find_customers(actor, typed, limit=MOST_FOUND).customers
    ]


def _acts_on(actor: Actor, kind: str, subject_id: int | None) -> list[dict[str, Any]]:
    """The acts on what the page shows; those that need a message or a text are done where it stands."""
    subject = find_subject_type(kind)
    if subject_id is None or subject is None:
        return []
    try:
        name = subject.title(subject.read(actor, subject_id))
    except SubjectNotFound:
        return []
    return [
        {"kind": "act", "label": str(act.label), "hint": name, "url": _opened(act, subject_id)}
        for act in acts_on(kind, actor)
        if act.name not in WITH_MESSAGES
    ]


def _acts_on_order(request: HttpRequest, actor: Actor, order_id: int | None) -> list[dict[str, Any]]:
    """The acts the page of an order offers as it stands, to whom it shows the order."""
    if order_id is None:
        return []
    try:
        order, acts = offered_acts(request, actor, order_id)
    except SubjectNotFound:
        return []
    return [
        {"kind": "act", "label": str(act.label), "hint": order.reference, "url": act_address(act, order_id)}
        for act in acts
    ]


def _procedures(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """The procedures that can be begun on what the page shows; those meant for the contact's reason first."""
    for kind in ("contact", "order", "customer"):
        number = number_of(request.GET.get(kind))
        if number is None or not actor.may(RUN):
            continue
        try:
            place = place_of(actor, f"{kind}:{number}")
        except SubjectNotFound:
            continue
        return [
            {"kind": "act", "label": one["label"], "hint": one["purpose"][:80], "url": one["url"]}
            for one in offered_at(actor, place)
        ]
    return []


def _opened(act: Act, subject_id: int) -> str:
    return chooser_of(act.name, subject_id) or act_address(act, subject_id)


def _finder(request: HttpRequest, actor: Actor, permission: str, page: str) -> list[dict[str, Any]]:
    """Looking for an article or a product, on what the page shows."""
    if not actor.may(permission):
        return []
    shown = {name: request.GET.get(name) for name in ("contact", "customer") if number_of(request.GET.get(name))}
    url = f"{address_of(page)}{'?' if shown else ''}{urlencode(shown)}"
    label, hint = {
        "desk:articles": (_("Find an article"), _("Articles")),
        "desk:products": (_("Find a product"), _("Products")),
    }[page]
    return [{"kind": "act", "label": label, "hint": hint, "url": url}]


def _creating(actor: Actor) -> list[dict[str, Any]]:
    creating = [act for act in all_acts() if act.creates and actor.may(act.permission) and act.name not in NOT_BY_FORM]
    return [{"kind": "act", "label": str(act.label), "hint": "", "url": act_address(act, None)} for act in creating]


def _pages(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    entries = [
        {"kind": "page", "label": entry["label"], "hint": "", "url": entry["url"], "keys": entry.get("key", "")}
        for entry in page_context(request).get("nav", [])
    ]
    entries += [
        {"kind": "page", "label": tab["label"], "hint": _("Work"), "url": tab["url"], "keys": tab["key"]}
        for tab in list_tabs(actor, {}, None)
    ]
    for group in navigation(request, actor):
        hint = str(group["title"])
        entries += [{"kind": "page", "label": str(e["label"]), "hint": hint, "url": e["url"]} for e in group["entries"]]
    if actor.may(access.VIEW) and not actor.may(ANSWER):  # who answers has it in the bar
        url = address_of("desk:approvals")
        entries.append({"kind": "page", "label": _("Approvals"), "hint": _("What you asked for"), "url": url})
    if actor.may(access.MERGE):
        url = address_of("desk:duplicates")
        entries.append({"kind": "page", "label": _("May be the same"), "hint": _("Customers"), "url": url})
    return [*entries, {"kind": "page", "label": _("Keys"), "hint": "", "url": address_of("desk:keys"), "keys": "?"}]


@require_safe
@desk_view
def references(request: HttpRequest, actor: Actor, reference: str = "") -> HttpResponse:
    """
    What an argument may refer to: `name@subject:id`, narrowed by what was typed. The type itself shows only what one may see. What
    needs an identified customer stands in the forms, which ask for that, and is not here.
    """
    name, _at, subject = reference.partition("@")
    kind = find_reference_type(name)
    if kind is None or kind.is_protected:
        raise SubjectNotFound
    typed = request.GET.get("q", "").replace("\0", "")[:LONGEST_SEARCH]
    options = kind.options(actor, number_of(subject.partition(":")[2]), typed)
    return JsonResponse([{"value": str(one.value), "label": one.label} for one in options], safe=False)


@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
@desk_view
def drafts(request: HttpRequest, actor: Actor, key: str = "") -> HttpResponse:
    """What this person typed under a key and has not sent: read, kept, forgotten."""
    if request.method == "DELETE":
        drop_draft(actor=actor, key=key.replace("\0", ""))
        return HttpResponse(status=204)
    if request.method == "PUT":
        try:
            keep_draft(actor=actor, key=key, text=_draft_text(request), at=timezone.now())
        except NotPossible as error:
            return JsonResponse(error.as_json(), status=error.status)
        return HttpResponse(status=204)
    kept = Draft.objects.filter(person_id=actor.id, key=key.replace("\0", "")).first()
    return JsonResponse({"text": kept.text, "at": kept.updated_at.isoformat()} if kept else {"text": ""})


def _draft_text(request: HttpRequest) -> str:
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        given = None
    text = given.get("text") if isinstance(given, dict) else None
    if not isinstance(text, str) or any("\ud800" <= c <= "\udfff" for c in text):
        raise NotPossible("give a JSON object with the text, as valid Unicode")
    return text


@require_POST
@desk_view
def preferences(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Change how the desk looks to oneself: only what was sent changes."""
    subject = find_subject_type(REPRESENTATIVE)
    assert subject is not None
    assert actor.id is not None
    arguments: dict[str, Any] = dict(current_values(get_act(PREFERENCES), subject.read(actor, actor.id)))
    chosen = {name: request.POST[name] for name in arguments if name in request.POST}
    if not chosen:
        return JsonResponse({"code": "unknown_preference"}, status=422)
    arguments |= chosen
    by_script = "application/json" in request.headers.get("Accept", "")
    try:
        perform(PREFERENCES, actor=actor, subject_id=actor.id, arguments=arguments, at=timezone.now())
    except ActError as error:
        if error.status in (403, 404):
            raise
        return JsonResponse(error.as_json(), status=error.status)
    if by_script:
        return HttpResponse(status=204)
    back = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if is_ours else address_of("desk:home"))


@require_safe
@desk_view
def keys(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """The list of keys."""
    return render(request, "desk/keys.html", {})
