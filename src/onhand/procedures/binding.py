"""
Acts that are done by a procedure only: a voice in every decision, the same for people, programs and AI.

Which procedures are in force is kept in memory under the number of the guidelines' book; an act nothing is laid down for costs nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from django.db.models import Q
from django.utils.translation import gettext as _

from onhand.customers.subjects import CUSTOMER
from onhand.guidelines.answers import Said
from onhand.guidelines.facts import gather
from onhand.guidelines.voices import Voice, register_voice
from onhand.kernel.actor import ActorKind
from onhand.kernel.database import run_prepared
from onhand.kernel.decisions import Answer, Question
from onhand.procedures.knowing import standing
from onhand.procedures.models import ProcedureRun, ProcedureVersion
from onhand.procedures.reading import read_script
from onhand.procedures.script import Formula, Script, ScriptError

STAYS_ALLOWED = timedelta(days=3)  # after a run ended: longer than anybody waits for an approval
_COMES_OF_ONE = """
select 1 from procedures_procedurerun r
where r.procedure_id = %(procedure)s and %(act)s = any(r.allows) and (r.ended_at is null or r.ended_at > %(since)s)
  and ((r.about_type = %(type)s and r.about_id = %(id)s)
    or (%(type)s = 'customer' and exists (select from customers_customer c where c.id = r.customer_id
      and (c.id = %(id)s or c.merged_into_id = %(id)s))))
limit 1
"""
_MOST_LOOKED_AT = 5  # runs of one procedure that go on about one thing, or about one customer's things


@dataclass(frozen=True, slots=True)
class InForce:
    """A version of a procedure and when it is in force: from, and until before."""

    procedure_id: int
    version_id: int
    number: int
    name: str
    script: Script
    begins: datetime
    ends: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.begins <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read under a number of the book: the versions, by act which of them bind it and when, and the acts they offer."""

    number: int
    versions: tuple[InForce, ...]
    bound: Mapping[str, Sequence[tuple[InForce, Formula | None]]]
    offered: frozenset[str]


class _Kept:
    """What this process read last, as one: another thread may be reading under another number."""

    lock = Lock()
    read: _Read | None = None


def connect() -> None:
    """Give procedures a say in every decision; at start-up."""
    register_voice(Voice("procedures", says))


def versions_in_force(number: int, at: datetime) -> list[InForce]:
    """The procedures in force at a moment, by name, under the book of that number."""
    return sorted((one for one in _under(number).versions if one.holds(at)), key=lambda one: one.name)


def is_offered(act: str) -> bool:
    """
    Whether a procedure that is or will be in force offers the act. By what was read for the decision on it: it costs nothing.
    """
    read = _Kept.read
    return read is not None and act in read.offered


def forget() -> None:
    """Let go of what was read: for tests, whose databases come and go under the same numbers."""
    _Kept.read = None


def says(question: Question, number: int) -> Sequence[Said]:
    """Refuses an act that a procedure in force keeps to itself, where no run of it has come to it."""
    bound = _under(number).bound.get(question.act)
    if not bound or question.actor.kind is ActorKind.SYSTEM:
        return ()
    said = []
    for one, when in bound:
        if not one.holds(question.at) or (when is not None and not when.holds(gather(when.names, question))):
            continue
        if not _comes_of_one(one, question):
            words = {"name": one.name}
            reason = _("This is done by the procedure “%(name)s”: begin it first.") % words
            said.append(Said(Answer.REFUSE, reason, f"procedure:{one.procedure_id}", str(one.number)))
    return said


def _comes_of_one(one: InForce, question: Question) -> bool:
    asked = {
        "procedure": one.procedure_id,
        "act": question.act,
        "since": question.at - STAYS_ALLOWED,
        "type": question.subject_type,
        "id": question.subject_id,
    }
    return bool(run_prepared(_COMES_OF_ONE, asked)) or _reached_meanwhile(one, question)


def _reached_meanwhile(one: InForce, question: Question) -> bool:
    """Whether a run has come to the act by itself since something was put down: the act before it was done, or somebody identified."""
    about = Q(about_type=question.subject_type, about_id=question.subject_id)
    if question.subject_type == CUSTOMER:
        about |= Q(customer=question.subject_id) | Q(customer__merged_into=question.subject_id)
    going_on = ProcedureRun.objects.filter(about, procedure=one.procedure_id, ended_at=None)
    found = going_on.select_related("procedure_version").order_by("-pk")[:_MOST_LOOKED_AT]
    return any(question.act in standing(each, question.actor, question.at).way.reached for each in found)


def _under(number: int) -> _Read:
    """The procedures under the book of that number, which is the newest this transaction sees."""
    kept = _Kept.read
    if kept is None or kept.number != number:
        with _Kept.lock:
            kept = _Kept.read = _read(number)
    return kept


def _read(number: int) -> _Read:
    versions = tuple(_in_force())
    bound: dict[str, list[tuple[InForce, Formula | None]]] = {}
    for one in versions:
        for binding in one.script.binds:
            bound.setdefault(binding.act, []).append((one, binding.when))
    offered = frozenset(act for one in versions for act in one.script.offered_acts)
    return _Read(number, versions, bound, offered)


def _in_force() -> Iterator[InForce]:
    """Every version that is or will be in force: until a later one is, in whatever order they were published."""
    rows = ProcedureVersion.objects.filter(withdrawn_at=None).select_related("procedure")
    ends: dict[int, datetime | None] = {}
    for row in rows.order_by("procedure", "-effective_from", "-number"):
        end = ends.get(row.procedure_id, row.procedure.retired_at)
        if end is not None and row.effective_from >= end:
            continue
        try:
            script = read_script(row.document)
        except ScriptError:
            continue  # written for another version of the product: nobody can begin it, and it binds nothing
        yield InForce(row.procedure_id, row.pk, row.number, row.procedure.name, script, row.effective_from, end)
        ends[row.procedure_id] = row.effective_from
