"""Procedures and their runs as subjects of acts."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.customers.identification.level import set_customer_of
from onhand.customers.protection import open_to_all
from onhand.guidelines.enums import DraftState
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import (
    Option,
    ReferenceType,
    Snapshot,
    SubjectType,
    register_reference,
    register_subject,
)
from onhand.procedures.access import RUN, visible_procedures, visible_runs
from onhand.procedures.enums import Outcome, RunState
from onhand.procedures.models import Procedure, ProcedureRun

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PROCEDURE, PROCEDURE_RUN, IN_FORCE = "procedure", "procedure_run", "procedures.in_force"
MOST = 20
LABELS: "dict[str, _StrOrPromise]" = {
    "name": _("Name"),
    "draft_state": _("Draft"),
    "draft_number": _("Change of the draft"),
    "retired_at": _("Retired"),
    "version": _("Version"),
    "effective_from": _("In force from"),
    "note": _("Note"),
    "state": _("State"),
    "outcome": _("Outcome"),
    "held_by": _("Held by"),
    "contact": _("Contact"),
    "step": _("Step"),
}
open_to_all("state", "outcome", "held_by", "contact", "step")


def _procedure(one: Procedure) -> Snapshot:
    return {
        "name": one.name,
        "draft_state": one.draft_state,
        "draft_number": one.draft_number,
        "retired_at": one.retired_at.isoformat() if one.retired_at else None,
    }


def _run(one: ProcedureRun) -> Snapshot:
    return {
        "state": str(one.state),
        "outcome": str(one.outcome),
        "held_by": one.held_by_name,
        "contact": one.contact_id,
        "note": one.note,
    }


register_subject(
    SubjectType(
        name=PROCEDURE,
        label=_("Procedure"),
        model=Procedure,
        visible=visible_procedures,
        snapshot=_procedure,
        snapshot_row=_procedure,
        title=lambda one: one.name,
        page=lambda pk: f"/procedures/{pk}/",
        change_labels=LABELS,
        value_labels={"draft_state": dict(DraftState.choices)},
    )
)
register_subject(
    SubjectType(
        name=PROCEDURE_RUN,
        label=_("Run of a procedure"),
        model=ProcedureRun,
        visible=visible_runs,
        snapshot=_run,
        snapshot_row=_run,
        title=lambda one: f"{one.procedure.name} · {one.about_title}".strip(" ·"),
        page=lambda pk: f"/desk/procedures/{pk}/",
        change_labels=LABELS,
        value_labels={"state": dict(RunState.choices), "outcome": dict(Outcome.choices)},
    )
)


def _whose_run(run_id: int) -> int | None:
    return ProcedureRun.objects.filter(pk=run_id).values_list("customer_id", flat=True).first()


def _in_force(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    if not actor.may(RUN):
        return []
    found = Procedure.objects.filter(retired_at=None, versions__isnull=False, name__icontains=typed).distinct()
    return [Option(pk, name) for pk, name in found.order_by("name").values_list("pk", "name")[:MOST]]


def _name_of(actor: Actor, pk: int) -> str:
    return visible_procedures(actor).filter(pk=pk).values_list("name", flat=True).first() or ""


register_reference(ReferenceType(IN_FORCE, _in_force, is_short=True, label=_name_of))
set_customer_of(PROCEDURE_RUN, _whose_run)
