"""What happens in billing that others may react to."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class InstalmentDue(Event):
    """An instalment of a payment plan is due in a few days: the customer is to be reminded."""

    name: ClassVar[str] = "billing.instalment_due"
    plan_id: int
    number: int
    due_on: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PlanDefaulted(Event):
    """An instalment was missed and not made up for: the plan does not hold any more, and dunning goes on."""

    name: ClassVar[str] = "billing.plan_defaulted"
    plan_id: int


@dataclass(frozen=True, slots=True)
class PlanPaid(Event):
    """Every instalment of a payment plan is paid."""

    name: ClassVar[str] = "billing.plan_paid"
    plan_id: int


@dataclass(frozen=True, slots=True)
class Dunned(Event):
    """An account reached a stage of dunning."""

    name: ClassVar[str] = "billing.dunned"
    account_id: int
    stage: int
    overdue_minor: int
    currency: str
