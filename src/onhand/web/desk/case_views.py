"""The page of a case, and its parts for live updates."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.contacts.cases.page import CasePage, find_reference, read_case_page
from onhand.contacts.cases.work import Which, Whose
from onhand.contacts.first_screen import NOTHING
from onhand.customers.access import VIEW
from onhand.customers.queries import note_reading
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of
from onhand.web.desk.case_lists import case_list
from onhand.web.desk.case_pages import case_context
from onhand.web.desk.customer_pages import read_first_screen, screen_context, work_sections
from onhand.web.desk.help_pages import help_view
from onhand.web.desk.timeline_pages import read_asked


@require_safe
@desk_view
def case(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """A case by its reference, as it is said or typed. Its number, as programs have it, leads there too."""
    number = number_of(reference)
    if number is not None:
        return HttpResponseRedirect(address_of("desk:case", find_reference(actor, number)))
    page = _read(actor, reference)
    context = case_context(page, actor) | {
        "customer": None,
        "work_sections": work_sections(actor),
        "help": help_view(actor, "case", page.id),
    }
    if page.seen_customers:
        screen = read_first_screen(actor, page.seen_customers[0], wanted=NOTHING)
        beside = screen_context(request, actor, screen, read_asked(request.GET))
        context |= {
            "customer": beside["customer"],
            "panels": beside["panels"],
            "file_page": address_of("desk:customer", page.seen_customers[0]),
        }
    return render(request, "desk/case.html", context)


def _read(actor: Actor, reference: str) -> CasePage:
    """A case; that it was read is noted on the files of its customers. Raises SubjectNotFound."""
    page = read_case_page(actor, reference)
    for customer_id in page.seen_customers:
        note_reading(actor, customer_id, page="desk.case", reason=_("read a case"), at=timezone.now())
    return page


@require_safe
@desk_view
def cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Open cases: whose and which is in the address; one's own without saying more."""
    actor.require(VIEW)
    whose = next((one for one in Whose if one == request.GET.get("whose")), Whose.MINE)
    which = next((one for one in Which if one == request.GET.get("which")), Which.OPEN)
    context = case_list(actor, whose, which, request.GET.get("after", ""))
    return render(request, "desk/cases.html", context | {"work_sections": work_sections(actor)})


@require_safe
@desk_view
def parts(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """What of the page changes: fetched again when something happened to the case."""
    return render(request, "desk/case_parts.html", case_context(_read(actor, reference), actor))
