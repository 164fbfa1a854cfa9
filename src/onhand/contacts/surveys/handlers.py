"""What follows when a contact is wrapped up."""

from onhand.contacts.events import ContactWrappedUp
from onhand.contacts.finishing import register_finisher
from onhand.contacts.surveys.asking import AUTOMATIC, finish_letter
from onhand.contacts.surveys.planning import plan
from onhand.kernel.events import handles
from onhand.kernel.models import EventRecord

register_finisher(AUTOMATIC, finish_letter)


@handles(ContactWrappedUp)
def plan_survey(event: EventRecord) -> None:
    """Plan to ask the customer, if the rules choose the contact."""
    plan(event.payload["contact_id"], event.payload.get("reason_id"), event.at)
