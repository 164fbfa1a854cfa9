"""What is to be done in the back office for a case."""

from django.db import models

from onhand.contacts.enums import TaskState
from onhand.contacts.models.cases import Case
from onhand.staff.models import Skill, Team


class CaseTask(models.Model):
    """
    Something to be done for a case by a team or a person, away from the customer. `minutes` is how long it is expected to take. The
    case is not closed while one is open.
    """

    case = models.ForeignKey(Case, db_index=False, on_delete=models.PROTECT, related_name="tasks")
    text = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    team = models.ForeignKey(Team, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    for_id = models.BigIntegerField(null=True)
    for_name = models.CharField(max_length=200, blank=True, default="")
    skill = models.ForeignKey(Skill, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True)
    minutes = models.PositiveSmallIntegerField(default=15)
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    taken_by_id = models.BigIntegerField(null=True)
    taken_by_name = models.CharField(max_length=200, blank=True, default="")
    result = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["case", "id"], name="task_of_case"),
            models.Index(fields=["id"], condition=models.Q(state=TaskState.OPEN), name="task_open"),
        ]
