"""
Shipments of another system as rows, put onto orders that came from there: with what was in them, where the carrier saw them, and who took
them. The orders are over, so no stock is moved and nothing is invoiced; what becomes known of a shipment later is added to it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.imports.cells import moment_or, read_moment
from onhand.customers.imports.kinds import OUTSIDE_ID, Bringing, Outcome, Row, each_row, known_ids, link_all
from onhand.customers.intake.upsert import OnMatch, Status
from onhand.customers.models import Customer, OutsideObject
from onhand.kernel.bulk import Done, copy_models, decide_for_all, record_all, update_models
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.locking import lock_in_order
from onhand.orders import access
from onhand.orders.enums import ChangeKind, OrderState, ScanKind, ShipmentState
from onhand.orders.models import Order, OrderChange, OrderLine, Scan, Shipment, ShipmentLine
from onhand.orders.subjects import IMPORT_SHIPMENT

KIND, ACT, ORDERS = "shipments", IMPORT_SHIPMENT, "orders"
MOST_SCANS = 100
_PIECES = re.compile(r"(?P<sku>\S(?:.*\S)?) +x +(?P<pieces>\d{1,6})")
_SCAN = re.compile(
    r"(?P<at>\S+(?: \d\d:\d\d(?::\d\d)?)?) +(?P<kind>[a-z_]+)(?:, *(?P<place>[^,]*))?(?:, *(?P<code>[^,]*))?"
)
_TOLD = ("carrier", "tracking", "shipped_at", "delivered_at", "delivered_to", "proof")


@dataclass(slots=True)
class _Parcel:
    """A shipment as it is or will be: pieces by line, scans by key, and what is new of it."""

    shipment: Shipment
    pieces: dict[int, int]
    scans: set[str] = field(default_factory=set)
    new_scans: list[Scan] = field(default_factory=list)
    outside_id: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    is_new: bool = False
    is_changed: bool = False


@dataclass(slots=True)
class _Goods:
    """An order with its lines and shipments, locked."""

    order: Order
    lines: list[OrderLine] = field(default_factory=list)
    parcels: list[_Parcel] = field(default_factory=list)

    def left(self, line: OrderLine) -> int:
        """How many pieces of a line are in no shipment."""
        return line.pieces - sum(one.pieces.get(line.pk, 0) for one in self.parcels)


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows refer to, looked up and locked once for all of them."""

    by_number: Mapping[str, _Goods]
    by_shipment: Mapping[str, tuple[_Goods, _Parcel]]
    linked: frozenset[int]


def take_shipments(rows: Sequence[Row], bringing: Bringing) -> list[Outcome]:
    """Shipments put onto their orders, with records and events, by a handful of statements."""
    known = _look_up(rows, bringing)
    seen: set[str] = set()
    touched: list[tuple[_Goods, _Parcel]] = []
    taken: list[_Parcel | None] = []

    def take(row: Row) -> Outcome:
        taken.append(None)
        if row[OUTSIDE_ID] in seen:
            raise NotPossible(_("Another row has this number."), field=OUTSIDE_ID)
        seen.add(row[OUTSIDE_ID])
        goods, parcel = _parcel_of(row, known, bringing)
        if not parcel.is_new and bringing.on_match is OnMatch.SKIP:
            return Outcome(Status.SKIPPED, parcel.shipment.pk)
        if parcel.is_new:
            goods.parcels.append(parcel)
        if parcel.is_new or parcel.is_changed:
            touched.append((goods, parcel))
        taken[-1] = parcel
        status = Status.CREATED if parcel.is_new else Status.UPDATED if parcel.is_changed else Status.UNCHANGED
        return Outcome(status)

    outcomes = each_row(rows, take)
    if not bringing.is_dry:
        _store(touched, bringing)
    for outcome, parcel in zip(outcomes, taken, strict=True):
        outcome.object_id = parcel.shipment.pk if parcel else outcome.object_id
    return outcomes


