"""
Payments that were received elsewhere, as rows, written many at once. What is paid on a customer's account or an invoice taken over is
booked against what is taken over from other systems, as the money is there; what was paid for an order that is over there is kept beside
it and not booked, like the order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.imports.cells import Holders, find_holders, read_amount, read_moment
from onhand.customers.imports.kinds import OUTSIDE_ID, Bringing, Outcome, Row, each_row, known_ids, link_all
from onhand.customers.intake.upsert import OnMatch, Status
from onhand.customers.models import Customer
from onhand.kernel.bulk import Done, copy_models, decide_for_all, record_all, update_models
from onhand.kernel.card_numbers import mask_card_numbers
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.ledger.chart import RECEIVABLE, TAKEN_OVER
from onhand.ledger.posting import credit, debit
from onhand.ledger.posting_many import Booking, post_many
from onhand.payments.documents import ACCOUNT
from onhand.payments.elsewhere import ElsewhereKind, PaidThere, elsewhere_kinds, find_documents, root_ids
from onhand.payments.enums import MethodKind, PaymentState
from onhand.payments.models import Payment, PaymentMethod, new_token

KIND, ACT = "payments", "payments.import_payment"
METHODS = {
    **{kind.value: kind for kind in (MethodKind.CARD, MethodKind.BANK, MethodKind.CASH, MethodKind.TERMINAL)},
    **dict.fromkeys(("credit card", "debit card", "tarjeta"), MethodKind.CARD),
    **dict.fromkeys(("bank transfer", "transfer", "direct debit", "transferencia", "domiciliacion"), MethodKind.BANK),
    "efectivo": MethodKind.CASH,
}


@dataclass(frozen=True, slots=True)
class _There:
    """A payment that was brought in before, with the file it belongs to."""

    payment: Payment
    root: int


@dataclass(slots=True)
class _Known:
    """What rows refer to, looked up and locked once for all of them. `left` is what is open of documents, less what rows before paid."""

    holders: Holders
    documents: Mapping[tuple[str, str], tuple[ElsewhereKind, PaidThere]]
    roots: Mapping[int, int]
    payments: Mapping[str, _There]
    left: dict[tuple[str, int], int] = field(default_factory=dict)


@dataclass(slots=True)
class _Read:
    """A row as it will be stored."""

    outside_id: str
    root: int
    document: tuple[str, int]
    is_booked: bool
    kind: MethodKind
    label: str
    amount: Money
    received_at: datetime
    reference: str | None
    payment: Payment = field(default_factory=Payment)
    before: dict[str, Any] = field(default_factory=dict)


def take_payments(rows: Sequence[Row], bringing: Bringing) -> list[Outcome]:
    """Payments made of rows, with their journals, records and events, by a handful of statements."""
    known = _look_up(rows, bringing)
    seen: set[str] = set()
    new: list[_Read] = []
    changed: list[_Read] = []
    made: list[_Read | None] = []

    def take(row: Row) -> Outcome:
        made.append(None)
        outside_id = row[OUTSIDE_ID]
        if outside_id in seen:
            raise NotPossible(_("Another row has this number."), field=OUTSIDE_ID)
        seen.add(outside_id)
        there = known.payments.get(outside_id)
        if there is not None and bringing.on_match is OnMatch.SKIP:
            return Outcome(Status.SKIPPED, there.payment.pk)
        read = _read(row, known, bringing)
        if there is not None:
            return _again(read, there, changed, bringing)
        _pay(read, known)
        new.append(read)
        made[-1] = read
        return Outcome(Status.CREATED)

    outcomes = each_row(rows, take)
    if not bringing.is_dry:
        _store(new, changed, bringing)
    for outcome, one in zip(outcomes, made, strict=True):
        outcome.object_id = one.payment.pk if one else outcome.object_id
    return outcomes


def _look_up(rows: Sequence[Row], bringing: Bringing) -> _Known:
    """Customers, documents and payments that rows name; the customers are locked, so what is open stays so."""
    holders = find_holders(rows, bringing)
    named: dict[tuple[str, str], tuple[ElsewhereKind, int]] = {}
    for kind in elsewhere_kinds():
        ids = known_ids(kind.kind, bringing.system, [row.get(kind.column, "") for row in rows])
        named |= {(kind.column, value): (kind, pk) for value, pk in ids.items()}
    names = known_ids(KIND, bringing.system, [row[OUTSIDE_ID] for row in rows])
    owners = dict(Payment.objects.filter(pk__in=names.values()).values_list("pk", "customer_id"))
    first = find_documents(named, bringing.actor)
    theirs = {one.customer_id for _kind, one in first.values()} | set(owners.values())
    roots = root_ids(theirs)
    lock_in_order(Customer, {*roots.values(), *holders.by_number.values(), *holders.by_reference.values()})
    found = find_documents(named, bringing.actor)  # again: what was open may have been paid before the locks were had
    payments = {one.pk: one for one in Payment.objects.filter(pk__in=owners).select_related("method")}
    there = {
        value: _There(payments[pk], roots[payments[pk].customer_id]) for value, pk in names.items() if pk in payments
    }
    left = {(kind.document_type, one.id): one.open_minor for kind, one in found.values() if one.open_minor is not None}
    return _Known(holders, found, roots, there, left)


def _read(row: Row, known: _Known, bringing: Bringing) -> _Read:
    currency = row["currency"].upper()
    amount = read_amount(row["amount"], currency, "amount")
    if not amount.minor:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    received_at = read_moment(row["received_at"], "received_at", day_first=bringing.day_first)
    if company_day(received_at) > company_day(bringing.at):
        raise NotPossible(_("This day is still to come."), field="received_at")
    kind = METHODS.get(row["method"].strip().lower())
    if kind is None:
        words = _("Write card, bank, cash or terminal. What it is called there goes into its own column.")
        raise NotPossible(words, field="method")
    root, document, is_booked = _what_for(row, currency, known)
    return _Read(
        outside_id=row[OUTSIDE_ID],
        root=root,
        document=document,
        is_booked=is_booked,
        kind=kind,
        label=mask_card_numbers(row.get("method_name", "")),
        amount=amount,
        received_at=received_at,
        reference=mask_card_numbers(row["reference"]) if "reference" in row else None,
    )


def _what_for(row: Row, currency: str, known: _Known) -> tuple[int, tuple[str, int], bool]:
    """Whose payment it is, for which document, and whether it is booked."""
    columns = [kind.column for kind in elsewhere_kinds() if kind.column in row]
    if len(columns) > 1:
        raise NotPossible(_("Name what was paid once: the order or the invoice."), field=columns[-1])
    holder = known.holders.holder(row)
    if not columns:
        if holder is None:
            words = _(
                "Say what was paid by the number of the order or invoice there, or whose account by the customer's."
            )
            raise NotPossible(words, field="customer_id")
        return holder, (ACCOUNT, holder), True
    (column,) = columns
    found = known.documents.get((column, row[column]))
    if found is None:
        words = _("There is no such order. Bring the orders in first.")
        if column != "order":
            words = _("There is no such invoice. Bring the invoices in first.")
        raise NotPossible(words, field=column)
    kind, one = found
    root = known.roots[one.customer_id]
    if holder is not None and holder != root:
        raise NotPossible(_("This is another customer's."), field=column)
    if one.currency != currency:
        words = _("This is paid in %(currency)s.")
        raise NotPossible(words % {"currency": one.currency}, field="currency")
    return root, (kind.document_type, one.id), kind.is_booked


def _pay(read: _Read, known: _Known) -> None:
    """Take a new payment off what is open."""
    left = known.left.get(read.document)
    if left is None:
        return
    if read.amount.minor > left:
        words = _("Only %(left)s of this invoice is open. What was paid before it was taken over is not paid again.")
        shown = Money(left, read.amount.currency).formatted()
        raise NotPossible(words % {"left": shown}, field="amount")
    known.left[read.document] = left - read.amount.minor


def _again(read: _Read, there: _There, changed: list[_Read], bringing: Bringing) -> Outcome:
    """What becomes of a row whose payment is there: when it came and by which reference can be mended; what was paid stands."""
    payment = there.payment
    stands = {
        "amount": (payment.minor, read.amount.minor),
        "currency": (payment.currency, read.amount.currency),
        "method": (payment.method.kind, read.kind.value),
        "method_name": (payment.method.label, read.label),
        "customer_id": (there.root, read.root),
    }
    if payment.document_type != ACCOUNT or read.document[0] != ACCOUNT:
        stands["order"] = ((payment.document_type, payment.document_id), read.document)
    for name, (was, now) in stands.items():
        if was != now:
            words = _("This payment was brought in as something else. What was paid does not change.")
            raise NotPossible(words, field=name)
    told: dict[str, Any] = {"made_at": read.received_at}
    if read.reference is not None and not (bringing.on_match is OnMatch.FILL and payment.reference):
        told["reference"] = read.reference
    read.before = {name: getattr(payment, name) for name, value in told.items() if getattr(payment, name) != value}
    if not read.before:
        return Outcome(Status.UNCHANGED, payment.pk)
    for name in read.before:
        setattr(payment, name, told[name])
    payment.captured_at = payment.made_at
    read.payment = payment
    changed.append(read)
    return Outcome(Status.UPDATED, payment.pk)


def _store(new: Sequence[_Read], changed: Sequence[_Read], bringing: Bringing) -> None:
    who = f"{bringing.system} ({bringing.actor.name})"[:200]
    methods = _methods(new, bringing)
    for read in new:
        read.payment = _filled(read, methods[read.root, read.kind.value, read.label], who, bringing)
    copy_models(Payment, [read.payment for read in new])
    link_all(KIND, bringing, [(read.outside_id, read.payment.pk) for read in new])
    for read in changed:
        read.payment.version += bringing.is_recorded
    update_models(Payment, [read.payment for read in changed], ["made_at", "captured_at", "reference", "version"])
    _book([read for read in new if read.is_booked], bringing)
    if not bringing.is_recorded or not (new or changed):
        return
    done = [_done(read, bringing) for read in (*new, *changed)]
    decision = decide_for_all(ACT, actor=bringing.actor, at=bringing.at)
    record_all(ACT, done, actor=bringing.actor, at=bringing.at, decision=decision)


def _methods(new: Sequence[_Read], bringing: Bringing) -> dict[tuple[int, str, str], int]:
    """What was paid with there, by customer, kind and name: methods that are not in use here."""
    plain = PaymentMethod.objects.filter(
        customer__in={read.root for read in new}, is_active=False, provider=None, card=None, reference="", last4=""
    )
    found = {
        (whose, kind, label): pk for pk, whose, kind, label in plain.values_list("pk", "customer_id", "kind", "label")
    }
    missing = dict.fromkeys((read.root, read.kind.value, read.label) for read in new)
    made = {
        key: PaymentMethod(
            customer_id=key[0], kind=key[1], label=key[2], is_active=False, added_at=bringing.at, removed_at=bringing.at
        )
        for key in missing
        if key not in found
    }
    copy_models(PaymentMethod, list(made.values()))
    return found | {key: one.pk for key, one in made.items()}


def _filled(read: _Read, method_id: int, who: str, bringing: Bringing) -> Payment:
    return Payment(
        customer_id=read.root,
        method_id=method_id,
        minor=read.amount.minor,
        captured_minor=read.amount.minor,
        currency=read.amount.currency,
        state=PaymentState.CAPTURED,
        document_type=read.document[0],
        document_id=read.document[1],
        key=f"elsewhere:{new_token()}",
        reference=read.reference or "",
        made_at=read.received_at,
        captured_at=read.received_at,
        made_by_name=who,
        from_system=bringing.system,
    )


def _book(new: Sequence[_Read], bringing: Bringing) -> None:
    """The customers owe less, and the other system has the money."""
    bookings = [
        Booking(
            "payment",
            ("payment", read.payment.pk),
            f"payment:{read.payment.pk}",
            [debit(TAKEN_OVER, read.amount), credit(RECEIVABLE, read.amount, customer_id=read.root)],
            customer_id=read.root,
            text=f"{bringing.system} {read.outside_id}",
        )
        for read in new
    ]
    post_many(bookings, at=bringing.at, booked_on=company_day(bringing.at))  # a day that is not over is never closed


def _done(read: _Read, bringing: Bringing) -> Done:
    said = {"outside_system": bringing.system, "outside_id": read.outside_id}
    if not read.before:
        return Done(read.payment.pk, said, {}, {"state": str(read.payment.state), "captured": read.amount.as_json()})
    after = {name: getattr(read.payment, name) for name in read.before}
    return Done(read.payment.pk, said, _plain(read.before), _plain(after))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    names = {"made_at": "received_at", "reference": "receipt"}
    return {names[name]: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
