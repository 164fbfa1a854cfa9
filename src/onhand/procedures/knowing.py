"""What is known to a run: facts out of the books, how well the customer is identified, what was done, which remedies are on the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from onhand.approvals.enums import ApprovalState
from onhand.approvals.models import Approval
from onhand.customers.identification.level import current_contact, reached
from onhand.guidelines.answers import listed
from onhand.guidelines.book import Book, current
from onhand.guidelines.cases import read_facts
from onhand.guidelines.facts import customer_of, gather, in_minor
from onhand.guidelines.feel.values import Value, written
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, get_act
from onhand.kernel.decisions import Question
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.procedures.models import ProcedureRun, StepTaken
from onhand.procedures.reading import read_script
from onhand.procedures.script import Prepared, Script, Step
from onhand.procedures.walking import Offered, Taken, Walk, own_remedies, walk

CURRENCIES = ("order currency", "currency", "account currency")  # facts that say in which currency amounts are


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A run as it stands: its script, the way through it, the records of what was done for its steps, and the approval that is waited for,
    if any.
    """

    run: ProcedureRun
    script: Script
    way: Walk
    done: Mapping[str, int]
    waits_for: int | None = None


def script_of(run: ProcedureRun) -> Script:
    """What the run goes through."""
    return read_script(run.procedure_version.document)


def facts_about(
    script: Script, actor: Actor, subject: Any, at: datetime, *, contact_id: int | None, case_id: int | None
) -> tuple[dict[str, str], int | None]:
    """(the facts the script looks at, as cells say them; whose file it is about). One look at each source that is needed."""
    question = Question(
        actor, "", script.about, subject.pk, {}, at, subject, contact_id=contact_id, case_id=case_id, ahead=True
    )
    names = {*facts_asked(script, at), *CURRENCIES}
    facts = gather(names, question)
    return {name: written(facts[name]) for name in names if facts[name] is not None}, customer_of(question)


def standing(run: ProcedureRun, actor: Actor, at: datetime) -> Standing:
    """How a run stands for who looks at it. Five statements, however long it is; three more until the customer is identified."""
    script = script_of(run)
    taken = _taken(run)
    level = _level(run, actor, at)
    facts = read_facts(run.known)
    remedies = Remedies(script, current(), at, facts)
    way = walk(script, taken, facts, level=level, remedies=remedies)
    waits_for, done = None, {}
    while way.prepared is not None and way.now is not None:  # chosen: was it done meanwhile?
        since = max(run.begun_at, _chosen_at(run, way.now))
        record = _record_of(run, way.prepared, since)
        if record is None:
            waits_for = _approval_of(run, way.prepared, since)
            break
        chosen = taken.get(way.now.key)
        done[way.now.key] = record
        taken = {**taken, way.now.key: Taken("done", chosen.answer if chosen else "", record)}
        way = walk(script, taken, facts, level=level, remedies=remedies)
    return Standing(run, script, way, done, waits_for)


def contact_now(run: ProcedureRun, actor: Actor) -> int | None:
    """The contact somebody goes on with a run on: their own with its customer, where one goes on, else the one it was on before."""
    own = current_contact(actor, run.customer_id) if run.customer_id is not None else None
    return own or run.contact_id


def _level(run: ProcedureRun, actor: Actor, at: datetime) -> int:
    """How well the customer is identified: on the contact of the run, or on the reader's own that was begun after it."""
    if run.customer_id is None:
        return 0
    level = reached(actor, run.customer_id, run.contact_id, at).level
    if not level and (here := contact_now(run, actor)) != run.contact_id:
        level = reached(actor, run.customer_id, here, at).level
    return level


def _taken(run: ProcedureRun) -> dict[str, Taken]:
    rows = run.steps.order_by("pk").values_list("step", "source", "answer", "record_id", "reason")
    return {step: Taken(source, answer, record, reason) for step, source, answer, record, reason in rows}


def _chosen_at(run: ProcedureRun, step: Step) -> datetime:
    found = StepTaken.objects.filter(run=run, step=step.key).order_by("-pk").values_list("at", flat=True).first()
    return found or run.begun_at


def _record_of(run: ProcedureRun, prepared: Prepared, since: datetime) -> int | None:
    """The record of the act, where it was done since: on what the run is about, or on the customer."""
    subject_id = _subject_id(run, get_act(prepared.act))
    found = ActRecord.objects.filter(
        subject_type=get_act(prepared.act).subject, subject_id=subject_id, act=prepared.act, at__gte=since
    )
    return found.order_by("-at", "-pk").values_list("pk", flat=True).first()


def _approval_of(run: ProcedureRun, prepared: Prepared, since: datetime) -> int | None:
    """The approval somebody waits for, to do it."""
    found = Approval.objects.filter(
        about_type=get_act(prepared.act).subject,
        about_id=_subject_id(run, get_act(prepared.act)),
        act=prepared.act,
        state=ApprovalState.OPEN,
        asked_at__gte=since,
    )
    return found.order_by("-pk").values_list("pk", flat=True).first()


def _subject_id(run: ProcedureRun, act: Act) -> int | None:
    return run.about_id if act.subject == run.about_type else run.customer_id


@dataclass(frozen=True, slots=True)
class Remedies:
    """Which remedies are offered: of those a step has, those the guideline it names lists, and what costs nothing."""

    script: Script
    book: Book
    at: datetime
    facts: Mapping[str, Value]

    def __call__(self, step: Step, values: Mapping[str, Value]) -> Sequence[Offered]:
        own = own_remedies(step, values)
        if not step.guideline:
            return own
        found: dict[str, Decimal | None] = {}
        for one in self.book.called(step.guideline, self.at):
            for row in listed(one, one.document.remedies, values):
                most = row.get("most")
                found.setdefault(str(row.get("remedy")), most if isinstance(most, Decimal) else None)
        return [
            Offered(one.option, found.get(one.option.key))
            for one in own
            if one.option.key in found or one.option.prepared is None
        ]


def facts_asked(script: Script, at: datetime) -> set[str]:
    """The facts a procedure looks at, with those of the guidelines whose remedies it offers."""
    return {*script.facts, *_facts_of_remedies(script, current(), at)}


def _facts_of_remedies(script: Script, book: Book, at: datetime) -> set[str]:
    named = {step.guideline for step in script.steps if step.guideline}
    return {fact for name in named for one in book.called(name, at) for fact in one.facts}


def prepared_arguments(prepared: Prepared, values: Mapping[str, Value]) -> dict[str, Any]:
    """
    The arguments of a prepared act as it takes them. A number where money is asked for is that many whole units of the currency of what
    the procedure is about; what cannot be worked out is left for who does it.
    """
    widgets = {field.name: field.widget for field in get_act(prepared.act).fields}
    currency = next((str(values[name]) for name in CURRENCIES if values.get(name)), "")
    made: dict[str, Any] = {}
    for name, formula in prepared.arguments:
        value = formula.evaluate(values)
        if value is None:
            continue
        if widgets.get(name) == "money":
            if isinstance(value, Decimal) and currency:
                made[name] = Money(in_minor(value, currency), currency).as_json()
        elif isinstance(value, Decimal):
            made[name] = int(value) if value == value.to_integral_value() else str(value)
        elif isinstance(value, bool | str):
            made[name] = value
        else:
            made[name] = value.isoformat() if hasattr(value, "isoformat") else written(value)
    return made
