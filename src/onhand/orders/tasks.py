"""Each night orders are completed whose time to send things back has passed, and cancelled that were not paid in time."""

from datetime import UTC, datetime, timedelta

from procrastinate.contrib.django import app

from onhand.orders.enums import OrderState
from onhand.orders.models import Order
from onhand.orders.placing import DAYS_TO_RETURN
from onhand.orders.releasing import complete
from onhand.orders.together import count_together
from onhand.orders.unpaid import cancel_unpaid, unpaid_orders

AT_ONCE = 500


@app.periodic(cron="20 3 * * *")
@app.task(name="orders.complete_orders", queueing_lock="orders.complete_orders")
def complete_orders(timestamp: int) -> None:
    """Complete what was delivered long enough ago, each order in a transaction of its own."""
    now = datetime.fromtimestamp(timestamp, UTC)
    before = now - timedelta(days=DAYS_TO_RETURN)
    last = 0
    while found := list(
        Order.objects.filter(state=OrderState.DELIVERED, delivered_at__lt=before, pk__gt=last)
        .order_by("pk")
        .values_list("pk", flat=True)[:AT_ONCE]
    ):
        last = found[-1]
        for order_id in found:
            complete(order_id, now)


@app.periodic(cron="50 3 * * *")
@app.task(name="orders.count_together", queueing_lock="orders.count_together")
def count_what_is_bought_together(timestamp: int) -> None:
    """Count what is bought together, each night."""
    count_together(datetime.fromtimestamp(timestamp, UTC))


@app.periodic(cron="10 4 * * *")
@app.task(name="orders.cancel_unpaid_orders", queueing_lock="orders.cancel_unpaid_orders")
def cancel_unpaid_orders(timestamp: int) -> None:
    """Cancel what was not paid in time, each order in a transaction of its own: killed in between, the next run goes on."""
    now, last = datetime.fromtimestamp(timestamp, UTC), 0
    while found := list(unpaid_orders(now).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        last = found[-1]
        for order_id in found:
            cancel_unpaid(order_id, now)
