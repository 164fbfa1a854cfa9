"""Going through a procedure: beginning, answering its steps in their order, leaving it to somebody else, ending."""

from typing import Annotated

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.access import visible_contacts
from onhand.guidelines.book import current
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible, SubjectNotFound
from onhand.kernel.fields import Field
from onhand.kernel.subjects import subject_type
from onhand.procedures import access
from onhand.procedures.binding import versions_in_force
from onhand.procedures.enums import Outcome, RunState, Source
from onhand.procedures.events import ProcedureBegun
from onhand.procedures.knowing import Standing, contact_now, facts_about, script_of, standing
from onhand.procedures.models import LONGEST_ANSWER, ProcedureRun
from onhand.procedures.noting import end, go_on, note_passed, take, tell
from onhand.procedures.script import Step, StepKind
from onhand.procedures.subjects import IN_FORCE, PROCEDURE_RUN
from onhand.procedures.walking import Passed, Status

_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
AnyStep = Annotated[str, Field(label=gettext_lazy("Step"), max_length=200)]
Why = Annotated[str, Field(label=gettext_lazy("Why"), widget="textarea", max_length=500)]


@act(
    subject=PROCEDURE_RUN, permission=access.RUN, label=gettext_lazy("Begin a procedure with a customer"), creates=True
)
def begin_procedure(
    *,
    run: Run,
    procedure: Annotated[int, Field(label=gettext_lazy("Procedure"), reference=IN_FORCE)],
    about: Annotated[int, Field(label=gettext_lazy("Number of what it is about"))],
) -> ProcedureRun:
    """Begin to go through a procedure, about an order or whatever it is for. What the books know is looked up at once."""
    found = next((one for one in versions_in_force(current().number, run.at) if one.procedure_id == procedure), None)
    if found is None:
        raise NotPossible(_("This procedure is not in force."), field="procedure")
    try:
        subject = subject_type(found.script.about).read(run.actor, about)
    except SubjectNotFound:
        raise NotPossible(_("There is no such thing, or you may not see it."), field="about") from None
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"procedures:{found.script.about}:{about}"])
    going_on = ProcedureRun.objects.filter(procedure=procedure, about_type=found.script.about, about_id=about)
    other = going_on.exclude(state=RunState.ENDED).first()
    if other is not None:
        words = {"name": other.held_by_name}
        raise NotPossible(_("%(name)s is going through it already: take it up from there.") % words)
    contact_id = _contact(run)
    known, customer = facts_about(found.script, run.actor, subject, run.at, contact_id=contact_id, case_id=run.case_id)
    made = ProcedureRun(
        procedure_id=procedure,
        procedure_version_id=found.version_id,
        about_type=found.script.about,
        about_id=about,
        about_title=str(subject_type(found.script.about).title(subject))[:200],
        customer_id=customer,
        contact_id=contact_id,
        case_id=run.case_id,
        known=known,
        begun_at=run.at,
        begun_by_kind=str(run.actor.kind),
        begun_by_id=run.actor.id,
        begun_by_name=run.actor.name,
    )
    _give_to(made, run)
    made.save(force_insert=True)
    go_on(made, run)
    made.save()
    run.publish(ProcedureBegun(made.pk, found.name, found.number, customer, contact_id))
    return made


@act(subject=PROCEDURE_RUN, permission=access.RUN, label=gettext_lazy("Answer a step"), only_adds=True)
def answer_step(
    procedure_run: ProcedureRun,
    *,
    run: Run,
    step: AnyStep,
    answer: Annotated[
        str,
        Field(
            label=gettext_lazy("Answer"),
            help=gettext_lazy("What was answered or chosen; empty where something was only said."),
            max_length=LONGEST_ANSWER,
            widget="textarea",
        ),
    ] = "",
) -> None:
    """
    Put down what was answered, chosen or said at a step: the one it has come to, or one before it that is put right. What depends on it
    follows. After the last step the procedure has ended.
    """
    _hold(procedure_run, run)
    stand = standing(procedure_run, run.actor, run.at)
    passed = _reached(stand, step)
    _require_changeable(stand, passed)
    _require_answer(stand, passed, answer)
    note_passed(stand, run)
    take(procedure_run, passed.step, run, Source.SAID, answer=answer)
    if passed.status is Status.STOPS:
        end(procedure_run, run, Outcome.STOPPED)
        return
    go_on(procedure_run, run)


