"""What happens to customers' files beyond the acts themselves."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class CustomersMerged(Event):
    """`absorbed_id` is read as part of `survivor_id`'s file from now on. Published once on each of the two."""

    name: ClassVar[str] = "customers.merged"
    survivor_id: int
    absorbed_id: int
    merge_id: int


@dataclass(frozen=True, slots=True)
class CustomersUnmerged(Event):
    """`absorbed_id` has a file of its own again, out of that of `root_id`. Published once on each of the two."""

    name: ClassVar[str] = "customers.unmerged"
    root_id: int
    absorbed_id: int
    merge_id: int


@dataclass(frozen=True, slots=True)
class ImportStepEnded(Event):
    """A step of an import came to its end: it is checked, done, undone or failed now."""

    name: ClassVar[str] = "customers.import_step_ended"
    import_id: int
    state: str
