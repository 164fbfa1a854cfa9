"""Approvals as entries of a customer's timeline: what was asked for, and what was answered."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.approvals.as_work import act_words
from onhand.approvals.enums import ApprovalState
from onhand.customers.timeline import Entry, Source, Telling, register_source

TONES = {ApprovalState.OPEN: "warn", ApprovalState.ALLOWED: "good", ApprovalState.DENIED: "bad"}


def tell_approval(entry: Entry) -> Telling:
    """An approval, on the day it was asked for."""
    data = entry.data
    state = ApprovalState(data["state"]) if data["state"] in ApprovalState else ApprovalState.OPEN
    facts = [(_("What"), act_words(data["act"]))]
    if data["answered_by"]:
        facts.append((_("Answered by"), data["answered_by"]))
    if data["reason"]:
        facts.append((_("Why not"), data["reason"]))
    badges = [(str(state.label), TONES.get(state, ""))]
    return Telling(_("Approval asked for"), said=entry.said, icon="shield", facts=facts, badges=badges)


register_source(
    Source(
        kind="approval",
        label=gettext_lazy("Approvals"),
        order=36,
        rows="approvals_approval v",
        of="v.customer_id = m.id",
        at="v.asked_at",
        id="v.id",
        by="v.asked_by_name",
        said="v.note",
        data="""jsonb_build_object('state', v.state, 'act', v.act, 'answered_by', v.answered_by_name, 'reason', v.reason)""",
        searched="v.note || ' ' || v.reason || ' ' || v.asked_by_name",
        tell=tell_approval,
    )
)
