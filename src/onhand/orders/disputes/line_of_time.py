"""The facts of a dispute in the order in which they happened, each with its mark and what contradicts it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from onhand.orders.disputes.contradictions import Contradiction, Mark
from onhand.orders.disputes.facts import Facts

# What the order's own changes say again is told once, by the fact itself.
TOLD_BY_FACTS = frozenset({"shipped", "scanned", "delivered", "return", "exchange", "claim", "return_received"})


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing on the line: when, its mark, and the fact it is of. `wrong` are the contradictions it is part of."""

    at: datetime
    mark: Mark
    fact: object
    wrong: tuple[Contradiction, ...] = ()


def line_of_time(facts: Facts, found: Sequence[Contradiction]) -> list[Happened]:
    """Everything that happened, oldest first; of the same moment in the order of the facts."""
    wrong: dict[Mark, list[Contradiction]] = {}
    for one in found:
        for mark in one.marks:
            wrong.setdefault(mark, []).append(one)
    entries = [Happened(at, mark, fact, tuple(wrong.get(mark, ()))) for at, mark, fact in _everything(facts)]
    return sorted(entries, key=lambda one: one.at)


def _everything(facts: Facts) -> Iterator[tuple[datetime, Mark, object]]:
    for change in facts.changes:
        if change.kind == "cancelled":
            yield change.at, ("cancelled", 0), change
        elif change.kind not in TOLD_BY_FACTS:
            yield change.at, ("change", change.number), change
    for payment in facts.payments:
        yield payment.captured_at or payment.at, ("payment", payment.id), payment
    for back in facts.chargebacks:
        yield back.at, ("chargeback", back.id), back
        if back.ended_at:
            yield back.ended_at, ("decided", back.id), back
    for shipment in facts.shipments:
        yield shipment.at, ("shipment", shipment.number), shipment
        if shipment.delivered_at:
            yield shipment.delivered_at, ("delivered", shipment.number), shipment
    for scan in facts.scans:
        yield scan.at, ("scan", scan.id), scan
    for document in facts.documents:
        yield document.at, ("document", document.id), document
    for one in facts.returns:
        yield one.agreed_at, ("return", one.reference), one
        if one.received_at:
            yield one.received_at, ("received", one.reference), one
    for refund in facts.refunds:
        yield refund.done_at or refund.at, ("refund", refund.id), refund
    for contact in facts.contacts:
        yield contact.at, ("contact", contact.id), contact
    for promise in facts.promises:
        yield promise.at, ("promise", promise.id), promise
