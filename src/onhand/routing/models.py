"""
What waits, who can take it, and what was decided.

The database itself keeps two promises: a work item has one holder at most (one column), and a seat's `load` is the sum of the units its
items take, never above its `ceiling` (a trigger and a check). `change` is the transaction that wrote a row last: the router reads
what it has not seen by it, whatever hint was lost.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now

from onhand.contacts.models import BusinessCalendar, Contact
from onhand.kernel.models import Versioned
from onhand.routing.enums import CountsAs, DecisionKind, EndedWhy, ItemState, SeatState, StateHow, TrialState
from onhand.staff.models import Representative, Team


class Queue(Versioned):
    """
    Where work of one sort waits. Served by everybody of its `teams`; the team it is `home` of sends it what is handed to that team.
    `plan` is the number of the version of its settings that is applied (see `plans`), `draft` the one being written.
    """

    name = models.CharField(max_length=100, unique=True)
    teams = models.ManyToManyField(Team, blank=True, related_name="queues")
    home = models.OneToOneField(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="home_queue")
    calendar = models.ForeignKey(
        BusinessCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="queues"
    )  # none: always open
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    plan = models.PositiveIntegerField(default=0)
    draft = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="queue_one_default")
        ]


class QueuePlan(models.Model):
    """The settings of a queue as they were published once, as `plans.read_plan` reads them. The database refuses to change them."""

    queue = models.ForeignKey(Queue, db_index=False, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()
    settings = models.JSONField()
    published_at = models.DateTimeField()
    published_by_name = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "number"], name="queue_plan_once")]


class KindSetting(Versioned):
    """
    What a company changed of a kind of work: how many `units` of somebody's capacity it takes, whether it takes everything, which
    kinds it may interrupt, how long it is expected to take, and whether it is given without asking.
    """

    kind = models.CharField(max_length=40, unique=True)
    units = models.PositiveSmallIntegerField(default=1)
    takes_all = models.BooleanField(default=False)
    interrupts = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    accepts_itself = models.BooleanField(default=False)
    minutes = models.PositiveSmallIntegerField(default=5)


class AwayReason(Versioned):
    """Why somebody is away: lunch, training, a meeting. `is_recovery` marks the break after a hard contact."""

    name = models.CharField(max_length=60, unique=True)
    is_paid = models.BooleanField(default=True)
    counts_as = models.CharField(max_length=10, choices=CountsAs, default=CountsAs.BREAK)
    most_minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # after which the clock makes them available
    is_active = models.BooleanField(default=True)


class Seat(Versioned):
    """
    What the router knows of a representative now. `capacity` is one number for all kinds of work; `load` what their items take of it;
    `ceiling` is the capacity, or the load where capacity was lowered below it, until that is worked off. `limits`: kind → most items
    at a time. `hardest` is the hardest difficulty they are given (1 to 5). `idle_since` is when they last had something to do.
    `seen_at` is when a page of theirs was last connected. `available_seconds` is how long they were available up to `counted_at`, ever
    since; `worked_seconds` how long of that they had something. The database counts both, whoever writes.
    """

    representative = models.OneToOneField(
        Representative, primary_key=True, on_delete=models.CASCADE, related_name="seat"
    )
    state = models.CharField(max_length=10, choices=SeatState, default=SeatState.SIGNED_OUT)
    reason = models.ForeignKey(AwayReason, null=True, on_delete=models.PROTECT, related_name="+")
    state_since = models.DateTimeField()
    state_until = models.DateTimeField(null=True)  # when the clock changes it
    capacity = models.PositiveSmallIntegerField(default=10)
    ceiling = models.PositiveSmallIntegerField(default=10)
    load = models.SmallIntegerField(default=0)
    limits = models.JSONField(default=dict)
    hardest = models.PositiveSmallIntegerField(default=5)
    leaving = models.CharField(max_length=10, blank=True, default="")  # overrides the queue's rule
    colleague = models.ForeignKey(Representative, null=True, on_delete=models.SET_NULL, related_name="+")
    idle_since = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(db_default=Now())
    available_seconds = models.FloatField(default=0.0, db_default=Value(0.0))
    worked_seconds = models.FloatField(default=0.0, db_default=Value(0.0))
    change = models.BigIntegerField(default=0, db_default=Value(0))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(load__gte=0, load__lte=models.F("ceiling")), name="seat_within_capacity"
            ),
            models.CheckConstraint(condition=Q(hardest__range=(1, 5)), name="seat_hardest"),
        ]
        indexes = [
            models.Index(fields=["change"], name="seat_changed"),
            models.Index(fields=["state_until"], condition=Q(state_until__isnull=False), name="seat_by_clock"),
            models.Index(fields=["seen_at"], condition=~Q(state=SeatState.SIGNED_OUT), name="seat_seen"),
        ]


class SeatCount(models.Model):
    """What a seat had counted at a moment, noted each hour of those that counted something: a period is the difference of two."""

    representative = models.ForeignKey(Representative, db_index=False, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    available_seconds = models.FloatField()
    worked_seconds = models.FloatField()

    class Meta:
        indexes = [
            models.Index(fields=["representative", "-at"], name="seat_count_of_person"),
            BrinIndex(fields=["at"], name="seat_count_in_time", autosummarize=True),
        ]


class StateChange(models.Model):
    """One change of somebody's state: from when, what, why, and by what. Never changed: working time is counted from it."""

    representative = models.ForeignKey(Representative, db_index=False, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=SeatState)
    reason = models.ForeignKey(AwayReason, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=12, choices=StateHow)
    by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["representative", "-at", "-id"], name="state_change_by_person")]


