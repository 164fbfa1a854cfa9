"""What guidelines keep about a person: that something was given to a file, never what it was for in words; and what was not allowed."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.guidelines.models import Given, RefusedAttempt

hold(
    TableHolding(
        name="given_away",
        label=_("What was given away to you"),
        model=Given,
        paths=("customer_id",),
        shown=(
            ("day", _("Day")),
            ("act", _("What was done")),
            ("reason", _("Reason")),
            ("minor", _("Amount in minor units")),
            ("currency", _("Currency")),
        ),
        treatment=Treatment.KEEP,
        why_kept=_("Limits stay true: an amount and a day, under a number that names nobody any more."),
    )
)
hold(
    TableHolding(
        name="refused_attempts",
        label=_("What was refused"),
        model=RefusedAttempt,
        paths=("customer_id",),
        shown=(("at", _("When")), ("act", _("What")), ("answer", _("Answer")), ("times", _("Times"))),
        treatment=Treatment.DELETE,
    )
)
