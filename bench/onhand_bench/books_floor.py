"""The same rows as acts on the books write, by hand-written SQL: the floor of `books-acts`."""

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from onhand_bench.books_shop import Ready

MAC = bytes(range(32))
_LOCK = "select id from customers_customer where id = %s for no key update"
_LOCK_ORDER = "select version from orders_order where id = %s for no key update"
_RECORD = """insert into kernel_actrecord (at, actor_kind, actor_id, actor_name, subject_type, subject_id, contact_id, act, actor_role,
  via, case_id, arguments, facts, decision, before, after, idempotency_key, mac)
values (%s, 'person', 1, 'Ana Prieto', 'order', %s, null, %s, 'representative', 'desk', null, %s, '{}', %s, %s, %s, null, %s)
returning id"""
_EVENT = """insert into kernel_eventrecord (at, actor_kind, actor_id, actor_name, subject_type, subject_id, contact_id, name, payload,
  record_id, mac) values (%s, 'person', 1, 'Ana Prieto', %s, %s, null, %s, %s, %s, %s) returning id"""
_DELIVERY = "insert into kernel_delivery (event_id, handler, order_key, attempts, parked) values (%s, %s, %s, 0, false)"
_CHANGE = """insert into orders_orderchange (order_id, customer_id, number, kind, at, by_name, contact_id, before, after, settlement)
select %s, %s, coalesce(max(number), 0) + 1, %s, %s, 'Ana Prieto', null, '{}', %s, %s from orders_orderchange where order_id = %s"""
_STATE = "update orders_order set state = %s, version = version + 1 where id = %s"
_CANCEL = """update orders_order set state = 'cancelled', cancelled_at = %s, cancel_reason = 'other', version = version + 1 where id = %s"""
_RELEASE = """update catalogue_reservation set state = 'released', ended_at = %s
where document_type = 'order_line' and document_id = %s and state = 'open'"""
_LOCK_STOCK = "select id from catalogue_stock where id = %s for no key update"
_KEEP = """insert into catalogue_reservation (stock_id, pieces, customer_id, document_type, document_id, made_at, until, state, ended_at)
values (%s, 1, %s, 'order_line', %s, %s, null, 'open', null)"""
_REFUNDED = "update payments_refund set state = 'done', done_at = %s, version = version + 1 where id = %s"
_PAID = "update payments_payment set state = 'captured', captured_minor = minor, captured_at = %s, version = version + 1 where id = %s"
_PLANNED = (
    "insert into orders_orderpayment (order_id, method_id, payment_id, minor, ended_at) values (%s, %s, %s, %s, null)"
)
_JOURNAL = """insert into ledger_journal (at, booked_on, what, document_type, document_id, key, customer_id, text, reverses_id, xact)
values (%s, %s, %s, %s, %s, %s, %s, '', null, 0) returning id"""
_ENTRIES = "insert into ledger_entry (journal_id, account_id, amount) values (%s, %s, %s), (%s, %s, %s)"
_RETURN = """insert into orders_return (version, reference, order_id, kind, state, reason, note, agreed_at, agreed_by_name, send_by,
  received_at, closed_at, refund_to_id, charged_minor, expected_minor, credited_minor, given_back_minor)
values (1, 'F-' || nextval('orders_return_reference'), %s, %s, 'agreed', 'other', '', %s, 'Ana Prieto', %s, null, null, null, 0, 0, 0, 0)
returning id"""
_RETURN_LINE = """insert into orders_returnline (in_return_id, line_id, pieces, received, taken, restocked, grade, deduction_minor, fault)
values (%s, %s, 1, 0, 0, 0, '', 0, '')"""
_BACK = "update orders_orderline set returned = returned + %s, exchanged = exchanged + %s where id = %s"
_LINE = """insert into orders_orderline (order_id, number, variant_id, sku, title, options, parts, is_service, pieces, unit_minor,
  includes_tax, percent, discount_minor, own_discount_minor, net_minor, tax_minor, in_return_id, is_held, shipped, invoiced, delivered,
  returned, exchanged, received, credited)
select order_id, 2, %s, sku, title, options, parts, false, 1, 10500, true, percent, 0, 0, 8678, 1822, %s, true, 0, 0, 0, 0, 0, 0, 0
from orders_orderline where id = %s returning id"""
_NUMBER = """insert into invoicing_numbercounter (series_id, year, first, last)
select id, %s, 1, 1 from invoicing_numberseries where kind = 'credit_note'
on conflict (series_id, year) do update set last = invoicing_numbercounter.last + 1 returning series_id, last"""
_RATE = (
    "insert into invoicing_raterow (document_id, category, percent, net_minor, tax_minor) values (%s, 'Z', 0, 500, 0)"
)
_GOODWILL = "update orders_order set goodwill_minor = goodwill_minor + 500, version = version + 1 where id = %s"
_JOB = """insert into procrastinate_jobs (queue_name, task_name, args) values ('default', 'bench.nothing', '{}')"""


