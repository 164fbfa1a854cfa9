"""
Years of contacts of the demo's customers, with the cases they belonged to and what was promised: more each year, busiest on Mondays and
before noon. What happened lately may still be open.
"""

from itertools import accumulate
from random import Random

from onhand.contacts.cases.demo import CASES_OF_BLOCK, NULL, CaseMaker, prepare_lists
from onhand.contacts.cases.demo import TABLES as CASE_TABLES
from onhand.contacts.conversations.demo.making import MESSAGES, RECENT, MessageMaker, Written, plan
from onhand.contacts.models import Contact
from onhand.customers.demo.sources import (
    BLOCK,
    DemoBlock,
    DemoCustomer,
    DemoPerson,
    DemoSource,
    DemoTable,
    register_demo,
)

MOST_CONTACTS = 60  # of a customer; most have few, some many
CONTACTS = DemoTable(
    Contact,
    (
        *(
            "customer_id",
            "case_id",
            "channel",
            "direction",
            "outside_address",
            "subject",
            "summary",
            "started_at",
            "ended_at",
        ),
        *("representative_id", "representative_name", "identified_level", "identified_how"),
        *("team_id", "came_to", "language", "needs_answer", "last_message_at", "due_at"),
    ),
    MOST_CONTACTS * BLOCK,
)
TABLES = (*CASE_TABLES, CONTACTS, MESSAGES)

# How many contacts a customer had in all the years: ten on average, a few have very many.
_MANY = tuple(accumulate((60, 90, 95, 90, 80, 72, 64, 56, 50, 44, *(38 * 0.93**n for n in range(MOST_CONTACTS - 10)))))
_CHANNELS = ("telephone", "email", "chat", "counter", "letter", "social")
_SHARES = tuple(accumulate((50, 27, 12, 4, 3, 4)))
_LENGTHS = {
    "telephone": 420,
    "email": 500,
    "chat": 700,
    "counter": 380,
    "letter": 900,
    "social": 300,
}  # seconds, on average
_LEVELS = tuple(accumulate((22, 62, 16)))
_HOW = ("", "Questions from the file", "One-time code")
_KINDS = ("question", "request", "complaint", "fault")
_KIND_SHARES = tuple(accumulate((34, 30, 24, 12)))
_TALKS = {
    "es": {
        "question": (("Pregunta por su pedido", "Quería saber cuándo llega. Se le dio la fecha del transportista."),),
        "request": (
            ("Cambio de dirección de entrega", "Pide que se entregue en el trabajo. Cambiado."),
            ("Copia de la factura", "Se le envió la copia por correo."),
        ),
        "complaint": (
            ("Artículo dañado", "La lámpara llegó rota. Se acordó sustituirla."),
            ("Retraso de la entrega", "Tres días de retraso. Disculpas y seguimiento con el transportista."),
        ),
        "fault": (("El hervidor no calienta", "Probado con ella paso a paso; sigue sin funcionar. En garantía."),),
    },
    "en": {
        "question": (
            ("Where the order is", "Wanted to know when it comes. Gave the carrier's date."),
            ("Question about a bill", "Explained the two lines of postage."),
        ),
        "request": (
            ("Deliver somewhere else", "Asked for delivery at work. Changed."),
            ("Copy of an invoice", "Sent the copy by e-mail."),
        ),
        "complaint": (
            ("Damaged article", "The lamp arrived broken. Agreed to replace it."),
            ("Late delivery", "Three days late. Apologised, asked the carrier."),
        ),
        "fault": (("The kettle does not heat", "Went through the steps together; still cold. Under warranty."),),
    },
}


def make_contacts(block: DemoBlock) -> None:
    """The contacts, cases and promises of a block's customers. Rows lie in the order of time, as they would have come."""
    maker = _Maker(block)
    for customer in block.customers:
        maker.add(customer)
    maker.close()


