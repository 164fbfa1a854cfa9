"""What the demo's customers answered in the last year and a half: some by mail, most of them content, not all with everybody."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate

from onhand.contacts.demo import CONTACTS, MOST_CONTACTS
from onhand.contacts.surveys.models import Survey, SurveyRules
from onhand.customers.demo.sources import BLOCK, DemoBlock, DemoSource, DemoTable, register_demo

SURVEYS = DemoTable(
    Survey,
    (
        *("contact_id", "customer_id", "state", "language", "team_id", "representative_id", "representative_name"),
        *(
            "wrapped_up_at",
            "due_at",
            "nonce",
            "asked_at",
            "open_until",
            "score",
            "comment",
            "answered_at",
            "changed_at",
        ),
    ),
    MOST_CONTACTS * BLOCK,
)
SINCE = timedelta(days=540)
AFTER, OPEN, REST = timedelta(hours=2), timedelta(days=14), timedelta(days=30)
ASKED, ANSWERED, SAID_MORE = 0.7, 0.34, 0.3  # shares
_SCORES = tuple(accumulate((7, 8, 14, 36, 35)))  # of 1 to 5
_NULL = "\\N"
_COMMENTS = {
    "en": {
        1: ("I had to ask three times.", "Nobody told me it would take two weeks."),
        3: ("It was solved in the end.", "Friendly, but slow."),
        5: ("Quick and kind, thank you!", "Exactly what I needed."),
    },
    "es": {
        1: ("Tuve que preguntar tres veces.", "Nadie me dijo que tardaría dos semanas."),
        3: ("Al final se resolvió.", "Amables, pero lentos."),
        5: ("Rápidos y amables, ¡gracias!", "Justo lo que necesitaba."),
    },
}


def prepare_rules() -> Mapping[str, int]:
    """The demo company asks everybody who has not refused."""
    SurveyRules.objects.update(is_on=True, needs_consent=False)
    return {}


def make_surveys(block: DemoBlock) -> None:
    """The surveys about a block's contacts by mail, of each customer one in thirty days at most."""
    teams = {person.id: team for team, people in block.company.staff.items() for person in people}
    languages = {one.id: one.language for one in block.customers}
    ids, lines, chance = block.ids(SURVEYS), block.rows(SURVEYS), block.chance
    place = {name: number for number, name in enumerate(CONTACTS.columns)}
    first, now = block.calendar.at - SINCE, block.calendar.at
    asked_last: dict[int, datetime] = {}
    for line in block.rows(CONTACTS):
        values = line.rstrip("\n").split("\t")
        if values[place["channel"]] != "email" or values[place["ended_at"]] == _NULL or chance.random() > ASKED:
            continue
        ended = datetime.fromisoformat(values[place["ended_at"]])
        customer = int(values[place["customer_id"]])
        asked = ended + AFTER
        if not first <= ended or asked > now or asked - asked_last.get(customer, first - REST) < REST:
            continue
        asked_last[customer] = asked
        by_id, by_name = values[place["representative_id"]], values[place["representative_name"]]
        team = str(teams.get(int(by_id), _NULL)) if by_id != _NULL else _NULL
        language = languages.get(customer, "en")
        lines.append(
            f"{next(ids)}\t{values[0]}\t{customer}\tasked\t{language}\t{team}\t{by_id}\t{by_name}\t{ended.isoformat()}\t"
            f"{asked.isoformat()}\t\t{asked.isoformat()}\t{(asked + OPEN).isoformat()}\t{_answer(block, by_id, language, asked)}"
            f"{SURVEYS.rest}"
        )


def _answer(block: DemoBlock, by_id: str, language: str, asked: datetime) -> str:
    """Score, comment and when it was given; most give none."""
    chance = block.chance
    at = asked + timedelta(seconds=chance.expovariate(1 / 60_000))
    if chance.random() > ANSWERED or at > min(asked + OPEN, block.calendar.at):
        return f"{_NULL}\t\t{_NULL}\t{_NULL}"
    score = 1 + chance.choices(range(5), cum_weights=_SCORES)[0]
    if by_id != _NULL and int(by_id) % 3 == 0 and chance.random() < 0.4:
        score = max(1, score - 1)  # not all with everybody
    texts = _COMMENTS["es" if language in ("es", "ca") else "en"][1 if score < 3 else 3 if score == 3 else 5]
    comment = chance.choice(texts) if chance.random() < SAID_MORE else ""
    return f"{score}\t{comment}\t{at.isoformat()}\t{at.isoformat()}"


register_demo(DemoSource(name="surveys", order=30, tables=lambda: (SURVEYS,), make=make_surveys, prepare=prepare_rules))
