"""What surveys hold about a person. The score stays for the figures, without what was said and without the link."""

from django.utils.translation import gettext_lazy as _

from onhand.contacts.surveys.enums import SurveyState, WhyNot
from onhand.contacts.surveys.models import Survey
from onhand.customers.privacy.holdings import Scope, TableHolding, Treatment, hold, settles_before_erasure

hold(
    TableHolding(
        name="surveys",
        label=_("Surveys"),
        model=Survey,
        paths=("customer_id", "contact__customer_id"),
        shown=(
            ("wrapped_up_at", _("Contact ended")),
            ("state", _("State")),
            ("asked_at", _("Asked")),
            ("answered_at", _("Answered")),
            ("score", _("Score")),
            ("comment", _("Comment")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"contact", "customer", "state", "why_not", "language", "team", "representative_id", "representative_name"}
            | {"case", "reason_id", "wrapped_up_at", "due_at", "message", "asked_at", "open_until"}
            | {"score", "answered_at", "changed_at", "came_back_at"}
        ),
        subject="survey",
        why_kept=_("Figures stay right: how satisfied customers were, without what was said."),
    )
)


@settles_before_erasure
def leave_out(scope: Scope) -> None:
    """Ask nobody who is being erased."""
    Survey.objects.filter(contact__customer__in=scope.members, state=SurveyState.PLANNED).update(
        state=SurveyState.LEFT_OUT, why_not=WhyNot.MAY_NOT
    )
