"""How sure suggestions must be, as a subject of acts."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onhand.classifying.access import visible_suggestion_rules
from onhand.classifying.models import SuggestionRules
from onhand.kernel.subjects import SubjectType, register_subject

SUGGESTION_RULES = "suggestion_rules"
RULE_LABELS = {
    "is_on": _("Suggestions are made"),
    "team_sure": _("How sure a team must be, in per cent"),
    "reason_sure": _("How sure a reason must be, in per cent"),
}

register_subject(
    SubjectType(
        name=SUGGESTION_RULES,
        label=_("Suggestions"),
        model=SuggestionRules,
        visible=visible_suggestion_rules,
        snapshot=lambda rules: {name: getattr(rules, name) for name in RULE_LABELS},
        snapshot_row=lambda rules: {name: getattr(rules, name) for name in RULE_LABELS},
        title=lambda _rules: gettext("Suggestions"),
        page=lambda _id: "/settings/suggestions/",
        change_labels=RULE_LABELS,
    )
)
