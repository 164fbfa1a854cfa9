"""
The authority: every guideline in force for the act, every limit, the role, and whoever else has a say (`voices`); the strictest answer
wins, and all are kept.

Where nobody laid anything down for an act that gives something away, somebody else is asked; any other act is what the role's
permission is for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from onhand.customers.models import Customer
from onhand.guidelines import limits as limits_module
from onhand.guidelines.answers import Said, answer_of, in_language
from onhand.guidelines.attempts import note
from onhand.guidelines.book import EDITION, Book, current, numbered
from onhand.guidelines.common_facts import REASON
from onhand.guidelines.enums import Per
from onhand.guidelines.facts import customer_of, gather
from onhand.guidelines.feel.values import Value, written
from onhand.guidelines.models import Limit
from onhand.guidelines.voices import what_they_say
from onhand.kernel.actor import ActorKind
from onhand.kernel.decisions import (
    APPROVERS,
    Answer,
    Authority,
    Decision,
    NeedsApproval,
    Question,
    Refused,
    decide_by_role,
)
from onhand.kernel.records import SqlText

_STRICTEST = {Answer.REFUSE: 0, Answer.ASK: 1, Answer.ALLOW: 2}
NO_ONE_PERSON = ("administrator",)  # who is asked where guidelines ask different roles


def decide(question: Question) -> Decision:
    """What the company's guidelines say. Has no effect."""
    return decide_by(current() if question.edition is None else numbered(question.edition), question)


def decide_by(book: Book, question: Question) -> Decision:
    """What the guidelines of this book say, of limits what was used up to now."""
    guidelines = book.guidelines(question.act, question.at)
    limits = book.limits_for(question)
    facts: dict[str, Value] = {}
    said: list[Said] = []
    named: set[str] = set()
    watched = book.watched.get(question.act, frozenset())
    if guidelines or watched:
        named = {*(name for one in guidelines for name in one.facts), *watched}
        facts = gather(named, question, with_free=True)
        said = [answer for one in guidelines if (answer := answer_of(one, facts, question.gives))]
    said += limits_module.what_they_say(limits, question)  # of those that add up only where it is asked ahead
    role = decide_by_role(question)
    if role.answer is not Answer.ALLOW or not said:
        said.append(_by_default(question, role, is_covered=bool(said) or _says_how_much(limits)))
    said += what_they_say(question, book.number)
    known = {name: value for name, value in facts.items() if name in named or (name == REASON and value is not None)}
    return _together([by_own_authority(one, question) for one in said], question, known, book.number)


def _says_how_much(limits: Sequence[Limit]) -> bool:
    """Whether one of them says how much may be given at a time. What only adds up allows nobody anything by itself."""
    return any(one.per == Per.ACT and one.most is not None for one in limits)


def _by_default(question: Question, role: Decision, *, is_covered: bool) -> Said:
    """What holds where no guideline says anything."""
    has_limit = question.act in question.actor.limits
    if (
        role.answer is Answer.ALLOW
        and question.gives is not None
        and not (is_covered or has_limit or question.actor.kind is ActorKind.SYSTEM)
    ):
        return Said(
            Answer.ASK,
            _("No guideline says how much may be given here, so somebody else looks at it."),
            "no-guideline",
            "1",
            APPROVERS,
        )
    return Said(role.answer, role.reason, role.rule, role.version, role.may_approve, role.needs_second)


def by_own_authority(said: Said, question: Question) -> Said:
    """Who is of a role that may approve need not ask, unless it must be somebody else."""
    if said.answer is not Answer.ASK or said.needs_second or question.actor.role not in said.may_approve:
        return said
    return replace(said, answer=Answer.ALLOW, reason=_("Your role may approve this itself."))


def _together(
    said: Sequence[Said], question: Question, facts: Mapping[str, Value], edition: int | None = None
) -> Decision:
    """One decision out of what was said, the strictest first."""
    in_order = sorted(said, key=lambda one: _STRICTEST[one.answer])
    first = in_order[0]
    asking = [one for one in in_order if one.answer is Answer.ASK]
    told = [one for one in in_order if one.answer is first.answer]
    return Decision(
        first.answer,
        " ".join(dict.fromkeys(one.reason for one in told)) if first.answer is not Answer.ALLOW else first.reason,
        first.rule,
        first.version,
        may_approve=_who_may(asking) if first.answer is Answer.ASK else (),
        needs_second=first.answer is Answer.ASK and any(one.needs_second for one in asking),
        words=_words(told, question),
        clause=next((one.clause for one in told if one.clause), ""),
        identification=max(one.identification for one in said),
        follow_ups=tuple(one for some in in_order for one in some.follow_ups),
        said=tuple(one.as_json() for one in in_order) if facts or len(in_order) > 1 else (),
        known={name: written(value) for name, value in facts.items()},
        edition=edition,
    )


def _who_may(asking: Sequence[Said]) -> tuple[str, ...]:
    """The roles each of them would accept, in the first one's order."""
    common = [role for role in asking[0].may_approve if all(role in one.may_approve for one in asking)]
    return tuple(common) or NO_ONE_PERSON


def _words(told: Sequence[Said], question: Question) -> str:
    """What may be said to the customer, in their language; nothing is looked up where there is nothing to say."""
    words = next((one.customer_words for one in told if one.customer_words), None)
    if words is None:
        return ""
    customer = customer_of(question)
    language = Customer.objects.filter(pk=customer).values_list("language", flat=True).first() if customer else ""
    return in_language(words, language or "")


def count(question: Question, decision: Decision) -> SqlText | None:
    """How an act that was done is counted against the limits of the book it was decided by."""
    book = _decided_by(decision)
    return limits_module.to_count(book.limits_for(question), question, book.number)


def _decided_by(decision: Decision) -> Book:
    return current() if decision.edition is None else numbered(decision.edition)


def settle(question: Question, decision: Decision, counted: limits_module.Counted) -> None:
    """
    Look at what was counted; where limits changed since the act was decided it was not, and is by those of now. Raises Refused or
    NeedsApproval where others used up what was left meanwhile; where somebody approved it, only what nobody can approve stops it.
    """
    if not counted:
        return
    book = _decided_by(decision)
    while (newest := limits_module.by_another_book(counted)) is not None:
        book = numbered(newest)
        counted = limits_module.count(book.limits_for(question), question, book.number)
    against = limits_module.what_was_counted(book.limits_for(question), counted, question)
    said = [by_own_authority(one, question) for one in against]
    stops = [one for one in said if one.answer is Answer.REFUSE]
    if decision.approved_by is None:
        stops = stops or [one for one in said if one.answer is Answer.ASK]
    if stops:
        found = _together(stops, question, {})
        raise Refused(found) if found.answer is Answer.REFUSE else NeedsApproval(found)


AUTHORITY = Authority(decide, count, settle, note, EDITION)
