"""How sure the department wants suggestions to be."""

from collections.abc import Callable
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.classifying import access
from onhand.classifying.models import SuggestionRules
from onhand.classifying.subjects import RULE_LABELS, SUGGESTION_RULES
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field


def _field(name: str) -> Field:
    return Field(label=RULE_LABELS[name], current=_now(name))


def _now(name: str) -> Callable[[Any], Any]:
    return lambda rules: getattr(rules, name)


@act(
    subject=SUGGESTION_RULES,
    permission=access.SET_UP,
    label=gettext_lazy("Change when something is suggested"),
    row_only=True,
)
def change_suggestion_rules(
    rules: SuggestionRules,
    *,
    run: Run,
    team_sure: Annotated[int, _field("team_sure")],
    reason_sure: Annotated[int, _field("reason_sure")],
    is_on: Annotated[bool, _field("is_on")] = False,
) -> None:
    """Change how sure a suggestion must be before it is made, or make none."""
    for name, value in (("team_sure", team_sure), ("reason_sure", reason_sure)):
        if not 0 <= value <= 100:
            raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 0, "most": 100}, field=name)
    rules.is_on, rules.team_sure, rules.reason_sure = is_on, team_sure, reason_sure
