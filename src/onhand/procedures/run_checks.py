"""The checks by which it is said whether a procedure was followed. Each looks at records only, and says what shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from onhand.contacts.models import Contact, Promise
from onhand.customers.models import IdentityCheck
from onhand.kernel.actor import ActorKind, Via
from onhand.procedures.binding import InForce
from onhand.procedures.enums import Check, Outcome, Result, RunState, Source
from onhand.procedures.models import OfferedAct, ProcedureRun, StepTaken
from onhand.procedures.script import StepKind

QUICK = timedelta(seconds=2)  # nobody says or asks anything in less
FEWEST = 3  # steps said, below which nothing is made of how fast they were
LEFT_LONG = timedelta(days=7)  # what is left for longer is not taken up any more
SPOKEN = (StepKind.SAY, StepKind.ASK)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows it: a run, a step taken, a record, an identification or a promise, by its number; `step` is its name, where it is one."""

    kind: str
    id: int | None = None
    step: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A check and what it found. `again_at` is when what cannot be seen yet will be."""

    name: Check
    result: Result
    evidence: tuple[Evidence, ...] = ()
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """All a check looks at."""

    contact: Contact
    version: InForce
    run: ProcedureRun | None
    steps: Sequence[StepTaken]
    acts: Sequence[OfferedAct]
    identified: Sequence[IdentityCheck]
    promises: Sequence[Promise]
    at: datetime


def run_checks(looked: Looked) -> tuple[Checked, ...]:
    """All checks, in the order people read them."""
    return tuple(check(looked) for check in CHECKS)


def was_run(looked: Looked) -> Checked:
    """Somebody went through it: on the contact, on its case, or with the same customer at the time."""
    if looked.run is None:
        return Checked(Check.RUN, Result.NOT_KEPT)
    return Checked(Check.RUN, Result.KEPT, (_run(looked),))


def to_the_end(looked: Looked) -> Checked:
    """It ended through, or where it says so itself. What is left for long counts as given up; what goes on is seen later."""
    run = looked.run
    if run is None:
        return Checked(Check.END, Result.NONE)
    if run.state == RunState.ENDED:
        is_kept = run.outcome != Outcome.GIVEN_UP
        return Checked(Check.END, Result.KEPT if is_kept else Result.NOT_KEPT, (_run(looked),))
    since = max([run.begun_at, *(one.at for one in looked.steps)])
    if looked.at - since >= LEFT_LONG:
        return Checked(Check.END, Result.NOT_KEPT, (_run(looked),))
    return Checked(Check.END, Result.NONE, (_run(looked),), since + LEFT_LONG)


def musts_done(looked: Looked) -> Checked:
    """
    The server lets nobody pass what must be done, so a run that was gone through has all of it. One that was given up lacks what is always
    needed and was not taken.
    """
    run = looked.run
    if run is None or run.state != RunState.ENDED:
        return Checked(Check.MUSTS, Result.NONE)
    musts = [one for one in looked.version.script.steps if one.must and one.kind is not StepKind.STOP]
    taken = {one.step: one for one in looked.steps if one.source != Source.SKIPPED}
    shown = tuple(Evidence("step", taken[one.key].pk, one.key) for one in musts if one.key in taken)
    if run.outcome != Outcome.GIVEN_UP:
        return Checked(Check.MUSTS, Result.KEPT if musts else Result.NONE, shown)
    missing = tuple(Evidence("step", None, one.key) for one in musts if one.when is None and one.key not in taken)
    return Checked(Check.MUSTS, Result.NOT_KEPT if missing else Result.KEPT, missing or shown)


def nothing_skipped(looked: Looked) -> Checked:
    """Which steps were passed over. Why stands with the step."""
    if looked.run is None:
        return Checked(Check.SKIPPED, Result.NONE)
    skipped = tuple(Evidence("step", one.pk, one.step) for one in looked.steps if one.source == Source.SKIPPED)
    return Checked(Check.SKIPPED, Result.NOT_KEPT if skipped else Result.KEPT, skipped)


def at_a_pace(looked: Looked) -> Checked:
    """
    Words and questions one after the other, by a person at the desk: not kept where each came within two seconds of the one before, so that
    nothing can have been said.
    """
    said = _said_by_people(looked)
    if len(said) < FEWEST:
        return Checked(Check.PACE, Result.NONE)
    pauses = [after.at - before.at for before, after in pairwise(said)]
    too_quick = all(pause < QUICK for pause in pauses)
    shown = tuple(Evidence("step", one.pk, one.step) for one in (said[0], said[-1]))
    return Checked(Check.PACE, Result.NOT_KEPT if too_quick else Result.KEPT, shown)


def _said_by_people(looked: Looked) -> list[StepTaken]:
    spoken = {one.key for one in looked.version.script.steps if one.kind in SPOKEN}
    return [
        one
        for one in looked.steps
        if one.source == Source.SAID
        and one.step in spoken
        and one.by_kind == ActorKind.PERSON
        and one.via == Via.DESK
        and one.contact_id == looked.contact.pk
    ]


def nothing_outside(looked: Looked) -> Checked:
    """No remedy of it was given on the contact but by a run that came to it."""
    if not looked.version.script.offered_acts:
        return Checked(Check.OUTSIDE, Result.NONE)
    shown = tuple(Evidence("record", one.record_id, act=one.act) for one in looked.acts)
    return Checked(Check.OUTSIDE, Result.NOT_KEPT if shown else Result.KEPT, shown)


def identified_first(looked: Looked) -> Checked:
    """
    The customer was identified, as well as the procedure asks, before anything was answered or given after that step; where it was not
    run, before anything was given.
    """
    steps = looked.version.script.steps
    asked = next((one for one in steps if one.kind is StepKind.IDENTIFY), None)
    if asked is None:
        return Checked(Check.IDENTIFIED, Result.NONE)
    noted = next((one for one in looked.steps if one.step == asked.key and one.source == Source.KNOWN), None)
    if noted is not None:
        return Checked(Check.IDENTIFIED, Result.KEPT, (Evidence("step", noted.pk, noted.step),))
    later = {one.key for one in steps[steps.index(asked) + 1 :]}
    moments = [one.at for one in looked.steps if one.step in later and one.source != Source.SKIPPED]
    moments += [one.at for one in looked.acts]
    if not moments:
        return Checked(Check.IDENTIFIED, Result.NONE)
    found = [one for one in looked.identified if one.level >= asked.level and one.at <= min(moments)]
    shown = tuple(Evidence("identity", one.pk) for one in found[:1])
    return Checked(Check.IDENTIFIED, Result.KEPT if found else Result.NOT_KEPT, shown)


def promises_kept(looked: Looked) -> Checked:
    """What was promised on the contact was done by its time, or called off. What is not due yet is seen later."""
    if not looked.promises:
        return Checked(Check.PROMISES, Result.NONE)
    broken, due = [], []
    for one in looked.promises:
        if one.called_off_at is not None or (one.kept_at is not None and one.kept_at <= one.due_at):
            continue
        if one.kept_at is not None or one.due_at <= looked.at:
            broken.append(one)
        else:
            due.append(one)
    if broken:
        return Checked(
            Check.PROMISES,
            Result.NOT_KEPT,
            tuple(Evidence("promise", one.pk) for one in broken),
            min((one.due_at for one in due), default=None),
        )
    if due:
        return Checked(
            Check.PROMISES,
            Result.NONE,
            tuple(Evidence("promise", one.pk) for one in due),
            min(one.due_at for one in due),
        )
    return Checked(Check.PROMISES, Result.KEPT, tuple(Evidence("promise", one.pk) for one in looked.promises))


def _run(looked: Looked) -> Evidence:
    return Evidence("run", looked.run.pk if looked.run else None)


CHECKS: tuple[Callable[[Looked], Checked], ...] = (
    was_run,
    to_the_end,
    musts_done,
    nothing_skipped,
    at_a_pace,
    nothing_outside,
    identified_first,
    promises_kept,
)
