"""What a department lays down for its contacts: until when answers can be undone and are due, how contacts end and are kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.access import SET_UP
from onhand.contacts.contact_rules_subject import CONTACT_RULES, RULE_LABELS
from onhand.contacts.models import ContactRules
from onhand.customers.access import MANAGE_RETENTION
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LONGEST_UNDO = 120  # seconds
LEAST_MINUTES, MOST_MINUTES = 5, 60_000
LEAST_DAYS, MOST_DAYS = 7, 3_650
LEAST_MONTHS, MOST_MONTHS = 1, 240


def _field(name: str, help_: "_StrOrPromise" = "") -> Field:
    return Field(label=RULE_LABELS[name], help=help_, current=_now(name))


def _now(name: str) -> Callable[[Any], Any]:
    return lambda rules: getattr(rules, name)


@act(subject=CONTACT_RULES, permission=SET_UP, label=gettext_lazy("Change how contacts are handled"), row_only=True)
def change_contact_rules(
    rules: ContactRules,
    *,
    run: Run,
    undo_seconds: Annotated[int, _field("undo_seconds", gettext_lazy("0 to 120. With 0 an answer leaves at once."))],
    answer_urgent_minutes: Annotated[
        int,
        _field("answer_urgent_minutes", gettext_lazy("In minutes of the usual opening hours, like the next three.")),
    ],
    answer_high_minutes: Annotated[int, _field("answer_high_minutes")],
    answer_normal_minutes: Annotated[int, _field("answer_normal_minutes")],
    answer_low_minutes: Annotated[int, _field("answer_low_minutes")],
    needs_reason: Annotated[
        bool, _field("needs_reason", gettext_lazy("It is asked for only where there are reasons to choose from."))
    ] = False,
) -> None:
    """
    Change how long an answer can be undone, by when customers are to be answered, and whether a contact needs a reason to be wrapped up.
    What waits already keeps the time it has.
    """
    times = {
        "answer_urgent_minutes": answer_urgent_minutes,
        "answer_high_minutes": answer_high_minutes,
        "answer_normal_minutes": answer_normal_minutes,
        "answer_low_minutes": answer_low_minutes,
    }
    _require_within("undo_seconds", undo_seconds, 0, LONGEST_UNDO)
    for name, minutes in times.items():
        _require_within(name, minutes, LEAST_MINUTES, MOST_MINUTES)
    for sooner, later in zip(times, list(times)[1:], strict=False):
        if times[sooner] > times[later]:
            raise NotPossible(_("What is less urgent is not due before what is more so."), field=later)
    rules.undo_seconds, rules.needs_reason = undo_seconds, needs_reason
    for name, minutes in times.items():
        setattr(rules, name, minutes)


@act(
    subject=CONTACT_RULES, permission=MANAGE_RETENTION, label=gettext_lazy("Change how long it is kept"), row_only=True
)
def change_contact_retention(
    rules: ContactRules,
    *,
    run: Run,
    raw_mail_days: Annotated[int, _field("raw_mail_days", gettext_lazy("7 to 3,650, from when it was read."))],
    unknown_contacts_months: Annotated[
        int, _field("unknown_contacts_months", gettext_lazy("1 to 240, from when they ended."))
    ],
) -> None:
    """Change after how long mail as it arrived is emptied, and contacts of people who never became known. The next night goes by it."""
    _require_within("raw_mail_days", raw_mail_days, LEAST_DAYS, MOST_DAYS)
    _require_within("unknown_contacts_months", unknown_contacts_months, LEAST_MONTHS, MOST_MONTHS)
    rules.raw_mail_days, rules.unknown_contacts_months = raw_mail_days, unknown_contacts_months


def _require_within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": least, "most": f"{most:,}"}, field=name)
