"""What happened to contacts, for those who react to it."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class MessageReceived(Event):
    """Something was written to us, in a contact that is new or one that goes on."""

    name: ClassVar[str] = "contacts.message_received"
    message_id: int
    contact_id: int
    is_new_contact: bool


@dataclass(frozen=True, slots=True)
class MessageWritten(Event):
    """Something was written to the customer: it is on its way, or held for a second pair of eyes."""

    name: ClassVar[str] = "contacts.message_written"
    message_id: int
    is_held: bool


@dataclass(frozen=True, slots=True)
class ContactCameBack(Event):
    """The time a contact was put by for is over: it is work again."""

    name: ClassVar[str] = "contacts.contact_came_back"
    contact_id: int


@dataclass(frozen=True, slots=True)
class ContactWrappedUp(Event):
    """A contact was ended with its reason."""

    name: ClassVar[str] = "contacts.contact_wrapped_up"
    contact_id: int
    reason_id: int | None
