"""Who wrote: whose file an address belongs to, and how sure that is. A forged sender is nobody's, however well the address is known."""

from dataclasses import dataclass, replace
from datetime import datetime

from onhand.contacts.conversations.forgery import is_forged
from onhand.contacts.received import Received
from onhand.customers.recognition.clues import ClueKind, read_clue
from onhand.customers.recognition.recognise import Answer, Recognition, Sureness, recognise
from onhand.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Writer:
    """
    Who wrote a message. `customer_id` is the file the address is known to belong to, None for everybody else and for the forged;
    `address` is in small letters, to be compared.
    """

    address: str
    name: str
    customer_id: int | None
    is_forged: bool
    recognition: Recognition


def find_writer(actor: Actor, parsed: Received, at: datetime) -> Writer:
    """The writer of a mail. Recognised is not identified: nobody proved anything by writing."""
    address, name = parsed.sender.address, parsed.sender.name
    forged = is_forged(parsed.checks)
    if not address:
        return Writer("", name, None, forged, Recognition(Answer.UNKNOWN))
    clue = read_clue(ClueKind.EMAIL, address)
    found = recognise(actor, [clue], at=at, name=name, language=parsed.language_hint)
    if forged:
        found = as_unproven(found)
    return Writer(address.lower(), name, found.customer_id, forged, found)


def as_unproven(found: Recognition) -> Recognition:
    """What was recognised by something that proves nothing: never known, at best possible."""
    candidates = tuple(replace(one, sureness=min(one.sureness, Sureness.POSSIBLE)) for one in found.candidates)
    answer = Answer.MAYBE if found.answer is Answer.KNOWN else found.answer
    return replace(found, answer=answer, candidates=candidates)
