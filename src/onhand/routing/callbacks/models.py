"""
Callbacks, each try of them, and the rules they are tried by.

The database keeps: a callback is open or ended with a reason; there are never more tries than were allowed when it was arranged; a
try is of the one person who has the callback in work at that moment, and, since a call takes all somebody can take
(`seat_within_capacity`), nobody has two: so no more is ever dialled than people are free. Open callbacks of one promise: one.
"""

from django.db import models
from django.db.models import F, Q

from onhand.contacts.models import Contact, Promise
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.routing.callbacks.enums import CallbackEnd, TryOutcome
from onhand.routing.models import Queue


def usual_week() -> list[list[tuple[int, int]]]:
    """When customers are called unless a company says otherwise, in minutes of each day: Monday to Saturday from 9 to 21."""
    return [[(540, 1260)] for _day in range(6)] + [[]]


class CallbackRules(Versioned):
    """
    How callbacks are tried: one row for all queues, made with the tables, and one for each queue that has its own. An outcome without
    minutes ends the callback; each further pause is `growth_percent` of the one before. `week` are the hours of each weekday, Monday
    first, in the customer's time, in which anybody is called at all.
    """

    queue = models.OneToOneField(Queue, null=True, on_delete=models.CASCADE, related_name="callback_rules")
    most_tries = models.PositiveSmallIntegerField(default=3)
    no_answer_minutes = models.PositiveSmallIntegerField(null=True, default=60)
    busy_minutes = models.PositiveSmallIntegerField(null=True, default=10)
    voicemail_minutes = models.PositiveSmallIntegerField(null=True, default=120)
    growth_percent = models.PositiveSmallIntegerField(default=200)
    soon_minutes = models.PositiveSmallIntegerField(default=480)  # of calling time, for "as soon as possible"
    longest_days = models.PositiveSmallIntegerField(default=14)  # to the end of a window
    week = models.JSONField(default=usual_week)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue"], nulls_distinct=False, name="callback_rules_once"),
            models.CheckConstraint(condition=Q(most_tries__range=(1, 20)), name="callback_rules_tries"),
        ]


class Callback(Versioned):
    """
    A call a customer asked for. `since` is the place in the order they keep: when they began to wait. The window is theirs, `time_zone`
    where they said it; `is_soon` where they wanted none, and it is by the rules. `next_at` is when it may be given next. `call` is
    the contact of the call that goes on.
    """

    customer = models.ForeignKey(
        Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="callbacks"
    )
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, related_name="callbacks"
    )  # arranged on it
    promise = models.ForeignKey(Promise, null=True, db_index=False, on_delete=models.PROTECT, related_name="callbacks")
    call = models.ForeignKey(Contact, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    telephone = models.CharField(max_length=20)  # E.164
    matter = models.CharField(max_length=200)
    language = models.CharField(max_length=10, blank=True, default="")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="callbacks")
    created_at = models.DateTimeField()
    arranged_by_id = models.BigIntegerField(null=True)
    arranged_by_name = models.CharField(max_length=200)
    since = models.DateTimeField()
    is_soon = models.BooleanField(default=False)
    window_from = models.DateTimeField()
    window_until = models.DateTimeField()
    time_zone = models.CharField(max_length=60)
    next_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    most_tries = models.PositiveSmallIntegerField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=12, choices=CallbackEnd, blank=True, default="")
    ended_note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_why="")
                | (Q(ended_at__isnull=False) & Q(ended_why__in=CallbackEnd.values)),
                name="callback_open_or_ended",
            ),
            models.CheckConstraint(condition=Q(window_from__lt=F("window_until")), name="callback_window"),
            models.CheckConstraint(condition=Q(tries__lte=F("most_tries")), name="callback_tries"),
            models.UniqueConstraint(
                fields=["promise"],
                condition=Q(promise__isnull=False, ended_at__isnull=True),
                name="callback_once_a_promise",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at", "-id"], name="callback_by_customer"),
            models.Index(fields=["telephone", "-ended_at"], name="callback_by_number"),
            models.Index(fields=["next_at", "id"], condition=Q(ended_at__isnull=True), name="callback_open"),
        ]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class CallbackTry(models.Model):
    """One try to reach the customer: when its outcome was noted, who called, and the contact it was."""

    callback = models.ForeignKey(Callback, db_index=False, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    representative_id = models.BigIntegerField()
    representative_name = models.CharField(max_length=200)
    outcome = models.CharField(max_length=12, choices=TryOutcome)
    note = models.CharField(max_length=1000, blank=True, default="")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="callback_tries")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["callback", "number"], name="callback_try_once")]
