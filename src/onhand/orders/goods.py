"""
Goods of orders: kept when ordered, gone when shipped, back in stock when returned. Every row of stock an order needs is locked
first, in order of id, so that orders for the same goods come one after the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from onhand.catalogue.enums import ReservationState, StockWhy
from onhand.catalogue.models import Reservation, Stock
from onhand.catalogue.stock import Available, Move, available, end_reservations, move_stock, reserve
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.locking import lock_in_order
from onhand.kernel.reading import read_rows
from onhand.orders.models import OrderLine

DOCUMENT = "order_line"
_KEPT = "document_type = %s and document_id = any(%s::bigint[]) and state = 'open'"


@dataclass(frozen=True, slots=True)
class Taken:
    """Pieces of stock that leave for a line."""

    line_id: int
    place_id: int
    variant_id: int
    pieces: int


def pieces_of(line: OrderLine, count: int) -> dict[int, int]:
    """The pieces of stock so many of a line are, by variant."""
    return {variant: pieces * count for variant, pieces in line.parts}


def keep(lines: Sequence[OrderLine], *, at: datetime, customer_id: int) -> None:
    """
    Keep the goods of these new lines: from warehouses first, from several places where one has not enough.

    :raises NotPossible: not enough is free; says of what.
    """
    wanted = {line.pk: pieces_of(line, line.pieces) for line in lines if line.pieces}
    variants = sorted({variant for parts in wanted.values() for variant in parts})
    if not variants:
        return
    lock_in_order(Stock, [one.stock_id for one in available(variants)])
    places = available(variants)  # as they are now that nobody else changes them
    free = {one.stock_id: one.free for one in places}
    for line in lines:
        chosen: dict[int, int] = {}
        for variant, pieces in wanted.get(line.pk, {}).items():
            chosen |= _chosen(line, variant, pieces, places, free)
        if chosen:
            reserve(chosen, document=(DOCUMENT, line.pk), at=at, customer_id=customer_id)


def _chosen(
    line: OrderLine, variant: int, pieces: int, places: Sequence[Available], free: dict[int, int]
) -> dict[int, int]:
    """How many pieces are kept of each row of stock: of one place if it has all, else of as few as possible."""
    here = [one for one in places if one.variant_id == variant]
    whole = next((one for one in here if free[one.stock_id] >= pieces), None)
    order = [whole] if whole else sorted(here, key=lambda one: -free[one.stock_id])
    chosen: dict[int, int] = {}
    left = pieces
    for one in order:
        count = min(left, max(free[one.stock_id], 0))
        if count:
            chosen[one.stock_id] = count
            free[one.stock_id] -= count
            left -= count
    if left:
        words = {"count": pieces - left, "article": line.title}
        raise NotPossible(_("Only %(count)s of %(article)s are free.") % words, field="rows")
    return chosen


def lock_for(line_ids: Iterable[int], *, more_variants: Iterable[int] = ()) -> list[Reservation]:
    """Lock the rows of stock from which goods of these lines are kept, and all of some variants; what is kept."""
    numbers, variants = list(line_ids), sorted(set(more_variants))
    rows = {one.stock_id for one in read_rows(Reservation, _KEPT, [DOCUMENT, numbers])}
    rows |= {one.stock_id for one in available(variants)} if variants else set()
    stock = {one.pk: one for one in read_rows(Stock, "id = any(%s::bigint[])", [sorted(rows)], locks=True)}
    kept = read_rows(Reservation, _KEPT, [DOCUMENT, numbers], order="stock_id, id")
    for one in kept:
        one.stock = stock[one.stock_id]
    return kept


def release(lines: Iterable[OrderLine], *, at: datetime) -> None:
    """Keep nothing any more for these lines."""
    end_reservations(lock_for([line.pk for line in lines]), ReservationState.RELEASED, at=at)


def free(wanted: Mapping[int, int], lines: Mapping[int, OrderLine], *, at: datetime) -> None:
    """Keep so many pieces of lines (by line) no more; what was kept last, where several places keep some, is free first."""
    kept = lock_for(wanted)[::-1]
    for number, count in wanted.items():
        for variant, pieces in pieces_of(lines[number], count).items():
            _out_of(kept, number, variant, pieces, ReservationState.RELEASED, at)


def take_out(wanted: Mapping[int, int], lines: Mapping[int, OrderLine], *, at: datetime) -> list[Taken]:
    """
    Take pieces by line out of what is kept for them; the moves are still to be written.

    :raises NotPossible: less is kept than is to leave.
    """
    kept = lock_for(wanted)
    taken: list[Taken] = []
    for number, count in wanted.items():
        for variant, pieces in pieces_of(lines[number], count).items():
            chosen = _out_of(kept, number, variant, pieces, ReservationState.USED, at)
            if sum(one.pieces for one in chosen) < pieces:
                raise NotPossible(_("Not all of this is kept for the order any more."), field="rows")
            taken += chosen
    return taken


def _out_of(
    kept: Sequence[Reservation], line_id: int, variant: int, pieces: int, state: ReservationState, at: datetime
) -> list[Taken]:
    """Take pieces of a variant out of what is kept for a line, as far as it goes: a reservation taken whole ends in this state."""
    taken = []
    left = pieces
    for one in kept:
        if one.document_id != line_id or one.stock.variant_id != variant or not one.pieces or not left:
            continue
        count = min(left, one.pieces)
        if count == one.pieces:
            end_reservations([one], state, at=at)
        else:
            Reservation.objects.filter(pk=one.pk, state=ReservationState.OPEN).update(pieces=F("pieces") - count)
        one.pieces -= count
        left -= count
        taken.append(Taken(line_id, one.stock.place_id, variant, count))
    return taken


def move_out(taken: Sequence[Taken], *, shipment: tuple[str, int], at: datetime, by_name: str) -> None:
    """Write that goods left with a shipment."""
    moves = [
        Move(
            one.place_id,
            one.variant_id,
            -one.pieces,
            StockWhy.SHIPPED,
            f"ship:{shipment[1]}:{one.line_id}:{one.variant_id}:{one.place_id}",
            shipment,
        )
        for one in taken
    ]
    if moves:
        move_stock(moves, at=at, by_name=by_name)


def put_back(
    rows: Sequence[tuple[int, OrderLine, int]], *, place_id: int, document: tuple[str, int], at: datetime, by_name: str
) -> None:
    """Put goods back into stock at a place: (number of the line of the return, line, pieces)."""
    moves = [
        Move(place_id, variant, pieces, StockWhy.RETURNED, f"back:{number}:{variant}", document)
        for number, line, count in rows
        for variant, pieces in sorted(pieces_of(line, count).items())
    ]
    if moves:
        move_stock(moves, at=at, by_name=by_name)


def usual_place(line_ids: Sequence[int]) -> int | None:
    """The place these lines left from, or the first warehouse."""
    rows = run_prepared(
        """
        select coalesce(
          (select s.place_id from catalogue_reservation r join catalogue_stock s on s.id = r.stock_id
           join catalogue_stockplace p on p.id = s.place_id and p.is_active
           where r.document_type = 'order_line' and r.document_id = any(%s) order by r.id limit 1),
          (select id from catalogue_stockplace where is_active order by kind desc, id limit 1))
        """,
        [list(line_ids)],
    )
    return rows[0][0] if rows else None
