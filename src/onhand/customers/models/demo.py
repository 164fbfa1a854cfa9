"""How far the demo company is made."""

from django.db import models


class DemoMaking(models.Model):
    """
    The one row that says when the demo company was begun, and when it was finished. Everything in it is told as of its beginning, so
    that a start that finishes it takes the same steps.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    orders = models.PositiveIntegerField()  # that are wanted

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_demo"),)
