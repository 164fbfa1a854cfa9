"""What is written by one person, reviewed by another, and published by versions that never change."""

from django.db import models

from onhand.guidelines.enums import DraftState
from onhand.kernel.models import Versioned
from onhand.staff.models import Representative


class Drafted(Versioned):
    """
    Something with a draft of its next version. Who wrote the draft last cannot be who publishes it. From `retired_at` on it says nothing
    any more. Its versions are its `versions`.
    """

    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    draft = models.JSONField(null=True)
    draft_state = models.CharField(max_length=10, choices=DraftState, default=DraftState.NONE)
    draft_number = models.PositiveIntegerField(default=0)  # grows with every change of the draft
    draft_at = models.DateTimeField(null=True)
    draft_by = models.ForeignKey(Representative, null=True, on_delete=models.PROTECT, related_name="+")
    review_note = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        abstract = True


class PublishedVersion(models.Model):
    """
    What was published once. It is in force from `effective_from` until a later one is, or what it is of is retired. The database
    refuses to change it, except that one which is not in force yet can be withdrawn.
    """

    number = models.PositiveIntegerField()
    document = models.JSONField()
    effective_from = models.DateTimeField()
    published_at = models.DateTimeField()
    published_by_name = models.CharField(max_length=200)
    written_by_name = models.CharField(max_length=200)
    note = models.CharField(max_length=1000, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