def _look_up(rows: Sequence[Row], bringing: Bringing) -> _Known:
    """The orders rows are for, by their number there or by ours, locked after their customers, with what was sent of them."""
    given = {row["order"] for row in rows}
    by_number = known_ids(ORDERS, bringing.system, given)
    references = {text: text.upper() for text in given - by_number.keys()}
    ours = dict(Order.objects.filter(reference__in=references.values()).values_list("reference", "pk"))
    by_number |= {text: ours[read] for text, read in references.items() if read in ours}
    seen = access.visible_orders(bringing.actor).filter(pk__in=by_number.values(), customer__erased_at=None)
    whose = {pk: root or own for pk, own, root in seen.values_list("pk", "customer_id", "customer__merged_into_id")}
    lock_in_order(Customer, whose.values())
    lock_in_order(Order, whose)
    found = {one.pk: _Goods(one) for one in Order.objects.filter(pk__in=whose)}
    for line in OrderLine.objects.filter(order__in=found, in_return=None).order_by("order", "number"):
        found[line.order_id].lines.append(line)
    parcels = _read_parcels(found)
    links = OutsideObject.objects.filter(kind=KIND, system=bringing.system, object_id__in=parcels)
    names = known_ids(KIND, bringing.system, [row[OUTSIDE_ID] for row in rows])
    return _Known(
        {text: found[pk] for text, pk in by_number.items() if pk in found},
        {value: parcels[pk] for value, pk in names.items() if pk in parcels},
        frozenset(links.values_list("object_id", flat=True)),
    )


def _read_parcels(found: Mapping[int, _Goods]) -> dict[int, tuple[_Goods, _Parcel]]:
    parcels: dict[int, tuple[_Goods, _Parcel]] = {}
    for shipment in Shipment.objects.filter(order__in=found).order_by("order", "number"):
        goods = found[shipment.order_id]
        parcels[shipment.pk] = goods, _Parcel(shipment, {})
        goods.parcels.append(parcels[shipment.pk][1])
    for part in ShipmentLine.objects.filter(shipment__in=parcels):
        parcels[part.shipment_id][1].pieces[part.line_id] = part.pieces
    for shipment_id, key in Scan.objects.filter(shipment__in=parcels).values_list("shipment_id", "key"):
        parcels[shipment_id][1].scans.add(key)
    return parcels


def _parcel_of(row: Row, known: _Known, bringing: Bringing) -> tuple[_Goods, _Parcel]:
    """The shipment a row tells of, as it will be. Nothing of what is there is changed when the row is refused."""
    goods = known.by_number.get(row["order"])
    if goods is None:
        raise NotPossible(_("There is no such order. Bring the orders in first."), field="order")
    order = goods.order
    if not order.from_system:
        raise NotPossible(_("This order was placed here. Ship it here."), field="order")
    if order.state != OrderState.COMPLETED:
        raise NotPossible(_("Shipments come onto orders that are completed."), field="order")
    there = known.by_shipment.get(row[OUTSIDE_ID])
    if there is not None and there[0] is not goods:
        raise NotPossible(_("This shipment was brought in for another order."), field="order")
    parcel = there[1] if there else _same_parcel(goods, row, known)
    told = _told(row, parcel.shipment if parcel else None, order, bringing)
    scans = _scans(row, told["shipped_at"], bringing)
    if parcel is None:
        return goods, _new_parcel(goods, row, told, scans)
    if "lines" in row and _pieces(goods, row, parcel) != parcel.pieces:
        raise NotPossible(_("What was in a shipment does not change."), field="lines")
    if bringing.on_match is OnMatch.FILL:
        told = {name: getattr(parcel.shipment, name) or value for name, value in told.items()}
    _change(parcel, row, told, scans, is_known=there is not None)
    return goods, parcel


def _same_parcel(goods: _Goods, row: Row, known: _Known) -> _Parcel | None:
    """The shipment that came with its order, and has no number of its own yet."""
    tracking = row.get("tracking", "").replace(" ", "")
    for one in goods.parcels:
        same = (one.shipment.carrier, one.shipment.tracking) == (row["carrier"], tracking)
        if same and not one.is_new and one.shipment.pk not in known.linked and not one.outside_id:
            return one
    return None


def _told(row: Row, there: Shipment | None, order: Order, bringing: Bringing) -> dict[str, Any]:
    """What a row says of a shipment beside its goods; what it leaves out stays as it was."""
    shipped = moment_or(row, "shipped_at", there.shipped_at if there else order.placed_at, bringing)
    delivered = there.delivered_at if there else None
    if "delivered_at" in row:
        delivered = read_moment(row["delivered_at"], "delivered_at", day_first=bringing.day_first)
    days = [company_day(one) for one in (order.placed_at, shipped, delivered, bringing.at) if one is not None]
    if days != sorted(days):
        words = _("Goods are shipped after they were ordered, and delivered after that.")
        raise NotPossible(words, field="delivered_at" if "delivered_at" in row else "shipped_at")
    told = {name: row.get(name, getattr(there, name) if there else "") for name in ("delivered_to", "proof")}
    if delivered is None and any(told.values()):
        raise NotPossible(_("Say when it was delivered."), field="delivered_at")
    tracking = row["tracking"].replace(" ", "") if "tracking" in row else there.tracking if there else ""
    return told | {"carrier": row["carrier"], "tracking": tracking, "shipped_at": shipped, "delivered_at": delivered}


