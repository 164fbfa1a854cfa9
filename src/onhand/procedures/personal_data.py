"""What runs of procedures hold about a person. That one was gone through and how it ended stays, without what was answered."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.procedures.models import Followed, OfferedAct, ProcedureRun, StepTaken

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
hold(
    TableHolding(
        name="procedures_followed",
        label=_("Whether procedures were followed"),
        model=Followed,
        paths=("contact__customer_id",),
        shown=(("ended_at", _("When")), ("procedure__name", _("Procedure")), ("is_followed", _("Followed"))),
        treatment=Treatment.KEEP,
        why_kept=_("Figures stay right: names of steps and numbers of records, nothing that was said."),
    )
)
hold(
    TableHolding(
        name="procedure_offered_acts",
        label=_("What procedures offer, done on contacts"),
        model=OfferedAct,
        paths=("contact__customer_id",),
        shown=(("at", _("When")), ("act", _("What"))),
        treatment=Treatment.KEEP,
        why_kept=_("Names of acts and numbers of records, nothing that was said."),
    )
)
