"""
Stock: what is where, what is reserved of it, and how it changes. Rows of stock are locked in order of id, so that many orders for the same
goods come one after the other and never wait for one another crosswise. The database refuses stock below nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from onhand.catalogue.enums import ReservationState, StockWhy
from onhand.catalogue.models import Reservation, Stock, StockMove
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.inserting import insert_row

_MAKE = """
insert into catalogue_stock (place_id, variant_id, on_hand, reserved, shelf)
select w.place, w.variant, 0, 0, '' from unnest(%s::bigint[], %s::bigint[]) w(place, variant)
order by 1, 2 on conflict do nothing
"""
_LOCK = (
    "select id, variant_id, on_hand - reserved from catalogue_stock where id = any(%s) order by id for no key update"
)
_AVAILABLE = """
select s.variant_id, s.place_id, p.name, p.kind, s.id, s.on_hand, s.reserved, s.shelf
from catalogue_stock s join catalogue_stockplace p on p.id = s.place_id
where s.variant_id = any(%s) and p.is_active order by s.variant_id, p.kind desc, p.name
"""
_RUN_OUT = """
update catalogue_reservation set state = 'ran_out', ended_at = %s where id in (
  select id from catalogue_reservation where state = 'open' and until <= %s order by id limit %s for update skip locked)
returning id
"""
_END = """
update catalogue_reservation set state = %s, ended_at = %s where id = any(%s::bigint[]) and state = 'open' returning id
"""
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Available:
    """What is at one place of one variant."""

    variant_id: int
    place_id: int
    place_name: str
    place_kind: str
    stock_id: int
    on_hand: int
    reserved: int
    shelf: str

    @property
    def free(self) -> int:
        """What can still be promised."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Move:
    """Pieces that come (positive) to or go from a place. `key` names the business: nothing moves twice."""

    place_id: int
    variant_id: int
    pieces: int
    why: StockWhy
    key: str
    document: tuple[str, int] | None = None


def available(variant_ids: Sequence[int]) -> list[Available]:
    """Where these variants are, warehouses first: one statement, a row a variant and place."""
    return [Available(*row) for row in run_prepared(_AVAILABLE, [list(variant_ids)])]


def move_stock(moves: Sequence[Move], *, at: datetime, by_name: str) -> None:
    """
    Write that goods came or went, all or nothing.

    :raises NotPossible: less is there than goes, or what is reserved would not be covered any more; or it was written before.
    """
    places = _stock_ids([(one.place_id, one.variant_id) for one in moves])
    rows = [
        StockMove(
            stock_id=places[one.place_id, one.variant_id],
            pieces=one.pieces,
            why=one.why,
            document_type=one.document[0] if one.document else "",
            document_id=one.document[1] if one.document else None,
            key=one.key,
            at=at,
            by_name=by_name,
        )
        for one in moves
        if one.pieces
    ]
    try:
        with transaction.atomic():
            StockMove.objects.bulk_create(rows)
    except IntegrityError as error:
        raise _explained(error) from error


def reserve(
    wanted: Mapping[int, int],
    *,
    document: tuple[str, int],
    at: datetime,
    until: datetime | None = None,
    customer_id: int | None = None,
) -> list[Reservation]:
    """
    Keep pieces of stock, by id of the stock row, for a document: all or nothing.

    :raises NotPossible: not enough is free; says of what and how much is.
    """
    free = {number: (variant, count) for number, variant, count in run_prepared(_LOCK, [sorted(wanted)])}
    for number, pieces in sorted(wanted.items()):
        _variant, count = free.get(number, (0, 0))
        if pieces > count:
            raise NotPossible(_("Only %(count)s of this are free there.") % {"count": max(count, 0)}, field="pieces")
    made = [
        Reservation(
            stock_id=number,
            pieces=pieces,
            customer_id=customer_id,
            document_type=document[0],
            document_id=document[1],
            made_at=at,
            until=until,
        )
        for number, pieces in sorted(wanted.items())
        if pieces > 0
    ]
    for one in made:
        insert_row(one)
    return made


def lock_stock(wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Stock]:
    """The rows of stock by (place, variant), locked until the transaction ends; made where there is none yet."""
    numbers = sorted(_stock_ids(wanted).values())
    rows = Stock.objects.filter(pk__in=numbers).order_by("pk").select_for_update(no_key=True)
    return {(one.place_id, one.variant_id): one for one in rows}


def end_reservations(reservations: Sequence[Reservation], state: ReservationState, *, at: datetime) -> int:
    """Use or release reservations that are still open; how many were."""
    return len(run_prepared(_END, [str(state), at, [one.pk for one in reservations]])) if reservations else 0


def end_what_ran_out(at: datetime) -> int:
    """Release what was kept until a moment that is over, some hundred in a transaction; how many there were."""
    count = 0
    while found := len(run_prepared(_RUN_OUT, [at, at, AT_ONCE])):
        count += found
    return count


def _stock_ids(wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The rows of stock by (place, variant); made where there is none yet."""
    unique = sorted(set(wanted))
    places, variants = [place for place, _variant in unique], [variant for _place, variant in unique]
    run_prepared(_MAKE, [places, variants])
    found = Stock.objects.filter(place__in=places, variant__in=variants).values_list("place_id", "variant_id", "pk")
    return {(place, variant): number for place, variant, number in found}


def _explained(error: IntegrityError) -> Exception:
    said = str(error)
    if "stock_is_not_negative" in said:
        return NotPossible(_("There are not that many."))
    if "stock_reserved_is_covered" in said:
        return NotPossible(_("Some of these are reserved. Release the reservation first."))
    if "catalogue_stockmove_key" in said:
        return NotPossible(_("This was written already."))
    return error