class Insert:
    """An INSERT of one row of a table: some columns are given each time, the others are what they usually are."""

    def __init__(self, model: Any, *given: str, **usual: Any) -> None:
        from psycopg.types.json import Jsonb

        columns = [one for one in model._meta.concrete_fields if not one.primary_key and not one.generated]
        names = ", ".join(f'"{one.column}"' for one in columns)
        self.sql = (
            f'insert into "{model._meta.db_table}" ({names}) values ({", ".join(["%s"] * len(columns))}) returning id'
        )
        self.names = [one.attname for one in columns]
        self.given, self.json = given, Jsonb
        values = {one.attname: None if one.null else one.get_default() for one in columns} | usual
        self.values = {key: Jsonb(value) if isinstance(value, dict) else value for key, value in values.items()}
        self.made = {
            one.attname: one.default
            for one in columns
            if one.has_default() and callable(one.default) and one.attname not in usual
        }

    def values_for(self, *given: Any) -> list[Any]:
        """The values of a row, in the order of its columns."""
        fresh = {
            name: make() for name, make in self.made.items() if not isinstance(self.values[name], type(self.json({})))
        }
        row = self.values | fresh | dict(zip(self.given, given, strict=True))
        return [row[name] for name in self.names]


def writing() -> Callable[[Ready], None]:
    """A function that writes the rows of one act, over a session of its own."""
    import psycopg

    from onhand.kernel.database import connection_parameters

    session = psycopg.connect(**connection_parameters())
    floor = _Floor(session)
    kinds = {
        "cancel": floor.cancel,
        "return": floor.send_back,
        "exchange": floor.exchange,
        "goodwill": floor.goodwill,
    }

    def write(order: Ready) -> None:
        with session.transaction():
            session.execute(_LOCK, [order.customer_id])
            session.execute(_LOCK_ORDER, [order.order_id])
            kinds[order.kind](order, datetime.now(UTC))

    return write


