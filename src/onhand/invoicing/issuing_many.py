"""Many invoices at once, for runs over all customers: what `issuing.issue_invoice` writes, in a handful of statements for all of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from onhand.customers.models import Customer
from onhand.invoicing.drafts import Draft, LineWanted, draft
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.issuing import journal_lines, require_sensible, written_to
from onhand.invoicing.models import CompanyDetails, Document, DocumentLine, RateRow, Seller
from onhand.invoicing.numbers import take_numbers
from onhand.kernel.bulk import copy_rows
from onhand.kernel.database import run_prepared
from onhand.ledger.posting_many import Booking, post_many

_IDS = "select nextval('invoicing_document_id_seq') from generate_series(1, %s)"


@dataclass(frozen=True, slots=True)
class InvoiceWanted:
    """An invoice to be: see `issuing.issue_invoice`. `customer` is the row, locked by whoever calls."""

    customer: Customer
    lines: Sequence[LineWanted]
    of: tuple[str, int]
    key: str
    address: Mapping[str, Any] = field(default_factory=dict)
    due_days: int | None = None


def issue_invoices(wanted: Sequence[InvoiceWanted], *, at: datetime, day: date) -> list[Document]:
    """
    Issue these invoices, all or none, in the caller's transaction, in order. Their files are made when somebody asks for them. Errors of
    the database come as they are.

    :raises NotPossible: one has no lines, several currencies, or a sum below nothing.
    """
    if not wanted:
        return []
    drafts = [draft(one.lines) for one in wanted]
    for made in drafts:
        require_sensible(made)
    usual = CompanyDetails.objects.values_list("due_days", flat=True).first() or 0
    seller_id = Seller.objects.values_list("pk", flat=True).latest("pk")
    ids = [int(number) for (number,) in run_prepared(_IDS, [len(wanted)])]
    numbers = take_numbers(DocumentKind.INVOICE, day.year, len(wanted))
    documents = []
    for place, (one, made, pk) in enumerate(zip(wanted, drafts, ids, strict=True)):
        document = _document(one, made, at, day, usual)
        document.pk, document.seller_id = pk, seller_id
        document.series_id, document.year, document.number = numbers.series_id, numbers.year, numbers.first + place
        document.label = numbers.label(document.number)
        documents.append(document)
    _copy(documents, drafts)
    post_many(
        [_booking(document, made) for document, made in zip(documents, drafts, strict=True) if made.gross],
        at=at,
        booked_on=day,
    )
    return documents


def _document(one: InvoiceWanted, made: Draft, at: datetime, day: date, usual: int) -> Document:
    due_days = usual if one.due_days is None else one.due_days
    return Document(
        kind=DocumentKind.INVOICE,
        customer=one.customer,
        document_type=one.of[0],
        document_id=one.of[1],
        currency=made.currency,
        issued_at=at,
        issued_on=day,
        due_on=day + timedelta(days=due_days),
        net_minor=made.net,
        tax_minor=made.tax,
        gross_minor=made.gross,
        address=written_to(one.customer, one.address),
        language=one.customer.language,
        key=one.key,
    )


def _booking(document: Document, made: Draft) -> Booking:
    lines = journal_lines(document, made)
    about = ("document", document.pk)
    return Booking("invoice", about, f"document:{document.pk}", lines, document.customer_id, document.label)


def _copy(documents: Sequence[Document], drafts: Sequence[Draft]) -> None:
    heads = [one for one in Document._meta.concrete_fields if one.name != "version"]
    columns = ["version", *(one.attname for one in heads)]
    copy_rows("invoicing_document", columns, ([1, *(_plain(one, f.attname) for f in heads)] for one in documents))
    for model, table, parts in (
        (DocumentLine, "invoicing_documentline", [made.lines for made in drafts]),
        (RateRow, "invoicing_raterow", [made.rates for made in drafts]),
    ):
        names = [f for f in model._meta.concrete_fields if not f.primary_key and f.name != "document"]
        copy_rows(
            table,
            ["document_id", *(f.attname for f in names)],
            (
                [document.pk, *(_plain(part, f.attname) for f in names)]
                for document, of_it in zip(documents, parts, strict=True)
                for part in of_it  # type: ignore[attr-defined]
            ),
        )


def _plain(row: Any, name: str) -> Any:
    value = getattr(row, name)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):  # also members of enumerations
        return str(value)
    return value
