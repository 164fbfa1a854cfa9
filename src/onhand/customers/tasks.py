"""What customers' files have to do with other machines, and what is done on them by the clock; done by the jobs part."""

from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from onhand.customers.finding.vocabulary import rebuild_vocabulary
from onhand.customers.identification.one_time_codes import LAST_TRY, send_message
from onhand.kernel.actor import system_actor


class NotSentYet(Exception):
    """The message could not be sent; the next try follows."""


@app.task(name="customers.send_code", retry=RetryStrategy(max_attempts=LAST_TRY, exponential_wait=2), pass_context=True)
def send_code_message(context: JobContext, code_id: int) -> None:
    """Send the message of a one-time code; tried again after 2, 4, 8 … seconds. How it went is on the code's row."""
    actor = system_actor("one-time codes")
    if not send_message(code_id, attempt=context.job.attempts + 1, at=timezone.now(), actor=actor):
        raise NotSentYet


@app.periodic(cron="53 2 * * *")
@app.task(queueing_lock="count_words")
def count_words(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Count anew how many customers have each word, and forget words nobody has any more."""
    rebuild_vocabulary()
