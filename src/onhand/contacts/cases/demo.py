"""The demo's cases, with their due times and what was promised: most kept, some late, a few still running."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from onhand.contacts.cases.enums import ListKind
from onhand.contacts.models import Case, CaseClock, CaseContact, CaseListEntry, Promise
from onhand.customers.demo.sources import BLOCK, DemoBlock, DemoCustomer, DemoPerson, DemoTable
from onhand.kernel.references import reference_code

CASES_OF_BLOCK = 12 * BLOCK
RECENT = 20  # days in which a case may still be open
NULL = "\\N"
CASES = DemoTable(
    Case,
    (
        *("reference", "customer_id", "kind", "subject", "state", "opened_at", "due_at", "closed_at", "owner_id"),
        *("owner_name", "priority", "team_id", "reason_id", "outcome", "waiting_since", "closes_at"),
    ),
    CASES_OF_BLOCK,
)
CLOCKS = DemoTable(
    CaseClock,
    (
        *("case_id", "kind", "minutes", "started_at", "due_at", "paused_at", "left_seconds", "met_at", "broken_at"),
        *("warn_at", "warned_at"),
    ),
    2 * CASES_OF_BLOCK,
)
PROMISES = DemoTable(
    Promise,
    (
        *("customer_id", "case_id", "contact_id", "text", "made_at", "made_by_id", "made_by_name", "due_at", "kept_at"),
        *("test", "broken_at"),
    ),
    CASES_OF_BLOCK,
)
OF_CONTACTS = DemoTable(CaseContact, ("case_id", "contact_id", "at", "by_name"), 5 * CASES_OF_BLOCK)
TABLES = (CASES, CLOCKS, PROMISES, OF_CONTACTS)
REASONS = {
    "question": ("Where it is", "How it works"),
    "request": ("Change of details", "Copy of a document"),
    "complaint": ("Damaged", "Late"),
    "fault": ("Does not work",),
}
PRODUCTS = ("Kettles", "Lamps", "Heaters")
STAGES = ("Being looked into", "With the carrier", "With the workshop")
_DAYS = {"question": 3, "request": 5, "complaint": 5, "fault": 5}  # of work until the solution
_FIRST_REPLY = {"question": 240, "request": 240, "complaint": 120, "fault": 240}  # minutes
_PRIORITIES = {"complaint": 1}
_PROMISES = {
    "es": ("Llamar con la respuesta del transportista", "Enviar la pieza de recambio", "Revisar la factura y escribir"),
    "en": ("Call back with the carrier's answer", "Send the spare part", "Look at the bill and write"),
}
_TESTS = ("contacts.called", "", "contacts.message_sent")  # of these promises, in order
_LATE = 0.08  # of due times and promises
Moment = tuple[int, int]  # day of the calendar, second of the day


def prepare_lists() -> Mapping[str, int]:
    """What the demo's cases are sorted by; ids by name."""
    wanted = {ListKind.REASON: [one for names in REASONS.values() for one in names]}
    wanted |= {ListKind.PRODUCT: list(PRODUCTS), ListKind.STAGE: list(STAGES)}
    ids = {}
    for kind, names in wanted.items():
        for name in names:
            entry = CaseListEntry.objects.filter(list=kind, name__iexact=name).first()
            ids[f"{kind}:{name}"] = (entry or CaseListEntry.objects.create(list=kind, name=name)).pk
    return ids


