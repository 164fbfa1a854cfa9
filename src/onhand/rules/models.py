"""The company's rules with every version published, what was known at each arrival, what rules did, and what was tried."""

from django.db import models

from onhand.contacts.models import Contact, Message
from onhand.kernel.models import Versioned
from onhand.rules.enums import Moment, TrialState


class RuleSet(Versioned):
    """
    The company's rules, of which there is one set. `draft` is the ordered list being written, as `definitions` reads it; `published`
    is the number of the version that is applied, 0 before the first.
    """

    draft = models.JSONField(default=list)
    published = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(null=True)
    changed_by_name = models.CharField(max_length=200, blank=True, default="")


class RuleSetVersion(models.Model):
    """The rules as they were published once. The database refuses to change or delete it."""

    number = models.PositiveIntegerField(unique=True)
    rules = models.JSONField()
    published_at = models.DateTimeField()
    published_by_name = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True, default="")


class Arrival(models.Model):
    """
    What was known when a message arrived, before any rule acted: rules are tried on the past with it. `known` holds what could be
    different today: see `arrivals.Known`.
    """

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="arrival")
    contact = models.ForeignKey(Contact, db_index=False, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    known = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["at", "message"], name="arrival_in_time")]


class RuleExecution(models.Model):
    """
    A rule that matched, why, and what it did: `because` is a list of {"what", "how", "found"}, `done` one of {"do", "with", "record",
    "problem"}. A rule acts once at most on each message and moment.
    """

    contact = models.ForeignKey(Contact, db_index=False, on_delete=models.CASCADE, related_name="rule_executions")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="rule_executions")
    at = models.DateTimeField()
    moment = models.CharField(max_length=20, choices=Moment)
    set_version = models.PositiveIntegerField()
    rule_key = models.CharField(max_length=20)
    rule_name = models.CharField(max_length=120)
    because = models.JSONField(default=list)
    done = models.JSONField(default=list)
    stopped = models.BooleanField(default=False)
    has_problem = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "rule_key", "moment"], name="rule_acts_once")]
        indexes = [
            models.Index(fields=["contact", "at", "id"], name="execution_by_contact"),
            models.Index(fields=["at", "rule_key"], name="execution_in_time"),
            models.Index(fields=["-at", "-id"], condition=models.Q(has_problem=True), name="execution_with_problem"),
        ]


class WaitingAsked(models.Model):
    """That a rule was asked about a contact which waited, after the customer's message: it is asked once."""

    message = models.ForeignKey(Message, db_index=False, on_delete=models.CASCADE, related_name="+")
    rule_key = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "rule_key"], name="waiting_asked_once")]


class AutomaticAnswer(models.Model):
    """When an address was last answered by a rule, so that it is not answered again too soon."""

    address = models.CharField(max_length=254)
    at = models.DateTimeField()
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["address", "-at"], name="automatic_answer_lately")]


class Trial(models.Model):
    """
    A draft tried on what arrived from `since` to `until`, against the version published then. `counts` says by rule how often the
    draft and the published version matched, and how often each action came of it.
    """

    state = models.CharField(max_length=10, choices=TrialState, default=TrialState.WAITING)
    rules = models.JSONField()
    against = models.PositiveIntegerField()  # number of the published version; 0 is none
    since = models.DateTimeField()
    until = models.DateTimeField()
    started_at = models.DateTimeField()
    started_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    different = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True, default="")


class TriedMessage(models.Model):
    """One message of a trial that is shown singly: what the draft would have done with it, and what the published version."""

    trial = models.ForeignKey(Trial, db_index=False, on_delete=models.CASCADE, related_name="messages")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    is_different = models.BooleanField()
    rule_keys = models.JSONField(default=list)  # of both, for showing those of one rule
    by_draft = models.JSONField(default=list)
    by_published = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["trial", "-is_different", "id"], name="tried_by_trial")]
