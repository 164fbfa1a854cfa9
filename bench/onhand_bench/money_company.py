"""
A company with money: customers with an account, a payment method, orders that were invoiced and paid, and their entries in the ledger.

Rows are made by the database itself, one INSERT … SELECT a table, while its triggers and checks of references are off
(`session_replication_role`); so are the indexes that belong to no constraint, which are made afterwards. What triggers would have kept is
written beside: the balances of accounts as the sum of their entries, counters of numbers, transactions of journals. A small company is
looked at by the product's own proof of the books, so that this stays true.
"""

import json
from dataclasses import dataclass
from typing import Any

from onhand_bench import screen_pop

ORDERS_EACH = 5  # on average: 4, and one customer in a hundred has 104
_OFTEN = 100
ENTRIES_EACH = 4  # of an order: an invoice and a payment, two entries each
# The customer, how many there were before, and the order as numbers; a twenty-day rhythm over five years.
_ORDERS = f"""from generate_series(1::bigint, %(customers)s) n
cross join lateral generate_series(1, case when n %% {_OFTEN} = 0 then {_OFTEN + 4} else 4 end) g
cross join lateral (select 4 * (n - 1) + {_OFTEN} * ((n - 1) / {_OFTEN}) + g as o,
  timestamptz '2021-01-01 12:00+00' + ((n * 7919 + g * 104729) %% 1800) * interval '1 day' as at) w
cross join lateral (select 1000 + (o * 37) %% 9000 as minor) m
cross join lateral (select case when o %% 7 = 0 then minor / 2 else minor end as paid) p"""
_CUSTOMERS = "from generate_series(1::bigint, %(customers)s) n"
_TWICE = _ORDERS + " cross join (values (0), (1)) as j(second)"
_FOUR = _TWICE + " cross join (values (0), (1)) as e(other)"


@dataclass(frozen=True, slots=True)
class MoneyCompany:
    """How many there are of what, the numbers of the first customer and account, and sessions to ask with."""

    customers: int
    orders: int
    entries: int
    first_id: int
    sessions: list[str]


def fill(customers: int) -> MoneyCompany:
    """A company of so many customers with five times as many orders and twenty times as many entries."""
    from django.db import connection

    given = {"customers": customers, **_shop()}
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("set synchronous_commit = off")
        cursor.execute("set maintenance_work_mem = '512MB'")
        cursor.execute(screen_pop._CUSTOMERS, {"count": customers})
        cursor.execute("select min(id) from customers_customer where reference like 'B-%'")
        given["first"] = int(cursor.fetchone()[0]) - 1
        for model, changed, source in _tables():
            _fill(cursor, model, changed, source, given)
        cursor.execute(
            "update ledger_ledgeraccount a set balance = s.total from"
            " (select account_id, sum(amount)::bigint as total from ledger_entry group by 1) s"
            " where s.account_id = a.id and a.is_kept"
        )
        cursor.execute("set session_replication_role = origin")
        cursor.execute(
            "insert into invoicing_numbercounter (series_id, year, first, last)"
            " select series_id, year, min(number), max(number) from invoicing_document group by 1, 2"
        )
        cursor.execute("vacuum analyze")
        cursor.execute("select (select count(*) from orders_order), (select count(*) from ledger_entry)")
        orders, entries = cursor.fetchone()
    return MoneyCompany(customers, orders, entries, given["first"] + 1, list(screen_pop.make_sessions()))


def faults() -> list[str]:
    """What the product's own proof finds wrong with the books."""
    from onhand.kernel.discovery import load_apps
    from onhand.ledger.checks import find_faults

    load_apps()
    return [f"{key}: {said}" for key, said in find_faults()]


def _shop() -> dict[str, Any]:
    """One article, the series and seller of invoices, and the accounts that are nobody's."""
    from django.utils import timezone

    from onhand.catalogue.models import Product, TaxClass, Variant
    from onhand.invoicing.models import NumberSeries, Seller
    from onhand.ledger.models import LedgerAccount

    product = Product.objects.create(code="B-1", name="Chair", tax_class=TaxClass.objects.create(name="Usual"))
    seller = Seller.objects.order_by("-pk").first() or Seller.objects.create(details={}, since=timezone.now())
    series, _is_new = NumberSeries.objects.get_or_create(kind="invoice", defaults={"prefix": "B-"})
    return {
        "variant": Variant.objects.create(product=product, sku="B-1", options={"number": "1"}).pk,
        "series": series.pk,
        "seller": seller.pk,
        "sales": LedgerAccount.objects.create(role="sales", currency="EUR", is_kept=False).pk,
        "provider": LedgerAccount.objects.create(role="provider", currency="EUR", is_kept=False).pk,
    }