class CaseMaker:
    """Makes the cases of one block."""

    def __init__(self, block: DemoBlock) -> None:
        self.block, self.chance, self.calendar = block, block.chance, block.calendar
        self.ids = {table.name: block.ids(table) for table in TABLES}
        self.lines = {table.name: block.rows(table) for table in TABLES}
        self.reference = block.company.references["contacts_reference"] + block.number * CASES_OF_BLOCK
        self.team_of = {person.id: team for team, people in block.company.staff.items() for person in people}

    def case(
        self,
        customer: DemoCustomer,
        kind: str,
        talk: tuple[str, str],
        opened: Moment,
        last: Moment,
        person: DemoPerson | None,
    ) -> int:
        """One case with its due times, and perhaps a promise; its id."""
        chance, zone = self.chance, customer.time_zone
        is_open = opened[0] >= self.calendar.count - RECENT and chance.random() < 0.7
        state = chance.choice(("open", "open", "waiting")) if is_open else "closed"
        solved = None if is_open else (last[0], last[1] + 1_800)
        begun, due = self._write(opened, zone), self._due(opened, _DAYS[kind])
        waits = self._write((opened[0] + 1, opened[1]), zone) if state == "waiting" else NULL
        closes = self._ahead((opened[0] + 15, opened[1])) if state == "waiting" and kind == "question" else NULL
        number = next(self.ids[CASES.name])
        owner = f"{person.id}\t{person.name}" if person else f"{NULL}\t"
        team = self.team_of.get(person.id) if person else None
        reason = self.block.company.things.get(f"{ListKind.REASON}:{chance.choice(REASONS[kind])}")
        closed = self._write(solved, zone) if solved else NULL
        self.lines[CASES.name].append(
            f"{number}\t{reference_code(self.reference)}\t{customer.id}\t{kind}\t{talk[0]}\t{state}\t{begun}\t{due}\t{closed}\t{owner}"
            f"\t{_PRIORITIES.get(kind, 0)}\t{team or NULL}\t{reason or NULL}\t{'' if is_open else talk[1]}\t{waits}\t{closes}"
            f"{CASES.rest}"
        )
        self.reference += 1
        self._clocks(number, kind, opened, zone, due, closed, waits)
        if chance.random() < 0.22:
            self._promise(customer, number, opened, person, is_open=is_open)
        return number

    def holds(self, case: str, contact: int, at: str, by: str) -> None:
        """That a contact is about a case."""
        number = next(self.ids[OF_CONTACTS.name])
        self.lines[OF_CONTACTS.name].append(f"{number}\t{case}\t{contact}\t{at}\t{by}{OF_CONTACTS.rest}")

    def _clocks(self, case: int, kind: str, opened: Moment, zone: str, due: str, closed: str, waits: str) -> None:
        """The first reply and the solution. A case that waits stands still; what its time passed for is broken."""
        chance, begun = self.chance, self._write(opened, zone)
        minutes = _FIRST_REPLY[kind]
        is_late = chance.random() < _LATE
        took = minutes * (chance.uniform(1.1, 4) if is_late else chance.uniform(0.05, 0.95))
        reply_due = self._write((opened[0], opened[1] + minutes * 60), zone)
        met = self._write((opened[0], opened[1] + int(took * 60)), zone)
        broken = reply_due if is_late else NULL
        self._clock(case, "first_reply", minutes, begun, reply_due, (NULL, NULL, met, broken))
        passed = datetime.fromisoformat(due) < self.calendar.at
        if closed != NULL:
            broken = due if datetime.fromisoformat(closed) > datetime.fromisoformat(due) else NULL
            self._clock(case, "resolution", _DAYS[kind] * 480, begun, due, (NULL, NULL, closed, broken))
        elif waits != NULL and not passed:
            left = str(chance.randrange(3_600, 60_000))
            self._clock(case, "resolution", _DAYS[kind] * 480, begun, due, (waits, left, NULL, NULL))
        else:
            self._clock(case, "resolution", _DAYS[kind] * 480, begun, due, (NULL, NULL, NULL, due if passed else NULL))

    def _clock(
        self, case: int, kind: str, minutes: int, begun: str, due: str, state: tuple[str, str, str, str]
    ) -> None:
        number, broken = next(self.ids[CLOCKS.name]), state[3]
        self.lines[CLOCKS.name].append(
            f"{number}\t{case}\t{kind}\t{minutes}\t{begun}\t{due}\t"
            + "\t".join(state)
            + f"\t{due}\t{broken}{CLOCKS.rest}"
        )

    def _promise(
        self, customer: DemoCustomer, case: int, made: Moment, person: DemoPerson | None, *, is_open: bool
    ) -> None:
        chance, zone = self.chance, customer.time_zone
        place = chance.randrange(len(_TESTS))
        text = _PROMISES["es" if customer.language in ("es", "ca", "pt", "it") else "en"][place]
        due = self._due(made, 2)
        passed = datetime.fromisoformat(due) < self.calendar.at
        is_late = chance.random() < _LATE and passed
        kept = NULL if is_open else self._write((made[0] + (4 if is_late else 1), 57_600), zone)
        broken = due if (is_open and passed) or is_late else NULL
        by = f"{person.id}\t{person.name}" if person else f"{NULL}\t"
        self.lines[PROMISES.name].append(
            f"{next(self.ids[PROMISES.name])}\t{customer.id}\t{case}\t{NULL}\t{text}\t{self._write(made, zone)}\t{by}\t{due}\t{kept}"
            f"\t{_TESTS[place] if is_open else ''}\t{broken}{PROMISES.rest}"
        )

    def _write(self, moment: Moment, zone: str) -> str:
        return self.calendar.write(min(moment[0], self.calendar.count - 1), moment[1], zone)

    def _due(self, begun: Moment, days: int) -> str:
        """So many working days later at five o'clock, also where that is still to come."""
        day = begun[0]
        while days:
            day += 1
            days -= (self.calendar.first + timedelta(days=day)).weekday() < 5
        return self._ahead((day, 61_200))

    def _ahead(self, moment: Moment) -> str:
        at = datetime.combine(self.calendar.first, time(), UTC) + timedelta(days=moment[0], seconds=moment[1])
        return at.isoformat(sep=" ")
