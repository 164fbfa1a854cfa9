"""What must be true of the books after any number of kills: by the product's own proof, and by statements that know nothing of it."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.ledger.checks import check_books
from tests.resilience.books.bank import Bank, differences
from tests.resilience.books.parts import actor_at, read_diary
from tests.resilience.books.world import Wanted

AGAIN = 40  # acts that are asked for once more at the end
WRONG = {
    "journal does not balance": """
        select e.journal_id from ledger_entry e join ledger_ledgeraccount a on a.id = e.account_id
        group by e.journal_id, a.currency having sum(e.amount) <> 0""",
    "balance is not its entries": """
        select a.id from ledger_ledgeraccount a where a.is_kept
          and a.balance <> (select coalesce(sum(e.amount), 0) from ledger_entry e where e.account_id = a.id)""",
    "customer owes otherwise than documents say": """
        select c.id from customers_customer c where
          (select coalesce(sum(case d.kind when 'invoice' then d.gross_minor else -d.gross_minor end), 0)
           from invoicing_document d where d.customer_id = c.id)
          <> (select coalesce(sum(e.amount), 0) from ledger_entry e join ledger_journal j on j.id = e.journal_id
              join ledger_ledgeraccount a on a.id = e.account_id
              where a.role = 'receivable' and a.customer_id = c.id and j.document_type = 'document')""",
    "customer paid otherwise than the ledger says": """
        select c.id from customers_customer c where
          (select coalesce(sum(p.captured_minor), 0) from payments_payment p where p.customer_id = c.id)
          - (select coalesce(sum(r.minor), 0) from payments_refund r join payments_payment p on p.id = r.payment_id
             where p.customer_id = c.id and r.state = 'done')
          <> -(select coalesce(sum(e.amount), 0) from ledger_entry e join ledger_journal j on j.id = e.journal_id
               join ledger_ledgeraccount a on a.id = e.account_id
               where a.role = 'receivable' and a.customer_id = c.id and j.document_type in ('payment', 'refund'))""",
    "more given back than was paid by the method": """
        select m.id from payments_paymentmethod m where
          (select coalesce(sum(r.minor), 0) from payments_refund r join payments_payment p on p.id = r.payment_id
           where p.method_id = m.id and r.state <> 'failed')
          > (select coalesce(sum(p.captured_minor), 0) from payments_payment p where p.method_id = m.id)""",
    "stock below nothing, or not what moved": """
        select s.id from catalogue_stock s where s.on_hand < 0 or s.reserved < 0 or s.reserved > s.on_hand
          or s.on_hand <> (select coalesce(sum(m.pieces), 0) from catalogue_stockmove m where m.stock_id = s.id)
          or s.reserved <> (select coalesce(sum(r.pieces), 0) from catalogue_reservation r
                            where r.stock_id = s.id and r.state = 'open')""",
    "goods are not where orders say": """
        select v.id from catalogue_variant v where
          (select coalesce(sum(s.on_hand), 0) from catalogue_stock s where s.variant_id = v.id)
          <> (select coalesce(sum(m.pieces), 0) from catalogue_stockmove m join catalogue_stock s on s.id = m.stock_id
              where s.variant_id = v.id and m.why = 'received')
           - (select coalesce(sum(g.pieces), 0) from orders_shipmentline g join orders_orderline l on l.id = g.line_id
              where l.variant_id = v.id)
           + (select coalesce(sum(b.restocked), 0) from orders_returnline b join orders_orderline l on l.id = b.line_id
              where l.variant_id = v.id)""",
    "line is not its shipments and returns": """
        select l.id from orders_orderline l where
          l.shipped <> (select coalesce(sum(g.pieces), 0) from orders_shipmentline g where g.line_id = l.id)
          or l.delivered <> (select coalesce(sum(g.pieces), 0) from orders_shipmentline g
            join orders_shipment s on s.id = g.shipment_id where g.line_id = l.id and s.state = 'delivered')
          or l.received <> (select coalesce(sum(b.received), 0) from orders_returnline b where b.line_id = l.id)""",
    "numbers with a gap": """
        select series_id, year from invoicing_document group by 1, 2
        having min(number) <> 1 or max(number) <> count(*) or count(distinct number) <> count(*)""",
    "changes of an order with a gap": """
        select order_id from orders_orderchange group by 1 having max(number) <> count(*)""",
    "coupon counted otherwise than used": """
        select c.id from coupons_coupon c where c.uses > c.most_uses
          or c.uses <> (select count(*) from coupons_couponuse u where u.coupon_id = c.id and u.taken_back_at is null)""",
    "campaign promises otherwise than its coupons": """
        select p.id from coupons_campaign p where p.promised_minor > p.budget_minor
          or p.promised_minor <> (select coalesce(sum(c.minor * case when c.state in ('open', 'used') then c.most_uses
            else c.uses end), 0) from coupons_coupon c where c.campaign_id = p.id)""",
    "goodwill is not what was given": """
        select o.id from orders_order o where o.goodwill_minor <> (
          select coalesce(sum((r.arguments->'amount'->>'minor')::bigint), 0) from kernel_actrecord r
          where r.act = 'orders.add_goodwill' and r.subject_id = o.id)""",
    "order was changed otherwise than acts and payments say": """
        select o.id from orders_order o where o.version <>
          (select count(*) from orders_orderchange c where c.order_id = o.id)""",
    "event without its record, or record without": """
        select r.id from kernel_actrecord r where
          (select count(*) from kernel_eventrecord e where e.record_id = r.id and e.name = 'kernel.act_done') <> 1""",
    "nobody handled": "select id from kernel_delivery where handled_at is null",
}
# What each of these acts writes one row of: as many rows as records, and none twice.
ROWS = {
    "orders.place_order": "select count(*) from orders_order",
    "orders.ship_order": "select count(*) from orders_shipment",
    "orders.deliver_shipment": "select count(*) from orders_shipment where state = 'delivered'",
    "orders.cancel_order": "select count(*) from orders_orderchange where kind = 'cancelled' and after->'lines' is null",
    "orders.cancel_pieces": "select count(*) from orders_orderchange where kind = 'pieces_cancelled'"
    " or kind = 'cancelled' and after->'lines' is not null",
    "orders.discount_line": "select count(*) from orders_orderchange where kind = 'discount'",
    "orders.take_back_discount": "select count(*) from orders_orderchange where kind = 'discount_back'",
    "orders.return_lines": "select count(*) from orders_orderchange where kind = 'return'",
    "orders.exchange_lines": "select count(*) from orders_return where kind = 'exchange'",
    "orders.claim_warranty": "select count(*) from orders_warrantyclaim",
    "orders.receive_return": "select count(*) from orders_orderchange where kind = 'return_received'",
    "orders.inspect_return": "select count(*) from orders_orderchange where kind = 'return_inspected'",
    "orders.withdraw_return": "select count(*) from orders_return where state = 'withdrawn'",
    "orders.add_goodwill": "select count(*) from invoicing_document where key like 'goodwill:%%'",
    "orders.change_lines": "select count(*) from orders_orderchange where kind = 'lines'",
    "orders.change_options": "select count(*) from orders_orderchange where kind = 'options'",
    "orders.change_payment_method": "select count(*) from orders_orderchange where kind = 'method'",
    "payments.take_payment": "select count(*) from payments_payment p join payments_paymentmethod m on m.id = p.method_id"
    " where p.key like 'taken:%%' and m.kind <> 'cash'",
    "payments.take_cash": "select count(*) from payments_payment p join payments_paymentmethod m on m.id = p.method_id"
    " where p.key like 'taken:%%' and m.kind = 'cash'",
    "payments.refund_payment": "select count(*) from payments_refund where key like 'given back:%%'",
    "coupons.give_coupon": "select count(*) from coupons_coupon where customer_id is not null",
    "coupons.withdraw_coupon": "select count(*) from coupons_coupon where state = 'withdrawn'",
    "invoicing.credit_lines": "select count(*) from invoicing_document where key like 'credit:%%'",
    "catalogue.receive_stock": "select count(*) from catalogue_stockmove where key like 'in:%%:D%%'",
}


def check(folder: Path, bank: Bank) -> dict[str, Any]:
    """Counts, and `faults`: one line for everything that is not as it must be."""
    asked: dict[str, tuple[int, Wanted]] = {}
    answers: dict[str, str] = {}
    for path in folder.glob("diary.*"):
        wanted, answered = read_diary(path)
        asked |= {key: (int(path.suffix[1:]), one) for key, one in wanted.items()}
        answers |= answered
    faults = [*answers_are_records(asked, answers), *said_again(asked, answers), *statements(), *rows_of_acts()]
    faults += differences(bank, folder)
    found = check_books(datetime.now(UTC))
    faults += found.faults
    words = Counter(answer.split()[0] for answer in answers.values())
    return {
        "answers": dict(words),
        "asked_again": sum(path.read_text().count('"again"') for path in folder.glob("diary.*")),
        "acts": dict(Counter(asked[key][1].act for key, said in answers.items() if said.startswith("done"))),
        "journals": found.journals,
        "faults": faults[:20],
        "fault_count": len(faults),
    }


def answers_are_records(asked: dict[str, tuple[int, Wanted]], answers: dict[str, str]) -> Iterator[str]:
    """Whatever was done is there once and as it was asked; whatever was refused is not there; nothing else is."""
    records = {str(one.idempotency_key): one for one in ActRecord.objects.exclude(idempotency_key=None)}
    if ActRecord.objects.exclude(idempotency_key=None).count() != len(records):
        yield "an act was done twice"
    for key, (place, wanted) in asked.items():
        said, record = answers.get(key, "nothing"), records.pop(key, None)
        word, _space, rest = said.partition(" ")
        if word == "done" and (record is None or str(record.pk) != rest):
            yield f"{wanted.act} was said to be done as {rest}, and is there as {record and record.pk}"
        if word == "done" and record and (record.act, record.actor_id) != (wanted.act, place + 1):
            yield f"{wanted.act} is recorded as {record.act} by {record.actor_id}"
        if word == "refused" and record is not None:
            yield f"{wanted.act} was refused and is there as {record.pk}"
        if word not in ("done", "refused"):
            yield f"{wanted.act} {wanted.arguments}: {said}"
    yield from (f"nobody asked for record {record.pk}" for record in records.values())


def said_again(asked: dict[str, tuple[int, Wanted]], answers: dict[str, str]) -> Iterator[str]:
    """Asked for once more with its key, an act is answered as before, and nothing is written."""
    before = ActRecord.objects.count()
    done = [key for key, said in answers.items() if said.startswith("done")][-AGAIN:]
    for key in done:
        place, wanted = asked[key]
        again = perform(
            wanted.act,
            actor=actor_at(place),
            subject_id=wanted.subject,
            arguments=wanted.arguments,
            at=datetime.now(UTC),
            idempotency_key=key,
        )
        if not again.is_replay or f"done {again.record_id}" != answers[key]:
            yield f"{wanted.act} asked for again: record {again.record_id} after {answers[key]}"
    if ActRecord.objects.count() != before:
        yield "asking again did something"


def statements() -> Iterator[str]:
    """What `WRONG` finds."""
    with connection.cursor() as cursor:
        for what, sql in WRONG.items():
            cursor.execute(sql)
            found = cursor.fetchall()
            if found:
                yield f"{what}: {len(found)}, such as {found[0]}"


def rows_of_acts() -> Iterator[str]:
    """As many rows as acts."""
    done = Counter(ActRecord.objects.values_list("act", flat=True))
    with connection.cursor() as cursor:
        for act, sql in ROWS.items():
            cursor.execute(sql.replace("%%", "%"))
            ((rows,),) = cursor.fetchall()
            if rows != done[act]:
                yield f"{act} was done {done[act]} times, there are {rows} of what it makes"
