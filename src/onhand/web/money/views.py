"""The pages of money: an invoice or credit note explained line by line, its files, and a customer's account."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.billing.access import visible_accounts, visible_payment_plans, visible_subscriptions
from onhand.billing.models import CustomerAccount
from onhand.billing.statement_acts import USUAL
from onhand.billing.statement_pdf import MEDIA_TYPE, statement_pdf
from onhand.billing.statement_pdf import file_name as statement_name
from onhand.billing.statements import read_statement
from onhand.contacts.first_screen import NOTHING
from onhand.customers.identification.level import reached_by_default
from onhand.customers.queries import note_reading
from onhand.invoicing.access import BILLING, IDENTIFIED, visible_documents
from onhand.invoicing.enums import FileFormat
from onhand.invoicing.files import MEDIA_TYPES, content_of, file_name_of
from onhand.invoicing.models import Document
from onhand.kernel.actor import Actor
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible, SubjectNotFound
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.pdf import CannotDraw
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, on_screen
from onhand.web.desk.customer_pages import read_first_screen, screen_context, work_sections
from onhand.web.desk.timeline_pages import read_asked
from onhand.web.errors import unavailable
from onhand.web.money.account_pages import account_context
from onhand.web.money.document_pages import document_context
from onhand.web.templating import show_date


def _may_be_told(request: HttpRequest, actor: Actor, customer_id: int) -> bool:
    """Whether the customer is identified well enough for their money to be shown."""
    shown = on_screen(request, actor)
    reached = reached_by_default(actor, customer_id, timezone.now(), shown.id if shown else None)
    return reached.may_be_told(BILLING, IDENTIFIED)


def _beside(request: HttpRequest, actor: Actor, customer_id: int) -> dict[str, Any]:
    """The customer's file beside it; that it was read is noted with it."""
    screen = read_first_screen(actor, customer_id, wanted=NOTHING, page="money", reason=_("looked at an account"))
    beside = screen_context(request, actor, screen, read_asked(request.GET))
    return {
        "customer": beside["customer"],
        "panels": beside["panels"],
        "file_page": address_of("desk:customer", customer_id),
        "work_sections": work_sections(actor, customer_id),
    }


def _document(actor: Actor, document_id: int) -> tuple[Document, int]:
    """A document this actor may see, and the customer whose file it is in."""
    if not 0 < document_id <= LARGEST_INTEGER:
        raise SubjectNotFound
    found = visible_documents(actor).select_related("customer", "counters").filter(pk=document_id).first()
    if found is None:
        raise SubjectNotFound
    return found, found.customer.merged_into_id or found.customer_id


@require_safe
@desk_view
def document(request: HttpRequest, actor: Actor, document_id: int) -> HttpResponse:
    """An invoice or credit note: its lines, each charge explained, what was credited, and its files."""
    found, root = _document(actor, document_id)
    context: dict[str, Any] = {"told": _may_be_told(request, actor, root), "label": found.label}
    if context["told"]:
        context |= document_context(found, actor, root)
    return render(request, "money/document.html", context | _beside(request, actor, root))


@require_safe
@desk_view
def pdf(request: HttpRequest, actor: Actor, document_id: int) -> HttpResponse:
    """The document as PDF; made now if it is not made yet."""
    return _file(request, actor, document_id, FileFormat.PDF)


@require_safe
@desk_view
def xml(request: HttpRequest, actor: Actor, document_id: int) -> HttpResponse:
    """The electronic invoice alone."""
    return _file(request, actor, document_id, FileFormat.XML)


def _file(request: HttpRequest, actor: Actor, document_id: int, kind: FileFormat) -> HttpResponse:
    found, root = _document(actor, document_id)
    if not _may_be_told(request, actor, root):
        raise SubjectNotFound
    try:
        content = content_of(found, kind, timezone.now())
    except CannotDraw as error:
        return unavailable(request, str(error))
    if content is None:
        raise Http404
    note_reading(
        actor, root, page="money", reason=_("opened %(document)s") % {"document": found.label}, at=timezone.now()
    )
    answer = HttpResponse(content, content_type=MEDIA_TYPES[kind])
    how = "inline" if kind == FileFormat.PDF else "attachment"
    answer["Content-Disposition"] = f'{how}; filename="{file_name_of(found, kind)}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
@desk_view
def account(request: HttpRequest, actor: Actor, account_id: int) -> HttpResponse:
    """A customer's account: what is open and when it is due, subscriptions, charges to come, plans, dunning, the statement."""
    found = _account(actor, account_id)
    root = found.customer.merged_into_id or found.customer_id
    context: dict[str, Any] = {"told": _may_be_told(request, actor, root), "label": found.customer.name}
    if context["told"]:
        first, last = _day(request.GET.get("first", "")), _day(request.GET.get("last", ""))
        context |= account_context(found, actor, first, last, company_day(timezone.now()))
    return render(request, "money/account.html", context | _beside(request, actor, root))


@require_safe
@desk_view
def statement(request: HttpRequest, actor: Actor, account_id: int) -> HttpResponse:
    """The statement of an account over some days as PDF; where that cannot be, the account's page says why."""
    found = _account(actor, account_id)
    root = found.customer.merged_into_id or found.customer_id
    if not _may_be_told(request, actor, root):
        raise SubjectNotFound
    now = timezone.now()
    last = _day(request.GET.get("last", "")) or company_day(now)
    try:
        read = read_statement(found, _day(request.GET.get("first", "")) or last - USUAL, last, company_day(now))
        content = statement_pdf(read)
    except NotPossible:
        return HttpResponseRedirect(f"{address_of('money:account', found.pk)}?{request.GET.urlencode()}#booked-title")
    except CannotDraw as error:
        return unavailable(request, str(error))
    days = {"first": show_date(read.first), "last": show_date(read.last)}
    note_reading(
        actor, root, page="statement", reason=_("opened the statement of %(first)s to %(last)s") % days, at=now
    )
    answer = HttpResponse(content, content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'inline; filename="{statement_name(read)}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _account(actor: Actor, account_id: int) -> CustomerAccount:
    rows = visible_accounts(actor).select_related("customer")
    found = rows.filter(pk=account_id).first() if 0 < account_id <= LARGEST_INTEGER else None
    if found is None:
        raise SubjectNotFound
    return found


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


@require_safe
@desk_view
def subscription(_request: HttpRequest, actor: Actor, subscription_id: int) -> HttpResponse:
    """A subscription stands on the page of its account."""
    rows = visible_subscriptions(actor)
    found = rows.filter(pk=subscription_id).first() if 0 < subscription_id <= LARGEST_INTEGER else None
    if found is None:
        raise SubjectNotFound
    return HttpResponseRedirect(f"{address_of('money:account', found.account_id)}#subscription-{found.pk}")


@require_safe
@desk_view
def payment_plan(_request: HttpRequest, actor: Actor, plan_id: int) -> HttpResponse:
    """A payment plan stands on the page of its account."""
    rows = visible_payment_plans(actor)
    found = rows.filter(pk=plan_id).first() if 0 < plan_id <= LARGEST_INTEGER else None
    if found is None:
        raise SubjectNotFound
    return HttpResponseRedirect(f"{address_of('money:account', found.account_id)}#plan-{found.pk}")
