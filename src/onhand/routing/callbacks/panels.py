"""The panel of a customer's callbacks: those that are open, and the last ones."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.access import VIEW
from onhand.customers.panels import Panel, PanelContext, Reading, register_panel
from onhand.routing.callbacks.models import Callback

MOST = 10
_OPEN = "select count(*) from callbacks_callback b where b.customer_id in (select m.id from members m) and b.ended_at is null"


def read_panel(reading: Reading) -> PanelContext:
    """Open callbacks first, then what became of the last ones. Numbers are not among it."""
    found = Callback.objects.filter(customer__in=reading.member_ids).select_related("queue")
    return {
        "open": list(found.filter(ended_at__isnull=True).order_by("next_at", "pk")[:MOST]),
        "ended": list(found.filter(ended_at__isnull=False).order_by("-ended_at", "-pk")[:MOST]),
        "customer_id": reading.customer_id,
        "at": reading.at,
    }


register_panel(
    Panel(key="callbacks", label=_("Callbacks"), order=12, permission=VIEW, read=read_panel, level=0, count=_OPEN)
)
