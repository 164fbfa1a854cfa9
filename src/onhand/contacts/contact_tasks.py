"""What the jobs part does about contacts: waits that are over, uploads nobody used, what is kept no longer, consent withdrawn."""

import contextlib
import time
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from onhand.contacts.contact_rules import current_rules
from onhand.contacts.emptying import empty_unknown
from onhand.contacts.uploads import drop_old_uploads
from onhand.contacts.waits import bring_back
from onhand.customers.privacy.retention import months_before
from onhand.kernel.actor import system_actor
from onhand.kernel.errors import ActError
from onhand.kernel.perform import perform

SLICE_SECONDS = 20.0  # then other jobs get their turn
log = structlog.get_logger("onhand.contacts")


@app.periodic(cron="* * * * *")
@app.task(name="contacts.bring_back", queueing_lock="contacts.bring_back")
def bring_contacts_back(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Bring contacts back to the lists whose time to wait is over."""
    count = bring_back(at=timezone.now())
    if count:
        log.info("contacts came back", count=count)


@app.periodic(cron="29 * * * *")
@app.task(name="contacts.drop_uploads", queueing_lock="contacts.drop_uploads")
def drop_uploads(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Remove files that were added to answers days ago and never sent."""
    while drop_old_uploads(timezone.now()):
        pass


@app.task(name="contacts.withdraw_consent")
def withdraw_consent(customer_id: int, proof: str, key: str) -> None:
    """Record that a customer does not want advertising by mail any more. Asked twice, it is recorded once."""
    try:
        perform(
            "customers.record_consent",
            actor=system_actor("e-mail"),
            subject_id=customer_id,
            arguments={"purpose": "marketing", "answer": "withdrawn", "channel": "email", "proof": proof},
            at=timezone.now(),
            idempotency_key=key,
        )
    except ActError as error:
        log.warning("consent not withdrawn", customer=customer_id, why=error.code)


@app.periodic(cron="37 2 * * *")
@app.task(name="contacts.begin_emptying", queueing_lock="contacts.begin_emptying")
def begin_emptying(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Once a night empty contacts of people who never became known, whose time is over."""
    _empty_later("", 0)


@app.task(name="contacts.empty_unknown")
def empty_unknown_contacts(ended: str, contact_id: int) -> None:
    """Empty for a while, from one place on; then hand the rest to the next job."""
    now = timezone.now()
    before = months_before(now, current_rules().unknown_contacts_months)
    give_over = time.monotonic() + SLICE_SECONDS
    place = (datetime.fromisoformat(ended), contact_id) if ended else None
    while time.monotonic() < give_over:
        place = empty_unknown(before, now, place)
        if place is None:
            return
    if place is not None:
        _empty_later(place[0].isoformat(), place[1])


def _empty_later(ended: str, contact_id: int) -> None:
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        empty_unknown_contacts.configure(queueing_lock="contacts.empty_unknown").defer(
            ended=ended, contact_id=contact_id
        )
