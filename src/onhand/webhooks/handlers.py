"""Reactions of webhooks."""

from onhand.kernel.events import ActDone, handles
from onhand.kernel.models import EventRecord
from onhand.webhooks.subjects import ENDPOINT
from onhand.webhooks.tasks import tell_administrator

GIVEN_UP = "webhooks.give_up_endpoint"


@handles(ActDone, wants=lambda event, subject: subject == ENDPOINT and event.act == GIVEN_UP)
def tell_of_failed_endpoint(event: EventRecord) -> None:
    """Have whoever set a failing endpoint up told that it was switched off."""
    if event.subject_id is not None:
        tell_administrator.defer(endpoint_id=event.subject_id)
