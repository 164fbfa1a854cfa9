"""The company's rules of surveys as a subject of acts."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onhand.contacts.surveys.access import visible_rules
from onhand.contacts.surveys.models import SurveyRules
from onhand.customers.merging.file_parts import FilePart, register_part
from onhand.kernel.subjects import SubjectType, register_subject

SURVEY_RULES = "survey_rules"
RULE_LABELS = {
    "is_on": _("Customers are asked"),
    "share": _("Share of contacts, in per cent"),
    "delay_hours": _("Hours after the contact"),
    "rest_days": _("Days between two surveys of a customer"),
    "open_days": _("Days to answer"),
    "needs_consent": _("Only customers who agreed to surveys"),
    "low_score": _("Low up to"),
    "low_comes_back": _("A low score makes the contact work again"),
    "company": _("Name of the company"),
}

register_subject(
    SubjectType(
        name=SURVEY_RULES,
        label=_("Rules of surveys"),
        model=SurveyRules,
        visible=visible_rules,
        snapshot=lambda rules: {name: getattr(rules, name) for name in RULE_LABELS},
        title=lambda _rules: gettext("Rules of surveys"),
        page=lambda _id: "/settings/surveys/",
        change_labels=RULE_LABELS,
    )
)
register_part(FilePart("surveys", _("Surveys"), "surveys_survey"))
