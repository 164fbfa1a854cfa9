"""What was suggested, and what can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.classifying.enums import Target
from onhand.classifying.measuring import Measured
from onhand.classifying.models import Learnt, Suggestion, SuggestionRules
from onhand.contacts.models.wrap_up import ContactReason
from onhand.staff.models import Team

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def reason_options() -> "list[tuple[str, _StrOrPromise]]":
    """The reasons a contact may be wrapped up with."""
    found = ContactReason.objects.filter(children__isnull=True).order_by("parent__position", "position", "name")
    return [
        *(
            (str(pk), f"{parent} · {name}" if parent else name)
            for pk, parent, name in found.values_list("pk", "parent__name", "name")
        ),
        ("", _("none")),
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """What was last learnt for a target: None where there was too little to learn from."""

    target: Target
    learnt: Learnt | None
    measured: Measured | None
    threshold: int
    names: Sequence[str]


def current_rules() -> SuggestionRules:
    """How sure suggestions must be; there is one row, made with the tables."""
    return SuggestionRules.objects.earliest("pk")


def standings() -> list[Standing]:
    """What is used now, for each target."""
    rules = current_rules()
    found = {one.target: one for one in Learnt.objects.filter(is_used=True).defer("arrays")}
    labels = {
        Target.TEAM: {str(pk): name for pk, name in Team.objects.values_list("pk", "name")},
        Target.REASON: {key: str(label) for key, label in reason_options()},
    }
    thresholds = {Target.TEAM: rules.team_sure, Target.REASON: rules.reason_sure}
    return [
        Standing(
            target=target,
            learnt=found.get(target),
            measured=Measured.from_json(found[target].measured) if target in found else None,
            threshold=thresholds[target],
            names=[labels[target].get(str(one), "–") for one in found[target].labels] if target in found else [],
        )
        for target in Target
    ]


@dataclass(frozen=True, slots=True)
class Suggested:
    """What is shown of a suggestion: names, and how sure they are in per cent; empty where it was not sure enough."""

    team: str
    team_id: int | None
    team_sure: int
    reason: str
    reason_id: int | None
    reason_sure: int


def suggestion_for(contact_id: int) -> Suggested | None:
    """What was suggested for a contact, in words; None if nothing was. Whoever calls has read the contact before."""
    found = Suggestion.objects.filter(contact=contact_id).first()
    if found is None or (found.team is None and found.reason is None):
        return None
    team = Team.objects.filter(pk=found.team or 0).values_list("name", flat=True).first() or ""
    reason = dict(reason_options()).get(str(found.reason), "") if found.reason else ""
    return Suggested(team, found.team, found.team_sure, str(reason), found.reason, found.reason_sure)
