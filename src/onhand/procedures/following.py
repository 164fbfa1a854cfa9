"""
Were the procedures followed: checks of a contact that ended, each out of the records, never by hand.

    for one in checks_of(contact, at):
        one.version.name, one.is_followed, [(check.name, check.result, check.evidence) for check in one.checks]

`run_checks` says what each check looks at. `followed` keeps what was found for lists and figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from onhand.contacts.models import Contact, Promise
from onhand.customers.models import IdentityCheck
from onhand.guidelines.book import current
from onhand.procedures.binding import InForce, versions_in_force
from onhand.procedures.enums import Check, Result
from onhand.procedures.models import OfferedAct, ProcedureRun, StepTaken
from onhand.procedures.reading import read_script
from onhand.procedures.run_checks import Checked, Looked, run_checks
from onhand.procedures.script import ScriptError

BEFORE = timedelta(days=3)  # a run that ended so long before a contact is still about the same thing
MOST_RUNS = 20  # of a customer that are looked at
NO_BREACH = frozenset({Check.SKIPPED})  # skipping with a reason is let by the procedure


@dataclass(frozen=True, slots=True)
class CheckedProcedure:
    """A procedure a contact was meant for, the run of it if there was one, and the checks."""

    version: InForce
    run: ProcedureRun | None
    checks: tuple[Checked, ...]

    @property
    def failed(self) -> list[Check]:
        """What was not kept."""
        return [one.name for one in self.checks if one.result is Result.NOT_KEPT]

    @property
    def is_followed(self) -> bool:
        """Whether nothing was amiss. What was skipped with a reason is none."""
        return not set(self.failed) - NO_BREACH

    @property
    def again_at(self) -> datetime | None:
        """When it is worth looking again."""
        return min((one.again_at for one in self.checks if one.again_at is not None), default=None)


def checks_of(contact: Contact, at: datetime) -> list[CheckedProcedure]:
    """
    The checks of a contact for each procedure it was meant for by its reason, and each that was run on it; none while it goes on. Seven
    statements, two more for each procedure that was run, however many records there are.
    """
    if contact.ended_at is None:
        return []
    runs = _runs(contact)
    versions = _meant(contact, runs)
    if not versions:
        return []
    acts = list(OfferedAct.objects.filter(contact=contact).order_by("at", "pk"))
    identified = list(IdentityCheck.objects.filter(contact_id=contact.pk, level__gt=0).order_by("at", "pk"))
    promises = list(Promise.objects.filter(contact=contact).order_by("pk"))
    found = []
    for version in versions:
        own = [one for one in runs if one.procedure_id == version.procedure_id]
        run = own[0] if own else None
        steps = list(run.steps.order_by("pk")) if run else []
        done = _done_by(own)
        outside = [one for one in acts if one.act in version.script.offered_acts and one.record_id not in done]
        looked = Looked(contact, version, run, steps, outside, identified, promises, at)
        found.append(CheckedProcedure(version, run, run_checks(looked)))
    return found


def _runs(contact: Contact) -> list[ProcedureRun]:
    """
    Runs that count for the contact, those on it first: on it, on its case, or with the same customer at about the time of it.
    """
    where = Q(contact=contact)
    if contact.case_id is not None and contact.customer_id is not None:
        where |= Q(customer=contact.customer_id, case=contact.case_id)
    if contact.customer_id is not None:
        since = contact.started_at - BEFORE
        lately = Q(customer=contact.customer_id, begun_at__lte=contact.ended_at)
        where |= lately & (Q(ended_at__isnull=True) | Q(ended_at__gte=since))
    rows = list(ProcedureRun.objects.filter(where).select_related("procedure_version").order_by("-pk")[:MOST_RUNS])
    touched = set(
        StepTaken.objects.filter(run__in=[one.pk for one in rows], contact_id=contact.pk).values_list("run", flat=True)
    )
    return sorted(rows, key=lambda one: (one.contact_id != contact.pk and one.pk not in touched, -one.pk))


def _meant(contact: Contact, runs: Iterable[ProcedureRun]) -> list[InForce]:
    """The procedures in force when it ended that are meant for its reason, and those run on it, by the version that was."""
    ended = contact.ended_at
    reason = contact.reason
    names = {reason.name, *([reason.parent.name] if reason.parent else [])} if reason else set()
    found: dict[int, InForce] = {}
    if ended is not None and names:
        for one in versions_in_force(current().number, ended):
            if names & set(one.script.reasons):
                found[one.procedure_id] = one
    for run in runs:
        if run.contact_id != contact.pk or run.procedure_id in found:
            continue
        version = run.procedure_version
        try:
            script = read_script(version.document)
        except ScriptError:
            continue  # written for another version of the product
        found[run.procedure_id] = InForce(
            run.procedure_id, version.pk, version.number, script.title, script, version.effective_from, None
        )
    return list(found.values())


def _done_by(runs: Sequence[ProcedureRun]) -> set[int]:
    """The records of what was done for steps of these runs."""
    rows = StepTaken.objects.filter(run__in=[one.pk for one in runs], record_id__isnull=False)
    return {number for number in rows.values_list("record_id", flat=True) if number is not None}


def as_json(checks: Sequence[Checked]) -> list[dict[str, Any]]:
    """Checks as they are kept: names and numbers, no words anybody typed."""
    return [
        {
            "name": str(one.name),
            "result": str(one.result),
            "evidence": [
                {key: value for key in ("kind", "id", "step", "act") if (value := getattr(shown, key))}
                for shown in one.evidence
            ],
        }
        for one in checks
    ]
