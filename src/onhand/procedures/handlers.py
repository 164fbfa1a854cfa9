"""What follows when contacts and runs end, and when something a procedure offers was done."""

from onhand.contacts.events import ContactWrappedUp
from onhand.kernel.events import ActDone, handles
from onhand.kernel.models import ActRecord, EventRecord
from onhand.procedures.binding import is_offered
from onhand.procedures.events import ProcedureEnded
from onhand.procedures.followed import contacts_of_run, keep_checks
from onhand.procedures.models import Followed, OfferedAct

ENDS = "contacts.end_contact"  # of those spoken with, without a reason


@handles(ContactWrappedUp)
def check_contact(event: EventRecord) -> None:
    """Look whether the procedures it was meant for were followed."""
    keep_checks(int(event.payload["contact_id"]), event.at)


@handles(ActDone, wants=lambda event, _subject: event.act == ENDS)
def check_contact_that_ended(event: EventRecord) -> None:
    """The same, of one that was ended without being wrapped up: for what was run on it."""
    record = ActRecord.objects.filter(pk=event.payload["record_id"]).first()
    ended = record.after.get("contact_ended") if record else None
    if ended:
        keep_checks(int(ended["id"]), event.at)


@handles(ProcedureEnded)
def check_contacts_of_run(event: EventRecord) -> None:
    """A run may end after its contact did: then it is looked at again."""
    for contact_id in contacts_of_run(int(event.payload["run_id"])):
        keep_checks(contact_id, event.at)


@handles(ActDone, wants=lambda event, _subject: is_offered(event.act))
def note_offered_act(event: EventRecord) -> None:
    """Note on which contact something was done that a procedure offers."""
    if event.contact_id is None:
        return
    given = {"contact_id": event.contact_id, "act": event.payload["act"], "at": event.at}
    OfferedAct.objects.get_or_create(record_id=event.payload["record_id"], defaults=given)
    if Followed.objects.filter(contact=event.contact_id).exists():
        keep_checks(event.contact_id, event.at)
