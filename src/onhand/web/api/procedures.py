"""Procedures over REST and MCP: which are in force, and where a run has come to. Going through one is done by acts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router

from onhand.customers.access import visible_customers
from onhand.customers.membership import member_ids
from onhand.customers.queries import note_reading
from onhand.guidelines.book import current
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.kernel.errors import SubjectNotFound
from onhand.procedures.access import RUN, VIEW, visible_runs
from onhand.procedures.binding import versions_in_force
from onhand.procedures.enums import RunState, Source
from onhand.procedures.knowing import Standing, prepared_arguments, standing
from onhand.procedures.models import ProcedureRun, StepTaken
from onhand.procedures.noting import as_answer
from onhand.procedures.script import Prepared, Step, StepKind
from onhand.procedures.walking import Passed, Status
from onhand.web.api.callers import caller
from onhand.web.api.procedure_schemas import (
    FindRuns,
    PreparedAct,
    ProcedureLine,
    Procedures,
    RunLine,
    Runs,
    RunShown,
    StepBehind,
    StepNow,
    StepOption,
)
from onhand.web.api.schemas import Id
from onhand.web.procedure_facts import may_tell

router = Router(tags=["procedures"])
PAGE_NAME = "api.procedures"
_PASSED = (Status.TAKEN, Status.KNOWN, Status.SKIPPED)


def find_procedures(actor: Actor) -> Procedures:
    """The procedures in force, for who reads or goes through them; none for others."""
    may_read = actor.may(RUN) or actor.may(VIEW)
    found = versions_in_force(current().number, timezone.now()) if may_read else []
    return Procedures(
        procedures=[
            ProcedureLine(
                id=one.procedure_id,
                name=one.name,
                version=one.number,
                about=one.script.about,
                reasons=list(one.script.reasons),
                purpose=one.script.purpose,
            )
            for one in found
        ]
    )


def read_run(actor: Actor, run_id: int) -> RunShown:
    """A run as it stands for the caller; leaves an access record on the customer's file. Raises SubjectNotFound."""
    related = ("procedure", "procedure_version", "customer")
    one = visible_runs(actor).select_related(*related).filter(pk=run_id).first()
    if one is None:
        raise SubjectNotFound
    now = timezone.now()
    _note(actor, one, now)
    rows = {row.step: row for row in one.steps.order_by("pk")}
    language = one.customer.language if one.customer is not None else ""
    told = _line(one, actor)
    if one.state == RunState.ENDED:
        return RunShown(**told, language=language, path=[_put_down(row) for row in rows.values()], step=None)
    stand = standing(one, actor, now)
    tell = may_tell(actor, one, now)
    path = [_behind(passed, stand, rows, tell=tell) for passed in stand.way.path if passed.status in _PASSED]
    step = _step(stand, stand.way.now, tell=tell) if stand.way.now else None
    return RunShown(**told, language=language, path=path, step=step)


def find_runs(actor: Actor, customer_id: int, *, before: int | None = None, size: int = 50) -> Runs:
    """The runs with a customer, what was begun last first; leaves an access record. Raises SubjectNotFound."""
    customer = visible_customers(actor).filter(pk=customer_id).values_list("pk", "merged_into_id").first()
    if customer is None:
        raise SubjectNotFound
    root = customer[1] or customer[0]
    note_reading(actor, root, page=PAGE_NAME, reason=_("looked at procedures"), at=timezone.now())
    seen = visible_runs(actor).filter(customer__in=member_ids(root)).select_related("procedure", "procedure_version")
    found = seen.order_by("-begun_at", "-pk")
    mark = seen.filter(pk=before).values_list("begun_at", "pk").first() if before else None
    if mark is not None:
        found = found.filter(Q(begun_at__lt=mark[0]) | Q(begun_at=mark[0], pk__lt=mark[1]))
    rows = list(found[: size + 1]) if mark is not None or before is None else []
    following = rows[size - 1].pk if len(rows) > size else None
    return Runs(runs=[RunLine(**_line(one, actor)) for one in rows[:size]], next=following)


def _note(actor: Actor, one: ProcedureRun, now: datetime) -> None:
    if one.customer is not None:
        root = one.customer.merged_into_id or one.customer.pk
        reason = _("went through a procedure")
        note_reading(actor, root, page=PAGE_NAME, reason=reason, at=now, contact_id=one.contact_id)


