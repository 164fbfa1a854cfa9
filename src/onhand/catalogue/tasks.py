"""What the jobs part does about the catalogue: reservations that ran out."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from onhand.catalogue.stock import end_what_ran_out


@app.periodic(cron="*/5 * * * *")
@app.task(name="catalogue.end_reservations", queueing_lock="catalogue.end_reservations")
def end_reservations_that_ran_out(timestamp: int) -> None:
    """Release goods that were kept until a moment that is over."""
    end_what_ran_out(datetime.fromtimestamp(timestamp, UTC))
