"""
The one question before every act: may this actor do this to this subject, with these facts, now?

Whoever answers it is the *authority*. The default one knows permissions and simple amount limits of roles; the company's guidelines
take its place at start-up.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError
from onhand.kernel.money import Money

if TYPE_CHECKING:
    from onhand.kernel.records import SqlText

Facts = Mapping[str, Any]
MOST_NOTED = 30  # attempts that were not allowed, of one transaction
APPROVERS = ("supervisor", "administrator")  # who is asked where nobody laid down who


class Answer(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Question:
    """
    An act about to be done. `facts` are those the act gathered, `values` its arguments as its function takes them, `subject` the locked
    row (None where the act creates it or is asked about many), `gives` what the company gives away with it. `ahead`: the answer is wanted
    for itself, as in a preview; of an act that is about to be done, `settle` says at its end what adds up. `edition` is what the authority
    wanted read along when the subject was locked (`Authority.edition`), None where it was not.
    """

    actor: Actor
    act: str
    subject_type: str
    subject_id: int | None
    facts: Facts
    at: datetime
    subject: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)
    contact_id: int | None = None
    case_id: int | None = None
    gives: Money | None = None
    ahead: bool = False
    edition: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """
    The answer, with a reason people can read and the rule and version that gave it.

    `may_approve` names roles. `needs_second` says that it must be somebody else even where the actor has such a role. `words` can be
    said to the customer. `identification` is the level the customer must have reached. `follow_ups` are what is promised with it, each
    {"what", "days", "rule", "version"}, with "test" where the books can say that it was kept (`kernel.following`). `said` is what every
    guideline and limit answered, the strictest first, `known` the facts they looked at. `approved_by` names who approved it, with their
    role, and in whose place they did. `edition` says of what was in force it was decided by, for `settle`; records do not keep it.
    """

    answer: Answer
    reason: str
    rule: str
    version: str
    may_approve: tuple[str, ...] = ()
    needs_second: bool = False
    words: str = ""
    clause: str = ""
    identification: int = 0
    follow_ups: tuple[Mapping[str, Any], ...] = ()
    said: tuple[Mapping[str, Any], ...] = ()
    known: Facts = field(default_factory=dict)
    approved_by: Mapping[str, Any] | None = None
    edition: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As records keep it: what is always there, and of the rest what is not empty."""
        more = {name: value for name in _MORE if (value := getattr(self, name))}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in more.items()}
        return {
            "answer": self.answer.value,
            "reason": self.reason,
            "rule": self.rule,
            "version": self.version,
            "may_approve": list(self.may_approve),
            **plain,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Decision":
        """A decision as a record keeps it."""
        lists = {
            name: tuple(kept[name])
            for name in ("may_approve", "follow_ups", "said")
            if isinstance(kept.get(name), list)
        }
        known = {name: value for name, value in kept.items() if name in cls.__dataclass_fields__}
        return cls(**{**known, **lists, "answer": Answer(kept["answer"])})


_MORE = ("needs_second", "words", "clause", "identification", "follow_ups", "said", "known", "approved_by")


class Refused(ActError):
    """The company's guidelines refuse the act; `decision` says why, `question` what was asked where an act was about to be done."""

    code = "refused"
    status = 403

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision
        self.question: Question | None = None

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"decision": self.decision.as_json()}


class NeedsApproval(Refused):
    """The act needs somebody with more authority; `decision.may_approve` says who."""

    code = "needs_approval"


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
                may_approve=APPROVERS,
                needs_second=True,
            )
    return Decision(Answer.ALLOW, _("Your role allows this."), rule="role-permission", version="1")


def _amounts(facts: Facts) -> list[Money]:
    return [value for value in facts.values() if isinstance(value, Money)]


def nothing_to_count(question: Question, decision: Decision) -> "SqlText | None":
    """For authorities that keep no count of what was done."""


def nothing_to_settle(question: Question, decision: Decision, counted: Any) -> None:
    """For authorities that keep no count of what was done."""


def nothing_to_note(question: Question, decision: Decision) -> None:
    """For authorities that keep nothing of what they refused."""


