"""The facts of a dispute, gathered: a statement a kind of thing, each bounded."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, Sum

from onhand.contacts.models import Contact, Promise
from onhand.customers.membership import family_ids
from onhand.invoicing.models import Document, DocumentLine, OutsideInvoice
from onhand.invoicing.outside import TYPE as OUTSIDE
from onhand.orders.disputes.facts import (
    ChangeFact,
    ChargebackFact,
    ContactFact,
    DocumentFact,
    Facts,
    PaymentFact,
    PromiseFact,
    RefundFact,
    ReturnFact,
    ScanFact,
    ShipmentFact,
)
from onhand.orders.invoices import EXTRA, LINE
from onhand.orders.models import Order, OrderChange, OrderLine, Return, ReturnLine, Scan, Shipment, ShipmentLine
from onhand.orders.offering import method_label
from onhand.payments.models import Chargeback, Payment, Refund

MOST = 300
AFTERWARDS = timedelta(days=120)  # contacts so long after the last thing that happened belong to it
WRITTEN = ("email", "chat", "social", "letter", "fax")


def gather(order: Order, now: datetime) -> Facts:
    """Everything there is about an order, at most some hundred of each kind."""
    lines = list(OrderLine.objects.filter(order=order).order_by("number"))
    documents = [*_documents(order), *_outside_documents(order)]
    payments = _payments(order, documents)
    changes = [
        ChangeFact(one.number, one.at, one.kind, one.by_name)
        for one in OrderChange.objects.filter(order=order).order_by("number")[:MOST]
    ]
    until = max([order.placed_at, *(one.at for one in changes)]) + AFTERWARDS
    customers = family_ids([order.customer_id])
    return Facts(
        placed_at=order.placed_at,
        currency=order.currency,
        gross=order.gross_minor,
        now=now,
        cancelled_at=order.cancelled_at,
        ordered={line.pk: line.pieces for line in lines},
        replaced_gross=sum(line.gross_minor for line in lines if line.in_return_id),
        changes=changes,
        shipments=_shipments(order),
        scans=[
            ScanFact(one.pk, one.shipment.number, one.at, one.kind, one.place, one.postal_code)
            for one in Scan.objects.filter(shipment__order=order).select_related("shipment").order_by("at", "pk")[:MOST]
        ],
        documents=documents,
        payments=payments,
        chargebacks=_chargebacks([one.id for one in payments]),
        refunds=_refunds([one.id for one in payments]),
        returns=_returns(order),
        contacts=_contacts(customers, order.placed_at, until),
        promises=_promises(customers, order.placed_at, until),
    )


def _shipments(order: Order) -> list[ShipmentFact]:
    pieces: dict[int, dict[int, int]] = {}
    for row in ShipmentLine.objects.filter(shipment__order=order)[: 10 * MOST]:
        pieces.setdefault(row.shipment_id, {})[row.line_id] = row.pieces
    return [
        ShipmentFact(
            number=one.number,
            at=one.shipped_at,
            postal_code=str(one.address.get("postal_code", "")),
            city=str(one.address.get("city", "")),
            delivered_at=one.delivered_at,
            delivered_to=one.delivered_to,
            carrier=one.carrier,
            tracking=one.tracking,
            proof=one.proof,
            pieces=pieces.get(one.pk, {}),
        )
        for one in Shipment.objects.filter(order=order).order_by("number")[:MOST]
    ]


def _documents(order: Order) -> list[DocumentFact]:
    found = list(Document.objects.filter(document_type="order", document_id=order.pk).order_by("pk")[:MOST])
    pieces: dict[int, dict[int, int]] = {}
    extras: dict[int, list[int]] = {}
    rows = DocumentLine.objects.filter(document__in=[one.pk for one in found], source_id__isnull=False)
    for row in rows.order_by("pk")[: 10 * MOST]:
        if row.source_type == LINE and row.source_id:
            of = pieces.setdefault(row.document_id, {})
            of[row.source_id] = of.get(row.source_id, 0) + int(row.pieces)
        elif row.source_type == EXTRA and row.source_id:
            extras.setdefault(row.document_id, []).append(row.source_id)
    return [
        DocumentFact(
            one.pk, one.kind, one.label, one.issued_at, one.gross_minor, pieces.get(one.pk, {}), extras.get(one.pk, ())
        )
        for one in found
    ]


def _outside_documents(order: Order) -> list[DocumentFact]:
    """What another system issued for the order. Their ids are of the same sequence as those of our documents."""
    found = OutsideInvoice.objects.filter(document_type="order", document_id=order.pk).order_by("pk")[:MOST]
    return [
        DocumentFact(one.pk, one.kind, one.label, one.issued_at, one.gross_minor, system=one.system) for one in found
    ]


def _payments(order: Order, documents: Sequence[DocumentFact]) -> list[PaymentFact]:
    of = Q(document_type="order", document_id=order.pk)
    of |= Q(document_type="document", document_id__in=[one.id for one in documents if not one.system])
    of |= Q(document_type=OUTSIDE, document_id__in=[one.id for one in documents if one.system])
    found = Payment.objects.filter(of).select_related("method").order_by("pk")[:MOST]
    return [
        PaymentFact(
            id=one.pk,
            at=one.made_at,
            minor=one.minor,
            state=one.state,
            method=method_label(one.method),
            captured=one.captured_minor,
            captured_at=one.captured_at,
            refunded=one.refunded_minor,
            refunding=one.refunding_minor,
            taken_back=one.taken_back_minor,
            system=one.from_system,
        )
        for one in found
    ]


def _chargebacks(payments: Sequence[int]) -> list[ChargebackFact]:
    found = Chargeback.objects.filter(payment__in=list(payments)).annotate(taken=Sum("moves__minor")).order_by("pk")
    return [
        ChargebackFact(
            one.pk, one.payment_id, one.noted_at, one.minor, one.state, one.reason, one.taken or 0, one.ended_at
        )
        for one in found[:MOST]
    ]


def _refunds(payments: Sequence[int]) -> list[RefundFact]:
    found = Refund.objects.filter(payment__in=list(payments)).select_related("to").order_by("pk")[:MOST]
    return [
        RefundFact(
            one.pk,
            one.payment_id,
            one.made_at,
            one.minor,
            one.state,
            method_label(one.to),
            one.done_at,
            one.from_system,
        )
        for one in found
    ]


def _returns(order: Order) -> list[ReturnFact]:
    rows = ReturnLine.objects.filter(in_return__order=order).order_by().values("in_return")
    sums = rows.annotate(came=Sum("received"), kept=Sum("taken")).values_list("in_return", "came", "kept")
    counted = {number: (came, kept) for number, came, kept in sums}
    worth: dict[int, int] = {}
    taken = ReturnLine.objects.filter(in_return__order=order, taken__gt=0, line__pieces__gt=0).select_related("line")
    for row in taken.order_by("pk")[: 10 * MOST]:
        price = row.line.gross_minor * row.taken // row.line.pieces - 1  # shares of pieces are rounded
        worth[row.in_return_id] = worth.get(row.in_return_id, 0) + max(0, price - row.deduction_minor)
    return [
        ReturnFact(
            reference=one.reference,
            kind=one.kind,
            agreed_at=one.agreed_at,
            received_at=one.received_at,
            closed_at=one.closed_at,
            state=one.state,
            received=counted.get(one.pk, (0, 0))[0],
            taken=counted.get(one.pk, (0, 0))[1],
            credited=one.credited_minor,
            worth=worth.get(one.pk, 0),
        )
        for one in Return.objects.filter(order=order).order_by("pk")[:MOST]
    ]


def _contacts(customers: Sequence[int], since: datetime, until: datetime) -> list[ContactFact]:
    found = Contact.objects.filter(customer__in=list(customers), started_at__gte=since, started_at__lt=until)
    return [
        ContactFact(one.pk, one.started_at, one.channel, one.direction, one.subject, one.channel in WRITTEN)
        for one in found.order_by("-started_at")[:MOST]
    ]


def _promises(customers: Sequence[int], since: datetime, until: datetime) -> list[PromiseFact]:
    found = Promise.objects.filter(customer__in=list(customers), made_at__gte=since, made_at__lt=until)
    return [
        PromiseFact(one.pk, one.made_at, one.text, one.due_at, one.kept_at, one.broken_at, one.called_off_at)
        for one in found.order_by("-made_at")[:MOST]
    ]
