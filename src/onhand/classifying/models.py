"""What was learnt from past contacts, what was suggested for new ones, and how sure a suggestion must be."""

from django.db import models

from onhand.classifying.enums import Target
from onhand.contacts.models import Contact, Message
from onhand.kernel.models import Versioned


class SuggestionRules(Versioned):
    """How sure, in per cent, a suggestion must be before it is made. There is one row."""

    is_on = models.BooleanField(default=True)
    team_sure = models.PositiveSmallIntegerField(default=70)
    reason_sure = models.PositiveSmallIntegerField(default=70)


class Learnt(models.Model):
    """
    What was learnt once: `arrays` are the weights as an .npz archive without pickled objects, `labels` the ids of teams or reasons in
    the order of the weights. `measured` says how it did on later contacts it had not seen: see `measuring.Measured`.
    """

    target = models.CharField(max_length=10, choices=Target)
    learnt_at = models.DateTimeField()
    is_used = models.BooleanField(default=False)
    labels = models.JSONField()
    arrays = models.BinaryField()
    examples = models.PositiveIntegerField()
    seconds = models.FloatField()
    measured = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target"], condition=models.Q(is_used=True), name="learnt_one_used")
        ]
        indexes = [models.Index(fields=["target", "-learnt_at"], name="learnt_in_time")]


class Suggestion(models.Model):
    """
    What was suggested when a contact began. `team` and `reason` are ids, empty where it was not sure enough; the likeliest and how
    sure it was, in per cent, are kept in any case.
    """

    contact = models.OneToOneField(Contact, primary_key=True, on_delete=models.CASCADE, related_name="suggestion")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    team = models.BigIntegerField(null=True)
    team_likeliest = models.BigIntegerField(null=True)
    team_sure = models.PositiveSmallIntegerField(default=0)
    reason = models.BigIntegerField(null=True)
    reason_likeliest = models.BigIntegerField(null=True)
    reason_sure = models.PositiveSmallIntegerField(default=0)
