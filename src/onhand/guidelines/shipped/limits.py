"""The limits that come with the product: what somebody gives at once, and what adds up."""

from dataclasses import dataclass
from datetime import datetime

from onhand.guidelines.enums import Per, Period
from onhand.guidelines.models import Limit
from onhand.kernel.actor import system_actor
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.staff.models import Role

CURRENCIES = ("EUR", "GBP")


@dataclass(frozen=True, slots=True)
class ShippedLimit:
    """A limit in whole units, the same in each currency. `role` is a role's key."""

    name: str
    per: Per
    most: int
    period: Period = Period.DAY
    days: int = 1
    role: str = ""
    approvers: tuple[str, ...] = ("supervisor", "administrator")


LIMITS = (
    ShippedLimit(
        "Beginners, each time", Per.ACT, 25, role="beginner", approvers=("senior", "supervisor", "administrator")
    ),
    ShippedLimit(
        "AI representatives, each time", Per.ACT, 25, role="ai", approvers=("senior", "supervisor", "administrator")
    ),
    ShippedLimit(
        "Representatives, each time",
        Per.ACT,
        100,
        role="representative",
        approvers=("senior", "supervisor", "administrator"),
    ),
    ShippedLimit("Seniors, each time", Per.ACT, 300, role="senior"),
    ShippedLimit("A customer in 90 days", Per.CUSTOMER, 200, Period.DAYS, 90),
    ShippedLimit("A representative a day", Per.REPRESENTATIVE, 500),
    ShippedLimit("A team a month", Per.TEAM, 5000, Period.MONTH),
)


def set_limits(at: datetime) -> None:
    """Set those that are not there yet, as the product itself."""
    actor = system_actor("guidelines")
    there = set(Limit.objects.values_list("name", flat=True))
    for one in LIMITS:
        if one.name in there:
            continue
        role = Role.objects.filter(key=one.role).values_list("pk", flat=True).first() if one.role else None
        first, *others = (Money(one.most * 100, currency) for currency in CURRENCIES)
        arguments = {
            "name": one.name,
            "per": one.per.value,
            "period": one.period.value,
            "days": one.days,
            "role": role,
            "most": first.as_json(),
            "approvers": list(one.approvers),
        }
        made = perform("guidelines.add_limit", actor=actor, arguments=arguments, at=at)
        for more in others:
            given = {"most": more.as_json()}
            perform("guidelines.limit_currency", actor=actor, arguments=given, at=at, subject_id=made.subject_id)
