"""Procedures gone through as entries of a customer's timeline."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.timeline import Entry, Source, Telling, register_source
from onhand.procedures.enums import Outcome, RunState

TONES = {Outcome.THROUGH: "good", Outcome.STOPPED: "", Outcome.GIVEN_UP: "warn"}


def tell_run(entry: Entry) -> Telling:
    """A run, on the day it was begun."""
    data = entry.data
    facts = [(_("Procedure"), data["name"])]
    if data["about"]:
        facts.append((_("About"), data["about"]))
    outcome = Outcome(data["outcome"]) if data["outcome"] in Outcome else None
    state = RunState(data["state"]) if data["state"] in RunState else RunState.OPEN
    badges = [(str(outcome.label), TONES[outcome])] if outcome else [(str(state.label), "")]
    title = _("Procedure gone through") if outcome is Outcome.THROUGH else _("Procedure begun")
    return Telling(title, said=entry.said, icon="check", facts=facts, badges=badges)


register_source(
    Source(
        kind="procedure",
        label=gettext_lazy("Procedures"),
        order=37,
        rows="procedures_procedurerun v join procedures_procedure p on p.id = v.procedure_id",
        of="v.customer_id = m.id",
        at="v.begun_at",
        id="v.id",
        by="v.begun_by_name",
        said="v.note",
        data="""jsonb_build_object('name', p.name, 'about', v.about_title, 'state', v.state, 'outcome', v.outcome)""",
        searched="p.name || ' ' || v.about_title || ' ' || v.begun_by_name",
        tell=tell_run,
    )
)