def _tables() -> list[tuple[Any, dict[str, str], str]]:
    """Each table with the columns that are not as usual, and what its rows are made of."""
    from onhand.billing.models import CustomerAccount
    from onhand.invoicing.models import Document, DocumentLine
    from onhand.ledger.models import Entry, Journal, LedgerAccount
    from onhand.orders.models import Order, OrderLine
    from onhand.payments.models import Payment, PaymentMethod

    customer = "n + %(first)s"
    sums = {"net_minor": "minor", "tax_minor": "0"}
    whole = dict.fromkeys(("pieces", "shipped", "invoiced", "delivered"), "1")
    done = {"placed_at": "at", "paid_at": "at", "delivered_at": "at", "completed_at": "at"}
    booked = "2 * o - 1 + second"
    return [
        (PaymentMethod, {"id": "n", "customer_id": customer, "kind": "'terminal'", "added_at": "now()"}, _CUSTOMERS),
        (
            CustomerAccount,
            {"id": "n", "customer_id": customer, "currency": "'EUR'", "next_bill_on": "current_date + 20"},
            _CUSTOMERS,
        ),
        (
            LedgerAccount,
            {"id": "n + 1000", "role": "'receivable'", "currency": "'EUR'", "customer_id": customer, "is_kept": "true"},
            _CUSTOMERS,
        ),
        (
            Order,
            {"id": "o", "reference": "'B-' || o", "customer_id": customer, "state": "'completed'", "currency": "'EUR'"}
            | {"gross_minor": "minor"}
            | sums
            | done,
            _ORDERS,
        ),
        (
            OrderLine,
            {"id": "o", "order_id": "o", "number": "1", "variant_id": "%(variant)s", "sku": "'B-1'", "title": "'Chair'"}
            | {"unit_minor": "minor", "includes_tax": "true", "percent": "0"}
            | sums
            | whole,
            _ORDERS,
        ),
        (
            Payment,
            {
                "id": "o",
                "customer_id": customer,
                "method_id": "n",
                "minor": "paid",
                "currency": "'EUR'",
                "key": "'b' || o",
            }
            | {"captured_minor": "paid", "state": "'captured'", "document_type": "'order'", "document_id": "o"}
            | {"made_at": "at", "captured_at": "at", "made_by_name": "'Bench'", "token": "'b' || o"},
            _ORDERS,
        ),
        (
            Document,
            {
                "id": "o",
                "kind": "'invoice'",
                "series_id": "%(series)s",
                "year": "2021",
                "number": "o",
                "label": "'B-' || o",
            }
            | {"customer_id": customer, "document_type": "'order'", "document_id": "o", "currency": "'EUR'"}
            | {"issued_at": "at", "issued_on": "at::date", "due_on": "at::date + 14", "gross_minor": "minor"}
            | {"seller_id": "%(seller)s", "key": "'b' || o"}
            | sums,
            _ORDERS,
        ),
        (
            DocumentLine,
            {
                "id": "o",
                "document_id": "o",
                "position": "1",
                "what": "'goods'",
                "text": "'Chair'",
                "unit_minor": "minor",
            }
            | {"percent": "0", "category": "'Z'", "source_type": "'order_line'", "source_id": "o"}
            | sums,
            _ORDERS,
        ),
        (
            Journal,
            {"id": booked, "at": "at", "booked_on": "at::date", "customer_id": customer, "document_id": "o"}
            | {"what": "(array['invoice', 'payment'])[second + 1]", "key": f"'b' || ({booked})"}
            | {"document_type": "(array['document', 'payment'])[second + 1]", "xact": "1"},
            _TWICE,
        ),
        (
            Entry,
            {
                "id": f"2 * ({booked}) - 1 + other",
                "journal_id": booked,
                "account_id": "case when other = 0 then n + 1000 when second = 0 then %(sales)s else %(provider)s end",
                "amount": "(case when second = 0 then minor else -paid end) * (case when other = 0 then 1 else -1 end)",
            },
            _FOUR,
        ),
    ]


def _fill(cursor: Any, model: Any, changed: dict[str, str], source: str, given: dict[str, Any]) -> None:
    """Rows of a table; the columns not named are as a new row has them."""
    table, values, usual = model._meta.db_table, dict(changed), {}
    for field in model._meta.concrete_fields:
        if field.column in values or getattr(field, "generated", False):
            continue
        default = None if field.null else field.get_default()
        usual[f"usual_{field.column}"] = json.dumps(default) if isinstance(default, dict | list) else default
        values[field.column] = f"%(usual_{field.column})s"
    cursor.execute(
        "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i where i.indrelid = %s::regclass"
        " and not exists (select from pg_constraint c where c.conindid = i.indexrelid)",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"drop index {name}")
    columns = ", ".join(f'"{name}"' for name in values)
    cursor.execute(f"insert into {table} ({columns}) select {', '.join(values.values())} {source}", given | usual)
    for _name, definition in indexes:
        cursor.execute(definition)
    cursor.execute("select setval(pg_get_serial_sequence(%s, 'id'), (select max(id) from " + table + "))", [table])
