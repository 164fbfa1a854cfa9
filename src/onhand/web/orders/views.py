"""The pages of an order: itself, its dispute file, a return with its label, and all orders of a customer."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.contacts.first_screen import NOTHING
from onhand.customers.access import visible_customers
from onhand.customers.membership import member_ids
from onhand.customers.queries import note_reading
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.pdf import CannotDraw
from onhand.orders import access
from onhand.orders.disputes.contradictions import contradictions
from onhand.orders.disputes.gathering import gather
from onhand.orders.disputes.line_of_time import line_of_time
from onhand.orders.labels import label_pdf
from onhand.orders.panels import PAGE, orders_of
from onhand.orders.reading import find_order, read_order_page, read_return_page
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of
from onhand.web.desk.customer_pages import read_first_screen, screen_context, work_sections
from onhand.web.desk.timeline_pages import read_asked
from onhand.web.errors import unavailable
from onhand.web.orders.dispute_pages import dispute_context
from onhand.web.orders.offered import may_be_told
from onhand.web.orders.pages import list_row, order_context, return_context


def _beside(request: HttpRequest, actor: Actor, customer_id: int) -> dict[str, Any]:
    """The customer's file beside an order; that it was read is noted with it."""
    screen = read_first_screen(actor, customer_id, wanted=NOTHING, page="orders", reason=_("looked at an order"))
    beside = screen_context(request, actor, screen, read_asked(request.GET))
    return {
        "customer": beside["customer"],
        "panels": beside["panels"],
        "file_page": address_of("desk:customer", customer_id),
        "work_sections": work_sections(actor, customer_id),
    }


@require_safe
@desk_view
def order(request: HttpRequest, actor: Actor, order_id: int) -> HttpResponse:
    """An order with everything that belongs to it, beside its customer."""
    found, root = find_order(actor, order_id)
    context: dict[str, Any] = {"told": may_be_told(request, actor, root), "reference": found.reference}
    if context["told"]:
        context |= order_context(read_order_page(found, root), actor) | {"order_id": order_id}
    return render(request, "orders/order.html", context | _beside(request, actor, root))


@require_safe
@desk_view
def parts(request: HttpRequest, actor: Actor, order_id: int) -> HttpResponse:
    """What of the page changes: fetched again when something happened to the order."""
    found, root = find_order(actor, order_id)
    if not may_be_told(request, actor, root):
        raise SubjectNotFound
    note_reading(actor, root, page="orders", reason=_("looked at an order"), at=timezone.now())
    return render(request, "orders/parts.html", order_context(read_order_page(found, root), actor))


@require_safe
@desk_view
def dispute(request: HttpRequest, actor: Actor, order_id: int) -> HttpResponse:
    """The dispute file of an order: everything on one line of time, with what contradicts marked."""
    found, root = find_order(actor, order_id)
    context: dict[str, Any] = {"told": may_be_told(request, actor, root), "reference": found.reference}
    if context["told"]:
        facts = gather(found, timezone.now())
        wrong = contradictions(facts)
        context |= dispute_context(found, facts, wrong, line_of_time(facts, wrong))
    return render(request, "orders/dispute.html", context | _beside(request, actor, root))


@require_safe
@desk_view
def return_page(request: HttpRequest, actor: Actor, return_id: int) -> HttpResponse:
    """A return: what comes back, what arrived, how it was found, what was given back."""
    page = read_return_page(actor, return_id)
    context: dict[str, Any] = {
        "told": may_be_told(request, actor, page.root_id),
        "reference": page.one.reference,
    }
    if context["told"]:
        context |= return_context(page, actor)
    return render(request, "orders/return.html", context | _beside(request, actor, page.root_id))


@require_safe
@desk_view
def label(request: HttpRequest, actor: Actor, return_id: int) -> HttpResponse:
    """The label of a return as a PDF."""
    page = read_return_page(actor, return_id)
    if not may_be_told(request, actor, page.root_id):
        raise SubjectNotFound
    note_reading(
        actor,
        page.root_id,
        page="orders",
        reason=_("printed the label of %(reference)s") % {"reference": page.one.reference},
        at=timezone.now(),
    )
    try:
        answer = HttpResponse(label_pdf(page.one), content_type="application/pdf")
    except CannotDraw as error:
        return unavailable(request, str(error))
    answer["Content-Disposition"] = f'inline; filename="{page.one.reference}.pdf"'
    return answer


@require_safe
@desk_view
def orders_of_customer(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """All orders of a customer, newest first, a page at a time."""
    actor.require(access.VIEW)
    customer = visible_customers(actor).filter(pk=customer_id).values_list("pk", "merged_into_id").first()
    if customer is None:
        raise SubjectNotFound
    root = customer[1] or customer[0]
    told = may_be_told(request, actor, root)
    rows = orders_of(member_ids(root), before=_mark(request.GET.get("before", "")), most=PAGE + 1) if told else []
    more = len(rows) > PAGE
    last = rows[PAGE - 1] if more else None
    here = address_of("orders:of_customer", root)
    context = {
        "told": told,
        "rows": [list_row(one) for one in rows[:PAGE]],
        "next_url": f"{here}?before={last.placed_at.timestamp():.6f}-{last.id}" if last else "",
        "is_first": "before" not in request.GET,
        "here": here,
    }
    return render(request, "orders/list.html", context | _beside(request, actor, root))


def _mark(text: str) -> tuple[datetime, int] | None:
    """Where a page goes on: a moment and a number."""
    moment, _dash, number = text.partition("-")
    seconds, _dot, parts = moment.partition(".")
    at, micro, pk = number_of(seconds), parts.isdecimal() and len(parts) == 6, number_of(number)
    if at is None or not micro or pk is None or at > 32_503_680_000:
        return None
    return datetime.fromtimestamp(at, timezone.get_default_timezone()).replace(microsecond=int(parts)), pk
