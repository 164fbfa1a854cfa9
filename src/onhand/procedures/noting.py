"""What runs put down: steps that were taken, what was known or done meanwhile, and the note at the end."""

import re

from django.utils.translation import get_language

from onhand.guidelines.answers import in_language
from onhand.guidelines.feel.values import Value, written
from onhand.kernel.acts import Run
from onhand.kernel.errors import ActError
from onhand.kernel.hints import send_after_commit
from onhand.kernel.perform import perform
from onhand.procedures.enums import Outcome, RunState, Source
from onhand.procedures.events import ProcedureEnded
from onhand.procedures.knowing import Standing, standing
from onhand.procedures.models import LONGEST_ANSWER, ProcedureRun, StepTaken
from onhand.procedures.script import Step, StepKind
from onhand.procedures.walking import Status

_NAMED = re.compile(r"\{([^{}]{1,80})\}")


def take(
    one: ProcedureRun,
    step: Step,
    run: Run,
    source: Source,
    *,
    answer: str = "",
    reason: str = "",
    record_id: int | None = None,
) -> None:
    """Put down that a step was taken, by whom, when and where."""
    StepTaken.objects.create(
        run=one,
        step=step.key,
        answer=answer,
        source=source,
        reason=reason,
        record_id=record_id,
        contact_id=one.contact_id,
        at=run.at,
        by_kind=str(run.actor.kind),
        by_id=run.actor.id,
        by_name=run.actor.name,
        via=str(run.actor.via),
    )


def note_passed(stand: Standing, run: Run) -> None:
    """Put down what was known already, or done meanwhile, so that the run tells all of it."""
    noted = set(stand.run.steps.exclude(source=Source.SAID).values_list("step", flat=True))
    for one in stand.way.path:
        record = stand.done.get(one.step.key)
        if one.step.key in noted:
            continue
        if record is not None:
            chosen = str(stand.way.values.get("remedy") or "") if one.step.kind is StepKind.OFFER else ""
            take(stand.run, one.step, run, Source.DONE, answer=chosen, record_id=record)
        elif one.status is Status.KNOWN:
            take(stand.run, one.step, run, Source.KNOWN, answer=as_answer(one.value) if one.step.variable else "")


def as_answer(value: Value) -> str:
    """A value as it would be given as an answer."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value[:LONGEST_ANSWER]
    return value.isoformat() if hasattr(value, "isoformat") else written(value)[:LONGEST_ANSWER]


def go_on(one: ProcedureRun, run: Run) -> None:
    """Let the run be where it has come to: what it allows by now, and ended where nothing is left."""
    stand = standing(one, run.actor, run.at)
    one.allows = stand.way.reached
    if stand.way.now is None:
        note_passed(stand, run)
        end(one, run, Outcome.THROUGH)
    else:
        tell(one)


def end(one: ProcedureRun, run: Run, outcome: Outcome) -> None:
    """End a run, say so, and write the note the procedure lays down."""
    one.state, one.outcome, one.ended_at = RunState.ENDED, outcome, run.at
    skipped = list(one.steps.filter(source=Source.SKIPPED).order_by("pk").values_list("step", flat=True))
    run.publish(ProcedureEnded(one.pk, one.procedure.name, one.customer_id, one.contact_id, str(outcome), skipped))
    if outcome == Outcome.THROUGH and one.contact_id is not None:
        _write_note(one, one.contact_id, run)
    tell(one)


def _write_note(one: ProcedureRun, contact_id: int, run: Run) -> None:
    text = note_of(standing(one, run.actor, run.at))
    if not text:
        return
    try:
        perform(
            "contacts.write_note",
            actor=run.actor,
            arguments={"text": text},
            at=run.at,
            subject_id=contact_id,
            contact_id=contact_id,
            as_part=True,
        )
    except ActError:
        return  # the contact has ended, or is somebody else's: what was answered stands in the run


def note_of(stand: Standing) -> str:
    """The note with its names filled in: facts, and answers in the words of the options, in the language that is active."""
    language = get_language() or ""
    said = {name: as_answer(value) for name, value in stand.way.values.items() if value is not None}
    for passed in stand.way.path:
        step = passed.step
        name = "remedy" if step.kind is StepKind.OFFER else step.variable
        value = stand.way.values.get(name) if name else None
        if value is not None:
            option = step.option(str(value)) if step.options else None
            said[name] = in_language(option.words, language) if option else as_answer(value)
    return _NAMED.sub(lambda match: said.get(match[1].strip(), "–"), stand.script.note).strip()


def tell(one: ProcedureRun) -> None:
    """Let the pages know that show it."""
    about = (("procedure_run", one.pk), ("contact", one.contact_id), ("customer", one.customer_id))
    send_after_commit(*(f"{what}:{number}" for what, number in about if number is not None))
