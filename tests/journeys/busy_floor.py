"""A floor in the middle of the day: queues with their hour behind them, people in every state, work that waits for different reasons."""

import random
from datetime import UTC, datetime, timedelta

from onhand.routing.models import Queue, Seat, WorkItem
from onhand.staff.models import LanguageLevel, Representative, Skill, SkillLevel, Team
from tests.routing.standing import make_decision, make_item, make_minute, make_queue, make_reason, make_seat

STATES = ("available", "available", "available", "away", "missed", "signed_out")


def make_busy_floor(seed: int = 3) -> dict[str, WorkItem]:
    """Queues for the demo company's teams, a seat for everybody, and work; some of it by name."""
    dice, now = random.Random(seed), datetime.now(UTC)
    lunch, training = make_reason("Lunch", most_minutes=45), make_reason("Training")
    refunds = Skill.objects.get_or_create(key="refunds", defaults={"name": "Refunds"})[0]
    steps = [{"wanted": {"has": "skill:refunds", "from": 3}, "seconds": 900}, {"wanted": {}, "seconds": None}]
    queues = {
        team.name: make_queue(team.name, team, settings={"answer_seconds": 1800, "steps": steps}, home=team)
        for team in Team.objects.order_by("name")
    }
    for queue in queues.values():
        _an_hour(queue, now, dice)
    seats = []
    for place, person in enumerate(Representative.objects.order_by("pk")):
        state = STATES[place % len(STATES)]
        since = now - timedelta(seconds=dice.randint(20, 4_000))
        away = {"reason": dice.choice((lunch, training))} if state == "away" else {}
        seats.append(make_seat(person, state=state, state_since=since, idle_since=since, seen_at=now, **away))
        level, language = dice.randint(1, 5), dice.choice(("en", "es"))
        SkillLevel.objects.update_or_create(representative=person, skill=refunds, defaults={"level": level})
        LanguageLevel.objects.update_or_create(representative=person, language=language, defaults={"level": 4})
    return _work(queues, seats, now, dice)


def _an_hour(queue: Queue, now: datetime, dice: random.Random) -> None:
    begun, waiting = now.replace(second=0, microsecond=0), dice.randint(2, 9)
    for ago in range(60, 0, -1):
        came, taken = dice.randint(0, 3), min(waiting, dice.randint(0, 3))
        waiting += came - taken
        figures = {
            "waiting": waiting,
            "came": came,
            "taken": taken,
            "taken_in_time": max(0, taken - dice.randint(0, 1)),
        }
        make_minute(queue, begun - timedelta(minutes=ago), given_up=int(ago % 19 == 0), **figures)


def _work(queues: dict[str, Queue], seats: list[Seat], now: datetime, dice: random.Random) -> dict[str, WorkItem]:
    titles = ("Damaged kettle", "Where is my lamp?", "Refund for a river rug", "Change of address", "Broken switch")
    for queue in queues.values():
        for _ in range(dice.randint(0, 6)):
            since = now - timedelta(seconds=dice.randint(30, 5_000))
            make_item(queue, title=dice.choice(titles), since=since, priority=dice.choice((0, 0, 1, 2)))
    for seat in seats:
        own = next(
            (queue for name, queue in queues.items() if seat.representative.teams.filter(name=name).exists()), None
        )
        if own is None or seat.state == "signed_out":
            continue
        for state in dice.sample(("in_work", "in_work", "offered", "parked"), k=dice.randint(0, 3)):
            units = 0 if state == "parked" else 3
            since = now - timedelta(seconds=dice.randint(10, 900))
            later = {"offer_until": now + timedelta(minutes=2)} if state == "offered" else {}
            make_item(own, holder=seat, state=state, units=units, title=dice.choice(titles), since=since, **later)
    orders = queues["Orders Leeds"]
    since = now - timedelta(minutes=4)
    spanish = make_item(
        orders, title="¿Dónde está mi tetera?", language="es", wanted={"has": "language:es", "from": 3}, since=since
    )
    make_decision(spanish, "missed", seats[0], at=now - timedelta(minutes=2))
    hard = make_item(orders, title="Court letter", difficulty=5, priority=2, since=since)
    return {"spanish": spanish, "hard": hard}
