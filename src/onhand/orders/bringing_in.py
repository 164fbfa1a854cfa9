"""
Orders of another system as rows, written many at once. They are history: over before they came, booked nowhere here, and nothing is done on
them any more. What they were is seen, found and counted like every order.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from onhand.catalogue.enums import ProductKind
from onhand.catalogue.models import Variant
from onhand.catalogue.subjects import variant_title
from onhand.customers.imports.cells import Holders, find_holders, moment_or, read_amount, read_moment, read_percent
from onhand.customers.imports.kinds import OUTSIDE_ID, Bringing, Outcome, Row, known_ids, link_all, problems_of
from onhand.customers.intake.reading import Problem
from onhand.customers.intake.upsert import Status
from onhand.kernel.bulk import Done, copy_models, decide_for_all, record_all
from onhand.kernel.days import company_day
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.money import Money
from onhand.orders.amounts import MOST_LINES, MOST_PIECES, Priced, line_amount, taken_apart
from onhand.orders.enums import CancelReason, ChangeKind, ExtraKind, OrderState, ShipmentState
from onhand.orders.models import Order, OrderChange, OrderExtra, OrderLine, Shipment, ShipmentLine
from onhand.orders.placing import next_references, snapshot_lines

KIND, ACT = "orders", "orders.import_order"
STATES = (OrderState.COMPLETED, OrderState.CANCELLED)
_LINE = re.compile(r"(?P<sku>\S(?:.*\S)?) +x +(?P<pieces>\d{1,6}) +@ +(?P<price>\S+)")
_ADDRESS = ("name", "address_lines", "postal_code", "city", "region", "country")


@dataclass(slots=True)
class _Read:
    """A row as it will be stored. `lines` are (variant, pieces, price of one)."""

    outside_id: str
    customer_id: int
    placed_at: datetime
    state: OrderState
    currency: str
    lines: list[tuple[Variant, int, Money]]
    percent: Decimal
    includes_tax: bool
    shipping: Money
    order: Order = field(default_factory=Order)
    order_lines: list[OrderLine] = field(default_factory=list)
    extras: list[OrderExtra] = field(default_factory=list)
    shipment: Shipment | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows refer to, looked up once for all of them."""

    holders: Holders
    variants: Mapping[str, Variant]
    orders: Mapping[str, tuple[int, int, str]]


def take_orders(rows: Sequence[Row], bringing: Bringing) -> list[Outcome]:
    """Orders made of rows, with their lines, shipments, records and events, by a handful of statements."""
    known = _look_up(rows, bringing)
    outcomes: list[Outcome | None] = []
    new: dict[str, tuple[int, _Read]] = {}
    for index, row in enumerate(rows):
        outcome: Outcome | None = None
        try:
            read = _read(row, known, bringing)
            _put_amounts(read)
            outcome = _there_already(read, known, new)
            if outcome is None:
                new[read.outside_id] = index, read
        except ActError as error:
            outcome = Outcome(Status.ERROR, problems=problems_of(error, row, {}))
        outcomes.append(outcome)
    if not bringing.is_dry:  # reference codes given to what is taken back would be gone
        _store([read for _index, read in new.values()], bringing)
    for index, read in new.values():
        outcomes[index] = Outcome(Status.CREATED, read.order.pk)
    return [one for one in outcomes if one is not None]


def _look_up(rows: Sequence[Row], bringing: Bringing) -> _Known:
    skus = {match["sku"] for row in rows for part in _parts(row) if (match := _LINE.fullmatch(part))}
    variants = Variant.objects.filter(sku__in=skus).select_related("product")
    ids = known_ids(KIND, bringing.system, [row.get(OUTSIDE_ID, "") for row in rows])
    there = {pk: (pk, gross, state) for pk, gross, state in Order.objects.filter(pk__in=ids.values()).values_list("pk", "gross_minor", "state")}  # fmt: skip  # noqa: E501
    return _Known(
        find_holders(rows, bringing),
        {one.sku: one for one in variants},
        {value: there[pk] for value, pk in ids.items() if pk in there},
    )


