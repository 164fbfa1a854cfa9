"""What comes back: returns, exchanges and claims are agreed, goods arrive and are looked at."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.catalogue.models import StockPlace
from onhand.catalogue.subjects import REF_PLACE
from onhand.customers.identification.level import IDENTIFIED
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.orders import access, inspecting, returning, warranty
from onhand.orders.change_acts import Method
from onhand.orders.enums import Remedy, ReturnReason, ReturnState
from onhand.orders.events import ReturnAsked, ReturnReceived, ReturnSettled
from onhand.orders.inspecting import Arrived, Finding
from onhand.orders.models import Order, Return, ShippedPiece, WarrantyClaim
from onhand.orders.noting import By
from onhand.orders.offering import to_inspect, to_receive, to_return
from onhand.orders.order_acts import RefundTo
from onhand.orders.pricing import money_in
from onhand.orders.returning import Back
from onhand.orders.rows import ExchangeRow, InspectedRow, PiecesRow, ReceivedRow
from onhand.orders.serials import read_serials
from onhand.orders.settling import Settlement, alternative, usable_method
from onhand.orders.subjects import ORDER, RETURN

Reason = Annotated[ReturnReason, Field(label=gettext_lazy("Reason"))]
Note = Annotated[str, Field(label=gettext_lazy("Note"), widget="textarea", max_length=500)]


def _agreed(run: Run, order: Order, made: Return, settlement: Settlement) -> None:
    run.changed(
        "return",
        after={
            "id": made.pk,
            "reference": made.reference,
            "kind": str(made.kind),
            "send_by": made.send_by.isoformat(),
        },
    )
    settlement.tell(run)
    run.publish(ReturnAsked(order.pk, order.customer_id, made.pk, str(made.kind)))


def _refund(order: Order, *, rows: Sequence[PiecesRow], **_rest: Any) -> Mapping[str, Any]:
    """What is given back once the goods were looked at, for the authority."""
    return {"refund": returning.refund_of(order, [Back(row.line, row.pieces) for row in rows])}


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Agree a return"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
    facts=_refund,
)
def return_lines(
    order: Order,
    *,
    run: Run,
    rows: Annotated[list[PiecesRow], Field(label=gettext_lazy("What comes back"), rows=to_return)],
    reason: Reason,
    note: Note = "",
    refund_to: RefundTo = None,
) -> None:
    """Agree that delivered goods come back. The customer gets a label; the money is given back once the goods were looked at."""
    to = alternative(order, refund_to, "refund_to")
    back = [Back(row.line, row.pieces) for row in rows]
    made, settlement = returning.agree_return(order, back, reason, note, to, By.of(run))
    _agreed(run, order, made, settlement)


def _back(rows: Sequence[ExchangeRow]) -> list[Back]:
    return [Back(row.line, row.pieces, row.another or row.variant) for row in rows]


def _difference(order: Order, *, rows: Sequence[ExchangeRow], at: datetime, **_rest: Any) -> Mapping[str, Any]:
    """What it costs more or less, for the authority."""
    difference = returning.difference_of(order, _back(rows), at)
    return {} if difference is None else {"difference": difference}


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Agree an exchange"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
    facts=_difference,
)
def exchange_lines(
    order: Order,
    *,
    run: Run,
    rows: Annotated[list[ExchangeRow], Field(label=gettext_lazy("What is exchanged"), rows=to_return)],
    reason: Reason,
    method: Method = None,
    refund_to: RefundTo = None,
    at_once: Annotated[
        bool,
        Field(
            label=gettext_lazy("Send the new goods at once"),
            help=gettext_lazy("Otherwise they leave when the old ones have come back."),
        ),
    ] = False,
    note: Note = "",
) -> None:
    """Agree that goods are exchanged for other variants, or by permission other products. A price difference is paid or given back."""
    chosen = None if method is None else usable_method(order, method, "method")
    to = alternative(order, refund_to, "refund_to")
    if any(row.variant is not None and row.another is not None for row in rows):
        raise NotPossible(_("Choose one article to be sent for each line."), field="rows")
    back = _back(rows)
    across = run.actor.may(access.EXCHANGE_ACROSS)
    made, settlement = returning.agree_exchange(
        order, back, reason, note, chosen, to, By.of(run), at_once=at_once, across=across
    )
    _agreed(run, order, made, settlement)


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Claim under warranty"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
)
def claim_warranty(
    order: Order,
    *,
    run: Run,
    serial: Annotated[
        str,
        Field(label=gettext_lazy("Serial number"), max_length=60, help=gettext_lazy("Empty where it has none.")),
    ] = "",
    rows: Annotated[
        list[PiecesRow] | None,
        Field(label=gettext_lazy("Or what it is"), rows=to_return),
    ] = None,
    fault: Annotated[str, Field(label=gettext_lazy("What is wrong"), widget="textarea", max_length=500)] = "",
    remedy: Annotated[Remedy, Field(label=gettext_lazy("What is done"))] = Remedy.REPLACE,
) -> None:
    """Claim what is faulty under its warranty, by serial number or by line: it is replaced, or its price given back."""
    if not fault:
        raise NotPossible(_("Say what is wrong."), field="fault")
    row, number = _claimed(order, serial, rows or [])
    by = By.of(run)
    lines = returning.require_back(order, [row], by, in_time=False)
    cover = warranty.cover_of(order, lines[row.line_id], number)
    if cover.until is None:
        raise NotPossible(_("This product has no warranty beside what the law gives."))
    if not cover.holds_on(company_day(run.at)):
        words = {"day": cover.until.isoformat()}
        raise NotPossible(_("The warranty ended on %(day)s.") % words)
    again = Back(row.line_id, row.pieces, fault=fault)
    agree = returning.agree_replacement if remedy == Remedy.REPLACE else returning.agree_money_back
    made, settlement = agree(order, again, lines, fault, by)
    WarrantyClaim.objects.create(
        order=order,
        line=lines[row.line_id],
        serial=number,
        bought_on=cover.bought_on,
        covered_until=cover.until,
        terms=cover.terms,
        fault=fault,
        remedy=remedy,
        in_return=made,
        claimed_at=run.at,
    )
    run.changed("covered_until", after=cover.until.isoformat())
    if cover.terms:
        run.changed("terms", after=cover.terms)
    _agreed(run, order, made, settlement)


def _claimed(order: Order, serial: str, rows: list[PiecesRow]) -> tuple[Back, str]:
    """What is claimed: the piece of that serial number, or pieces of one line."""
    numbers = read_serials(serial, "serial")
    if len(numbers) > 1 or len(rows) > 1 or bool(numbers) == bool(rows):
        raise NotPossible(_("Give one serial number, or one line."), field="serial")
    if not numbers:
        return Back(rows[0].line, rows[0].pieces), ""
    piece = (
        ShippedPiece.objects.filter(serial=numbers[0], line__order=order, return_line__isnull=True)
        .order_by("-pk")
        .first()
    )
    if piece is None:
        raise NotPossible(_("No piece of that serial number was shipped with this order."), field="serial")
    return Back(piece.line_id, 1), numbers[0]


@act(subject=RETURN, permission=access.SHIP, label=gettext_lazy("Goods arrived"))
def receive_return(
    one: Return,
    *,
    run: Run,
    rows: Annotated[list[ReceivedRow], Field(label=gettext_lazy("What arrived"), rows=to_receive)],
) -> None:
    """Write down what of a return arrived."""
    arrived = [Arrived(row.line, row.pieces, read_serials(row.serials)) for row in rows]
    order = _order_of(one)
    inspecting.receive(order, one, arrived, By.of(run))
    _store(order)
    run.changed("pieces", after=sum(row.pieces for row in rows))
    run.publish(ReturnReceived(order.pk, order.customer_id, one.pk))


def _given_back(one: Return, *, rows: Sequence[InspectedRow], **_rest: Any) -> Mapping[str, Any]:
    """What is given back for what was found, for the authority."""
    order = _order_of(one)
    found = [Finding(row.line, row.grade, row.taken, row.deduction.minor if row.deduction else 0) for row in rows]
    return {"refund": inspecting.refund_of(order, one, found)}


@act(subject=RETURN, permission=access.SHIP, label=gettext_lazy("Look at the goods"), facts=_given_back)
def inspect_return(
    one: Return,
    *,
    run: Run,
    rows: Annotated[list[InspectedRow], Field(label=gettext_lazy("What was found"), rows=to_inspect)],
    place: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Back to"),
            reference=REF_PLACE,
            help=gettext_lazy("Empty: where it left from."),
        ),
    ] = None,
) -> None:
    """Say in what state goods came back. What is taken is credited and given back, and what is sent for it may leave."""
    order = _order_of(one)
    if place is not None and not StockPlace.objects.filter(pk=place, is_active=True).exists():
        raise NotPossible(_("Choose one of the list."), field="place")
    findings = [
        Finding(row.line, row.grade, row.taken, money_in(order.currency, row.deduction, "rows")) for row in rows
    ]
    result = inspecting.inspect(order, one, findings, place, By.of(run))
    _store(order)
    if result.notes:
        run.changed("credit_note", after=result.notes)
    if result.restocked:
        run.changed("restocked", after=result.restocked)
    result.settlement.tell(run)
    run.publish(ReturnSettled(order.pk, order.customer_id, one.pk, str(ReturnState.CLOSED)))


@act(subject=RETURN, permission=access.CHANGE, label=gettext_lazy("Call the return off"))
def withdraw_return(one: Return, *, run: Run) -> None:
    """Call off a return of which nothing has arrived: the customer keeps the goods."""
    order = _order_of(one)
    settlement = returning.withdraw(order, one, By.of(run))
    _store(order)
    settlement.tell(run)
    run.publish(ReturnSettled(order.pk, order.customer_id, one.pk, str(ReturnState.WITHDRAWN)))


def _order_of(one: Return) -> Order:
    """The order of a return, locked before it by the order of locks."""
    return Order.objects.get(pk=one.order_id)


def _store(order: Order) -> None:
    """The order is not the subject here: it is stored with a version of its own."""
    order.version += 1
    order.save()
