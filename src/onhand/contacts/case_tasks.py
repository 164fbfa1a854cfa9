"""What is followed up by the clock; done by the jobs part."""

from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app

from onhand.contacts.cases.following_up import follow_up
from onhand.contacts.cases.public_holidays import take_over
from onhand.contacts.models import BusinessCalendar
from onhand.contacts.promises.checking import check_promises


@app.periodic(cron="* * * * *")
@app.task(name="contacts.follow_up_cases", queueing_lock="follow_up_cases")
def follow_up_cases(timestamp: int) -> None:
    """Due times that run out or passed, reminders, waits that end, cases that close unanswered."""
    follow_up(datetime.fromtimestamp(timestamp, UTC))


@app.periodic(cron="* * * * *")
@app.task(name="contacts.check_promises", queueing_lock="check_promises")
def check_promises_on_books(timestamp: int) -> None:
    """Find promises kept or broken."""
    check_promises(datetime.fromtimestamp(timestamp, UTC))


@app.periodic(cron="11 4 * * *")
@app.task(name="contacts.take_over_holidays", queueing_lock="take_over_holidays")
def take_over_holidays(timestamp: int) -> None:
    """Add next year's public holidays to opening hours, as soon as it is next year's."""
    today = datetime.fromtimestamp(timestamp, UTC).date()
    for pk in BusinessCalendar.objects.exclude(holiday_country="").values_list("pk", flat=True):
        with transaction.atomic():
            calendar = BusinessCalendar.objects.select_for_update().get(pk=pk)
            if take_over(calendar, today):
                calendar.version += 1
                calendar.save(update_fields=["version"])