def _parts(row: Row) -> list[str]:
    return [part.strip() for part in row.get("lines", "").split(";") if part.strip()]


def _read(row: Row, known: _Known, bringing: Bringing) -> _Read:
    currency = row["currency"].upper()
    state = row.get("state", OrderState.COMPLETED.value).lower()
    if state not in STATES:
        words = _("Only orders that are over are brought in: completed or cancelled. Place the others.")
        raise NotPossible(words, field="state")
    read = _Read(
        outside_id=row[OUTSIDE_ID],
        customer_id=_customer(row, known),
        placed_at=read_moment(row["placed_at"], "placed_at", day_first=bringing.day_first),
        state=OrderState(state),
        currency=currency,
        lines=[_line(part, currency, known) for part in _parts(row)],
        percent=read_percent(row.get("tax_percent", "0"), "tax_percent"),
        includes_tax=row.get("includes_tax", "yes").lower() not in ("no", "false", "0"),
        shipping=read_amount(row.get("shipping", "0"), currency, "shipping"),
    )
    if not 1 <= len(read.lines) <= MOST_LINES:
        raise NotPossible(_("From 1 to %(most)s lines.") % {"most": MOST_LINES}, field="lines")
    if read.placed_at > bringing.at:
        raise NotPossible(_("This day is still to come."), field="placed_at")
    address = {name: row.get(f"ship_{name}", "") for name in _ADDRESS}
    read.order = Order(customer_id=read.customer_id, currency=currency, state=read.state, address=address)
    if "carrier" in row:
        shipped = moment_or(row, "shipped_at", read.placed_at, bringing)
        delivered = moment_or(row, "delivered_at", shipped, bringing)
        if (
            not company_day(read.placed_at)
            <= company_day(shipped)
            <= company_day(delivered)
            <= company_day(bringing.at)
        ):
            raise NotPossible(
                _("Goods are shipped after they were ordered, and delivered after that."), field="shipped_at"
            )
        tracking = row.get("tracking", "")
        read.shipment = Shipment(
            number=1,
            carrier=row["carrier"],
            tracking=tracking,
            address=address,
            shipped_at=shipped,
            delivered_at=delivered,
        )
    return read


def _customer(row: Row, known: _Known) -> int:
    found = known.holders.holder(row)
    if found is None:
        words = _("Say whose order it is, by the customer's number there or our reference.")
        raise NotPossible(words, field="customer_id")
    return found


def _line(part: str, currency: str, known: _Known) -> tuple[Variant, int, Money]:
    match = _LINE.fullmatch(part)
    if match is None:
        words = _("Write lines as ARTICLE x 2 @ 12.50, with semicolons between: %(line)s.")
        raise NotPossible(words % {"line": part[:60]}, field="lines")
    variant = known.variants.get(match["sku"])
    if variant is None:
        words = _("There is no article %(sku)s. Bring the catalogue in first.")
        raise NotPossible(words % {"sku": match["sku"][:60]}, field="lines")
    pieces = int(match["pieces"])
    if not 1 <= pieces <= MOST_PIECES:
        raise NotPossible(_("From 1 to %(most)s pieces.") % {"most": MOST_PIECES}, field="lines")
    return variant, pieces, read_amount(match["price"], currency, "lines")


def _put_amounts(read: _Read) -> None:
    """The lines with their amounts, the shipping, and the totals: rounded like those of every order."""
    nothing = Money(0, read.currency)
    priced = [
        Priced(line_amount(unit, pieces, nothing), read.percent, read.includes_tax) for _v, pieces, unit in read.lines
    ]
    beside = [Priced(read.shipping, read.percent, read.includes_tax)] if read.shipping.minor else []
    taxed, totals = taken_apart([*priced, *beside])
    done = read.state == OrderState.COMPLETED
    for number, ((variant, pieces, unit), parts) in enumerate(zip(read.lines, taxed, strict=False), 1):
        counted = pieces if done else 0
        read.order_lines.append(
            OrderLine(
                number=number, variant=variant, sku=variant.sku, title=variant_title(variant)[:300], options=variant.options,
                parts=[], is_service=variant.product.kind == ProductKind.SERVICE, pieces=pieces, unit_minor=unit.minor,
                includes_tax=read.includes_tax, percent=read.percent, net_minor=parts.net.minor, tax_minor=parts.tax.minor,
                shipped=counted, delivered=counted,
            )
        )  # fmt: skip
    if beside:
        last = taxed[-1]
        extra = OrderExtra(
            kind=ExtraKind.SHIPPING, percent=read.percent, net_minor=last.net.minor, tax_minor=last.tax.minor
        )
        read.extras.append(extra)
    order = read.order
    order.net_minor, order.tax_minor, order.gross_minor = totals.net, totals.tax, totals.gross


