"""Jobs that ask shops and tell them: at once after an act or a message, and by the clock for what still waits."""

import contextlib

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from onhand.connectors import bringing_in, sending

MOST_DUE = 500


@app.task(name="connectors.poll")
def poll_shop(shop_id: int) -> None:
    """Ask a shop what changed."""
    bringing_in.poll(shop_id, timezone.now)


@app.task(name="connectors.read_order")
def read_order(outside_order_id: int) -> None:
    """Read one order from its shop."""
    bringing_in.read_again(outside_order_id, timezone.now)


@app.task(name="connectors.send")
def send_outgoing(outgoing_id: int) -> None:
    """Tell a shop one thing."""
    sending.send(outgoing_id, timezone.now)


def queue_poll(shop_id: int) -> None:
    """Have a shop asked, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        poll_shop.configure(queueing_lock=f"connectors.shop:{shop_id}").defer(shop_id=shop_id)


def queue_reading(outside_order_id: int) -> None:
    """Have an order read, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        lock = f"connectors.order:{outside_order_id}"
        read_order.configure(queueing_lock=lock).defer(outside_order_id=outside_order_id)


def queue_sending(outgoing_id: int) -> None:
    """Have a shop told something, after the commit of the present transaction. Queued twice is queued once."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        send_outgoing.configure(queueing_lock=f"connectors.out:{outgoing_id}").defer(outgoing_id=outgoing_id)


@app.periodic(cron="* * * * *")
@app.task(name="connectors.sweep", queueing_lock="connectors.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Queue the shops that are to be asked, and what waits to be read or told."""
    now = timezone.now()
    for shop_id in bringing_in.due_polls(now):
        queue_poll(shop_id)
    for outside_order_id in bringing_in.due_orders(now, MOST_DUE):
        queue_reading(outside_order_id)
    for outgoing_id in sending.due_outgoing(now, MOST_DUE):
        queue_sending(outgoing_id)
