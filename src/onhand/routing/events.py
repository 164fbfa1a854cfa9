"""What happened to work and to people's states."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class SeatStateChanged(Event):
    """Somebody's state is another now; `how` says what changed it."""

    name: ClassVar[str] = "routing.seat_state_changed"
    representative_id: int
    state: str
    how: str


@dataclass(frozen=True, slots=True)
class WorkWasMissed(Event):
    """An offer ran out without an answer."""

    name: ClassVar[str] = "routing.work_was_missed"
    item_id: int
    representative_id: int