class _Maker:
    """Makes the histories of one block."""

    def __init__(self, block: DemoBlock) -> None:
        self.block, self.chance, self.calendar = block, block.chance, block.calendar
        self.contact_ids, self.cases = block.ids(CONTACTS), CaseMaker(block)
        self.contacts: list[tuple[int, int, str, str, str]] = []  # day, second, the line without its id, case, whose
        self.written: dict[str, tuple[DemoCustomer, Written, DemoPerson | None]] = {}  # by that line
        self.teams = {tuple(person.id for person in staff): str(pk) for pk, staff in block.company.staff.items()}

    def add(self, customer: DemoCustomer) -> None:
        """One customer's years: contacts in order, some of which open a case that the next ones belong to."""
        chance, calendar = self.chance, self.calendar
        share = (calendar.upto[-1] - calendar.upto[customer.since]) / calendar.upto[-1]
        many = round(_index(chance, _MANY) * (0.45 + share) * (1.6 if customer.is_organisation else 1.0))
        moments = []
        for _ in range(min(many, MOST_CONTACTS)):
            channel = _CHANNELS[_index(chance, _SHARES)]
            day = calendar.day(chance, customer.since)
            moments.append(
                (day, calendar.second(chance, is_call=channel not in ("email", "social", "letter")), channel)
            )
        moments.sort()
        texts = _TALKS["es" if customer.language in ("es", "ca", "pt", "it") else "en"]
        left, case, kind, talk = 0, NULL, "question", texts["question"][0]
        for place, (day, second, channel) in enumerate(moments):
            person = chance.choice(customer.staff) if customer.staff else None
            if left == 0:
                kind = _KINDS[_index(chance, _KIND_SHARES)]
                talk = chance.choice(texts[kind])
                case = NULL
                if chance.random() < 0.34:
                    left = min(chance.choice((1, 1, 2, 2, 3)), len(moments) - place)
                    last = moments[place + left - 1]
                    case = str(self.cases.case(customer, kind, talk, (day, second), (last[0], last[1]), person))
            self._contact(customer, case, (day, second, channel), talk, person)
            left = max(0, left - 1)

    def _contact(
        self,
        customer: DemoCustomer,
        case: str,
        moment: tuple[int, int, str],
        talk: tuple[str, str],
        person: DemoPerson | None,
    ) -> None:
        chance, zone = self.chance, customer.time_zone
        day, second, channel = moment
        length = int(chance.expovariate(1 / _LENGTHS[channel])) + 40
        level = _index(chance, _LEVELS)
        address = customer.email if channel == "email" else customer.telephone if channel == "telephone" else ""
        direction = "outbound" if chance.random() < 0.16 else "inbound"
        write = self.calendar.write
        by = f"{person.id}\t{person.name}" if person else "\\N\t"
        age = self.calendar.count - 1 - day
        is_written = channel == "email" and customer.email and age < RECENT and case == NULL
        written = plan(chance, customer, age, second) if is_written else None
        subject, summary, ended = *talk, write(day, second + length, zone)
        if written:
            direction, subject, level = "inbound", written.subject, 0
            ended = NULL if written.is_open else write(day, written.last_second + length, zone)
            summary = "" if written.is_open else summary
            by = "\\N\t" if written.is_open and chance.random() < 0.4 else by
        line = (
            f"{customer.id}\t{case}\t{channel}\t{direction}\t{address}\t{subject}\t{summary}\t{write(day, second, zone)}\t"
            f"{ended}\t{by}\t{level}\t{_HOW[level]}\t{self._work(customer, written, day)}{CONTACTS.rest}"
        )
        self.contacts.append((day, second, line, case, person.name if person else ""))
        if written:
            self.written[line] = (customer, written, person)

    def _work(self, customer: DemoCustomer, written: Written | None, day: int) -> str:
        """The columns of contacts in writing."""
        if written is None:
            return f"{NULL}\t\t\tf\t{NULL}\t{NULL}"
        write, zone = self.calendar.write, customer.time_zone
        due = write(day + 1, written.last_second, zone) if written.needs_answer else NULL
        team = self.teams.get(tuple(person.id for person in customer.staff), NULL)
        needs = "t" if written.needs_answer else "f"
        return f"{team}\t{written.came_to}\t{written.language}\t{needs}\t{write(day, written.last_second, zone)}\t{due}"

    def close(self) -> None:
        """Number the contacts in the order of time."""
        self.contacts.sort()
        lines, messages = self.block.rows(CONTACTS), MessageMaker(self.block)
        for (day, second, line, case, by), number in zip(self.contacts, self.contact_ids, strict=False):
            lines.append(f"{number}\t{line}")
            if case != NULL:
                self.cases.holds(case, number, line.split("\t")[7], by)
            if line in self.written:
                customer, written, person = self.written[line]
                messages.write(number, customer, written, day, second, person)


def _index(chance: Random, upto: tuple[float, ...]) -> int:
    """A place by cumulated weights."""
    return chance.choices(range(len(upto)), cum_weights=upto)[0]


register_demo(
    DemoSource(
        name="contacts",
        order=10,
        tables=lambda: TABLES,
        make=make_contacts,
        references={"contacts_reference": CASES_OF_BLOCK},
        prepare=prepare_lists,
    )
)
