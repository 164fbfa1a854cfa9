"""How the company wants its customers asked."""

from collections.abc import Callable
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.surveys import access
from onhand.contacts.surveys.models import SurveyRules
from onhand.contacts.surveys.subjects import RULE_LABELS, SURVEY_RULES
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

# Least and most of each number.
BOUNDS = {"share": (1, 100), "delay_hours": (0, 168), "rest_days": (1, 365), "open_days": (1, 90), "low_score": (0, 4)}


HELP = {
    "share": gettext_lazy("Which ones are asked is by chance; nobody can choose them."),
    "delay_hours": gettext_lazy("If the customer writes again within them, they are not asked."),
    "needs_consent": gettext_lazy(
        "Otherwise all but those who refused. In some countries a survey counts as advertising and needs consent."
    ),
    "low_score": gettext_lazy("Scores from 1 to this one count as low; 0: none does."),
    "company": gettext_lazy("As customers read it in the mail and on the page."),
}


def _field(name: str, max_length: int | None = None) -> Field:
    return Field(label=RULE_LABELS[name], help=HELP.get(name, ""), max_length=max_length, current=_now(name))


def _now(name: str) -> Callable[[Any], Any]:
    return lambda rules: getattr(rules, name)


@act(subject=SURVEY_RULES, permission=access.SET_UP, label=gettext_lazy("Change the rules of surveys"))
def change_rules(
    rules: SurveyRules,
    *,
    run: Run,
    is_on: Annotated[bool, _field("is_on")],
    share: Annotated[int, _field("share")],
    delay_hours: Annotated[int, _field("delay_hours")],
    rest_days: Annotated[int, _field("rest_days")],
    open_days: Annotated[int, _field("open_days")],
    needs_consent: Annotated[bool, _field("needs_consent")],
    low_score: Annotated[int, _field("low_score")],
    low_comes_back: Annotated[bool, _field("low_comes_back")],
    company: Annotated[str, _field("company", max_length=100)] = "",
) -> None:
    """Change whether, whom, when and how often customers are asked how satisfied they are with a contact."""
    numbers = {
        "share": share,
        "delay_hours": delay_hours,
        "rest_days": rest_days,
        "open_days": open_days,
        "low_score": low_score,
    }
    for name, value in numbers.items():
        least, most = BOUNDS[name]
        if not least <= value <= most:
            raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": least, "most": most}, field=name)
        setattr(rules, name, value)
    rules.is_on, rules.needs_consent, rules.low_comes_back, rules.company = (
        is_on,
        needs_consent,
        low_comes_back,
        company,
    )
