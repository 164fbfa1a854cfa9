"""What a dispute is about, as plain values: no database, no words for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShipmentFact:
    """A shipment: where it was sent, who took it. `pieces` by line."""

    number: int
    at: datetime
    postal_code: str = ""
    city: str = ""
    delivered_at: datetime | None = None
    delivered_to: str = ""
    carrier: str = ""
    tracking: str = ""
    proof: str = ""
    pieces: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanFact:
    """What the carrier said of a shipment. `kind` is a ScanKind."""

    id: int
    shipment: int
    at: datetime
    kind: str
    place: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """
    An invoice or credit note, in minor units; `pieces` by line of the order, `extras` the extras of the order on it. One another system
    issued (`system`) names neither.
    """

    id: int
    kind: str
    label: str
    at: datetime
    gross: int
    pieces: Mapping[int, int] = field(default_factory=dict)
    extras: Sequence[int] = ()
    system: str = ""


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """Money taken or asked for, in minor units; what went back of it and what is on its way back. `system` is where, if not here."""

    id: int
    at: datetime
    minor: int
    state: str
    method: str = ""
    captured: int = 0
    captured_at: datetime | None = None
    refunded: int = 0
    refunding: int = 0
    taken_back: int = 0
    system: str = ""


@dataclass(frozen=True, slots=True)
class ChargebackFact:
    """A payment the customer's bank asks back, in minor units; `taken` is what it has taken. `state` is a ChargebackState."""

    id: int
    payment: int
    at: datetime
    minor: int
    state: str
    reason: str = ""
    taken: int = 0
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundFact:
    """Money that goes back, in minor units. `system` is where it was given back, if not here."""

    id: int
    payment: int
    at: datetime
    minor: int
    state: str
    method: str = ""
    done_at: datetime | None = None
    system: str = ""


@dataclass(frozen=True, slots=True)
class ReturnFact:
    """
    What was agreed to come back, and what became of it; amounts in minor units. `worth` is what the pieces taken cost at least, less what
    was deducted for use.
    """

    reference: str
    kind: str
    agreed_at: datetime
    received_at: datetime | None = None
    closed_at: datetime | None = None
    state: str = ""
    received: int = 0
    taken: int = 0
    credited: int = 0
    worth: int = 0


@dataclass(frozen=True, slots=True)
class ContactFact:
    """A contact with the customer while the order was going on."""

    id: int
    at: datetime
    channel: str
    direction: str
    subject: str = ""
    is_written: bool = False


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """What the customer was promised."""

    id: int
    at: datetime
    text: str
    due_at: datetime
    kept_at: datetime | None = None
    broken_at: datetime | None = None
    called_off_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """What happened to the order itself. `kind` is a ChangeKind."""

    number: int
    at: datetime
    kind: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one order. `ordered` are the pieces by line; amounts are in minor units of `currency`."""

    placed_at: datetime
    currency: str
    gross: int
    now: datetime
    cancelled_at: datetime | None = None
    ordered: Mapping[int, int] = field(default_factory=dict)
    replaced_gross: int = 0
    changes: Sequence[ChangeFact] = ()
    shipments: Sequence[ShipmentFact] = ()
    scans: Sequence[ScanFact] = ()
    documents: Sequence[DocumentFact] = ()
    payments: Sequence[PaymentFact] = ()
    chargebacks: Sequence[ChargebackFact] = ()
    refunds: Sequence[RefundFact] = ()
    returns: Sequence[ReturnFact] = ()
    contacts: Sequence[ContactFact] = ()
    promises: Sequence[PromiseFact] = ()
