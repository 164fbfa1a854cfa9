"""What a company chooses from when contacts are wrapped up, and what it signs its answers with."""

from django.db import models
from django.db.models.functions import Lower

from onhand.kernel.models import Versioned
from onhand.staff.models import Team


class ContactReason(Versioned):
    """Why customers get in touch. A reason may stand below another, one level deep; then only the lower one is chosen."""

    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("parent", Lower("name"), name="contact_reason_once", nulls_distinct=False),
        ]


class TeamSignature(Versioned):
    """What a team signs its answers with in one language (ISO 639-1; empty: in every other), with the same fields as standard responses."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="signatures")
    language = models.CharField(max_length=10, blank=True, default="")
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "language"], name="signature_once")]