def _there_already(read: _Read, known: _Known, new: Mapping[str, tuple[int, _Read]]) -> Outcome | None:
    """What becomes of a row whose order is there: nothing, as history does not change."""
    if read.outside_id in new:
        twice = Problem(OUTSIDE_ID, read.outside_id, _("Another row has this number."))
        return Outcome(Status.ERROR, problems=[twice])
    there = known.orders.get(read.outside_id)
    if there is None:
        return None
    if there[1:] == (read.order.gross_minor, read.state.value):
        return Outcome(Status.UNCHANGED, there[0])
    words = _("This order was brought in as something else. What is over does not change.")
    return Outcome(Status.ERROR, there[0], [Problem(OUTSIDE_ID, read.outside_id, words)])


def _store(new: Sequence[_Read], bringing: Bringing) -> None:
    if not new:
        return
    who = f"{bringing.system} ({bringing.actor.name})"[:200]
    for reference, read in zip(next_references(len(new)), new, strict=True):
        _finish(read, reference, who, bringing)
    copy_models(Order, [read.order for read in new])
    for read in new:
        for part in (*read.extras, *read.order_lines, *((read.shipment,) if read.shipment else ())):
            part.order_id = read.order.pk
    copy_models(OrderLine, [line for read in new for line in read.order_lines])
    copy_models(OrderExtra, [extra for read in new for extra in read.extras])
    shipments = [(read, read.shipment) for read in new if read.shipment is not None]
    copy_models(Shipment, [shipment for _read, shipment in shipments])
    copy_models(
        ShipmentLine,
        [
            ShipmentLine(shipment_id=shipment.pk, line_id=line.pk, pieces=line.pieces)
            for read, shipment in shipments
            for line in read.order_lines
        ],
    )
    copy_models(OrderChange, [_placed(read, who) for read in new])
    link_all(KIND, bringing, [(read.outside_id, read.order.pk) for read in new])
    if not bringing.is_recorded:
        return
    done = [
        Done(
            read.order.pk,
            {"outside_system": bringing.system, "outside_id": read.outside_id},
            {},
            {"order_state": str(read.state), "total": _total(read).as_json()},
        )
        for read in new
    ]
    decision = decide_for_all(ACT, actor=bringing.actor, at=bringing.at)
    record_all(ACT, done, actor=bringing.actor, at=bringing.at, decision=decision)


def _placed(read: _Read, who: str) -> OrderChange:
    """The first of an order's changes: that it was placed, there."""
    after = snapshot_lines(read.order, read.order_lines) | {"total": _total(read).as_json()}
    return OrderChange(
        order_id=read.order.pk,
        customer_id=read.customer_id,
        number=1,
        kind=ChangeKind.PLACED,
        at=read.placed_at,
        by_name=who,
        after=after,
    )


def _total(read: _Read) -> Money:
    return Money(read.order.gross_minor, read.currency)


def _finish(read: _Read, reference: str, who: str, bringing: Bringing) -> None:
    order = read.order
    order.reference, order.from_system = reference, bringing.system
    order.placed_at, order.placed_by_name = read.placed_at, who
    if read.state == OrderState.CANCELLED:
        order.cancelled_at, order.cancel_reason, read.shipment = read.placed_at, CancelReason.OTHER, None
        return
    order.paid_at = order.completed_at = order.delivered_at = read.placed_at
    if read.shipment is not None:
        read.shipment.state = ShipmentState.DELIVERED
        order.delivered_at = order.completed_at = read.shipment.delivered_at
