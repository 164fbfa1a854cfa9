"""Approvals on the desk: asking from an act's form, the page of one, allowing it by one press, the list."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.approvals.access import ANSWER, VIEW, visible_approvals
from onhand.approvals.asking import ALLOW_ACT
from onhand.approvals.models import Approval
from onhand.contacts.first_screen import NOTHING
from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound, UnknownAct
from onhand.kernel.perform import perform
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view
from onhand.web.desk.approval_pages import approval_page, approvals_page, beside
from onhand.web.desk.customer_pages import read_first_screen, screen_context, work_sections
from onhand.web.desk.request_keys import key_of
from onhand.web.desk.timeline_pages import read_asked


@require_safe
@desk_view
def approvals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every open approval somebody may answer, and what they asked for themselves."""
    actor.require(VIEW)
    context = approvals_page(actor, timezone.now()) | {"work_sections": work_sections(actor)}
    return render(request, "desk/approvals.html", context)


@require_safe
@desk_view
def approval(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponse:
    """The page on which an approval is answered, with the customer's file beside it."""
    return render(request, "desk/approval.html", _page(request, actor, _read(actor, approval_id)))


@require_safe
@desk_view
def approval_beside(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponse:
    """One approval by itself, for live updates where it was asked for."""
    one = _read(actor, approval_id)
    return render(request, "desk/approval_beside.html", {"one": beside(one, actor, timezone.now())})


@require_POST
@desk_view
def allow(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponse:
    """Allow it: one press. What stands against it is said on the page."""
    actor.require(ANSWER)
    found = _read(actor, approval_id)
    try:
        perform(
            ALLOW_ACT,
            actor=actor,
            subject_id=approval_id,
            arguments={},
            at=timezone.now(),
            idempotency_key=key_of(request),
        )
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        problem = " ".join([error.message, *(one for given in error.fields.values() for one in given)])
        context = _page(request, actor, _read(actor, approval_id)) | {"problem": problem}
        return render(request, "desk/approval.html", context, status=422)
    return HttpResponseRedirect(address_of("desk:approval", found.pk))


def _read(actor: Actor, approval_id: int) -> Approval:
    related = ("customer", "contact", "case")
    found = visible_approvals(actor).select_related(*related).filter(pk=approval_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, actor: Actor, found: Approval) -> dict[str, Any]:
    context = approval_page(actor, found, timezone.now())
    context |= {"customer": None, "work_sections": work_sections(actor)}
    file = (found.customer.merged_into_id or found.customer.pk) if found.customer is not None else 0
    if visible_customers(actor).filter(pk=file, erased_at__isnull=True).exists():
        screen = read_first_screen(actor, file, wanted=NOTHING, reason=_("answers an approval"))
        shown = screen_context(request, actor, screen, read_asked(request.GET))
        context |= {
            "customer": shown["customer"],
            "panels": shown["panels"],
            "file_page": address_of("desk:customer", file),
        }
    return context