class _Floor:
    def __init__(self, session: Any) -> None:
        from psycopg.types.json import Jsonb

        from onhand.invoicing.models import Document, DocumentLine, Seller
        from onhand.kernel.events import ActDone, handler_names
        from onhand.ledger.models import LedgerAccount
        from onhand.payments.events import PaymentCaptured, RefundDone
        from onhand.payments.models import Payment, Refund

        self.run, self.json = session.execute, Jsonb
        by = {"made_by_name": "Ana Prieto", "document_type": "order"}
        self.pay = Insert(
            Payment, "customer_id", "method_id", "minor", "document_id", "key", "made_at", currency="EUR", **by
        )
        self.pay_back = Insert(Refund, "payment_id", "to_id", "minor", "document_id", "key", "made_at", **by)
        amounts = {"net_minor": 500, "tax_minor": 0, "gross_minor": 500}
        of = {"kind": "credit_note", "document_type": "order", "currency": "EUR", "reason": "Late"}
        self.document = Insert(
            Document,
            *("series_id", "year", "number", "label", "customer_id", "document_id", "issued_at", "issued_on", "due_on"),
            "key",
            seller_id=Seller.objects.values_list("pk", flat=True).latest("pk"),
            **amounts,
            **of,
        )
        line = {"position": 1, "what": "goodwill", "text": "Late", "unit_minor": 500, "percent": 0, "category": "Z"}
        self.document_line = Insert(
            DocumentLine, "document_id", "source_id", source_type="order", net_minor=500, tax_minor=0, **line
        )
        self.counter = itertools.count(1)
        done = ActDone(act="orders.cancel_order", record_id=1)
        captured = PaymentCaptured(1, 1, "order", 1, 1, "EUR")
        refunded = RefundDone(1, 1, 1, "order", 1, 1, "EUR")
        self.of_act = handler_names(done, "order")
        self.of_money = {"captured": handler_names(captured, "customer"), "done": handler_names(refunded, "customer")}
        self.decision = Jsonb(
            {"answer": "allow", "reason": "Your role allows this.", "rule": "role-permission", "version": "1"}
        )
        goodwill = LedgerAccount.objects.filter(role="goodwill", currency="EUR").values_list("pk", flat=True).first()
        self.goodwill_id = goodwill or LedgerAccount.objects.create(role="goodwill", currency="EUR", is_kept=False).pk

    def key(self) -> str:
        return f"floor:{os.getpid()}:{next(self.counter)}"

    def one(self, sql: str, *values: Any) -> int:
        return int(self.run(sql, values).fetchone()[0])

    def insert(self, row: Insert, *given: Any) -> int:
        return int(self.run(row.sql, row.values_for(*given)).fetchone()[0])

    def book(self, order: Ready, at: datetime, what: str, document: int, debit: int, credit: int, minor: int) -> None:
        journal = self.one(_JOURNAL, at, at.date(), what, what, document, self.key(), order.customer_id)
        self.run(_ENTRIES, [journal, debit, minor, journal, credit, -minor])

    def tell(self, kind: str, subject: str, number: int, at: datetime, record: int | None, handlers: list[str]) -> None:
        event = self.one(_EVENT, at, subject, number, kind, self.json({"order_id": number}), record, MAC)
        for handler in handlers:
            self.run(_DELIVERY, [event, handler, f"{subject}:{number}"])

    def refund(self, order: Ready, at: datetime, minor: int) -> None:
        number = self.insert(self.pay_back, order.payment_id, order.method_id, minor, order.order_id, self.key(), at)
        self.run(_REFUNDED, [at, number])
        self.book(order, at, "refund", number, order.account_id, order.provider_id, minor)
        self.tell("payments.refund_done", "customer", order.customer_id, at, None, self.of_money["done"])

    def record(self, order: Ready, at: datetime, kind: str) -> None:
        said = self.json({"lines": [{"article": "Chair", "pieces": 1}]})
        self.run(_CHANGE, [order.order_id, order.customer_id, kind, at, said, said, order.order_id])
        values = (said, self.decision, said, said, MAC)
        record = self.one(_RECORD, at, order.order_id, f"orders.{kind}", *values)
        self.tell("kernel.act_done", "order", order.order_id, at, record, self.of_act)
        self.tell(f"orders.{kind}", "order", order.order_id, at, record, [])

    def cancel(self, order: Ready, at: datetime) -> None:
        self.run(_LOCK_STOCK, [order.stock_id])
        self.run(_RELEASE, [at, order.line_id])
        self.refund(order, at, 10_000)
        self.run(_CANCEL, [at, order.order_id])
        self.run("update orders_orderpayment set ended_at = %s where order_id = %s", [at, order.order_id])
        self.record(order, at, "cancelled")

    def send_back(self, order: Ready, at: datetime) -> None:
        self._agree(order, at, "return")
        self.run(_BACK, [1, 0, order.line_id])
        self.run(_STATE, ["return_requested", order.order_id])
        self.record(order, at, "return")

    def _agree(self, order: Ready, at: datetime, kind: str) -> int:
        made = self.one(_RETURN, order.order_id, kind, at, (at + timedelta(days=14)).date())
        self.run(_RETURN_LINE, [made, order.line_id])
        return made

    def exchange(self, order: Ready, at: datetime) -> None:
        made = self._agree(order, at, "exchange")
        self.run(_BACK, [0, 1, order.line_id])
        line = self.one(_LINE, order.other_id, made, order.line_id)
        self.run(_LOCK_STOCK, [order.other_stock_id])
        self.run(_KEEP, [order.other_stock_id, order.customer_id, line, at])
        payment = self.insert(self.pay, order.customer_id, order.method_id, 500, order.order_id, self.key(), at)
        self.run(_PAID, [at, payment])
        self.book(order, at, "payment", payment, order.provider_id, order.account_id, 500)
        self.tell("payments.payment_captured", "customer", order.customer_id, at, None, self.of_money["captured"])
        self.run(_PLANNED, [order.order_id, order.method_id, payment, 500])
        self.run(_STATE, ["exchange_requested", order.order_id])
        self.record(order, at, "exchange")

    def goodwill(self, order: Ready, at: datetime) -> None:
        series, number = self.run(_NUMBER, [at.year]).fetchone()
        day = at.date()
        numbered = (series, at.year, number, f"F-{number}", order.customer_id, order.order_id, at, day, day)
        document = self.insert(self.document, *numbered, self.key())
        self.insert(self.document_line, document, order.order_id)
        self.run(_RATE, [document])
        self.book(order, at, "credit_note", document, self.goodwill_id, order.account_id, 500)
        self.run(_JOB)
        self.refund(order, at, 500)
        self.run(_GOODWILL, [order.order_id])
        self.record(order, at, "goodwill")
