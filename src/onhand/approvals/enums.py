"""How an approval stands."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ApprovalState(TextChoices):
    """Open until it is answered, taken back, or too late."""

    OPEN = "open", _("Waits for an answer")
    ALLOWED = "allowed", _("Allowed")
    DENIED = "denied", _("Denied")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
