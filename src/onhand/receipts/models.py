"""Notices, and who has read and understood which."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from onhand.guidelines.models import Guideline
from onhand.kernel.models import Versioned
from onhand.knowledge.models import Article
from onhand.receipts.enums import NoticeState
from onhand.staff.models import Representative


class Notice(Versioned):
    """
    A change everybody it concerns has to read and understand. `texts`: language → {"title", "text"}; `questions`: a list of {"words":
    language → {"question", "answers"}, "right": place of the right answer}, as `documents` reads both. It concerns people of these
    `role_keys` who are in these `team_ids`; where one of the two is empty it does not narrow.

    From `due_at` on, whoever has not passed may do none of `withheld_acts` and, with `withholds_work`, is given no new work. Once it is
    published the database refuses every change but that it is withdrawn: a correction `replaces` it.
    """

    title = models.CharField(max_length=200)  # of the first language: what lists go by
    texts = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
    guideline = models.ForeignKey(Guideline, null=True, on_delete=models.PROTECT, related_name="notices")
    guideline_version = models.PositiveIntegerField(null=True)
    article = models.ForeignKey(Article, null=True, db_index=False, on_delete=models.PROTECT, related_name="notices")
    role_keys = ArrayField(models.CharField(max_length=60), default=list)
    team_ids = ArrayField(models.BigIntegerField(), default=list)
    due_at = models.DateTimeField(null=True)
    withheld_acts = ArrayField(models.CharField(max_length=100), default=list)
    withholds_work = models.BooleanField(default=False)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.DRAFT)
    created_at = models.DateTimeField()
    written_by_name = models.CharField(max_length=200)
    published_at = models.DateTimeField(null=True)
    published_by_name = models.CharField(max_length=200, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_name = models.CharField(max_length=200, blank=True, default="")
    why_withdrawn = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=NoticeState.PUBLISHED)
                | models.Q(published_at__isnull=False, due_at__isnull=False),
                name="notice_published_is_due",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=NoticeState.WITHDRAWN) | models.Q(withdrawn_at__isnull=False),
                name="notice_withdrawn_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=models.Q(state=NoticeState.PUBLISHED), name="notice_published"
            )
        ]

    @property
    def is_published(self) -> bool:
        """Whether it is to be read now."""
        return self.state == NoticeState.PUBLISHED


class Receipt(models.Model):
    """
    That somebody opened a notice and, from `passed_at` on, that they have read and understood it. `answers` are those of the last try, by
    question the place of what they chose; `tries` says how many there were. What was passed is never changed.
    """

    notice = models.ForeignKey(Notice, db_index=False, on_delete=models.PROTECT, related_name="receipts")
    representative = models.ForeignKey(
        Representative, db_index=False, on_delete=models.PROTECT, related_name="receipts"
    )
    read_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    answers = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["representative", "notice"], name="receipt_once"),
            models.CheckConstraint(
                condition=models.Q(passed_at__isnull=True) | models.Q(tries__gt=0), name="receipt_passed_by_a_try"
            ),
        ]
        indexes = [
            models.Index(fields=["notice", "representative"], name="receipt_of_notice"),
            models.Index(
                fields=["representative", "-passed_at", "-id"],
                condition=models.Q(passed_at__isnull=False),
                name="receipt_passed",
            ),
        ]
