"""What happens to runs of procedures. Ids and plain values only."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ProcedureBegun(Event):
    """A procedure was begun with a customer."""

    name: ClassVar[str] = "procedures.begun"
    run_id: int
    procedure: str
    number: int
    customer_id: int | None
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class ProcedureEnded(Event):
    """A run of a procedure ended.

    `outcome` is an Outcome; `skipped` are the steps that were passed over with a reason.
    """

    name: ClassVar[str] = "procedures.ended"
    run_id: int
    procedure: str
    customer_id: int | None
    contact_id: int | None
    outcome: str
    skipped: list[str]
