"""
The states of an order and of its lines. They follow from counters; which may come after which is also refused by the database
(migrations 0002 and 0005), which knows the same table.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from onhand.orders.enums import LineState, OrderState

S = OrderState
_OPEN = frozenset({S.SHIPPED, S.DELIVERED, S.RETURN_REQUESTED, S.EXCHANGE_REQUESTED})
MOVES: Mapping[OrderState, frozenset[OrderState]] = {
    S.PENDING: frozenset({S.IN_PROCESS, S.DELIVERED, S.CANCELLED}),
    S.IN_PROCESS: _OPEN | {S.PENDING, S.COMPLETED, S.CANCELLED},
    S.SHIPPED: _OPEN | {S.COMPLETED},
    S.DELIVERED: _OPEN | {S.COMPLETED, S.CANCELLED},
    S.RETURN_REQUESTED: _OPEN | {S.IN_PROCESS, S.COMPLETED},
    S.EXCHANGE_REQUESTED: _OPEN | {S.IN_PROCESS, S.COMPLETED},
    S.COMPLETED: frozenset({S.RETURN_REQUESTED, S.EXCHANGE_REQUESTED}),
    S.CANCELLED: frozenset(),
}


class Counted(Protocol):
    """What the state of a line follows from."""

    pieces: int
    shipped: int
    delivered: int
    returned: int
    exchanged: int
    credited: int
    is_service: bool
    in_return_id: int | None


def line_state(line: Counted) -> LineState:
    """Where one line is."""
    if not line.pieces:
        return LineState.CANCELLED
    if line.exchanged and line.exchanged + line.returned == line.pieces:
        return LineState.EXCHANGED
    if line.returned == line.pieces:
        return LineState.RETURNED
    if line.delivered == line.pieces:
        return LineState.DELIVERED
    if line.shipped == line.pieces:
        return LineState.SHIPPED
    return LineState.PART_SHIPPED if line.shipped else LineState.OPEN


def order_state(
    lines: Iterable[Counted], *, is_paid: bool, is_over: bool, open_return: bool, open_exchange: bool
) -> OrderState:
    """
    Where an order that was not cancelled is. `is_over` says that nothing more is expected of it: its time to send things back has passed.
    """
    everything = list(lines)
    own = [line for line in everything if line.in_return_id is None]
    if open_exchange or any(line.in_return_id and line.delivered < line.pieces for line in everything):
        return OrderState.EXCHANGE_REQUESTED
    if open_return:
        return OrderState.RETURN_REQUESTED
    if not is_paid and all(line.shipped == 0 or line.is_service for line in own):
        return OrderState.PENDING
    if any(line.shipped < line.pieces for line in own):
        return OrderState.IN_PROCESS
    if any(line.delivered < line.pieces for line in own):
        return OrderState.SHIPPED
    is_all_back = all(line.credited == line.pieces for line in everything if line.pieces)
    return OrderState.COMPLETED if is_over or is_all_back else OrderState.DELIVERED
