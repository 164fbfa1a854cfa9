"""Jobs that ask payment providers: at once after an act, and by the clock for what still waits."""

import contextlib
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from onhand.payments import asking, entries, links, webhooks
from onhand.payments.enums import LineState
from onhand.payments.models import BankLine

MOST_DUE = 500
KEPT = timedelta(days=90)


@app.task(name="payments.ask_for_payment")
def ask_for_payment(payment_id: int) -> None:
    """Ask a provider for a payment."""
    asking.ask_for_payment(payment_id, timezone.now)


@app.task(name="payments.ask_for_refund")
def ask_for_refund(refund_id: int) -> None:
    """Ask a provider for a refund."""
    asking.ask_for_refund(refund_id, timezone.now)


def queue_payment(payment_id: int) -> None:
    """Have a provider asked for a payment, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        ask_for_payment.configure(queueing_lock=f"payments.payment:{payment_id}").defer(payment_id=payment_id)


def queue_refund(refund_id: int) -> None:
    """Have a provider asked for a refund, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        ask_for_refund.configure(queueing_lock=f"payments.refund:{refund_id}").defer(refund_id=refund_id)


@app.task(name="payments.ask_for_entry")
def ask_for_entry(request_id: int) -> None:
    """Ask a provider for a page on which a customer gives a payment method, and send the link."""
    entries.make_entry(request_id, timezone.now)


def queue_request(request_id: int) -> None:
    """Have the link made and sent, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        ask_for_entry.configure(queueing_lock=f"payments.request:{request_id}").defer(request_id=request_id)


@app.task(name="payments.see_to_link")
def see_to_link(link_id: int) -> None:
    """Have the page of a payment link made and sent, or closed."""
    links.see_to(link_id, timezone.now)


def queue_link(link_id: int) -> None:
    """Have a payment link seen to, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        see_to_link.configure(queueing_lock=f"payments.link:{link_id}").defer(link_id=link_id)


@app.task(name="payments.handle_event")
def handle_event(event_id: int) -> None:
    """Do what a message of a provider says."""
    webhooks.handle(event_id, timezone.now)


def queue_event(event_id: int) -> None:
    """Have a stored message handled, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        handle_event.configure(queueing_lock=f"payments.event:{event_id}").defer(event_id=event_id)


@app.task(name="payments.match_statement")
def match_statement(import_id: int) -> None:
    """Match the lines of a bank statement."""
    from onhand.payments.bank.matching import match_statement as match

    match(import_id, timezone.now)


def queue_matching(import_id: int) -> None:
    """Have the lines of a statement matched, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        match_statement.configure(queueing_lock=f"payments.statement:{import_id}").defer(import_id=import_id)


@app.task(name="payments.forget_method", retry=RetryStrategy(max_attempts=20, wait=30, linear_wait=60))
def forget_method(provider_id: int, reference: str) -> None:
    """Have a provider forget a payment method; tried again while it is down."""
    asking.forget_method(provider_id, reference)


def queue_forgetting(provider_id: int, reference: str) -> None:
    """Have a provider forget a payment method, after the commit of the present transaction."""
    forget_method.defer(provider_id=provider_id, reference=reference)


@app.periodic(cron="* * * * *")
@app.task(name="payments.sweep", queueing_lock="payments.sweep")
def ask_again(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Queue what waits for its next try, and what nobody works on because somebody was stopped between a commit and its job."""
    now = timezone.now()
    for payment_id in asking.due_payments(now, MOST_DUE):
        queue_payment(payment_id)
    for refund_id in asking.due_refunds(now, MOST_DUE):
        queue_refund(refund_id)
    for request_id in entries.due_requests(now, MOST_DUE):
        queue_request(request_id)
    for link_id in links.due_links(now, MOST_DUE):
        queue_link(link_id)
    for event_id in webhooks.due_events(now, MOST_DUE):
        queue_event(event_id)
    for import_id in (
        BankLine.objects.filter(state=LineState.NEW).values_list("statement", flat=True).distinct()[:MOST_DUE]
    ):
        queue_matching(import_id)


@app.periodic(cron="43 3 * * *")
@app.task(name="payments.empty_old", queueing_lock="payments.empty_old")
def empty_old(timestamp: int) -> None:
    """Take out what messages of providers said that were handled long ago."""
    webhooks.empty_old(datetime.fromtimestamp(timestamp, UTC) - KEPT)
