"""
The port to a shop of another program: small protocols, and what goes through them. Amounts are minor units, times have a zone. A
connector speaks as many of the protocols as its shop allows; everything else here knows no shop by its kind. What its errors say is kept
and shown by `words`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, runtime_checkable

from onhand.orders.enums import ExtraKind, OrderState


class ShopDown(Exception):
    """The shop did not answer, or not now: to be tried again, not before `wait` where it said so. Whether it did it is not known."""

    def __init__(self, why: str, wait: timedelta | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class ShopRefused(Exception):
    """The shop said no, in its own words, and did nothing."""


class NotSuch(ShopRefused):
    """The shop has no such order."""


class Misread(Exception):
    """What the shop said cannot be kept; the text says why, to people."""


class NotYet(ShopRefused):
    """It is no order yet, such as a basket at the till."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought: by the shop's number for them (empty for a guest), and as they typed it."""

    outside_id: str
    name: str
    email: str
    telephone: str
    country: str


@dataclass(frozen=True, slots=True)
class ShopLine:
    """A line as the shop has it. `unit` is the price of one before its `discount`, with tax where `includes_tax`. `taxes` by rate."""

    outside_id: str
    sku: str
    title: str
    pieces: int
    unit: int
    discount: int
    includes_tax: bool
    percent: Decimal
    net: int
    tax: int
    taxes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ShopExtra:
    """Shipping or a fee as the shop has it."""

    kind: ExtraKind
    text: str
    percent: Decimal
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class ShopRefund:
    """Money the shop gave back. `key` is the one it was asked with from here, empty for the shop's own."""

    outside_id: str
    minor: int
    reason: str
    made_at: datetime
    key: str
    lines: tuple[tuple[str, int, int], ...] = ()  # line at the shop, pieces, amount with tax


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as the shop has it now, with all its refunds. `status` is the shop's word for what `state` says in ours."""

    outside_id: str
    number: str
    status: str
    state: OrderState
    currency: str
    changed_at: datetime
    placed_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    paid_by: str
    paid_reference: str
    note: str
    buyer: Buyer
    address: dict[str, str]
    lines: tuple[ShopLine, ...]
    extras: tuple[ShopExtra, ...]
    net: int
    tax: int
    discount: int
    refunds: tuple[ShopRefund, ...] = ()

    @property
    def refunded(self) -> int:
        """What was given back, in minor units."""
        return sum(one.minor for one in self.refunds)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An order of the shop that cannot be kept, and why."""

    outside_id: str
    number: str
    status: str
    changed_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """A refund to be made. `lines` as [line at the shop, pieces, net, ((tax rate, tax), …)]; none for an amount alone."""

    key: str
    minor: int
    currency: str
    reason: str
    moves_money: bool
    restocks: bool
    lines: Sequence[tuple[str, int, int, Sequence[tuple[str, int]]]] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the shop: which order it is about; none for one that only tries the address."""

    outside_id: str


@runtime_checkable
class ReadsOrders(Protocol):
    """Orders can be read."""

    def changed_since(self, mark: datetime) -> Iterator[ShopOrder | Unreadable]:
        """
        Every order changed at or after a moment, at least once, in any order.

        :raises ShopDown: not all could be read.
        """

    def read(self, outside_id: str) -> ShopOrder | Unreadable:
        """
        One order as it is now.

        :raises ShopDown: not now.
        :raises NotSuch: it is not there.
        :raises NotYet: nobody has ordered it yet.
        """


@runtime_checkable
class TakesStates(Protocol):
    """Orders can be cancelled and completed from outside. Said again it does no harm."""

    def cancel(self, outside_id: str) -> None:
        """Have an order cancelled. Raises ShopDown, ShopRefused."""

    def complete(self, outside_id: str) -> None:
        """Have an order completed. Raises ShopDown, ShopRefused."""


@runtime_checkable
class MakesRefunds(Protocol):
    """Money can be given back from outside."""

    def find_refund(self, outside_id: str, key: str) -> str | None:
        """What the shop calls the refund made with a key, if there is one. Raises ShopDown, ShopRefused."""

    def refund(self, outside_id: str, wanted: RefundWanted) -> str:
        """
        Make a refund; what the shop calls it.

        :raises ShopDown: it is not known whether it was made: look for its key before asking again.
        :raises ShopRefused: it was not made.
        """


@runtime_checkable
class SendsMessages(Protocol):
    """The shop tells of changes by itself."""

    def hear(self, body: bytes, headers: dict[str, str]) -> Heard | None:
        """What a message is about; None where it is not proven to be the shop's. Header names in small letters."""
