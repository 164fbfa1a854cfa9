"""Reactions to what happens to messages."""

from collections.abc import Iterable
from datetime import datetime

from onhand.contacts.cases import states
from onhand.contacts.cases.belonging import cases_of
from onhand.contacts.cases.events import PromiseBroken, PromiseFoundKept
from onhand.contacts.cases.states import case_answered
from onhand.contacts.delivery import MessageSent
from onhand.contacts.events import ContactWrappedUp, MessageReceived
from onhand.contacts.followers import CASES
from onhand.contacts.models import Message
from onhand.kernel.events import handles
from onhand.kernel.models import EventRecord


@handles(MessageSent)
def answer_cases(event: EventRecord) -> None:
    """Once an answer is out, the clocks for a reply are met in the cases its contact is about."""
    message = Message.objects.filter(pk=event.payload["message_id"], automatic="").first()
    if message is not None:
        case_answered(cases_of(message.contact_id), event.at)


@handles(MessageReceived)
def look_at_cases_written_to(event: EventRecord) -> None:
    """A case may need somebody, or its contact stands for it now. Not while it is received: contacts come before cases are followed."""
    look_at_cases(cases_of(int(event.payload["contact_id"])), event.at)


@handles(ContactWrappedUp)
def look_at_cases_wrapped_up(event: EventRecord) -> None:
    """Where the customer still waits for an answer, the case is the work now."""
    look_at_cases(cases_of(int(event.payload["contact_id"])), event.at)


@handles(PromiseBroken)
def look_at_case_of_promise(event: EventRecord) -> None:
    """A broken promise is work on its case."""
    if event.payload["case_id"] is not None:
        look_at_cases([int(event.payload["case_id"])], event.at)


@handles(PromiseFoundKept)
def look_at_case_of_kept_promise(event: EventRecord) -> None:
    """And one that was kept after all is none any more."""
    if event.payload["case_id"] is not None:
        look_at_cases([int(event.payload["case_id"])], event.at)


def look_at_cases(case_ids: Iterable[int], at: datetime) -> None:
    """Let what goes by these cases look at them, one after the other in order of their numbers."""
    for case in states.lock_several(case_ids):
        CASES.tell(case, at)
