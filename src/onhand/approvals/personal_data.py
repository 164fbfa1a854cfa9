"""What approvals hold about a person. That something was asked for and how it ended stays, without what was asked and said."""

from django.utils.translation import gettext_lazy as _

from onhand.approvals.as_work import lock_approvals
from onhand.approvals.ending import end_aside
from onhand.approvals.enums import ApprovalState
from onhand.approvals.models import Approval
from onhand.customers.privacy.holdings import Scope, TableHolding, Treatment, hold, settles_before_erasure
from onhand.routing.personal_data import KINDS

_PERSONAL = {"about_title", "arguments", "facts", "decision", "digest", "note", "reason", "words"}
KINDS[Approval] = "approval"
hold(
    TableHolding(
        name="approvals",
        label=_("Approvals"),
        model=Approval,
        paths=("customer_id", "contact__customer_id", "case__customer_id"),
        shown=(
            ("asked_at", _("When")),
            ("act", _("What")),
            ("note", _("Why")),
            ("state", _("State")),
            ("reason", _("Why not")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(field.name for field in Approval._meta.concrete_fields) - _PERSONAL,
        subject="approval",
        why_kept=_("Figures stay right: that something was asked for, when, and how it ended."),
    )
)


@settles_before_erasure
def call_off(scope: Scope) -> None:
    """Nothing is allowed any more for who is being erased."""
    found = Approval.objects.filter(customer__in=scope.members, state=ApprovalState.OPEN)
    lock_approvals(sorted(found.values_list("pk", flat=True)), False)
    for approval in found.order_by("pk"):
        end_aside(approval, ApprovalState.WITHDRAWN, scope.at, said_by="erasure")
