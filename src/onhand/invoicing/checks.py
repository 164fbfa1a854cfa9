"""Proof that documents are what the ledger says, that none is missing, and that what was credited is what credit notes say."""

from collections.abc import Iterator

from onhand.kernel.database import run_prepared
from onhand.ledger.checks import books_check


@books_check("documents")
def documents_that_are_not_their_journals() -> Iterator[str]:
    """Documents whose journal books something else than they say, or that have none, and journals of documents that are not there."""
    rows = run_prepared(
        """
        select d.id, d.label, d.gross, d.tax, coalesce(j.receivable, 0)::text, coalesce(j.tax, 0)::text
        from (select id, label, case kind when 'invoice' then gross_minor else -gross_minor end as gross,
                case kind when 'invoice' then -tax_minor else tax_minor end as tax from invoicing_document) d
        full join (
          select j.document_id, sum(e.amount) filter (where a.role = 'receivable') as receivable,
            sum(e.amount) filter (where a.role = 'tax') as tax
          from ledger_journal j join ledger_entry e on e.journal_id = j.id join ledger_ledgeraccount a on a.id = e.account_id
          where j.document_type = 'document' and j.what in ('invoice', 'credit_note') group by 1
        ) j on j.document_id = d.id
        where d.id is null or d.gross <> coalesce(j.receivable, 0) or d.tax <> coalesce(j.tax, 0) order by 1 limit 101
        """
    )
    for number, label, gross, tax, booked, booked_tax in rows:
        if number is None:
            yield f"a journal of {booked} is of a document that is not there"
        else:
            yield f"document {label} says {gross} with tax {tax}, its journal {booked} with tax {booked_tax}"


@books_check("document_numbers")
def numbers_with_gaps() -> Iterator[str]:
    """Series in which a number is missing or beyond the counter."""
    rows = run_prepared(
        """
        select s.kind, coalesce(c.year, d.year), c.first, c.last, d.least, d.most, coalesce(d.count, 0)
        from invoicing_numbercounter c full join (
          select series_id, year, min(number) as least, max(number) as most, count(*) as count
          from invoicing_document group by 1, 2) d on d.series_id = c.series_id and d.year = c.year
        join invoicing_numberseries s on s.id = coalesce(c.series_id, d.series_id)
        where coalesce(d.count, 0) <> coalesce(c.last - c.first + 1, 0)
          or (d.count > 0 and (d.least is distinct from c.first or d.most is distinct from c.last)) order by 1, 2
        """
    )
    for kind, year, first, last, least, most, count in rows:
        yield f"{kind} {year}: counted from {first} to {last}, there are {count} from {least} to {most}"


@books_check("document_credits")
def credits_that_are_not_their_notes() -> Iterator[str]:
    """Invoices and lines on which something else is credited than their credit notes say, or more than there was."""
    rows = run_prepared(
        """
        select i.label, i.credited_minor, coalesce(c.gross, 0)::text from invoicing_document i left join (
          select counters_id, sum(gross_minor) as gross from invoicing_document where counters_id is not null group by 1
        ) c on c.counters_id = i.id
        where i.credited_minor <> coalesce(c.gross, 0) or i.credited_minor > i.gross_minor
        union all
        select 'line ' || i.id, i.credited_net + i.credited_tax, coalesce(c.gross, 0)::text from invoicing_documentline i left join (
          select counters_id, sum(net_minor + tax_minor) as gross from invoicing_documentline where counters_id is not null group by 1
        ) c on c.counters_id = i.id
        where i.credited_net + i.credited_tax <> coalesce(c.gross, 0) order by 1 limit 101
        """
    )
    for label, credited, said in rows:
        yield f"of {label} {credited} is credited, its credit notes say {said}"


@books_check("outside_invoices")
def what_was_taken_over_is_booked() -> Iterator[str]:
    """Documents of other systems of which something else is owed than is open, and of which more was paid than that."""
    rows = run_prepared(
        """
        select coalesce(o.id, j.document_id), coalesce(o.label, ''), coalesce(o.owed, 0)::text, coalesce(j.booked, 0)::text
        from (select id, label, case kind when 'invoice' then open_minor else -open_minor end as owed from invoicing_outsideinvoice) o
        full join (
          select j.document_id, sum(e.amount) as booked from ledger_journal j join ledger_entry e on e.journal_id = j.id
          join ledger_ledgeraccount a on a.id = e.account_id and a.role = 'receivable'
          where j.document_type = 'outside_invoice' group by 1
        ) j on j.document_id = o.id
        where o.id is null or o.owed <> coalesce(j.booked, 0) order by 1 limit 101
        """
    )
    for number, label, owed, booked in rows:
        yield f"of {label or number} of another system {owed} is open, booked is {booked}"
    rows = run_prepared(
        """
        select o.label, o.open_minor, p.paid::text from invoicing_outsideinvoice o join (
          select m.document_id, sum(m.minor) as paid from (
            select document_id, captured_minor as minor from payments_payment where document_type = 'outside_invoice'
            union all select document_id, -minor from payments_refund where document_type = 'outside_invoice') m group by 1
        ) p on p.document_id = o.id
        where case o.kind when 'invoice' then p.paid else -p.paid end not between 0 and o.open_minor order by o.id limit 101
        """
    )
    for label, owed, paid in rows:
        yield f"of {label} of another system {owed} was open, {paid} was paid"