@dataclass(frozen=True, slots=True)
class Authority:
    """
    Whoever decides. `decide` has no effect. `count` is asked of an act that was done, last before its record: SQL that counts what adds
    up and gives one value, run by the statement that takes the record's id; None where nothing does. `settle` is given that value, and
    raises Refused or NeedsApproval where it is too much. `note` is called once an act that was not allowed
    has been taken back whole, outside its transaction: what it writes is all that stays of it. `edition` is SQL that calls a volatile
    function; its value, which changes whenever what is in force does, is read by the statement that locks an act's subject.
    """

    decide: Callable[[Question], Decision] = decide_by_role
    count: "Callable[[Question, Decision], SqlText | None]" = nothing_to_count
    settle: Callable[[Question, Decision, Any], None] = nothing_to_settle
    note: Callable[[Question, Decision], None] = nothing_to_note
    edition: str = ""


_authority = Authority()


def set_authority(authority: Authority) -> Authority:
    """Put another authority in place and return the one before it. Called once, at start-up."""
    global _authority
    previous, _authority = _authority, authority
    return previous


def decide(question: Question) -> Decision:
    """Ask the authority."""
    return _authority.decide(question)


def wanted_along() -> str:
    """What the authority wants read along with the subject's lock; empty for nothing."""
    return _authority.edition


def to_count(question: Question, decision: Decision) -> "SqlText | None":
    """How the authority counts an act that was done; None for not at all."""
    return _authority.count(question, decision)


def settle(question: Question, decision: Decision, counted: Any) -> None:
    """Let the authority look at what was counted of an act that was done. Raises Refused or NeedsApproval."""
    try:
        _authority.settle(question, decision, counted)
    except Refused as error:
        error.question = error.question or question
        raise


def note_refused(error: Refused, actor: Actor) -> None:
    """Let the authority note that this actor was not allowed an act of their own."""
    question = error.question
    if question is not None and (question.actor.kind, question.actor.id) == (actor.kind, actor.id):
        _authority.note(question, error.decision)


@contextmanager
def noting(actor: Actor) -> Iterator[None]:
    """
    Let the authority note an act of this actor that was not allowed and is told of by what is raised out of the block: to be put around
    the transaction, or part of one, that is taken back with it.
    """
    try:
        yield
    except Refused as error:
        note_in_the_end(error, actor)
        raise


def note_in_the_end(error: Refused, actor: Actor) -> None:
    """The same once the transaction that goes on is committed, at once where there is none. So many of one transaction, no more."""
    waiting = sum(isinstance(one[1], _Noted) for one in connection.run_on_commit)
    if waiting < MOST_NOTED:
        transaction.on_commit(_Noted(error, actor))


@dataclass(frozen=True, slots=True)
class _Noted:
    error: Refused
    actor: Actor

    def __call__(self) -> None:
        note_refused(self.error, self.actor)


def refused(question: Question, decision: Decision) -> Refused:
    """The error that says what is decided of an act that is not allowed, with what was asked."""
    error = Refused(decision) if decision.answer is Answer.REFUSE else NeedsApproval(decision)
    error.question = question
    return error


def decide_approved(question: Question, approver: Actor, in_place_of: Actor | None = None) -> Decision:
    """
    The decision on an act somebody approves: asked again for the actor, and for the approver as if they did it themselves. Who approves
    `in_place_of` somebody has that one's authority instead of their own; neither of them can be who asks.

    :raises Refused: it is refused, whoever asks; the approver is who asked; or their own authority does not reach.
    """
    question = replace(question, ahead=True)
    decision = decide(question)
    if decision.answer is not Answer.ASK:
        return decision
    whose = in_place_of or approver
    if (question.actor.kind, question.actor.id) in {(one.kind, one.id) for one in (approver, whose)}:
        raise Refused(
            replace(decision, answer=Answer.REFUSE, reason=_("Nobody approves what they ask for themselves."))
        )
    own = decide(replace(question, actor=whose))
    if own.answer is Answer.REFUSE:
        raise Refused(own)
    if own.answer is Answer.ASK and whose.role not in own.may_approve:
        raise NeedsApproval(own)
    by: dict[str, Any] = {"kind": approver.kind.value, "id": approver.id, "name": approver.name, "role": approver.role}
    if in_place_of is not None:
        by["in_place_of"] = {"id": in_place_of.id, "name": in_place_of.name, "role": in_place_of.role}
    return replace(decision, answer=Answer.ALLOW, approved_by=by)
