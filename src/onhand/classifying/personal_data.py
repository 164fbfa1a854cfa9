"""What classifying keeps about a person: the suggestion for each contact. What was learnt holds weights of hashed words, of nobody."""

from django.utils.translation import gettext_lazy as _

from onhand.classifying.models import Suggestion
from onhand.customers.privacy.holdings import TableHolding, Treatment, hold

hold(
    TableHolding(
        name="suggestions",
        label=_("Suggestions for contacts"),
        model=Suggestion,
        paths=("contact__customer_id",),
        shown=(("at", _("When")), ("team", _("Team")), ("reason", _("Reason"))),
        treatment=Treatment.DELETE,
    )
)
