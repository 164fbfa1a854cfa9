"""Callbacks on the desk: choosing when, the page from which one calls, and noting what came of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.contacts.access import HANDLE, visible_contacts
from onhand.contacts.first_screen import NOTHING
from onhand.customers.access import VIEW, visible_customers
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound, UnknownAct
from onhand.kernel.perform import perform
from onhand.routing.callbacks.access import visible_callbacks
from onhand.routing.callbacks.models import Callback
from onhand.routing.callbacks.windows import offer_windows
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, wants_fragment
from onhand.web.desk.callback_pages import callback_page, chooser_context
from onhand.web.desk.customer_pages import read_first_screen, screen_context, work_sections
from onhand.web.desk.request_keys import key_of
from onhand.web.desk.timeline_pages import read_asked


@require_safe
@desk_view
def for_customer(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """When shall this customer be called? With `promise`, to keep that one."""
    actor.require(HANDLE)
    customer = visible_customers(actor).filter(pk=customer_id, erased_at__isnull=True).first()
    if customer is None:
        raise Http404
    form = address_of("desk:customer_act", customer_id, "callbacks.arrange_callback")
    boxes = {name: request.GET[name][:200] for name in ("promise", "matter") if request.GET.get(name)}
    offer = offer_windows(customer, None, timezone.now())
    return _choose(request, chooser_context(offer, form, address_of("desk:customer", customer_id), **boxes))


@require_safe
@desk_view
def for_contact(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """When shall whoever is on this contact be called?"""
    actor.require(HANDLE)
    contact = visible_contacts(actor).select_related("customer").filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    form = address_of("desk:act", "callbacks.arrange_callback_about", contact_id)
    offer = offer_windows(contact.customer, contact, timezone.now())
    context = chooser_context(offer, form, address_of("desk:contact", contact_id), matter=contact.subject)
    return _choose(request, context)


@require_safe
@desk_view
def move(request: HttpRequest, actor: Actor, callback_id: int) -> HttpResponse:
    """When shall they be called instead?"""
    actor.require(HANDLE)
    found = _read(actor, callback_id)
    form = address_of("desk:act", "callbacks.move_callback", callback_id)
    offer = offer_windows(found.customer, found.contact, timezone.now(), found)
    return _choose(request, chooser_context(offer, form, address_of("desk:callback", callback_id)))


def _choose(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    template = "desk/callback_when.html" if wants_fragment(request) else "desk/callback_when_page.html"
    return render(request, template, context)


@require_safe
@desk_view
def callback(request: HttpRequest, actor: Actor, callback_id: int) -> HttpResponse:
    """The page from which a callback is called, with the customer's file beside it."""
    return render(request, "desk/callback.html", _page(request, actor, _read(actor, callback_id)))


@require_POST
@desk_view
def note_try(request: HttpRequest, actor: Actor, callback_id: int) -> HttpResponse:
    """Note what came of calling: one press. What stands against it is said on the page, with what was typed."""
    found = _read(actor, callback_id)
    given = {"outcome": request.POST.get("outcome", ""), "note": request.POST.get("note", "")[:1000]}
    try:
        perform(
            "callbacks.note_try",
            actor=actor,
            subject_id=callback_id,
            arguments=given,
            contact_id=found.call_id,
            at=timezone.now(),
            idempotency_key=key_of(request),
        )
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        problem = " ".join([error.message, *(one for found in error.fields.values() for one in found)])
        context = _page(request, actor, _read(actor, callback_id)) | {"problem": problem, "typed": given["note"]}
        return render(request, "desk/callback.html", context, status=422)
    return HttpResponseRedirect(address_of("desk:callback", callback_id))


def _read(actor: Actor, callback_id: int) -> Callback:
    related = ("queue", "customer", "contact", "promise")
    found = visible_callbacks(actor).select_related(*related).filter(pk=callback_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, actor: Actor, found: Callback) -> dict[str, Any]:
    context = callback_page(actor, found, timezone.now())
    context |= {"customer": None, "work_sections": work_sections(actor)}
    file = (found.customer.merged_into_id or found.customer.pk) if found.customer is not None else 0
    if actor.may(VIEW) and visible_customers(actor).filter(pk=file, erased_at__isnull=True).exists():
        screen = read_first_screen(actor, file, wanted=NOTHING, reason=_("calls back"))
        beside = screen_context(request, actor, screen, read_asked(request.GET))
        context |= {
            "customer": beside["customer"],
            "panels": beside["panels"],
            "file_page": address_of("desk:customer", file),
        }
    return context
