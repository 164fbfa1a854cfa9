"""
What does not go together in a dispute: each is one small function over the facts. A contradiction names the entries it is about by their
marks, such as ("scan", 7), so that they stand out on the line of time.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from onhand.orders.disputes.facts import Facts, PaymentFact

Mark = tuple[str, int | str]
LONG_IN_THE_WAREHOUSE = timedelta(days=7)
LONG_FOR_A_REFUND = timedelta(days=14)
ROUNDED = 5  # minor units by which documents of other systems may be above their order


class ContradictionKind(StrEnum):
    """What does not go together."""

    DELIVERED_ELSEWHERE = "delivered_elsewhere"
    SEEN_AFTER_DELIVERY = "seen_after_delivery"
    DELIVERED_UNSEEN = "delivered_unseen"
    SHIPPED_AFTER_CANCELLATION = "shipped_after_cancellation"
    INVOICED_TWICE = "invoiced_twice"
    INVOICED_UNSHIPPED = "invoiced_unshipped"
    PAID_TOO_MUCH = "paid_too_much"
    CHARGED_AFTER_CANCELLATION = "charged_after_cancellation"
    RETURNED_NOT_CREDITED = "returned_not_credited"
    GIVEN_BACK_TWICE = "given_back_twice"
    REFUND_LATE = "refund_late"
    REFUND_FAILED = "refund_failed"
    PROMISE_BROKEN = "promise_broken"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One of them: what it is about, by how much in minor units where that says something, and details for the sentence."""

    kind: ContradictionKind
    marks: tuple[Mark, ...]
    minor: int = 0
    expected: str = ""
    found: str = ""


K = ContradictionKind


def _code(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())


def delivered_elsewhere(facts: Facts) -> Iterator[Contradiction]:
    """The carrier delivered where the shipment was not sent."""
    sent = {one.number: one for one in facts.shipments}
    for scan in facts.scans:
        shipment = sent.get(scan.shipment)
        if shipment is None or scan.kind != "delivered" or not (scan.postal_code and shipment.postal_code):
            continue
        if _code(scan.postal_code) != _code(shipment.postal_code):
            found = f"{scan.postal_code} {scan.place}".strip()
            expected = f"{shipment.postal_code} {shipment.city}".strip()
            marks = (("scan", scan.id), ("shipment", shipment.number))
            yield Contradiction(K.DELIVERED_ELSEWHERE, marks, expected=expected, found=found)


def seen_after_delivery(facts: Facts) -> Iterator[Contradiction]:
    """The carrier still had on its way what it had delivered."""
    for shipment in facts.shipments:
        for scan in facts.scans:
            moving = scan.kind in ("in_transit", "out_for_delivery", "failed", "sent_back")
            late = shipment.delivered_at is not None and scan.at > shipment.delivered_at
            if scan.shipment == shipment.number and moving and late:
                yield Contradiction(K.SEEN_AFTER_DELIVERY, (("scan", scan.id), ("delivered", shipment.number)))


def delivered_unseen(facts: Facts) -> Iterator[Contradiction]:
    """A delivery is noted of which there is neither a scan nor proof nor a name."""
    seen = {scan.shipment for scan in facts.scans if scan.kind == "delivered" and (scan.place or scan.postal_code)}
    for one in facts.shipments:
        if one.delivered_at and one.number not in seen and not one.proof:
            yield Contradiction(K.DELIVERED_UNSEEN, (("delivered", one.number),))


def shipped_after_cancellation(facts: Facts) -> Iterator[Contradiction]:
    """Goods left although the order was cancelled."""
    for one in facts.shipments:
        if facts.cancelled_at is not None and one.at > facts.cancelled_at:
            yield Contradiction(K.SHIPPED_AFTER_CANCELLATION, (("shipment", one.number), ("cancelled", 0)))


def invoiced_twice(facts: Facts) -> Iterator[Contradiction]:
    """More pieces of a line, or the same shipping or fee, on invoices than there were."""
    pieces: Counter[int] = Counter()
    extras: Counter[int] = Counter()
    for document in facts.documents:
        if document.kind != "invoice" or document.system:
            continue
        again = [line for line, count in document.pieces.items() if pieces[line] + count > facts.ordered.get(line, 0)]
        twice = [extra for extra in document.extras if extras[extra]]
        pieces.update(document.pieces)
        extras.update(document.extras)
        if again or twice:
            earlier = [
                ("document", one.id)
                for one in facts.documents
                if one.id < document.id
                and one.kind == "invoice"
                and ({*again} & {*one.pieces} or {*twice} & {*one.extras})
            ]
            marks: tuple[Mark, ...] = (("document", document.id), *earlier)
            yield Contradiction(K.INVOICED_TWICE, marks, minor=document.gross, found=document.label)


def invoiced_twice_elsewhere(facts: Facts) -> Iterator[Contradiction]:
    """
    An invoice of another system with which more is invoiced than the order came to, less what had been credited before. Which pieces it is
    for is not known.
    """
    most, so_far = facts.gross + facts.replaced_gross + ROUNDED, 0
    earlier: list[Mark] = []
    for document in sorted(facts.documents, key=lambda one: (one.at, one.id)):
        if document.kind != "invoice":
            so_far = max(0, so_far - document.gross)
            continue
        so_far += document.gross
        if document.system and earlier and so_far > most:
            marks: tuple[Mark, ...] = (("document", document.id), *earlier)
            yield Contradiction(K.INVOICED_TWICE, marks, minor=document.gross, found=document.label)
        earlier.append(("document", document.id))


