"""What a department has laid down for all its contacts."""

from django.db import models

from onhand.kernel.models import Versioned


class ContactRules(Versioned):
    """
    How contacts are answered, ended and kept. There is one row.

    `undo_seconds` is how long an answer can be taken back before it leaves. `answer_…_minutes` is by when a customer is to be answered,
    in minutes of the usual opening hours, by priority. `raw_mail_days` is after how long mail as it arrived is emptied once it was
    read, `unknown_contacts_months` after how long an ended contact is emptied whose customer never became known.
    """

    undo_seconds = models.PositiveSmallIntegerField(default=10)
    needs_reason = models.BooleanField(default=True)
    answer_urgent_minutes = models.PositiveIntegerField(default=120)
    answer_high_minutes = models.PositiveIntegerField(default=240)
    answer_normal_minutes = models.PositiveIntegerField(default=480)
    answer_low_minutes = models.PositiveIntegerField(default=1440)
    raw_mail_days = models.PositiveSmallIntegerField(default=90)
    unknown_contacts_months = models.PositiveSmallIntegerField(default=24)
