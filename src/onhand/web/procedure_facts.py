"""What the desk and programs may say of a run of a procedure: the same for both."""

from datetime import datetime

from onhand.customers.identification.level import IDENTIFIED, reached_by_default
from onhand.kernel.actor import Actor
from onhand.orders.access import ORDERS
from onhand.procedures.models import ProcedureRun


def may_tell(actor: Actor, one: ProcedureRun, now: datetime) -> bool:
    """Whether what the books know may be shown: the customer is identified, or the reader needs nobody identified."""
    if one.customer_id is None:
        return True
    return reached_by_default(actor, one.customer_id, now, one.contact_id).may_be_told(ORDERS, IDENTIFIED)
