"""What happened to cases and promises, for those who react to it."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ClockRunsOut(Event):
    """Most of the time for something on a case is used."""

    name: ClassVar[str] = "contacts.clock_runs_out"
    case_id: int
    clock: str
    due_at: str


@dataclass(frozen=True, slots=True)
class ClockBroken(Event):
    """A due time of a case passed before it was met."""

    name: ClassVar[str] = "contacts.clock_broken"
    case_id: int
    clock: str
    due_at: str


@dataclass(frozen=True, slots=True)
class CaseEscalated(Event):
    """A case was handed up, to a representative if one is named."""

    name: ClassVar[str] = "contacts.case_escalated"
    case_id: int
    to_id: int | None
    by_clock: str


@dataclass(frozen=True, slots=True)
class CaseReopened(Event):
    """A closed case was opened again."""

    name: ClassVar[str] = "contacts.case_reopened"
    case_id: int
    by_customer: bool


@dataclass(frozen=True, slots=True)
class CaseAboutToClose(Event):
    """A case will close by itself unless the customer answers before: time to tell them."""

    name: ClassVar[str] = "contacts.case_about_to_close"
    case_id: int
    customer_id: int | None
    closes_at: str


@dataclass(frozen=True, slots=True)
class CaseClosedUnanswered(Event):
    """A case closed by itself, since the customer did not answer."""

    name: ClassVar[str] = "contacts.case_closed_unanswered"
    case_id: int
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class CaseNotClosed(Event):
    """A case was to close by itself, but something of it is open: it is work again."""

    name: ClassVar[str] = "contacts.case_not_closed"
    case_id: int


@dataclass(frozen=True, slots=True)
class PromiseBroken(Event):
    """What was promised was not done by its time."""

    name: ClassVar[str] = "contacts.promise_broken"
    promise_id: int
    customer_id: int
    case_id: int | None


@dataclass(frozen=True, slots=True)
class PromiseFoundKept(Event):
    """The books say that what was promised was done."""

    name: ClassVar[str] = "contacts.promise_found_kept"
    promise_id: int
    customer_id: int
    case_id: int | None


@dataclass(frozen=True, slots=True)
class ReminderDue(Event):
    """The time of a reminder has come."""

    name: ClassVar[str] = "contacts.reminder_due"
    reminder_id: int
    case_id: int
    for_id: int | None
    ended_wait: bool
