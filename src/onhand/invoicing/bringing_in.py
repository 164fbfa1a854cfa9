"""
Invoices and credit notes another system issued, as rows, written many at once. Their sales and taxes were booked there. What of them is
open is taken over: the customer owes it in our books from then on, against what is taken over from other systems.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.imports.cells import Holders, find_holders, read_amount, read_moment
from onhand.customers.imports.kinds import OUTSIDE_ID, Bringing, Outcome, Row, each_row, known_ids, link_all
from onhand.customers.intake.upsert import OnMatch, Status
from onhand.customers.models import Customer
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import Document, OutsideInvoice
from onhand.invoicing.outside import TYPE, paid_of, sign_of
from onhand.kernel.bulk import Done, copy_models, decide_for_all, next_ids, record_all, update_models
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.ledger.chart import RECEIVABLE, TAKEN_OVER
from onhand.ledger.posting import credit, debit
from onhand.ledger.posting_many import Booking, post_many
from onhand.payments.elsewhere import elsewhere_kinds

KIND, ACT, ORDER = "invoices", "invoicing.import_invoice", "order"
MOST_LINES, LONGEST_LABEL = 500, 60
STANDS = ("kind", "currency", "issued_on", "net_minor", "tax_minor", "gross_minor")
COLUMNS = {"net_minor": "net", "tax_minor": "tax", "gross_minor": "gross", "open_minor": "open", "label": "number"}
MENDED = ("label", "due_on", "lines", "document_type", "document_id", "open_minor")
_LINE = re.compile(r"(?P<text>\S(?:.*\S)?) +x +(?P<pieces>\d{1,6}) +@ +(?P<price>\S+)")


@dataclass(frozen=True, slots=True)
class _Known:
    """
    What rows refer to, looked up and locked once for all of them. `orders` by their number there: (id, customer, currency); `moved` are
    documents of which payments or refunds came in.
    """

    holders: Holders
    orders: Mapping[str, tuple[int, int, str]]
    roots: Mapping[int, int]
    invoices: Mapping[str, OutsideInvoice]
    moved: Mapping[int, int]
    ours: frozenset[str]


@dataclass(slots=True)
class _Read:
    """A row as it will be stored. `owed` is what of it is booked now beside what was."""

    outside_id: str
    invoice: OutsideInvoice
    owed: int
    before: dict[str, Any] = field(default_factory=dict)


def take_invoices(rows: Sequence[Row], bringing: Bringing) -> list[Outcome]:
    """Documents made of rows, with their journals, records and events, by a handful of statements."""
    known = _look_up(rows, bringing)
    seen: set[str] = set()
    new: list[_Read] = []
    changed: list[_Read] = []
    made: list[OutsideInvoice | None] = []

    def take(row: Row) -> Outcome:
        made.append(None)
        number = row[OUTSIDE_ID]
        if number in seen:
            raise NotPossible(_("Another row has this number."), field=OUTSIDE_ID)
        seen.add(number)
        there = known.invoices.get(number)
        if there is not None and bringing.on_match is OnMatch.SKIP:
            return Outcome(Status.SKIPPED, there.pk)
        invoice = _read(row, known, bringing)
        if there is not None:
            return _again(row, invoice, there, known, changed)
        new.append(_Read(number, invoice, invoice.open_minor))
        made[-1] = invoice
        return Outcome(Status.CREATED)

    outcomes = each_row(rows, take)
    if not bringing.is_dry:
        _store(new, changed, bringing)
    for outcome, invoice in zip(outcomes, made, strict=True):
        outcome.object_id = invoice.pk if invoice else outcome.object_id
    return outcomes


def _look_up(rows: Sequence[Row], bringing: Bringing) -> _Known:
    """Customers, orders and documents that rows name; the customers are locked, so what is open stays so."""
    holders = find_holders(rows, bringing)
    orders = _orders(rows, bringing)
    names = known_ids(KIND, bringing.system, [row[OUTSIDE_ID] for row in rows])
    there = OutsideInvoice.objects.filter(pk__in=names.values())
    whose = {one[1] for one in orders.values()} | set(there.values_list("customer_id", flat=True))
    found = Customer.objects.filter(pk__in=whose).values_list("pk", "merged_into_id")
    roots = {pk: root or pk for pk, root in found}
    lock_in_order(Customer, {*roots.values(), *holders.by_number.values(), *holders.by_reference.values()})
    invoices = {one.pk: one for one in there.all()}
    labels = [row.get("number", row[OUTSIDE_ID]) for row in rows]
    return _Known(
        holders,
        orders,
        roots,
        {value: invoices[pk] for value, pk in names.items() if pk in invoices},
        paid_of(invoices.keys()),
        frozenset(Document.objects.filter(label__in=labels).values_list("label", flat=True)),
    )


def _orders(rows: Sequence[Row], bringing: Bringing) -> dict[str, tuple[int, int, str]]:
    """The orders rows name by their number there, as the app that has them says."""
    kind = next((one for one in elsewhere_kinds() if one.column == ORDER), None)
    if kind is None:
        return {}
    ids = known_ids(kind.kind, bringing.system, [row.get(ORDER, "") for row in rows])
    found = {one.id: one for one in kind.find(bringing.actor, list(ids.values()))}
    return {value: (pk, found[pk].customer_id, found[pk].currency) for value, pk in ids.items() if pk in found}


def _read(row: Row, known: _Known, bringing: Bringing) -> OutsideInvoice:
    """The document a row tells of. Raises NotPossible."""
    currency = row["currency"].upper()
    kind = row.get("kind", DocumentKind.INVOICE.value).strip().lower().replace(" ", "_")
    if kind not in DocumentKind:
        raise NotPossible(_("Write invoice or credit_note."), field="kind")
    label = row.get("number", row[OUTSIDE_ID])
    if len(label) > LONGEST_LABEL:
        raise NotPossible(_("No more than %(most)s signs.") % {"most": LONGEST_LABEL}, field="number")
    if label in known.ours:
        raise NotPossible(_("This is a document of our own: it is here already."), field="number" if "number" in row else OUTSIDE_ID)  # fmt: skip  # noqa: E501
    customer_id, order_id = _whose(row, currency, known)
    issued = _day(row, "issued_on", bringing)
    due = _day(row, "due_on", bringing) if "due_on" in row else issued
    if issued > company_day(bringing.at):
        raise NotPossible(_("This day is still to come."), field="issued_on")
    if due < issued:
        raise NotPossible(_("It is not due before it was issued."), field="due_on")
    net, tax, gross = _totals(row, currency)
    still_open = read_amount(row["open"], currency, "open").minor
    if still_open > gross:
        raise NotPossible(_("No more is open than the whole."), field="open")
    return OutsideInvoice(
        system=bringing.system,
        label=label,
        kind=kind,
        customer_id=customer_id,
        document_type=ORDER if order_id else "",
        document_id=order_id,
        currency=currency,
        issued_at=read_moment(row["issued_on"], "issued_on", day_first=bringing.day_first),
        issued_on=issued,
        due_on=due,
        net_minor=net,
        tax_minor=tax,
        gross_minor=gross,
        open_minor=still_open,
        lines=_lines(row, currency, net, gross),
        taken_at=bringing.at,
        taken_by_name=f"{bringing.system} ({bringing.actor.name})"[:200],
    )


def _day(row: Row, name: str, bringing: Bringing) -> date:
    return company_day(read_moment(row[name], name, day_first=bringing.day_first))


def _whose(row: Row, currency: str, known: _Known) -> tuple[int, int | None]:
    """Whose document it is, and of which order: the customer's the row names, else the order's."""
    holder = known.holders.holder(row)
    if ORDER not in row:
        if holder is None:
            words = _("Say whose it is, by the customer's number there or our reference.")
            raise NotPossible(words, field="customer_id")
        return holder, None
    found = known.orders.get(row[ORDER])
    if found is None:
        raise NotPossible(_("There is no such order. Bring the orders in first."), field=ORDER)
    order_id, customer_id, paid_in = found
    root = known.roots[customer_id]
    if holder is not None and holder != root:
        raise NotPossible(_("This is another customer's."), field=ORDER)
    if paid_in != currency:
        raise NotPossible(_("This is paid in %(currency)s.") % {"currency": paid_in}, field="currency")
    return root, order_id


def _totals(row: Row, currency: str) -> tuple[int, int, int]:
    gross = read_amount(row["gross"], currency, "gross").minor
    tax = read_amount(row.get("tax", "0"), currency, "tax").minor
    net = read_amount(row["net"], currency, "net").minor if "net" in row else gross - tax
    if net < 0 or net + tax != gross:
        raise NotPossible(_("Net and tax must come to the whole."), field="net" if "net" in row else "tax")
    return net, tax, gross


def _lines(row: Row, currency: str, net: int, gross: int) -> list[list[Any]]:
    """The lines of a document, if it has any. They come to its net or to its whole."""
    found: list[list[Any]] = []
    for part in filter(None, (one.strip() for one in row.get("lines", "").split(";"))):
        match = _LINE.fullmatch(part)
        if match is None:
            words = _("Write lines as TEXT x 2 @ 12.50, with semicolons between: %(line)s.")
            raise NotPossible(words % {"line": part[:60]}, field="lines")
        unit = read_amount(match["price"], currency, "lines").minor
        found.append([match["text"][:300], int(match["pieces"]), unit])
    if len(found) > MOST_LINES:
        raise NotPossible(_("From 1 to %(most)s lines.") % {"most": MOST_LINES}, field="lines")
    total = sum(pieces * unit for _text, pieces, unit in found)
    if found and total not in (net, gross):
        words = _("The lines come to %(lines)s, which is neither the net nor the whole.")
        raise NotPossible(words % {"lines": Money(total, currency).formatted()}, field="lines")
    return found


def _again(row: Row, invoice: OutsideInvoice, there: OutsideInvoice, known: _Known, changed: list[_Read]) -> Outcome:
    """What becomes of a row whose document is there: what stands on it never changes, what is open of it can."""
    roots = known.roots[there.customer_id], known.roots.get(invoice.customer_id, invoice.customer_id)
    for name in STANDS:
        if getattr(invoice, name) != getattr(there, name):
            words = _("This was brought in as something else. What was issued does not change: bring a credit note in.")
            raise NotPossible(words, field=COLUMNS.get(name, name))
    if roots[0] != roots[1]:
        raise NotPossible(_("This is another customer's."), field="customer_id")
    if invoice.open_minor != there.open_minor and there.pk in known.moved:
        words = _(
            "Payments or refunds of this were brought in: what is open follows from them. Bring in what was paid since."
        )
        raise NotPossible(words, field="open")
    names = [name for name in MENDED if _is_said(name, row)]
    before = {name: getattr(there, name) for name in names if getattr(there, name) != getattr(invoice, name)}
    if not before:
        return Outcome(Status.UNCHANGED, there.pk)
    owed = invoice.open_minor - there.open_minor
    for name in before:
        setattr(there, name, getattr(invoice, name))
    there.version += 1
    changed.append(_Read(row[OUTSIDE_ID], there, owed, before))
    return Outcome(Status.UPDATED, there.pk)


def _is_said(name: str, row: Row) -> bool:
    """What a row leaves out stays as it was."""
    return (ORDER if name.startswith("document_") else COLUMNS.get(name, name)) in row


def _store(new: Sequence[_Read], changed: Sequence[_Read], bringing: Bringing) -> None:
    copy_models(OutsideInvoice, [read.invoice for read in new], next_ids(Document, len(new)))
    link_all(KIND, bringing, [(read.outside_id, read.invoice.pk) for read in new])
    update_models(OutsideInvoice, [read.invoice for read in changed], [*MENDED, "version"])
    owed = [_booking(read) for read in (*new, *changed) if read.owed]
    post_many(owed, at=bringing.at, booked_on=company_day(bringing.at))  # a day that is not over is never closed
    if not bringing.is_recorded or not (new or changed):
        return
    done = [_done(read, bringing) for read in (*new, *changed)]
    decision = decide_for_all(ACT, actor=bringing.actor, at=bringing.at)
    record_all(ACT, done, actor=bringing.actor, at=bringing.at, decision=decision)


def _booking(read: _Read) -> Booking:
    """What is owed now beside what was: by the customer for an invoice, to them for a credit note."""
    invoice = read.invoice
    amount = Money(sign_of(invoice) * read.owed, invoice.currency)
    return Booking(
        TYPE,
        (TYPE, invoice.pk),
        f"{TYPE}:{invoice.pk}:{invoice.version}",
        [debit(RECEIVABLE, amount, customer_id=invoice.customer_id), credit(TAKEN_OVER, amount)],
        customer_id=invoice.customer_id,
        text=f"{invoice.system} {invoice.label}",
    )


def _done(read: _Read, bringing: Bringing) -> Done:
    said = {"outside_system": bringing.system, "outside_id": read.outside_id}
    invoice = read.invoice
    after = {name: getattr(invoice, name) for name in read.before or ("label", "gross_minor", "open_minor")}
    return Done(invoice.pk, said, _plain(read.before, invoice.currency), _plain(after, invoice.currency))


def _plain(values: Mapping[str, Any], currency: str) -> dict[str, Any]:
    def plain(name: str, value: Any) -> Any:
        if name.endswith("_minor"):
            return Money(value, currency).as_json()
        return value.isoformat() if isinstance(value, date) else value

    names = COLUMNS | {"document_id": ORDER}
    return {names.get(name, name): plain(name, value) for name, value in values.items() if name != "document_type"}
