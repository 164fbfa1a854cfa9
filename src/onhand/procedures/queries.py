"""What pages read about procedures: which version is in force, and how often they were gone through lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from onhand.procedures.models import Procedure, ProcedureRun, ProcedureVersion


@dataclass(frozen=True, slots=True)
class VersionInForce:
    """The version of a procedure that is in force, without its text."""

    number: int
    since: datetime


def versions_in_force(procedures: Iterable[int], at: datetime) -> dict[int, VersionInForce]:
    """By procedure, the version in force at a moment; a procedure without one is left out. One statement."""
    found = (
        ProcedureVersion.objects.filter(procedure_id__in=list(procedures), withdrawn_at=None, effective_from__lte=at)
        .order_by("procedure_id", "-effective_from", "-number")
        .distinct("procedure_id")
        .values_list("procedure_id", "number", "effective_from")
    )
    return {pk: VersionInForce(number, since) for pk, number, since in found}


def version_in_force(procedure: Procedure, at: datetime) -> ProcedureVersion | None:
    """The whole version in force at a moment; None before the first and after it was retired."""
    if procedure.retired_at is not None and procedure.retired_at <= at:
        return None
    found = procedure.versions.filter(withdrawn_at=None, effective_from__lte=at)
    return found.order_by("-effective_from", "-number").first()


def begun_since(procedures: Iterable[int], since: datetime) -> dict[int, int]:
    """By procedure, how many runs of it were begun since a moment, whoever's they are. One statement."""
    found = ProcedureRun.objects.filter(procedure_id__in=list(procedures), begun_at__gte=since)
    return dict(found.order_by().values("procedure_id").annotate(many=Count("pk")).values_list("procedure_id", "many"))
