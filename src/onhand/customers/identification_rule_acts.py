"""What the company asks for before a customer counts as identified."""

from collections.abc import Callable
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.identification.questions import MOST_ASKED
from onhand.customers.identification.subjects import IDENTIFICATION_RULES, RULE_LABELS
from onhand.customers.models import IdentificationRules
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

# Least and most of each: the rules can be made stricter and easier, not switched off.
BOUNDS = {
    "questions_needed": (1, MOST_ASKED),
    "questions_minutes": (1, 480),
    "code_tries": (1, 5),
    "code_minutes": (2, 60),
    "code_address_hours": (0, 720),
    "strong_minutes": (1, 480),
    "failures_per_contact": (1, 20),
    "failures_per_customer": (1, 100),
    "lock_hours": (1, 168),
}


def _field(name: str) -> Field:
    return Field(label=RULE_LABELS[name], current=_now(name))


def _now(name: str) -> Callable[[Any], Any]:
    return lambda rules: getattr(rules, name)


@act(
    subject=IDENTIFICATION_RULES,
    permission=access.SET_IDENTIFICATION,
    label=gettext_lazy("Change the rules of identification"),
)
def change_identification_rules(
    rules: IdentificationRules,
    *,
    run: Run,
    questions_needed: Annotated[int, _field("questions_needed")],
    questions_minutes: Annotated[int, _field("questions_minutes")],
    code_tries: Annotated[int, _field("code_tries")],
    code_minutes: Annotated[int, _field("code_minutes")],
    code_address_hours: Annotated[int, _field("code_address_hours")],
    strong_minutes: Annotated[int, _field("strong_minutes")],
    failures_per_contact: Annotated[int, _field("failures_per_contact")],
    failures_per_customer: Annotated[int, _field("failures_per_customer")],
    lock_hours: Annotated[int, _field("lock_hours")],
) -> None:
    """Change how many right answers and tries customers have, and how long an identification holds."""
    given = {
        "questions_needed": questions_needed,
        "questions_minutes": questions_minutes,
        "code_tries": code_tries,
        "code_minutes": code_minutes,
        "code_address_hours": code_address_hours,
        "strong_minutes": strong_minutes,
        "failures_per_contact": failures_per_contact,
        "failures_per_customer": failures_per_customer,
        "lock_hours": lock_hours,
    }
    for name, value in given.items():
        least, most = BOUNDS[name]
        if not least <= value <= most:
            raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": least, "most": most}, field=name)
        setattr(rules, name, value)
