"""Money over REST: an invoice explained charge by charge, how an account stands, and usage brought in, many rows at once."""

from decimal import Decimal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router

from onhand.billing import access as billing
from onhand.billing.explaining import explain
from onhand.billing.models import Charge, CustomerAccount
from onhand.billing.standing import standing_of
from onhand.billing.usage import UsageRow, store_usage
from onhand.customers.identification.level import reached_by_default
from onhand.customers.queries import note_reading
from onhand.invoicing.access import BILLING, IDENTIFIED, visible_documents
from onhand.invoicing.models import Document
from onhand.kernel.actor import Actor
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible, SubjectNotFound
from onhand.web.api.callers import caller
from onhand.web.api.contact_schemas import ReadContact
from onhand.web.api.money_schemas import (
    AccountStanding,
    BulkUsage,
    ExplainedDocument,
    ExplainedLine,
    OpenRow,
    UsageAnswer,
)
from onhand.web.api.openapi import ACTING, REFERENCE, errors_of
from onhand.web.api.reading import read_as, read_body
from onhand.web.api.schemas import Id

router = Router(tags=["money"])
LARGEST_BODY = 1024 * 1024
_USAGE = {"schema": {"$ref": REFERENCE.format(model="BulkUsage")}}


@router.get(
    "/documents/{document_id}",
    response=ExplainedDocument,
    operation_id="explain_document",
    summary="An invoice or credit note, every charge explained",
)
def explain_document(request: HttpRequest, document_id: Path[Id], asked: Query[ReadContact]) -> ExplainedDocument:
    """A document with its lines, and of each charge how it came about. Leaves an access record on the customer's file."""
    actor = caller(request)
    found = visible_documents(actor).select_related("customer").filter(pk=document_id).first()
    if found is None:
        raise SubjectNotFound
    _note(actor, found.customer.merged_into_id or found.customer_id, asked.reason)
    return _explained(found, actor)


def _explained(found: Document, actor: Actor) -> ExplainedDocument:
    lines = list(found.lines.order_by("position"))
    ids = [one.source_id for one in lines if one.source_type == "charge" and one.source_id]
    charges = Charge.objects.select_related("subscription__plan").in_bulk(ids) if actor.may(billing.VIEW) else {}
    shown = []
    for one in lines:
        charge = charges.get(one.source_id or 0)
        unit = charge.subscription.plan.unit if charge is not None and charge.subscription is not None else ""
        shown.append(
            ExplainedLine(
                id=one.pk,
                what=one.what,
                text=one.text,
                pieces=f"{one.pieces.normalize():f}",
                percent=f"{one.percent.normalize():f}",
                net=one.net_minor,
                tax=one.tax_minor,
                credited=one.credited_net + one.credited_tax,
                explained=explain(charge, unit) if charge is not None else [],
                derivation=charge.derivation if charge is not None else {},
            )
        )
    return ExplainedDocument(
        id=found.pk,
        kind=found.kind,
        number=found.label,
        customer_id=found.customer_id,
        issued_on=found.issued_on,
        due_on=found.due_on,
        currency=found.currency,
        net=found.net_minor,
        tax=found.tax_minor,
        gross=found.gross_minor,
        credited=found.credited_minor,
        counters=found.counters_id,
        lines=shown,
    )


@router.get(
    "/accounts/{account_id}",
    response=AccountStanding,
    operation_id="read_account",
    summary="How a customer's account stands",
)
def read_account(request: HttpRequest, account_id: Path[Id], asked: Query[ReadContact]) -> AccountStanding:
    """The balance and every open item with the day it is due. Leaves an access record on the customer's file."""
    actor = caller(request)
    found = billing.visible_accounts(actor).select_related("customer").filter(pk=account_id).first()
    if found is None:
        raise SubjectNotFound
    _note(actor, found.customer.merged_into_id or found.customer_id, asked.reason)
    return _standing(found)


def _standing(account: CustomerAccount) -> AccountStanding:
    standing = standing_of(account.pk, account.currency)
    return AccountStanding(
        id=account.pk,
        customer_id=account.customer_id,
        currency=account.currency,
        balance=standing.balance.minor,
        overdue=standing.overdue(company_day(timezone.now())).minor,
        next_bill_on=account.next_bill_on,
        open=[
            OpenRow(
                kind=one.kind,
                id=one.id,
                label=one.label,
                due_on=one.due_on,
                amount=one.amount.minor,
                left=one.left.minor,
            )
            for one in standing.items
        ],
    )


def _note(actor: Actor, customer_id: int, reason: str) -> None:
    """Only what may be told is read, and that it was read is noted."""
    at = timezone.now()
    if not reached_by_default(actor, customer_id, at, None).may_be_told(BILLING, IDENTIFIED):
        raise NotPossible(_("Identify the customer first."))
    note_reading(actor, customer_id, page="money", reason=reason, at=at)


@router.post(
    "/usage/bulk",
    response=UsageAnswer,
    operation_id="bring_in_usage",
    summary="Bring in usage of subscriptions, many rows at once",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": _USAGE}},
        "responses": errors_of(ACTING),
    },
)
def bring_in_usage(request: HttpRequest) -> UsageAnswer:
    """Up to 1,000 rows. The same row sent again is known already and not stored twice; a wrong row stops no other."""
    actor = caller(request)
    actor.require(billing.CHANGE)
    asked = read_as(BulkUsage, read_body(request, most=LARGEST_BODY))
    seen = set(
        billing.visible_subscriptions(actor)
        .filter(pk__in={row.subscription_id for row in asked.rows})
        .values_list("pk", flat=True)
    )
    rows = [  # what the caller may not see is not there
        UsageRow(
            row.subscription_id if row.subscription_id in seen else 0, row.outside_id, row.day, Decimal(row.quantity)
        )
        for row in asked.rows
    ]
    done = store_usage(rows, source=asked.source, today=company_day(timezone.now()))
    return UsageAnswer(
        stored=done.stored, known=done.known, errors={str(place): said for place, said in done.errors.items()}
    )