def _line(one: ProcedureRun, actor: Actor) -> dict[str, Any]:
    held = (one.held_by_kind, one.held_by_id) == (str(actor.kind), actor.id)
    names = ("id", "procedure_id", "state", "outcome", "about_type", "about_id", "customer_id", "contact_id", "case_id")
    return {
        **{name: getattr(one, name) for name in (*names, "begun_at", "ended_at", "note")},
        "procedure": one.procedure.name,
        "version": one.procedure_version.number,
        "about": one.about_title,
        "begun_by": one.begun_by_name,
        "held_by": one.held_by_name,
        "is_yours": held and one.state == RunState.OPEN,
    }


def _put_down(row: StepTaken) -> StepBehind:
    status = {Source.SKIPPED: "skipped", Source.KNOWN: "known"}.get(Source(row.source), "taken")
    return StepBehind(
        step=row.step,
        status=status,  # type: ignore[arg-type]  # one of the three above
        answer=row.answer,
        reason=row.reason,
        by=row.by_name,
        record_id=row.record_id,
    )


def _behind(passed: Passed, stand: Standing, rows: Mapping[str, StepTaken], *, tell: bool) -> StepBehind:
    step, row = passed.step, rows.get(passed.step.key)
    answer = row.answer if row and row.answer else as_answer(passed.value) if passed.value is not None else ""
    if passed.status is Status.KNOWN and step.fact and not tell:
        answer = ""
    return StepBehind(
        step=step.key,
        status=str(passed.status),  # type: ignore[arg-type]  # only those that were passed
        answer=answer,
        reason=row.reason if row and passed.status is Status.SKIPPED else "",
        by=row.by_name if row else "",
        record_id=stand.done.get(step.key) or (row.record_id if row else None),
    )


def _step(stand: Standing, step: Step, *, tell: bool) -> StepNow:
    way = stand.way
    is_question = step.kind is StepKind.ASK
    options = [(one, None) for one in step.options] if is_question else [(o.option, o.most) for o in way.offered]
    chosen = str(way.values["remedy"]) if step.kind is StepKind.OFFER and way.prepared is not None else None
    return StepNow(
        step=step.key,
        kind=step.kind.value,
        todo=_todo(stand, step),  # type: ignore[arg-type]
        must=step.must,
        words=dict(step.words),
        hints=dict(step.hints),
        articles=list(step.articles),
        type=str(step.type) if is_question else None,
        options=[
            StepOption(key=one.key, words=dict(one.words), most=None if most is None else format(most, "f"))
            for one, most in options
        ],
        level=step.level or None,
        chosen=chosen,
        prepared=_prepared(stand, way.prepared, tell=tell) if way.prepared is not None else None,
        approval_id=stand.waits_for,
    )


def _todo(stand: Standing, step: Step) -> str:
    if stand.way.prepared is not None:
        return "wait" if stand.waits_for is not None else "act"
    return {StepKind.IDENTIFY: "identify", StepKind.STOP: "end"}.get(step.kind, "answer")


def _prepared(stand: Standing, prepared: Prepared, *, tell: bool) -> PreparedAct:
    act, run = get_act(prepared.act), stand.run
    return PreparedAct(
        act=act.name,
        tool=act.name.replace(".", "-"),
        subject_type=act.subject,
        subject_id=run.about_id if act.subject == run.about_type else run.customer_id,
        arguments=prepared_arguments(prepared, stand.way.values) if tell else {},
    )


@router.get(
    "/procedures", response=Procedures, operation_id="find_procedures", summary="The procedures that are in force"
)
def get_procedures(request: HttpRequest) -> Procedures:
    """What can be begun now, by name. A procedure is gone through by acts: `procedures.begin_procedure`, then `procedures.answer_step`."""
    return find_procedures(caller(request))


@router.get(
    "/procedure-runs/{run_id}",
    response=RunShown,
    operation_id="read_procedure_run",
    summary="Where a run of a procedure has come to",
)
def get_run(request: HttpRequest, run_id: Path[Id]) -> RunShown:
    """What was taken so far, and the step that is next with everything needed for it. Leaves an access record on the customer's file."""
    return read_run(caller(request), run_id)


@router.get(
    "/customers/{customer_id}/procedure-runs",
    response=Runs,
    operation_id="find_procedure_runs",
    summary="The procedures gone through with a customer",
)
def get_runs(request: HttpRequest, customer_id: Path[Id], asked: Query[FindRuns]) -> Runs:
    """What was begun last first, also what colleagues left and is to be taken up. Leaves an access record."""
    return find_runs(caller(request), customer_id, **asked.model_dump())
