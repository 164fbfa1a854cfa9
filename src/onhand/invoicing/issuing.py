"""
Issuing: a document with its number, lines and journal is written in the transaction of whoever asks, whole or not at all.

    issue_invoice(7, [LineWanted(What.GOODS, "Lamp", 2, Money(2420, "EUR"), Decimal(21), True, ("order_line", 3))],
        of=("order", 12), address={}, key="shipment:4", at=run.at, day=company_day(run.at))

Whoever issues has locked what comes before by the order of locks (customer, order, stock) and books other things afterwards. The file (PDF
with the e-invoice in it) is made by a job after the commit.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from onhand.customers.membership import family_ids
from onhand.customers.models import Customer
from onhand.invoicing.drafts import Draft, LineWanted, draft
from onhand.invoicing.enums import DocumentKind, What
from onhand.invoicing.models import CompanyDetails, Document, DocumentLine
from onhand.invoicing.numbers import take_numbers
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.inserting import insert_row
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.reading import read_rows
from onhand.ledger.chart import RECEIVABLE, TAX
from onhand.ledger.posting import Line, credit, debit, post
from onhand.payments.documents import owed_by

LARGEST_DOCUMENT = 10**15  # minor units
__all__ = ["LineWanted", "What", "issue_credit_note", "issue_invoice"]


class AlreadyInvoicedError(ValueError):
    """The same business was invoiced before: a fault in the caller, or a replay it did not look for."""


def issue_invoice(
    customer_id: int,
    lines: Sequence[LineWanted],
    *,
    of: tuple[str, int],
    address: Mapping[str, Any],
    key: str,
    at: datetime,
    day: date,
    due_days: int | None = None,
) -> Document:
    """
    Issue an invoice: debits the customer, credits sales, shipping, fees and tax. What `address` does not say is taken from the file.
    `due_days` is how long the customer has to pay; without it the company's usual time.

    :raises NotPossible: no lines, several currencies, a sum below nothing, or the day is in a closed period.
    :raises AlreadyInvoicedError: there is a document of that key.
    """
    lock_in_order(Customer, [customer_id])
    made = draft(lines)
    if due_days is None:
        due_days = CompanyDetails.objects.values_list("due_days", flat=True).first() or 0
    document = _document(DocumentKind.INVOICE, customer_id, made, of, address, key, at, day)
    document.due_on = day + timedelta(days=due_days)
    return _issued(document, made)


def issue_credit_note(
    customer_id: int,
    lines: Sequence[LineWanted],
    *,
    of: tuple[str, int],
    counters: Document | None,
    address: Mapping[str, Any],
    key: str,
    at: datetime,
    day: date,
    reason: str = "",
) -> Document:
    """
    Issue a credit note over positive amounts: the contrary of an invoice; lines of goodwill are booked on goodwill. With `counters` it
    takes back that invoice: lines of the same source take back its lines, and all notes together no more than it was.

    :raises NotPossible: as for invoices; more than is left of a line or of the invoice; another customer's invoice or another currency.
    :raises AlreadyInvoicedError: there is a document of that key.
    """
    lock_in_order(Customer, [customer_id])
    countered = _countered(counters, customer_id, lines)
    made = draft(_matched(lines, countered), {one.pk: one for one in countered})
    if made.gross <= 0:
        raise NotPossible(_("A credit note gives something back."))
    document = _document(DocumentKind.CREDIT_NOTE, customer_id, made, of, address, key, at, day)
    document.counters, document.due_on, document.reason = counters, day, reason[:500]
    if counters is not None:
        document.language = counters.language
        document.address = counters.address | {k: v for k, v in address.items() if v}
    return _issued(document, made)


def _countered(counters: Document | None, customer_id: int, lines: Sequence[LineWanted]) -> list[DocumentLine]:
    """The lines of the invoice, which is locked, with what is left of them now."""
    if counters is None:
        return []
    lock_in_order(Document, [counters.pk])
    counters.refresh_from_db(fields=["credited_minor"])
    if counters.kind != DocumentKind.INVOICE or not _same_file(counters.customer_id, customer_id):
        raise NotPossible(_("This is not an invoice of this customer."))
    if any(one.amount.currency != counters.currency for one in lines):
        raise NotPossible(_("The invoice is in %(currency)s.") % {"currency": counters.currency})
    return list(counters.lines.order_by("position"))


def _same_file(one: int, other: int) -> bool:
    if one == other:
        return True
    roots = Customer.objects.filter(pk__in=[one, other]).values_list("pk", "merged_into")
    return len({into or pk for pk, into in roots}) == 1


def is_payable_by(document_id: int, customer_id: int, currency: str) -> bool:
    """Whether it is an invoice in this currency of the file this customer is part of."""
    invoices = Document.objects.filter(pk=document_id, kind=DocumentKind.INVOICE, currency=currency)
    return invoices.filter(customer__in=family_ids([customer_id])).exists()


def still_open(document_id: int) -> Money:
    """What is still to be paid of an invoice: at most what is left of it, and what the customer owes at all."""
    document = Document.objects.get(pk=document_id)
    owed = owed_by(document.customer_id, document.currency)
    return min(Money(document.left_minor, document.currency), owed, key=lambda one: one.minor)


def title_of(document_id: int) -> str:
    """The number of a document."""
    return str(Document.objects.values_list("label", flat=True).get(pk=document_id))


def _matched(lines: Sequence[LineWanted], countered: Sequence[DocumentLine]) -> list[LineWanted]:
    """Lines that name no line of the invoice but what it was for, as ones that name it."""
    by_source: dict[tuple[str, int | None], list[DocumentLine]] = {}
    for line in countered:
        if line.source_type:
            by_source.setdefault((line.source_type, line.source_id), []).append(line)
    return [_named(one, by_source.get(one.source, []) if one.source else []) for one in lines]


def _named(one: LineWanted, candidates: Sequence[DocumentLine]) -> LineWanted:
    if one.counters is not None or one.what == What.GOODWILL:
        return one
    same = [line for line in candidates if line.what == one.what and line.percent == one.percent]
    if len(same) != 1:
        return one
    amount = one.amount
    if not one.includes_tax:  # what is given back with its tax
        amount += amount.times(one.percent / 100)
        if amount.minor - same[0].left_minor == 1:  # the invoice's tax was rounded over several lines
            amount = Money(same[0].left_minor, amount.currency)
    return LineWanted(
        one.what,
        one.text,
        one.pieces,
        amount,
        one.percent,
        True,
        one.source,
        same[0].pk,
        same[0].category,  # type: ignore[arg-type]
    )


def _document(
    kind: DocumentKind,
    customer_id: int,
    made: Draft,
    of: tuple[str, int],
    address: Mapping[str, Any],
    key: str,
    at: datetime,
    day: date,
) -> Document:
    require_sensible(made)
    (customer,) = read_rows(Customer, "id = %s", [customer_id])
    return Document(
        kind=kind,
        customer=customer,
        document_type=of[0],
        document_id=of[1],
        currency=made.currency,
        issued_at=at,
        issued_on=day,
        net_minor=made.net,
        tax_minor=made.tax,
        gross_minor=made.gross,
        address=written_to(customer, address),
        language=customer.language,
        key=key,
    )


def require_sensible(made: Draft) -> None:
    """Refuse a document whose sum is below nothing or beyond all reason."""
    if not 0 <= made.gross <= LARGEST_DOCUMENT:
        raise NotPossible(_("The sum of a document is not below nothing, and not beyond all reason."))


def written_to(customer: Customer, address: Mapping[str, Any]) -> dict[str, Any]:
    """Whom a document is written to: as the caller says, and what is not said as on the file."""
    parts = ("address_lines", "postal_code", "city", "region", "country")
    said = {name: str(value) for name, value in address.items() if value}
    placed = said if any(said.get(part) for part in parts) else {part: getattr(customer, part) for part in parts}
    own = {"name": customer.name, "tax_number": customer.tax_number, "reference": customer.reference}
    return own | placed | said


def _issued(document: Document, made: Draft) -> Document:
    try:
        with transaction.atomic():
            _write(document, made)
    except IntegrityError as error:
        raise _explained(error, document.key) from error
    return document


def _write(document: Document, made: Draft) -> None:
    number = take_numbers(DocumentKind(document.kind), document.issued_on.year)
    document.series_id, document.year, document.number = number.series_id, number.year, number.first
    document.label = number.label(number.first)
    ((document.seller_id,),) = run_prepared("select max(id) from invoicing_seller")
    insert_row(document)
    for line in made.lines:
        line.document = document
    for rate in made.rates:
        rate.document = document
    for one in (*made.lines, *made.rates):
        insert_row(one)
    _book(document, made)
    _make_files_later(document)


def _book(document: Document, made: Draft) -> None:
    entries = journal_lines(document, made)
    if any(
        sum(one.amount.minor for one in entries if one.account == account) for account in {e.account for e in entries}
    ):
        post(
            str(document.kind),
            document=("document", document.pk),
            key=f"document:{document.pk}",
            lines=entries,
            at=document.issued_at,
            booked_on=document.issued_on,
            customer_id=document.customer_id,
            text=document.label,
        )


def journal_lines(document: Document, made: Draft) -> list[Line]:
    """What a document books: an invoice the customer against sales and tax, a credit note the contrary."""
    sign = 1 if document.kind == DocumentKind.INVOICE else -1

    def money(minor: int) -> Money:
        return Money(sign * minor, made.currency)

    return [
        debit(RECEIVABLE, money(made.gross), customer_id=document.customer_id),
        *(credit(role, money(net)) for role, net in made.by_role().items()),
        credit(TAX, money(made.tax)),
    ]


def _make_files_later(document: Document) -> None:
    from onhand.invoicing.tasks import make_files  # the job imports what renders, which is not needed to issue

    make_files.defer(document_id=document.pk)


def _explained(error: IntegrityError, key: str) -> Exception:
    said = str(error)
    if "not_credited_beyond" in said:
        return NotPossible(_("Credit notes give back no more than was invoiced."))
    if "invoicing_document_key" in said:
        return AlreadyInvoicedError(f"{key} is invoiced already")
    return error
