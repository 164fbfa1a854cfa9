"""What customers are written about paying: reminders of instalments, and the texts of dunning, by e-mail in their language."""

from datetime import datetime

import structlog

from onhand.customers.membership import of_file
from onhand.customers.models import Customer, Identity
from onhand.kernel.actor import system_actor
from onhand.kernel.errors import ActError
from onhand.kernel.perform import perform

log = structlog.get_logger("onhand.billing")


def write_notice(customer_id: int, subject: str, text: str, key: str, at: datetime) -> bool:
    """Write to a customer once for each `key`; false where there is no address, or the file takes nothing any more."""
    customer = Customer.objects.get(pk=customer_id)
    root = customer.merged_into_id or customer.pk
    found = Identity.objects.filter(of_file(root), kind="email", withdrawn_at__isnull=True).order_by(
        "-confidence", "-pk"
    )
    address = found.values_list("value", flat=True).first()
    if not address:
        log.info("nobody to write to", customer=root)
        return False
    try:
        perform(
            "contacts.write_to_customer",
            actor=system_actor("billing"),
            subject_id=root,
            arguments={"address": address, "subject": subject, "text": text, "close": True},
            at=at,
            idempotency_key=key,
        )
    except ActError as refused:
        log.warning("a notice was not written", customer=root, why=refused.message)
        return False
    return True