@act(subject=PROCEDURE_RUN, permission=access.RUN, label=gettext_lazy("Skip a step"), only_adds=True)
def skip_step(procedure_run: ProcedureRun, *, run: Run, step: AnyStep, reason: Why) -> None:
    """Pass over the step it has come to, and say why: the reason stays on record. What must be done cannot be skipped."""
    _hold(procedure_run, run)
    stand = standing(procedure_run, run.actor, run.at)
    now = stand.way.now
    if now is None or now.key != step:
        raise NotPossible(_("It has not come to this step, or is past it."), field="step")
    if now.must:
        raise NotPossible(_("“%(step)s” cannot be skipped.") % {"step": now.key}, field="step")
    note_passed(stand, run)
    take(procedure_run, now, run, Source.SKIPPED, reason=reason)
    go_on(procedure_run, run)


@act(subject=PROCEDURE_RUN, permission=access.RUN, label=gettext_lazy("Leave it for later"), only_adds=True)
def leave_procedure(
    procedure_run: ProcedureRun, *, run: Run, note: Annotated[str, Field(max_length=1000)] = ""
) -> None:
    """Stop here. Whoever goes on takes it up where it stands, also on another channel."""
    _hold(procedure_run, run)
    note_passed(standing(procedure_run, run.actor, run.at), run)
    procedure_run.state, procedure_run.note = RunState.LEFT, note
    tell(procedure_run)


@act(subject=PROCEDURE_RUN, permission=access.RUN, label=gettext_lazy("Take it up"), only_adds=True)
def take_up_procedure(procedure_run: ProcedureRun, *, run: Run) -> None:
    """Go on with a procedure where it stands, on your own contact. What the books know by now is looked up again."""
    _require_going_on(procedure_run)
    procedure_run.contact_id = _contact(run) or procedure_run.contact_id
    procedure_run.state = RunState.OPEN
    _give_to(procedure_run, run)
    try:
        subject = subject_type(procedure_run.about_type).read(run.actor, procedure_run.about_id)
    except SubjectNotFound:
        raise NotPossible(_("There is no such thing, or you may not see it.")) from None
    procedure_run.known, _customer = facts_about(
        script_of(procedure_run),
        run.actor,
        subject,
        run.at,
        contact_id=procedure_run.contact_id,
        case_id=procedure_run.case_id,
    )
    go_on(procedure_run, run)


@act(subject=PROCEDURE_RUN, permission=access.RUN, label=gettext_lazy("End the procedure"), only_adds=True)
def end_procedure(procedure_run: ProcedureRun, *, run: Run) -> None:
    """Say that everything was done. It is refused while a step is left."""
    _hold(procedure_run, run)
    stand = standing(procedure_run, run.actor, run.at)
    now = stand.way.now
    if now is not None and not (stand.way.prepared is not None and stand.waits_for is not None and _is_last(stand)):
        raise NotPossible(_("It has come to “%(step)s”: that is still to be done.") % {"step": now.key})
    note_passed(stand, run)
    end(procedure_run, run, Outcome.THROUGH)


@act(subject=PROCEDURE_RUN, permission=access.RUN, label=gettext_lazy("Give up the procedure"), only_adds=True)
def give_up_procedure(procedure_run: ProcedureRun, *, run: Run, reason: Why) -> None:
    """End it where it stands, and say why. What was answered and done stays on record."""
    _hold(procedure_run, run)
    note_passed(standing(procedure_run, run.actor, run.at), run)
    procedure_run.note = reason
    end(procedure_run, run, Outcome.GIVEN_UP)


def _contact(run: Run) -> int | None:
    """The contact the act is done on. Raises NotPossible where there is none the actor sees."""
    if run.contact_id is not None and not visible_contacts(run.actor).filter(pk=run.contact_id).exists():
        raise NotPossible(_("There is no such contact, or you may not see it."), field="contact_id")
    return run.contact_id