def invoiced_unshipped(facts: Facts) -> Iterator[Contradiction]:
    """Pieces are on invoices that were not shipped (services, which are in no shipment, are not among `ordered` shipments)."""
    shipped: Counter[int] = Counter()
    for shipment in facts.shipments:
        shipped.update(shipment.pieces)
    for document in facts.documents:
        if document.kind == "invoice" and facts.shipments:
            over = [line for line, count in document.pieces.items() if line in shipped and count > shipped[line]]
            if over:
                yield Contradiction(K.INVOICED_UNSHIPPED, (("document", document.id),), found=document.label)


def _kept(payment: PaymentFact) -> int:
    return payment.captured - payment.refunded - payment.refunding - payment.taken_back


def paid_too_much(facts: Facts) -> Iterator[Contradiction]:
    """More was taken, and not given back, than the order and what was sent in exchange come to."""
    kept = sum(_kept(one) for one in facts.payments)
    most = facts.gross + facts.replaced_gross
    if facts.cancelled_at is None and kept > most:
        marks = tuple(("payment", one.id) for one in facts.payments if _kept(one) > 0)
        yield Contradiction(K.PAID_TOO_MUCH, marks, minor=kept - most)


def charged_after_cancellation(facts: Facts) -> Iterator[Contradiction]:
    """Money came in after the order was cancelled, or was kept although it was."""
    for one in facts.payments:
        kept = _kept(one)
        if facts.cancelled_at is not None and kept > 0:
            yield Contradiction(K.CHARGED_AFTER_CANCELLATION, (("payment", one.id), ("cancelled", 0)), minor=kept)


def returned_not_credited(facts: Facts) -> Iterator[Contradiction]:
    """
    Goods came back long ago and nobody looked at them, or they were taken and nothing was credited. Where all of it was deducted, or had
    been credited by hand or out of goodwill, nothing was left to be credited.
    """
    notes = sum(one.gross for one in facts.documents if one.kind == "credit_note")
    for one in facts.returns:
        waits = one.closed_at is None and one.received_at and facts.now - one.received_at > LONG_IN_THE_WAREHOUSE
        unpaid = one.closed_at is not None and one.taken > 0 and one.credited == 0 and one.worth > notes
        if waits or unpaid:
            yield Contradiction(K.RETURNED_NOT_CREDITED, (("return", one.reference),), found=one.reference)


def sent_back_not_credited(facts: Facts) -> Iterator[Contradiction]:
    """
    A carrier sent goods back long ago that another system invoiced, and nothing was credited there nor given back. There is no return of
    such an order here.
    """
    if not any(one.kind == "invoice" and one.system for one in facts.documents):
        return
    credited = any(one.kind == "credit_note" for one in facts.documents)
    if credited or any(one.state != "failed" for one in facts.refunds):
        return
    for shipment in facts.shipments:
        scans = [one for one in facts.scans if one.shipment == shipment.number]
        last = max(scans, key=lambda one: (one.at, one.id), default=None)
        if last is not None and last.kind == "sent_back" and facts.now - last.at > LONG_IN_THE_WAREHOUSE:
            marks = (("scan", last.id), ("shipment", shipment.number))
            yield Contradiction(K.RETURNED_NOT_CREDITED, marks, found=shipment.tracking)


def given_back_twice(facts: Facts) -> Iterator[Contradiction]:
    """The company gave a payment back, and the customer's bank took it back too."""
    for one in facts.payments:
        over = -_kept(one)
        if one.taken_back > 0 and over > 0:
            marks = tuple(("chargeback", back.id) for back in facts.chargebacks if back.payment == one.id)
            yield Contradiction(K.GIVEN_BACK_TWICE, (("payment", one.id), *marks), minor=over)


def refund_late(facts: Facts) -> Iterator[Contradiction]:
    """Money was to go back and has been on its way for too long."""
    for one in facts.refunds:
        if one.state == "pending" and facts.now - one.at > LONG_FOR_A_REFUND:
            yield Contradiction(K.REFUND_LATE, (("refund", one.id),), minor=one.minor)


def refund_failed(facts: Facts) -> Iterator[Contradiction]:
    """Money was to go back and did not, nor by another refund of the same payment."""
    for one in facts.refunds:
        again = any(
            other.payment == one.payment and other.at >= one.at and other.state != "failed" for other in facts.refunds
        )
        if one.state == "failed" and not again:
            yield Contradiction(K.REFUND_FAILED, (("refund", one.id),), minor=one.minor)


def promise_broken(facts: Facts) -> Iterator[Contradiction]:
    """The customer was promised something that did not come."""
    for one in facts.promises:
        is_over = one.kept_at is None and one.called_off_at is None and one.due_at < facts.now
        if one.broken_at or is_over:
            yield Contradiction(K.PROMISE_BROKEN, (("promise", one.id),), found=one.text)


RULES: Sequence[Callable[[Facts], Iterator[Contradiction]]] = (
    delivered_elsewhere,
    seen_after_delivery,
    delivered_unseen,
    shipped_after_cancellation,
    invoiced_twice,
    invoiced_twice_elsewhere,
    invoiced_unshipped,
    paid_too_much,
    charged_after_cancellation,
    returned_not_credited,
    sent_back_not_credited,
    given_back_twice,
    refund_late,
    refund_failed,
    promise_broken,
)


def contradictions(facts: Facts) -> list[Contradiction]:
    """Everything that does not go together."""
    return [found for rule in RULES for found in rule(facts)]