def _pieces(goods: _Goods, row: Row, parcel: _Parcel | None) -> dict[int, int]:
    """How many pieces of each line are in the shipment: as the row says, else all that are in none yet."""
    own = parcel.pieces if parcel else {}
    left = {line.pk: goods.left(line) + own.get(line.pk, 0) for line in goods.lines if not line.is_service}
    if "lines" not in row:
        return {pk: pieces for pk, pieces in left.items() if pieces}
    wanted: Counter[str] = Counter()
    for part in filter(None, (one.strip() for one in row["lines"].split(";"))):
        match = _PIECES.fullmatch(part)
        if match is None or not int(match["pieces"]):
            words = _("Write lines as ARTICLE x 2, with semicolons between: %(line)s.")
            raise NotPossible(words % {"line": part[:60]}, field="lines")
        wanted[match["sku"]] += int(match["pieces"])
    found: dict[int, int] = {}
    for sku, pieces in wanted.items():
        theirs = [line for line in goods.lines if line.sku == sku and line.pk in left]
        if not theirs:
            raise NotPossible(_("There is no %(sku)s in this order.") % {"sku": sku[:60]}, field="lines")
        rest = pieces
        for line in theirs:
            part_of = min(rest, left[line.pk])
            found |= {line.pk: part_of} if part_of else {}
            rest -= part_of
        if rest:
            said = {"article": theirs[0].title, "left": pieces - rest}
            raise NotPossible(_("Of %(article)s %(left)s are left to be shipped.") % said, field="lines")
    return found


def _scans(row: Row, shipped: datetime, bringing: Bringing) -> list[Scan]:
    found: dict[str, Scan] = {}
    for part in filter(None, (one.strip() for one in row.get("scans", "").split(";"))):
        match = _SCAN.fullmatch(part)
        if match is None or match["kind"] not in ScanKind:
            words = _("Write scans as 2024-01-31T10:05 in_transit, Madrid, 28001, with semicolons between: %(scan)s.")
            raise NotPossible(words % {"scan": part[:60]}, field="scans")
        at = read_moment(match["at"], "scans", day_first=bringing.day_first)
        if not company_day(shipped) <= company_day(at) <= company_day(bringing.at):
            raise NotPossible(_("Give a time after it was shipped that is not still to come."), field="scans")
        place, code = (match["place"] or "").strip()[:200], (match["code"] or "").strip()[:20]
        key = f"{match['kind']}:{at.isoformat()}"
        found[key] = Scan(at=at, kind=ScanKind(match["kind"]), place=place, postal_code=code, key=key)
    if len(found) > MOST_SCANS:
        raise NotPossible(_("No more than %(most)s scans.") % {"most": MOST_SCANS}, field="scans")
    return list(found.values())


def _new_parcel(goods: _Goods, row: Row, told: Mapping[str, Any], scans: list[Scan]) -> _Parcel:
    pieces = _pieces(goods, row, None)
    if not pieces:
        raise NotPossible(_("All of this order is in shipments already."), field="order")
    number = max((one.shipment.number for one in goods.parcels), default=0) + 1
    shipment = Shipment(order=goods.order, number=number, address=goods.order.address, **told)
    shipment.state = ShipmentState.DELIVERED if told["delivered_at"] else ShipmentState.UNDERWAY
    return _Parcel(shipment, pieces, new_scans=scans, outside_id=row[OUTSIDE_ID], is_new=True)


def _change(parcel: _Parcel, row: Row, told: Mapping[str, Any], scans: list[Scan], *, is_known: bool) -> None:
    shipment = parcel.shipment
    before = {name: getattr(shipment, name) for name in _TOLD}
    parcel.before = {name: value for name, value in before.items() if value != told[name]}
    parcel.new_scans = [one for one in scans if one.key not in parcel.scans]
    parcel.outside_id = "" if is_known else row[OUTSIDE_ID]
    parcel.is_changed = bool(parcel.before or parcel.new_scans or parcel.outside_id)
    for name in _TOLD:
        setattr(shipment, name, told[name])
    shipment.state = ShipmentState.DELIVERED if shipment.delivered_at else ShipmentState.UNDERWAY


