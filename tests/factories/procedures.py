"""Runs of procedures as they stand in the database, however they came there."""

from typing import Any

from onhand.customers.models import Customer
from onhand.procedures.enums import Source
from onhand.procedures.models import Procedure, ProcedureRun, ProcedureVersion, StepTaken
from tests.factories import NOON
from tests.procedures.writing import DAMAGED


def make_procedure(name: str = "Damaged", text: str = DAMAGED) -> Procedure:
    """A procedure with a version that is in force; the same one when asked again."""
    made, is_new = Procedure.objects.get_or_create(name=name, defaults={"created_at": NOON})
    if is_new:
        names = {"published_by_name": "Lena Fischer", "written_by_name": "Ana Ruiz"}
        given = {"number": 1, "document": text, "effective_from": NOON, "published_at": NOON}
        ProcedureVersion.objects.create(procedure=made, **given, **names)
    return made


def make_run(customer: Customer, order_id: int, text: str = "", **changes: Any) -> ProcedureRun:
    """A run about an order that somebody left at its first question, with `text` as what was noted and answered."""
    procedure = make_procedure()
    given: dict[str, Any] = {
        "procedure": procedure,
        "procedure_version": procedure.versions.get(),
        "about_type": "order",
        "about_id": order_id,
        "customer": customer,
        "state": "left",
        "known": {"order total": f'"{text}"'},
        "note": text,
        "begun_at": NOON,
        "begun_by_kind": "person",
        "begun_by_name": "Lena Fischer",
        "held_by_kind": "person",
        "held_by_name": "Lena Fischer",
    }
    run = ProcedureRun.objects.create(**given | changes)
    who = {"at": NOON, "by_kind": "person", "by_name": "Lena Fischer", "via": "desk"}
    StepTaken.objects.create(run=run, step="Sorry", source=Source.SKIPPED, reason=text, **who)
    StepTaken.objects.create(run=run, step="Identify", source=Source.KNOWN, answer=text, **who)
    return run
