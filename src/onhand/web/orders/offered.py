"""What may be done on an order, for whoever asks from its page: nothing where the customer is not identified for it."""

from django.http import HttpRequest
from django.utils import timezone

from onhand.customers.identification.level import IDENTIFIED, reached_by_default
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, acts_on
from onhand.kernel.errors import SubjectNotFound
from onhand.orders import access
from onhand.orders.models import Order
from onhand.orders.reading import find_order, read_order_page
from onhand.orders.subjects import ORDER
from onhand.web.desk.access import on_screen
from onhand.web.orders.pages import offered_on


def may_be_told(request: HttpRequest, actor: Actor, customer_id: int) -> bool:
    """Whether the customer is identified well enough for their orders to be shown."""
    shown = on_screen(request, actor)
    reached = reached_by_default(actor, customer_id, timezone.now(), shown.id if shown else None)
    return reached.may_be_told(access.ORDERS, IDENTIFIED)


def offered_acts(request: HttpRequest, actor: Actor, order_id: int) -> tuple[Order, list[Act]]:
    """
    An order with the acts its page offers this actor now.

    :raises SubjectNotFound: they may not see it, or its customer is not identified well enough.
    """
    order, root = find_order(actor, order_id)
    if not may_be_told(request, actor, root):
        raise SubjectNotFound
    offered = offered_on(read_order_page(order, root))
    return order, [act for act in acts_on(ORDER, actor) if offered.get(act.name, False)]
