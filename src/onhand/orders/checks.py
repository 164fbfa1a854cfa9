"""Proof that orders say what their documents say, and that what is kept of stock for them is what is still to be shipped."""

from collections.abc import Iterator

from onhand.kernel.database import run_prepared
from onhand.ledger.checks import books_check


@books_check("orders")
def orders_that_are_not_their_documents() -> Iterator[str]:
    """
    Lines of orders that are invoiced or credited otherwise than their documents say, and totals that are not their lines. What is credited
    or corrected by hand is beside the order; of pieces credited nothing need be given back where all of it was deducted, or was goodwill.
    """
    rows = run_prepared(
        """
        select l.id, l.invoiced::text, coalesce(d.invoiced, 0)::text, l.credited::text, coalesce(d.credited, 0)::text
        from orders_orderline l join orders_order o on o.id = l.order_id left join (
          select s.source_id, sum(s.pieces) filter (where i.kind = 'invoice' and not starts_with(i.key, 'corrects:')) as invoiced,
            sum(s.net_minor + s.tax_minor) filter (where i.kind = 'credit_note') as credited,
            sum(s.net_minor + s.tax_minor) filter (where i.kind = 'credit_note' and not starts_with(i.key, 'credit:')) as followed,
            sum(s.net_minor + s.tax_minor) filter (where i.kind = 'invoice' and not starts_with(i.key, 'corrects:')) as ordered,
            sum(s.net_minor + s.tax_minor) filter (where i.kind = 'invoice') as gross
          from invoicing_documentline s join invoicing_document i on i.id = s.document_id
          where s.source_type = 'order_line' group by 1) d on d.source_id = l.id
        where l.net_minor + l.tax_minor > 0 and (
          l.invoiced <> coalesce(d.invoiced, 0) or coalesce(d.credited, 0) > coalesce(d.gross, 0)
          or (l.credited = 0 and coalesce(d.followed, 0) <> 0)
          or (l.credited > 0 and coalesce(d.credited, 0) = 0 and o.goodwill_minor = 0
            and not exists (select from orders_returnline r where r.line_id = l.id and r.deduction_minor > 0))
          or (l.invoiced = l.pieces and coalesce(d.ordered, 0) <> l.net_minor + l.tax_minor))
        order by 1 limit 101
        """
    )
    for number, invoiced, said, credited, noted in rows:
        yield f"order line {number} has {invoiced} invoiced ({said} on invoices), {credited} credited ({noted} on notes)"
    yield from _totals()
    yield from _kept()


def _totals() -> Iterator[str]:
    rows = run_prepared(
        """
        select o.reference, o.gross_minor, (coalesce(l.gross, 0) + coalesce(e.gross, 0))::text from orders_order o
        left join (select order_id, sum(net_minor + tax_minor) as gross from orders_orderline where in_return_id is null group by 1) l
          on l.order_id = o.id
        left join (select order_id, sum(net_minor + tax_minor) as gross from orders_orderextra group by 1) e on e.order_id = o.id
        where o.gross_minor <> coalesce(l.gross, 0) + coalesce(e.gross, 0) order by 1 limit 101
        """
    )
    for reference, gross, said in rows:
        yield f"order {reference} comes to {gross}, its lines to {said}"


def _kept() -> Iterator[str]:
    rows = run_prepared(
        """
        select l.id, coalesce(r.pieces, 0)::text, w.pieces::text from orders_orderline l
        join orders_order o on o.id = l.order_id
        cross join lateral (
          select case when o.state = 'cancelled' then 0 else (l.pieces - l.shipped)
            * coalesce((select sum((p.part->>1)::int) from jsonb_array_elements(l.parts) p(part)), 0) end as pieces) w
        left join (select document_id, sum(pieces) as pieces from catalogue_reservation
          where document_type = 'order_line' and state = 'open' group by 1) r on r.document_id = l.id
        where coalesce(r.pieces, 0) <> w.pieces order by 1 limit 101
        """
    )
    for number, kept, wanted in rows:
        yield f"for order line {number} {kept} pieces are kept, {wanted} are to be shipped"