def _give_to(one: ProcedureRun, run: Run) -> None:
    one.held_by_kind, one.held_by_id, one.held_by_name = str(run.actor.kind), run.actor.id, run.actor.name


def _require_going_on(one: ProcedureRun) -> None:
    if one.state == RunState.ENDED:
        raise NotPossible(_("This has ended."))


def _hold(one: ProcedureRun, run: Run) -> None:
    """It is theirs, and goes on where they are: on a contact with the customer that was begun after it."""
    _require_going_on(one)
    if (one.held_by_kind, one.held_by_id) != (str(run.actor.kind), run.actor.id) or one.state == RunState.LEFT:
        raise NotPossible(_("%(name)s has it: take it up first.") % {"name": one.held_by_name})
    if (
        run.contact_id is not None
        and run.contact_id != one.contact_id
        and run.contact_id == contact_now(one, run.actor)
    ):
        one.contact_id = run.contact_id


def _reached(stand: Standing, key: str) -> Passed:
    """A step on the way so far. Raises NotPossible for one that was not reached, or is not needed."""
    found = next((one for one in stand.way.path if one.step.key == key), None)
    if found is None:
        if stand.script.step(key) is None:
            raise NotPossible(_("There is no step “%(step)s”.") % {"step": key[:60]}, field="step")
        now = stand.way.now
        words = {"step": now.key if now else ""}
        raise NotPossible(_("First comes “%(step)s”.") % words, field="step")
    if found.status is Status.NOT_NEEDED:
        raise NotPossible(_("This step is not needed here."), field="step")
    return found


def is_changeable(stand: Standing, passed: Passed) -> bool:
    """Whether a step on the way can still be answered otherwise: not once something was done on it."""
    after = stand.way.path[stand.way.path.index(passed) :]
    is_done = any(one.status is Status.TAKEN and one.step.all_prepared and _was_done(stand, one.step) for one in after)
    return passed.status is Status.NOW or not is_done


def _require_changeable(stand: Standing, passed: Passed) -> None:
    if not is_changeable(stand, passed):
        raise NotPossible(_("Something was done on this already."), field="step")


def _was_done(stand: Standing, step: Step) -> bool:
    prepared = step.prepared
    if step.kind is StepKind.OFFER:
        chosen = step.option(str(stand.way.values.get("remedy")))
        prepared = chosen.prepared if chosen else None
    return prepared is not None


def _require_answer(stand: Standing, passed: Passed, answer: str) -> None:
    """Raises NotPossible where it is no answer to this step."""
    step = passed.step
    if step.kind is StepKind.ASK:
        try:
            step.read(answer)
        except ValueError:
            raise NotPossible(_answers_in_words(step), field="answer") from None
    elif step.kind is StepKind.OFFER:
        keys = [one.option.key for one in stand.way.offered]
        if answer not in keys:
            words = {"keys": ", ".join(keys) or "–"}
            raise NotPossible(_("This is not offered. There is: %(keys)s.") % words, field="answer")
    elif step.kind is StepKind.DO:
        raise NotPossible(_("Do it: it goes on by itself from there."), field="step")
    elif step.kind is StepKind.IDENTIFY:
        raise NotPossible(_("Identify the customer first: it goes on by itself from there."), field="step")
    elif answer:
        raise NotPossible(_("Nothing is asked here."), field="answer")


def _answers_in_words(step: Step) -> str:
    if step.options:
        return _("Answer one of: %(keys)s.") % {"keys": ", ".join(one.key for one in step.options)}
    known = {
        "yes or no": _("Answer yes or no."),
        "number": _("Answer with a number."),
        "date": _("Answer with a day, as in 2027-03-01."),
    }
    return known.get(str(step.type), _("Say what was answered."))


def _is_last(stand: Standing) -> bool:
    """Whether nothing but words comes after the step it has come to."""
    now = stand.way.now
    after = stand.script.steps[stand.script.steps.index(now) + 1 :] if now else ()
    return all(step.kind is StepKind.SAY and not step.must for step in after)
