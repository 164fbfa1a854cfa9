"""Orders follow their payments."""

from onhand.kernel.events import handles
from onhand.kernel.models import EventRecord
from onhand.orders.releasing import payment_came, payment_failed
from onhand.payments.events import PaymentCaptured, PaymentFailed


@handles(PaymentCaptured, wants=lambda event, _subject: event.document_type == "order")
def let_order_go_on(event: EventRecord) -> None:
    """The money is there."""
    payment_came(event.payload["document_id"], event.payload["payment_id"], event.at)


@handles(PaymentFailed, wants=lambda event, _subject: event.document_type == "order")
def say_that_payment_failed(event: EventRecord) -> None:
    """The money will not come."""
    payload = event.payload
    payment_failed(payload["document_id"], payload["payment_id"], payload["why"], event.at)
