"""What happens to a case: its clocks, who else it is about, how it stands to other cases, and whom it was handed to."""

from django.db import models

from onhand.contacts.cases.enums import CaseRole, ClockKind, LinkKind
from onhand.contacts.models.cases import Case
from onhand.customers.models import Customer


class CaseClock(models.Model):
    """
    A due time of a case, from when the clock started until it was met or called off. It runs in business minutes.

    While the customer is waited for, `paused_at` is set and `left_seconds` keeps what was left of the business time. `broken_at` is when
    the due time was found to have passed; it may still be met later. `stopped_at` is when it stopped mattering: the case was closed
    or merged. `minutes` is what was allowed; None where the due time was given by hand. At `warn_at`, when most of the time is used,
    it comes up as work; `warned_at` is when it did.
    """

    case = models.ForeignKey(Case, db_index=False, on_delete=models.PROTECT, related_name="clocks")
    kind = models.CharField(max_length=12, choices=ClockKind)
    minutes = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    left_seconds = models.PositiveIntegerField(null=True)
    met_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=models.Q(met_at__isnull=True, stopped_at__isnull=True),
                name="clock_running_once",
            )
        ]
        indexes = [
            models.Index(fields=["case", "id"], name="clock_by_case"),
            models.Index(
                fields=["due_at"],
                condition=models.Q(
                    met_at__isnull=True, stopped_at__isnull=True, broken_at__isnull=True, paused_at__isnull=True
                ),
                name="clock_to_break",
            ),
            models.Index(
                fields=["warn_at"],
                condition=models.Q(
                    met_at__isnull=True, stopped_at__isnull=True, warned_at__isnull=True, paused_at__isnull=True
                ),
                name="clock_to_warn",
            ),
            models.Index(
                fields=["case"],
                condition=models.Q(met_at__isnull=True, stopped_at__isnull=True, broken_at__isnull=False),
                name="clock_broken",
            ),
            # What makes a case somebody's work: read by the case, in order.
            models.Index(
                fields=["case"],
                condition=models.Q(
                    met_at__isnull=True,
                    stopped_at__isnull=True,
                    broken_at__isnull=True,
                    paused_at__isnull=True,
                    warned_at__isnull=False,
                ),
                name="clock_running_out",
            ),
            models.Index(
                fields=["case"],
                condition=models.Q(met_at__isnull=True, stopped_at__isnull=True)
                # Not as a list: the database writes that in another way when it is made again from what it says of it.
                & (models.Q(kind=ClockKind.FIRST_REPLY) | models.Q(kind=ClockKind.NEXT_REPLY)),
                name="clock_reply_awaited",
            ),
        ]


class CaseCustomer(models.Model):
    """A further customer of a case, and what they have to do with it."""

    case = models.ForeignKey(Case, db_index=False, on_delete=models.PROTECT, related_name="case_customers")
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="further_cases")
    role = models.CharField(max_length=10, choices=CaseRole)
    added_at = models.DateTimeField()
    added_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "customer"], condition=models.Q(ended_at__isnull=True), name="case_customer_once"
            )
        ]
        indexes = [models.Index(fields=["customer", "-added_at", "-id"], name="case_by_further_customer")]


class CaseLink(models.Model):
    """That two cases have to do with one another, said from `case` about `other`."""

    case = models.ForeignKey(Case, db_index=False, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="linked_from")
    kind = models.CharField(max_length=10, choices=LinkKind)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "other"], name="case_link_once")]


class CaseMerge(models.Model):
    """
    That `case` was found to be the same matter as `into`. Nothing was moved: `was` keeps how the case stood (state, closed_at, closes_at),
    so that undoing gives it back.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merges")
    into = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merges_in")
    reason = models.CharField(max_length=500, blank=True, default="")
    was = models.JSONField(default=dict)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    undone_at = models.DateTimeField(null=True)
    undone_by_name = models.CharField(max_length=200, blank=True, default="")


class CaseEscalation(models.Model):
    """That a case was handed up: by somebody, or (`clock`) because a clock broke."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="escalations")
    clock = models.ForeignKey(CaseClock, null=True, on_delete=models.PROTECT, related_name="escalations")
    to_id = models.BigIntegerField(null=True)
    to_name = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)


class Reminder(models.Model):
    """
    Something somebody wanted to be reminded of about a case. It comes back as work when it is due, until it is done. One that
    `ends_wait` lets a case that still waits for its customer go on.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reminders")
    for_id = models.BigIntegerField(null=True)
    text = models.CharField(max_length=300)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    came_up_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    ends_wait = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(came_up_at__isnull=True), name="reminder_to_come_up"),
            models.Index(
                fields=["for_id", "due_at"],
                condition=models.Q(done_at__isnull=True),
                name="reminder_open",
            ),
            models.Index(
                fields=["case"],
                condition=models.Q(done_at__isnull=True, came_up_at__isnull=False),
                name="reminder_that_came_up",
            ),
        ]