def _store(touched: Sequence[tuple[_Goods, _Parcel]], bringing: Bringing) -> None:
    if not touched:
        return
    new = [one for _goods, one in touched if one.is_new]
    copy_models(Shipment, [one.shipment for one in new])
    parts = [
        ShipmentLine(shipment_id=one.shipment.pk, line_id=line, pieces=pieces)
        for one in new
        for line, pieces in one.pieces.items()
    ]
    copy_models(ShipmentLine, parts)
    changed = [one.shipment for _goods, one in touched if not one.is_new]
    update_models(Shipment, changed, [*_TOLD, "state"])
    for _goods, one in touched:
        for scan in one.new_scans:
            scan.shipment_id = one.shipment.pk
    copy_models(Scan, [scan for _goods, one in touched for scan in one.new_scans])
    link_all(KIND, bringing, [(one.outside_id, one.shipment.pk) for _goods, one in touched if one.outside_id])
    orders = {goods.order.pk: goods for goods, _one in touched}
    copy_models(OrderChange, _changes(orders, touched, bringing))
    _follow(list(orders.values()), bringing)
    if not bringing.is_recorded:
        return
    done = [_done(goods, one, bringing) for goods, one in touched]
    decision = decide_for_all(ACT, actor=bringing.actor, at=bringing.at)
    record_all(ACT, done, actor=bringing.actor, at=bringing.at, decision=decision)


def _follow(orders: Sequence[_Goods], bringing: Bringing) -> None:
    """An order was delivered, and over, when the last of its shipments was."""
    for goods in orders:
        last = max((one.shipment.delivered_at for one in goods.parcels if one.shipment.delivered_at), default=None)
        if last is not None:
            goods.order.delivered_at = last
            goods.order.completed_at = max(last, goods.order.placed_at)
        goods.order.version += bringing.is_recorded
    update_models(Order, [one.order for one in orders], ["delivered_at", "completed_at", "version"])


def _changes(
    orders: Mapping[int, _Goods], touched: Sequence[tuple[_Goods, _Parcel]], bringing: Bringing
) -> list[OrderChange]:
    """What happened to the orders: sent and delivered when it was; what was told later, when it was told."""
    who = f"{bringing.system} ({bringing.actor.name})"[:200]
    numbers = _last_numbers(orders)
    found: list[OrderChange] = []

    def note(order: Order, kind: ChangeKind, at: datetime, **told: Any) -> None:
        numbers[order.pk] += 1
        number, customer = numbers[order.pk], order.customer_id
        found.append(
            OrderChange(order=order, customer_id=customer, number=number, kind=kind, at=at, by_name=who, **told)
        )

    for goods, one in touched:
        shipment, titles = one.shipment, {line.pk: line.title for line in goods.lines}
        packed = [{"article": titles[pk], "pieces": pieces} for pk, pieces in one.pieces.items()]
        sent = {"shipment": shipment.number, "carrier": shipment.carrier, "tracking": shipment.tracking}
        if one.is_new:
            note(goods.order, ChangeKind.SHIPPED, shipment.shipped_at, after=sent | {"lines": packed})
        if shipment.delivered_at and (one.is_new or "delivered_at" in one.before):
            arrived = {"shipment": shipment.number, "delivered_to": shipment.delivered_to, "proof": shipment.proof}
            note(goods.order, ChangeKind.DELIVERED, shipment.delivered_at, after=arrived)
        elif not one.is_new and (one.before or one.new_scans):
            note(goods.order, ChangeKind.OUTSIDE, bringing.at, before=_plain(one.before), after=sent)
    return found


def _last_numbers(orders: Mapping[int, _Goods]) -> Counter[int]:
    numbers: Counter[int] = Counter()
    for order_id, number in OrderChange.objects.filter(order__in=orders).values_list("order_id", "number"):
        numbers[order_id] = max(numbers[order_id], number)
    return numbers


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _done(goods: _Goods, one: _Parcel, bringing: Bringing) -> Done:
    shipment = one.shipment
    said = {name: getattr(shipment, name) for name in (one.before or _TOLD) if getattr(shipment, name) is not None}
    return Done(
        goods.order.pk,
        {"outside_system": bringing.system, "outside_id": one.outside_id},
        {"shipment": _plain(one.before)} if one.before else {},
        {"shipment": {"number": shipment.number} | _plain(said)},
    )
