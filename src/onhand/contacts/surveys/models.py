"""What customers are asked after a contact, what they answered, and how the company wants it done."""

from django.db import models
from django.db.models import Q

from onhand.contacts.models import Case, Contact, Message
from onhand.contacts.surveys.enums import Score, SurveyState, WhyNot
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.staff.models import Team


class SurveyRules(Versioned):
    """
    Whether and how customers are asked: one row, made with the tables. `share` is of the contacts wrapped up, in per cent. A customer
    is asked once in `rest_days`, `delay_hours` after the contact, and may answer and change the answer for `open_days`. A score up to
    `low_score` counts as low (0: none does).
    """

    is_on = models.BooleanField(default=False)
    share = models.PositiveSmallIntegerField(default=100)
    delay_hours = models.PositiveSmallIntegerField(default=2)
    rest_days = models.PositiveSmallIntegerField(default=30)
    open_days = models.PositiveSmallIntegerField(default=14)
    needs_consent = models.BooleanField(default=True)
    low_score = models.PositiveSmallIntegerField(default=2)
    low_comes_back = models.BooleanField(default=True)
    company = models.CharField(max_length=100, blank=True, default="")


class Survey(models.Model):
    """
    One customer asked, or to be asked, about one contact. Team, representative, case and reason are as they were when the contact was
    wrapped up, so that figures do not move when work does.

    The link's token is nowhere: it is worked out from `nonce` and the installation's key, and found again by `token_hash`. `message` is
    the mail that asked. `answered_at` is of the first answer, `changed_at` of the last; `came_back_at` says that a low score made the
    contact work again.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="surveys")
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="surveys")
    state = models.CharField(max_length=10, choices=SurveyState, default=SurveyState.PLANNED)
    why_not = models.CharField(max_length=20, choices=WhyNot, blank=True, default="")
    language = models.CharField(max_length=10)
    team = models.ForeignKey(Team, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    representative_id = models.BigIntegerField(null=True)
    representative_name = models.CharField(max_length=200, blank=True, default="")
    case = models.ForeignKey(Case, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    reason_id = models.BigIntegerField(null=True)
    wrapped_up_at = models.DateTimeField()
    due_at = models.DateTimeField()
    message = models.ForeignKey(Message, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    nonce = models.BinaryField(max_length=16, default=bytes)
    token_hash = models.BinaryField(null=True, unique=True)
    asked_at = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    score = models.PositiveSmallIntegerField(null=True, choices=Score)
    comment = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    came_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact"], condition=Q(state="planned"), name="survey_planned_once"),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__range=(1, 5)), name="survey_score"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="planned"), name="survey_due"),
            models.Index(fields=["customer", "-asked_at"], name="survey_asked_lately"),
            models.Index(
                fields=["customer", "-answered_at", "-id"],
                condition=Q(answered_at__isnull=False),
                name="survey_by_customer",
            ),
            models.Index(fields=["asked_at"], condition=Q(state="asked"), name="survey_in_time"),
        ]
