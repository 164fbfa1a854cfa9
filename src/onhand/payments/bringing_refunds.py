"""
Refunds that were made elsewhere, as rows, written many at once: of payments that were received there. What is given back of a payment
that is booked, or for a credit note taken over, is booked against what is taken over from other systems, as the money went from there;
what is given back for an order that is over there is kept beside it and not booked, like its payment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.imports.cells import read_amount, read_moment
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
from onhand.payments import access
from onhand.payments.bringing_in import KIND as PAYMENTS
from onhand.payments.elsewhere import NOT_BOOKED, ElsewhereKind, PaidThere, credit_kinds, find_documents, root_ids
from onhand.payments.enums import RefundState
from onhand.payments.models import Payment, Refund, new_token

KIND, ACT = "refunds", "payments.import_refund"


@dataclass(slots=True)
class _Known:
    """
    What rows refer to, looked up and locked once for all of them. `left` is what of each payment can still be given back, and `open`
    what is open of each credit note, less what rows before gave back.
    """

    payments: Mapping[str, Payment]
    credits: Mapping[tuple[str, str], tuple[ElsewhereKind, PaidThere]]
    roots: Mapping[int, int]
    refunds: Mapping[str, Refund]
    left: dict[int, int]
    open: dict[tuple[str, int], int]


@dataclass(slots=True)
class _Read:
    """A row as it will be stored."""

    outside_id: str
    payment: Payment
    document: tuple[str, int]
    amount: Money
    refunded_at: datetime
    reference: str | None
    refund: Refund = field(default_factory=Refund)
    before: dict[str, Any] = field(default_factory=dict)


def take_refunds(rows: Sequence[Row], bringing: Bringing) -> list[Outcome]:
    """Refunds made of rows, with their journals, records and events, by a handful of statements."""
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
        there = known.refunds.get(outside_id)
        if there is not None and bringing.on_match is OnMatch.SKIP:
            return Outcome(Status.SKIPPED, there.pk)
        read = _read(row, known, bringing)
        if there is not None:
            return _again(read, there, changed, bringing)
        _give_back(read, known)
        new.append(read)
        made[-1] = read
        return Outcome(Status.CREATED)

    outcomes = each_row(rows, take)
    if not bringing.is_dry:
        _store(new, changed, bringing)
    for outcome, one in zip(outcomes, made, strict=True):
        outcome.object_id = one.refund.pk if one else outcome.object_id
    return outcomes


def _look_up(rows: Sequence[Row], bringing: Bringing) -> _Known:
    """Payments, credit notes and refunds that rows name; their customers are locked, so what can be given back stays so."""
    names = known_ids(PAYMENTS, bringing.system, [row.get("payment", "") for row in rows])
    named: dict[tuple[str, str], tuple[ElsewhereKind, int]] = {}
    for kind in credit_kinds():
        ids = known_ids(kind.kind, bringing.system, [row.get(kind.column, "") for row in rows])
        named |= {(kind.column, value): (kind, pk) for value, pk in ids.items()}
    visible = access.visible_payments(bringing.actor).filter(customer__erased_at=None, from_system=bringing.system)
    found = visible.filter(pk__in=names.values()).select_related("method")
    whose = {one.customer_id for one in found}
    roots = root_ids(whose | {one.customer_id for _kind, one in find_documents(named, bringing.actor).values()})
    lock_in_order(Customer, set(roots.values()))
    payments = {
        one.pk: one for one in found.all()
    }  # again: what was left may have been given back before the locks were had
    credits = find_documents(named, bringing.actor)
    numbers = known_ids(KIND, bringing.system, [row[OUTSIDE_ID] for row in rows])
    refunds = {one.pk: one for one in Refund.objects.filter(pk__in=numbers.values())}
    return _Known(
        {value: payments[pk] for value, pk in names.items() if pk in payments},
        credits,
        roots,
        {value: refunds[pk] for value, pk in numbers.items() if pk in refunds},
        {pk: one.captured_minor - one.refunded_minor - one.taken_back_minor for pk, one in payments.items()},
        {(kind.document_type, one.id): one.open_minor or 0 for kind, one in credits.values()},
    )


def _read(row: Row, known: _Known, bringing: Bringing) -> _Read:
    """The refund a row tells of. Raises NotPossible."""
    currency = row["currency"].upper()
    amount = read_amount(row["amount"], currency, "amount")
    if not amount.minor:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    payment = known.payments.get(row["payment"])
    if payment is None:
        raise NotPossible(_("There is no such payment. Bring the payments in first."), field="payment")
    if payment.currency != currency:
        words = _("This was paid in %(currency)s: give it back in %(currency)s.") % {"currency": payment.currency}
        raise NotPossible(words, field="currency")
    refunded_at = read_moment(row["refunded_at"], "refunded_at", day_first=bringing.day_first)
    if company_day(refunded_at) > company_day(bringing.at):
        raise NotPossible(_("This day is still to come."), field="refunded_at")
    if company_day(refunded_at) < company_day(payment.made_at):
        raise NotPossible(_("It is not given back before it was paid."), field="refunded_at")
    return _Read(
        outside_id=row[OUTSIDE_ID],
        payment=payment,
        document=_what_for(row, payment, known),
        amount=amount,
        refunded_at=refunded_at,
        reference=mask_card_numbers(row["reference"]) if "reference" in row else None,
    )


def _what_for(row: Row, payment: Payment, known: _Known) -> tuple[str, int]:
    """What is given back: what the payment was for, or the credit note the row names."""
    columns = [kind.column for kind in credit_kinds() if kind.column in row]
    if not columns:
        return payment.document_type, payment.document_id
    (column,) = columns
    found = known.credits.get((column, row[column]))
    if found is None:
        raise NotPossible(_("There is no such credit note. Bring the credit notes in first."), field=column)
    kind, one = found
    if known.roots[one.customer_id] != known.roots[payment.customer_id]:
        raise NotPossible(_("This is another customer's."), field=column)
    if one.currency != payment.currency:
        words = _("This is paid in %(currency)s.") % {"currency": one.currency}
        raise NotPossible(words, field=column)
    return kind.document_type, one.id


def _give_back(read: _Read, known: _Known) -> None:
    """Take a new refund off what is left of its payment, and off what is open of the credit note."""
    left, still_open = known.left[read.payment.pk], known.open.get(read.document)
    if read.amount.minor > left:
        words = _("At most %(amount)s of this payment can be given back.")
        shown = Money(max(0, left), read.amount.currency).formatted()
        raise NotPossible(words % {"amount": shown}, field="amount")
    if still_open is not None:
        if read.amount.minor > still_open:
            words = _("Only %(left)s of this credit note is open. What was given back before it was taken over is not given back again.")  # fmt: skip  # noqa: E501
            shown = Money(still_open, read.amount.currency).formatted()
            raise NotPossible(words % {"left": shown}, field="amount")
        known.open[read.document] = still_open - read.amount.minor
    known.left[read.payment.pk] = left - read.amount.minor


def _again(read: _Read, there: Refund, changed: list[_Read], bringing: Bringing) -> Outcome:
    """What becomes of a row whose refund is there: when it went and by which reference can be mended; what was given back stands."""
    stands = {
        "payment": (there.payment_id, read.payment.pk),
        "amount": (there.minor, read.amount.minor),
        "credit_note": ((there.document_type, there.document_id), read.document),
    }
    for name, (was, now) in stands.items():
        if was != now:
            words = _("This refund was brought in as something else. What was given back does not change.")
            raise NotPossible(words, field=name)
    told: dict[str, Any] = {"made_at": read.refunded_at}
    if read.reference is not None and not (bringing.on_match is OnMatch.FILL and there.reference):
        told["reference"] = read.reference
    read.before = {name: getattr(there, name) for name, value in told.items() if getattr(there, name) != value}
    if not read.before:
        return Outcome(Status.UNCHANGED, there.pk)
    for name in read.before:
        setattr(there, name, told[name])
    there.done_at = there.made_at
    read.refund = there
    changed.append(read)
    return Outcome(Status.UPDATED, there.pk)


def _store(new: Sequence[_Read], changed: Sequence[_Read], bringing: Bringing) -> None:
    who = f"{bringing.system} ({bringing.actor.name})"[:200]
    for read in new:
        read.refund = _filled(read, who, bringing)
    copy_models(Refund, [read.refund for read in new])
    link_all(KIND, bringing, [(read.outside_id, read.refund.pk) for read in new])
    for read in changed:
        read.refund.version += bringing.is_recorded
    update_models(Refund, [read.refund for read in changed], ["made_at", "done_at", "reference", "version"])
    _book([read for read in new if read.document[0] != NOT_BOOKED], bringing)
    if not bringing.is_recorded or not (new or changed):
        return
    done = [_done(read, bringing) for read in (*new, *changed)]
    decision = decide_for_all(ACT, actor=bringing.actor, at=bringing.at)
    record_all(ACT, done, actor=bringing.actor, at=bringing.at, decision=decision)


def _filled(read: _Read, who: str, bringing: Bringing) -> Refund:
    return Refund(
        customer_id=read.payment.customer_id,
        payment=read.payment,
        to_id=read.payment.method_id,
        minor=read.amount.minor,
        state=RefundState.DONE,
        document_type=read.document[0],
        document_id=read.document[1],
        key=f"elsewhere:{new_token()}",
        reference=read.reference or "",
        made_at=read.refunded_at,
        done_at=read.refunded_at,
        made_by_name=who,
        from_system=bringing.system,
    )


def _book(new: Sequence[_Read], bringing: Bringing) -> None:
    """The customers owe again what was paid, or are owed no more what was credited; the money went from the other system."""
    bookings = [
        Booking(
            "refund",
            ("refund", read.refund.pk),
            f"refund:{read.refund.pk}",
            [debit(RECEIVABLE, read.amount, customer_id=read.payment.customer_id), credit(TAKEN_OVER, read.amount)],
            customer_id=read.payment.customer_id,
            text=f"{bringing.system} {read.outside_id}",
        )
        for read in new
    ]
    post_many(bookings, at=bringing.at, booked_on=company_day(bringing.at))  # a day that is not over is never closed


def _done(read: _Read, bringing: Bringing) -> Done:
    said = {"outside_system": bringing.system, "outside_id": read.outside_id}
    if not read.before:
        return Done(read.refund.pk, said, {}, {"state": str(read.refund.state), "given_back": read.amount.as_json()})
    after = {name: getattr(read.refund, name) for name in read.before}
    return Done(read.refund.pk, said, _plain(read.before), _plain(after))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    names = {"made_at": "refunded_at", "reference": "receipt"}
    return {names[name]: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
