"""What must be true of mail after any number of kills."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, InterfaceError

from onhand.channels.email.enums import RawState
from onhand.channels.email.models import MailboxHealth, RawMail
from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import Contact, Message
from onhand.kernel.database import forget_connections
from tests.resilience.mail.load import Outside, Sent
from tests.resilience.mail.people import Answered


def wait_until_done(sent: Sent, answered: Answered, outside: Outside, *, seconds: float) -> None:
    """Wait until all mail was read and every answer sent; what is left after that time is a fault found later."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            # Mail handed in twice is stored twice: the count says nothing, the Message-IDs do.
            read = RawMail.objects.filter(state=RawState.DONE).values("outside_id").distinct().count()
            unread = RawMail.objects.exclude(state=RawState.DONE).exists()
            waiting = Message.objects.filter(state=MessageState.WAITING).exists()
            unanswered = Contact.objects.filter(needs_answer=True, ended_at__isnull=True).count()
            if read >= sent.total() and not unread and not waiting and unanswered <= len(sent.bounces):
                return
        except (DatabaseError, InterfaceError):
            forget_connections()
        time.sleep(0.5)


def check(sent: Sent, answered: Answered, outside: Outside) -> dict[str, Any]:
    """Counts, and `faults`: one line for everything that is not as it must be."""
    faults = sorted(
        [*came_in(sent), *threads(sent), *went_out(answered, outside)],
        key=lambda line: not line.startswith("the mailbox"),
    )
    seen = Counter(one.message_id for one in outside.accepted)
    return {
        "answers": len(answered.done),
        "handed_in_twice": sent.doubles,
        "bounces": len(sent.bounces),
        "sent_twice_with_the_same_id": sum(count - 1 for count in seen.values()),
        "faults": faults[:20],
        "fault_count": len(faults),
    }


def came_in(sent: Sent) -> Iterator[str]:
    """Every mail that was taken from us is stored, read, and told once."""
    stored = Counter(RawMail.objects.values_list("outside_id", flat=True))
    told = Counter(Message.objects.filter(direction=Direction.INBOUND).values_list("outside_id", flat=True))
    people = {*sent.first, *sent.answers}
    for kind, ids in (("letter", people), ("automatic", sent.automatic.keys()), ("bounce", sent.bounces.keys())):
        yield from (f"{kind} {one} was lost" for one in ids if not stored[one])
    yield from (f"letter {one} is told {told[one]} times" for one in people if told[one] != 1)
    yield from (f"{one} is told {told[one]} times" for one in told if told[one] > 1)
    for state, reason in RawMail.objects.exclude(state=RawState.DONE).values_list("state", "reason")[:5]:
        yield f"a mail is {state}: {reason}"
    for health in MailboxHealth.objects.all():
        if health.problem or health.sending_problem:
            yield f"the mailbox: {health.problem} {health.sending_problem}"


def threads(sent: Sent) -> Iterator[str]:
    """First mails have a contact each; answers are where what they answer is; automata open none."""
    rows = Message.objects.exclude(outside_id="").values_list("outside_id", "contact")
    place = dict(rows)
    firsts = Counter(place[one] for one in sent.first if one in place)
    yield from (f"contact {contact} holds {count} first mails" for contact, count in firsts.items() if count > 1)
    for one, answers in {**sent.answers, **sent.automatic}.items():
        if one in place and place[one] != place.get(answers):
            yield f"{one} is in contact {place[one]}, what it answers in {place.get(answers)}"
    opened = Contact.objects.exclude(pk__in=firsts.keys()).count()
    if opened:
        yield f"{opened} contacts were opened by what is no first mail"


def went_out(answered: Answered, outside: Outside) -> Iterator[str]:
    """Every acknowledged answer is there once and was seen by the receiving server; it saw nothing else."""
    ours = Message.objects.filter(direction=Direction.OUTBOUND, is_internal=False)
    texts = Counter(text for (text,) in ours.values_list("text"))
    for key in answered.done:
        count = sum(number for text, number in texts.items() if f"({key})" in text)
        if count != 1:
            yield f"the answer {key} is there {count} times"
    states = dict(ours.values_list("outside_id", "state"))
    seen = {one.message_id for one in outside.accepted}
    yield from (f"{one} is {state} and was not seen outside" for one, state in states.items() if one not in seen)
    yield from (
        f"{one} was seen outside and is {states[one]}"
        for one in seen & states.keys()
        if states[one] not in (MessageState.SENT, MessageState.FAILED)
    )
    yield from (f"{one} was seen outside and is unknown here" for one in seen - states.keys())
    yield from (f"refused: {key}: {why}" for key, why in answered.refused.items())
    if not answered.done:
        yield "nothing was answered"
