"""Laying down how long approvals wait."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.approvals import access
from onhand.approvals.models import ApprovalRules
from onhand.approvals.subjects import APPROVAL_RULES, RULE_LABELS
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

# Least and most of each number.
BOUNDS = {
    "waiting_minutes": (1, 480),
    "later_hours": (1, 720),
    "held_minutes": (1, 480),
    "held_later_minutes": (1, 10_080),
}
HELP = {
    "waiting_minutes": gettext_lazy("What is open counts by the time it was asked with."),
    "held_minutes": gettext_lazy("Then it is given to somebody else. Who has it open can still answer."),
}


def _field(name: str) -> Field:
    return Field(label=RULE_LABELS[name], help=HELP.get(name, ""), current=lambda rules: getattr(rules, name))


@act(
    subject=APPROVAL_RULES,
    permission=access.SET_UP,
    label=gettext_lazy("Change how long approvals wait"),
    row_only=True,
)
def change_rules(
    rules: ApprovalRules,
    *,
    run: Run,
    waiting_minutes: Annotated[int, _field("waiting_minutes")],
    later_hours: Annotated[int, _field("later_hours")],
    held_minutes: Annotated[int, _field("held_minutes")],
    held_later_minutes: Annotated[int, _field("held_later_minutes")],
) -> None:
    """Change how long one waits for an answer, and after how long an approval nobody answers goes on to somebody else."""
    numbers = {
        "waiting_minutes": waiting_minutes,
        "later_hours": later_hours,
        "held_minutes": held_minutes,
        "held_later_minutes": held_later_minutes,
    }
    for name, value in numbers.items():
        least, most = BOUNDS[name]
        if not least <= value <= most:
            raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": least, "most": most}, field=name)
        setattr(rules, name, value)
