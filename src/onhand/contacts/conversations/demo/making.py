"""Rows of the demo's conversations: of the mails of the last weeks, so that their number stays small however large the company is."""

from dataclasses import dataclass
from random import Random

from onhand.contacts.conversations.demo.texts import matters_in
from onhand.contacts.models import Message
from onhand.customers.demo.sources import BLOCK, DemoBlock, DemoCustomer, DemoPerson, DemoTable

RECENT = 40  # days before today that have their messages
OPEN = 5  # days in which some are still to be answered
OUR_ADDRESS = "help@onhand-demo.example"
MESSAGES = DemoTable(
    Message,
    (
        *(
            "contact_id",
            "direction",
            "at",
            "sender_name",
            "sender_address",
            "recipients",
            "subject",
            "text",
            "outside_id",
        ),
        *("answers", "author_id", "author_name", "state", "sent_at"),
    ),
    4 * BLOCK,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A mail contact as its row has it: what it is about, whose turn it is, and how many messages there are."""

    subject: str
    language: str
    came_to: str
    needs_answer: bool
    is_open: bool
    last_second: int
    matter: int
    count: int


def plan(chance: Random, customer: DemoCustomer, age: int, second: int) -> Written:
    """How a conversation of so many days ago went, that began at a second of its day."""
    language, matters = matters_in(customer.language)
    matter = int(chance.random() * len(matters))
    is_open = age < OPEN and chance.random() < 0.55
    count = chance.choice((1, 1, 3)) if is_open else chance.choice((2, 2, 2, 4))
    if is_open and chance.random() < 0.2:
        count += 1  # answered, and not ended
    return Written(
        subject=matters[matter].subject,
        language=language,
        came_to=OUR_ADDRESS,
        needs_answer=is_open and count % 2 == 1,
        is_open=is_open,
        last_second=second + (count - 1) * _PAUSE,
        matter=matter,
        count=count,
    )


_PAUSE = 4_500  # seconds from a mail to the next


class MessageMaker:
    """Writes the messages of one block's conversations."""

    def __init__(self, block: DemoBlock) -> None:
        self.block, self.calendar = block, block.calendar
        self.ids, self.lines = block.ids(MESSAGES), block.rows(MESSAGES)

    def write(
        self,
        contact_id: int,
        customer: DemoCustomer,
        written: Written,
        day: int,
        second: int,
        person: DemoPerson | None,
    ) -> None:
        """All messages of one conversation."""
        matter = matters_in(customer.language)[1][written.matter]
        name = customer.email.partition("@")[0].replace(".", " ").replace("_", " ").title()
        texts = (matter.first, matter.answer, matter.then, matter.last)[: written.count]
        if len(self.lines) + len(texts) > MESSAGES.most:
            return
        before = "[]"
        for place, text in enumerate(texts):
            number = next(self.ids)
            at = self.calendar.write(day, second + place * _PAUSE, customer.time_zone)
            ours = place % 2 == 1
            sender, to = (written.came_to, customer.email) if ours else (customer.email, written.came_to)
            subject = written.subject if place == 0 else f"Re: {written.subject}"
            by = f"{person.id}\t{person.name}" if ours and person else "\\N\t"
            named = "" if ours else name
            self.lines.append(
                f"{number}\t{contact_id}\t{'outbound' if ours else 'inbound'}\t{at}\t{named}\t{sender}\t"
                f'[{{"name": "", "address": "{to}", "as": "to"}}]\t{subject}\t{text}\t<demo-{number}@mail.example>\t{before}\t{by}\t'
                f"{'sent' if ours else 'received'}\t{at if ours else chr(92) + 'N'}{MESSAGES.rest}"
            )
            before = f'["<demo-{number}@mail.example>"]'
