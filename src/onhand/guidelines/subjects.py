"""Guidelines and limits as subjects of acts."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.access import visible_guidelines, visible_limits, visible_trials
from onhand.guidelines.enums import Beyond, DraftState, Per, Period
from onhand.guidelines.models import Guideline, GuidelineTrial, Limit
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import (
    Option,
    ReferenceType,
    Snapshot,
    SubjectType,
    register_reference,
    register_subject,
)
from onhand.staff.access import visible_representatives

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

GUIDELINE, LIMIT, TRIAL = "guideline", "limit", "guideline_trial"
REPRESENTATIVE = "guidelines.representative"

LABELS: "dict[str, _StrOrPromise]" = {
    "name": _("Name"),
    "draft_state": _("Draft"),
    "draft_number": _("Change of the draft"),
    "retired_at": _("Retired"),
    "version": _("Version"),
    "effective_from": _("In force from"),
    "note": _("Note"),
    "acts": _("Acts"),
    "role": _("Role"),
    "representative": _("Representative"),
    "per": _("Adds up over"),
    "period": _("Period"),
    "days": _("Days"),
    "most": _("Most"),
    "most_times": _("Most times"),
    "most_percent": _("Most in percent of the order"),
    "beyond": _("Beyond it"),
    "approvers": _("Who may approve"),
    "is_active": _("In force"),
}


def _guideline(one: Guideline) -> Snapshot:
    return {
        "name": one.name,
        "draft_state": one.draft_state,
        "draft_number": one.draft_number,
        "retired_at": one.retired_at.isoformat() if one.retired_at else None,
    }


def _limit(one: Limit) -> Snapshot:
    return {
        "name": one.name,
        "acts": list(one.acts),
        "role": one.role_id,
        "representative": one.representative_id,
        "per": one.per,
        "period": one.period,
        "days": one.days,
        "most": one.most,
        "most_times": one.most_times,
        "most_percent": one.most_percent,
        "beyond": one.beyond,
        "approvers": list(one.approvers),
        "is_active": one.is_active,
    }


register_subject(
    SubjectType(
        name=GUIDELINE,
        label=_("Guideline"),
        model=Guideline,
        visible=visible_guidelines,
        snapshot=_guideline,
        snapshot_row=_guideline,
        title=lambda one: one.name,
        page=lambda pk: f"/guidelines/{pk}/",
        change_labels=LABELS,
        value_labels={"draft_state": dict(DraftState.choices)},
    )
)
register_subject(
    SubjectType(
        name=LIMIT,
        label=_("Limit"),
        model=Limit,
        visible=visible_limits,
        snapshot=_limit,
        snapshot_row=_limit,
        title=lambda one: one.name,
        page=lambda _pk: "/guidelines/limits/",
        change_labels=LABELS,
        value_labels={
            "per": dict(Per.choices),
            "period": dict(Period.choices),
            "beyond": dict(Beyond.choices),
        },
    )
)
register_subject(  # nobody acts on it: its page follows how far it is
    SubjectType(
        name=TRIAL,
        label=_("Trial of a guideline"),
        model=GuidelineTrial,
        visible=visible_trials,
        snapshot=lambda trial: {"state": trial.state},
        title=lambda trial: trial.guideline.name,
        page=lambda pk: f"/guidelines/trials/{pk}/",
    )
)


def _representatives(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_representatives(actor).filter(name__icontains=typed, is_active=True).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:20]]


def _name_of(actor: Actor, pk: int) -> str:
    return visible_representatives(actor).filter(pk=pk).values_list("name", flat=True).first() or ""


register_reference(ReferenceType(REPRESENTATIVE, _representatives, label=_name_of))