class WorkItem(Versioned):
    """
    One thing that waits, is offered, is in work, or was. `kind` and `subject_id` say what (see `kinds`).

    `since` is when it began to wait, with credit for time it waited elsewhere; `order_at` orders what waits: see `plans.order_at`.
    `units` is what it takes of its holder's capacity now, `weight` what it takes when in work. `wanted` is what it needs beside the
    steps of its queue, `preferred` whom it should go to first, `passed` who shall not get it again: [{"who", "until", "why"}].
    `steps` replaces the queue's for this one. `version` grows with each write; writes are guarded by it.
    """

    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    queue = models.ForeignKey(Queue, db_index=False, on_delete=models.PROTECT, related_name="items")
    is_queue_chosen = models.BooleanField(default=False)  # by a rule or a person: not changed with the team
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    state_since = models.DateTimeField()
    holder = models.ForeignKey(
        Representative, null=True, db_index=False, on_delete=models.PROTECT, related_name="work_items"
    )
    units = models.PositiveSmallIntegerField(default=0)
    weight = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=200, blank=True, default="")
    customer_id = models.BigIntegerField(null=True)
    priority = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    order_at = models.DateTimeField()
    opens_at = models.DateTimeField(null=True)  # not to be given before
    closes_at = models.DateTimeField(null=True)  # not to be given from then on, until its kind says otherwise
    language = models.CharField(max_length=10, blank=True, default="")
    difficulty = models.PositiveSmallIntegerField(default=1)
    minutes = models.PositiveSmallIntegerField(default=5)
    wanted = models.JSONField(default=dict)
    preferred = ArrayField(models.BigIntegerField(), default=list, blank=True)
    passed = models.JSONField(default=list)
    steps = models.JSONField(null=True)
    step = models.PositiveSmallIntegerField(default=0)
    step_since = models.DateTimeField()
    offer_until = models.DateTimeField(null=True)
    first_taken_at = models.DateTimeField(null=True)
    expected_seconds = models.PositiveIntegerField(null=True)  # the wait foretold when it came
    expected_from = models.PositiveIntegerField(
        null=True
    )  # and the range told with it, in which eight of ten are to lie
    expected_until = models.PositiveIntegerField(null=True)
    waited_seconds = models.PositiveIntegerField(null=True)  # the wait it really had
    worked_seconds = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=10, choices=EndedWhy, blank=True, default="")
    change = models.BigIntegerField(default=0, db_default=Value(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"], condition=~Q(state=ItemState.ENDED), name="item_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=[ItemState.WAITING, ItemState.ENDED], holder__isnull=True, units=0)
                    | Q(state=ItemState.PARKED, holder__isnull=False, units=0)
                    | Q(
                        state__in=[ItemState.OFFERED, ItemState.IN_WORK, ItemState.WRAP_UP],
                        holder__isnull=False,
                        units__gt=0,
                    )
                ),
                name="item_held_rightly",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False, state=ItemState.ENDED) | ~Q(state=ItemState.ENDED),
                name="item_ended_once",
            ),
            models.CheckConstraint(condition=Q(difficulty__range=(1, 5)), name="item_difficulty"),
        ]
        indexes = [
            models.Index(fields=["queue", "order_at", "id"], condition=Q(state=ItemState.WAITING), name="item_waiting"),
            models.Index(fields=["holder", "state", "id"], condition=Q(holder__isnull=False), name="item_of_holder"),
            models.Index(fields=["offer_until"], condition=Q(state=ItemState.OFFERED), name="item_offer_runs_out"),
            models.Index(fields=["kind", "subject_id", "-id"], name="item_of_subject"),
            models.Index(fields=["change"], name="item_changed"),
            models.Index(fields=["queue", "-ended_at"], condition=Q(state=ItemState.ENDED), name="item_ended_of_queue"),
            models.Index(fields=["state_since"], condition=Q(state=ItemState.WRAP_UP), name="item_wrapping_up"),
            models.Index(
                fields=["closes_at"],
                condition=Q(
                    closes_at__isnull=False, state__in=[ItemState.WAITING, ItemState.OFFERED, ItemState.PARKED]
                ),
                name="item_closes",
            ),
            BrinIndex(fields=["created_at"], name="item_came", autosummarize=True),
        ]


