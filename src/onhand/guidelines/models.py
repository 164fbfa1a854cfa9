"""Guidelines with their versions, limits that add up, and what was given."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from onhand.guidelines.drafted import Drafted, PublishedVersion
from onhand.guidelines.enums import Beyond, Per, Period, TrialState
from onhand.kernel.models import Versioned
from onhand.staff.models import Representative, Role


class GuidelineBook(models.Model):
    """One row. `number` grows with every change of what is in force, so that each process knows when to read anew."""

    number = models.PositiveBigIntegerField(default=1)


class Guideline(Drafted):
    """A guideline, and the draft of its next version as `documents` reads it."""


class GuidelineVersion(PublishedVersion):
    """A guideline as it was published once."""

    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="versions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guideline", "number"], name="guideline_version_once")]


class Limit(Versioned):
    """
    How much may be given away, or how often something be done. It is for these `acts` (none: all that give something away) done by
    people of `role` or by `representative` (neither: everybody). `most`: currency → minor units, null for no amount; a currency that
    is not named may not be given at all. `most_times` is how often, `most_percent` (in hundredths) how much of what the order cost,
    for each act by itself only.
    """

    name = models.CharField(max_length=120, unique=True)
    acts = ArrayField(models.CharField(max_length=100), default=list)
    role = models.ForeignKey(Role, null=True, on_delete=models.PROTECT, related_name="+")
    representative = models.ForeignKey(Representative, null=True, on_delete=models.PROTECT, related_name="+")
    per = models.CharField(max_length=20, choices=Per)
    period = models.CharField(max_length=10, choices=Period, default=Period.DAY)
    days = models.PositiveSmallIntegerField(default=1)
    most = models.JSONField(null=True)
    most_times = models.PositiveIntegerField(null=True)
    most_percent = models.PositiveIntegerField(null=True)
    beyond = models.CharField(max_length=10, choices=Beyond, default=Beyond.ASK)
    approvers = ArrayField(models.CharField(max_length=60), default=list)
    is_active = models.BooleanField(default=True)


class LimitUse(models.Model):
    """What was used of a limit on one of the company's days, by what it adds up over. `currency` is empty for what gives nothing."""

    limit = models.ForeignKey(Limit, db_index=False, on_delete=models.CASCADE, related_name="uses")
    key = models.CharField(max_length=120)
    day = models.DateField()
    currency = models.CharField(max_length=3)
    used_minor = models.BigIntegerField(default=0)
    times = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["limit", "key", "day", "currency"], name="limit_use_once"),
        ]


class Given(models.Model):
    """Something given away: what a limit that is made later has to know of the days before."""

    day = models.DateField()
    act = models.CharField(max_length=100)
    customer_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_role = models.CharField(max_length=60, blank=True, default="")
    team_ids = ArrayField(models.BigIntegerField(), default=list)
    reason = models.CharField(max_length=60, blank=True, default="")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["day", "act"], name="given_by_day"),
            models.Index(
                fields=["customer_id", "day"],
                condition=models.Q(customer_id__isnull=False),
                name="given_to_customer",
            ),
        ]


class GuidelineTrial(models.Model):
    """
    A draft tried on the acts done from `since` to `until`. `counts`: how it was ("allow", "ask" for what somebody approved, "refuse"
    and "tried" for attempts that were refused, or asked somebody and came to nothing) → how it
    would be → how many; `refused`: currency → minor units given with what would be refused, `asked` with what would be asked; `unknown`:
    fact → how many acts were done without it being kept.
    """

    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="trials")
    draft_number = models.PositiveIntegerField()
    document = models.JSONField()
    state = models.CharField(max_length=10, choices=TrialState, default=TrialState.WAITING)
    since = models.DateTimeField()
    until = models.DateTimeField()
    started_at = models.DateTimeField()
    started_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    refused = models.JSONField(default=dict)
    asked = models.JSONField(default=dict)
    unknown = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True, default="")


class TriedAct(models.Model):
    """One act of a trial that would be decided otherwise: its record, what was, what would be, and why."""

    trial = models.ForeignKey(GuidelineTrial, db_index=False, on_delete=models.CASCADE, related_name="tried")
    record_id = models.BigIntegerField()
    was = models.CharField(max_length=10)
    would_be = models.CharField(max_length=10)
    reason = models.CharField(max_length=500)
    rows = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["trial", "would_be", "id"], name="tried_act_by_trial")]


class RefusedAttempt(models.Model):
    """
    An act somebody was not allowed: refused, or needing somebody else (`answer` as in decisions). One row for the same actor, act and
    subject in a minute, counted in `times`; the database lets nothing else of it change. Columns are named as in the records of acts.
    `guidelines`: those that did not allow it.
    """

    at = models.DateTimeField()
    last_at = models.DateTimeField()
    minute = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    actor_role = models.CharField(max_length=60, blank=True, default="")
    via = models.CharField(max_length=10)
    act = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    contact_id = models.BigIntegerField(null=True)
    answer = models.CharField(max_length=10)
    guidelines = ArrayField(models.BigIntegerField(), default=list)
    facts = models.JSONField(default=dict)
    decision = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["actor_kind", "actor_id", "minute", "act", "subject_type", "subject_id"],
                nulls_distinct=False,
                name="refused_attempt_once_a_minute",
            ),
        ]
        indexes = [
            models.Index(fields=["act", "at"], name="refused_attempt_by_act"),
            models.Index(
                fields=["customer_id"],
                condition=models.Q(customer_id__isnull=False),
                name="refused_attempt_of_customer",
            ),
        ]
