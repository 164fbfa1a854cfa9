"""What runs of procedures hold about a person. That one was gone through and how it ended stays, without what was answered."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.procedures.models import ProcedureRun, StepTaken

_OF_RUNS = {"about_title", "known", "note"}
_OF_STEPS = {"answer", "reason"}
hold(
    TableHolding(
        name="procedure_runs",
        label=_("Procedures gone through"),
        model=ProcedureRun,
        paths=("customer_id", "contact__customer_id"),
        shown=(
            ("begun_at", _("When")),
            ("procedure__name", _("Procedure")),
            ("about_title", _("About")),
            ("outcome", _("Outcome")),
            ("note", _("Note")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(field.name for field in ProcedureRun._meta.concrete_fields) - _OF_RUNS,
        subject="procedure_run",
        why_kept=_("Figures stay right: that a procedure was gone through, and how it ended."),
    )
)
hold(
    TableHolding(
        name="procedure_steps",
        label=_("Answers given in procedures"),
        model=StepTaken,
        paths=("run__customer_id", "run__contact__customer_id"),
        shown=(("at", _("When")), ("step", _("Step")), ("answer", _("Answer")), ("reason", _("Why"))),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(field.name for field in StepTaken._meta.concrete_fields) - _OF_STEPS,
        why_kept=_("Figures stay right: which steps were taken and skipped."),
    )
)