class ContactNeeds(models.Model):
    """What a contact needs of whoever takes it: `skills` (key → lowest level), how hard it is (1 to 5), a `queue` of its own."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="needs")
    skills = models.JSONField(default=dict)
    difficulty = models.PositiveSmallIntegerField(default=1)
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(difficulty__range=(1, 5)), name="contact_needs_difficulty")]


class RoutingDecision(models.Model):
    """
    What became of an item at one moment, and why: written in the transaction that did it, never changed. `explanation` is what
    `matching.explaining` made: steps, who fitted, who was passed over and for what.
    """

    item = models.ForeignKey(WorkItem, db_index=False, on_delete=models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    what = models.CharField(max_length=10, choices=DecisionKind)
    representative = models.ForeignKey(
        Representative, null=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    queue_id = models.BigIntegerField()
    step = models.PositiveSmallIntegerField(default=0)
    by_name = models.CharField(max_length=200, blank=True, default="")  # who, where it was a person
    explanation = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["item", "at", "id"], name="decision_of_item"),
            models.Index(fields=["representative", "-at"], name="decision_of_person"),
            models.Index(fields=["queue_id", "-at"], name="decision_of_queue"),
        ]


class QueueMinute(models.Model):
    """What a queue's minute was like: the figures the floor draws and expected waits are learnt from."""

    queue = models.ForeignKey(Queue, db_index=False, on_delete=models.CASCADE, related_name="minutes")
    at = models.DateTimeField()  # the full minute it began
    came = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    taken_in_time = models.PositiveIntegerField(default=0)
    given_up = models.PositiveIntegerField(default=0)
    given_up_in_time = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)  # when it ended
    oldest_seconds = models.PositiveIntegerField(default=0)
    free = models.PositiveIntegerField(default=0)  # people who could have taken more
    present = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "at"], name="queue_minute_once")]
        indexes = [models.Index(fields=["at"], name="queue_minute_in_time")]


class PlanTrial(models.Model):
    """
    Settings of a queue tried on what arrived from `since` to `until`, beside those published then (`against`): both simulated by the
    router's own matcher. `results` holds the figures of each, as `trials` writes them.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="trials")
    state = models.CharField(max_length=10, choices=TrialState, default=TrialState.WAITING)
    settings = models.JSONField()
    against = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    started_at = models.DateTimeField()
    started_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    results = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True, default="")
