"""
The one question before every act: may this actor do this to this subject, with these facts, now?

Whoever answers it is the *authority*. The default one knows simple amount limits of roles; guidelines take its place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError
from onhand.kernel.money import Money

Facts = Mapping[str, Any]


class Answer(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Question:
    actor: Actor
    act: str
    subject_type: str
    subject_id: int | None
    facts: Facts
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, with a reason people can read and the rule and version that gave it. `may_approve` names roles."""

    answer: Answer
    reason: str
    rule: str
    version: str
    may_approve: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "answer": self.answer.value,
            "reason": self.reason,
            "rule": self.rule,
            "version": self.version,
            "may_approve": list(self.may_approve),
        }


class Refused(ActError):
    """The company's guidelines refuse the act; `decision` says why."""

    code = "refused"
    status = 403

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"decision": self.decision.as_json()}


class NeedsApproval(Refused):
    """The act needs somebody with more authority; `decision.may_approve` says who."""

    code = "needs_approval"


Authority = Callable[[Question], Decision]


def decide_by_role(question: Question) -> Decision:
    """
    The default authority: the role's permission was already checked; every amount among the facts must be within the role's
    limit for this act and currency. A role without a limit for the act is not limited; a limit in another currency allows none.
    """
    limits = question.actor.limits.get(question.act)
    for amount in _amounts(question.facts):
        if limits is None:
            break
        most = limits.get(amount.currency, 0)
        if abs(amount.minor) > most:
            return Decision(
                Answer.ASK,
                _("%(amount)s is above your limit of %(limit)s.")
                % {"amount": amount.formatted(), "limit": Money(most, amount.currency).formatted()},
                rule="role-limit",
                version="1",
                may_approve=("supervisor",),
            )
    return Decision(Answer.ALLOW, _("Your role allows this."), rule="role-permission", version="1")


def _amounts(facts: Facts) -> list[Money]:
    return [value for value in facts.values() if isinstance(value, Money)]


_authority: Authority = decide_by_role


def set_authority(authority: Authority) -> Authority:
    """Put another authority in place and return the one before it. Called once, at start-up."""
    global _authority
    previous, _authority = _authority, authority
    return previous


def decide(question: Question) -> Decision:
    """Ask the authority."""
    return _authority(question)
