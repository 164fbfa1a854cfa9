"""How a company works on cases: its kinds, its lists, and its opening hours."""

from django.db import models
from django.db.models.functions import Lower

from onhand.contacts.cases.enums import ListKind
from onhand.contacts.enums import Priority
from onhand.kernel.models import Versioned
from onhand.knowledge.models import StandardResponse
from onhand.staff.models import Representative


class BusinessCalendar(Versioned):
    """
    When the company works: `week` has seven lists of [from, until] in minutes of the day, Monday first, by the clock of `time_zone`.
    One calendar is the usual one, for kinds of cases that name none. On the public holidays of `holiday_country`, and of its
    `holiday_region` if one is named, it is closed.
    """

    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=60)
    week = models.JSONField(default=list)
    is_usual = models.BooleanField(default=False)
    holiday_country = models.CharField(max_length=2, blank=True, default="")
    holiday_region = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="calendar_name"),
            models.UniqueConstraint(fields=["is_usual"], condition=models.Q(is_usual=True), name="calendar_usual"),
        ]


class CalendarDay(models.Model):
    """
    A day with other hours than its weekday has: `spans` like one list of `BusinessCalendar.week`, empty on holidays. A public holiday
    was taken from those of the calendar's country; one set by hand is not.
    """

    calendar = models.ForeignKey(BusinessCalendar, db_index=False, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    name = models.CharField(max_length=100)
    spans = models.JSONField(default=list)
    is_public_holiday = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="calendar_day_once")]


class CaseKind(Versioned):
    """
    A kind of case. `name` is empty for kinds that come with the product and were not renamed: they are called in the reader's language.

    `own_fields` lists what cases of the kind are asked for: {"key", "name", "type", "required", "options"}. The times are in minutes
    of `calendar`, None for none. `closes_after_days` is after how long without the customer's answer a waiting case closes,
    `warns_days_before` how long before that it is announced; `reopens_within_days` until when a closed case opens again when the
    customer writes (None: always). A clock that breaks hands the case to `escalates_to`. `closing_notice` is sent to the customer when
    the closing is announced; without one only colleagues are told.
    """

    key = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100, blank=True, default="")
    own_fields = models.JSONField(default=list)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    first_reply_minutes = models.PositiveIntegerField(null=True)
    next_reply_minutes = models.PositiveIntegerField(null=True)
    resolution_minutes = models.PositiveIntegerField(null=True)
    calendar = models.ForeignKey(BusinessCalendar, null=True, on_delete=models.PROTECT, related_name="kinds")
    closes_after_days = models.PositiveSmallIntegerField(null=True)
    warns_days_before = models.PositiveSmallIntegerField(default=2)
    reopens_within_days = models.PositiveSmallIntegerField(null=True)
    escalates_to = models.ForeignKey(Representative, null=True, on_delete=models.PROTECT, related_name="+")
    closing_notice = models.ForeignKey(StandardResponse, null=True, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)


class CaseListEntry(Versioned):
    """One entry of a list cases are described by: a reason, a product or a stage of work."""

    list = models.CharField(max_length=10, choices=ListKind)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint("list", Lower("name"), name="case_list_name")]
