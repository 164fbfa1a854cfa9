"""Work and people for tests of the matcher, made with as little as a test wants to say about them; and the plain way to match them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from onhand.routing.enums import Choice
from onhand.routing.matching.matcher import Matcher, asked_now, room
from onhand.routing.matching.plans import Plan
from onhand.routing.matching.wanted import All, Has, levels
from onhand.routing.matching.world import QUEUE, Item, Kind, Person, QueueRules

MAIL = Kind("mail")
CALL = Kind("call", takes_all=True, interrupts=frozenset({"mail", "chat"}))
CHAT = Kind("chat", units=3)
KINDS = {kind.name: kind for kind in (MAIL, CALL, CHAT)}


def made(**plan: Any) -> Matcher:
    matcher = Matcher(KINDS)
    matcher.set_queue(QueueRules(1, Plan(**plan)))
    return matcher


def person(number: int, **given: Any) -> Person:
    attributes = {QUEUE.format(1): 1} | given.pop("attributes", {})
    return Person(number, attributes, **({"capacity": 1, "idle_since": 0.0} | given))


def mail(number: int, order_at: float = 0.0, **given: Any) -> Item:
    return Item(
        number, given.pop("kind", "mail"), given.pop("queue", 1), order_at, given.pop("since", order_at), **given
    )


def pairs(matcher: Matcher, now: float = 100.0, limit: int = 200) -> list[tuple[int, int]]:
    matcher.due(now)
    return [(one.item, one.person) for one in matcher.match(now, limit)]


def plainly(
    items: Iterable[Item], people: Iterable[Person], queues: Mapping[int, QueueRules], now: float
) -> list[tuple[int, int]]:
    """What the matcher promises, done by looking at every pair again for each decision."""
    waiting, free = {one.id: one for one in items}, {one.id: one for one in people}
    found: list[tuple[int, int]] = []
    while True:
        for item in sorted(waiting.values(), key=lambda one: (one.order_at, one.id)):
            able = [one for one in free.values() if fits(item, one, queues, now)]
            if able:
                break
        else:
            return found
        chosen = min(able, key=lambda one: rank(item, one, queues))
        del waiting[item.id]
        free[chosen.id] = given(chosen, item)
        found.append((item.id, chosen.id))


def fits(item: Item, one: Person, queues: Mapping[int, QueueRules], now: float) -> bool:
    if room(one, KINDS[item.kind]) is None or item.id in one.holds:
        return False
    until = item.passed.get(one.id)
    if until is not None and (until == 0 or until > now):
        return False
    if item.opens_at > now or (item.closes_at and item.closes_at <= now):
        return False
    if item.parked_by is not None:
        return item.parked_by == one.id
    rules = queues[item.queue]
    serves = any(QUEUE.format(queue) in one.attributes for queue in (item.queue, *rules.helped_by))
    return (
        *(rules.is_open, serves, one.hardest >= item.difficulty),
        item.wanted.fits(one.id, one.attributes),
        asked_now(item, rules.plan).fits(one.id, one.attributes),
    ) == (True,) * 5


def rank(item: Item, one: Person, queues: Mapping[int, QueueRules]) -> tuple[float, float, int]:
    rules = queues[item.queue]
    first = 0.0
    if rules.plan.choice is Choice.LEAST_LOADED:
        first = one.load / one.capacity
    elif rules.plan.choice is Choice.BEST_SKILLED:
        first = (
            -float(levels(All((asked_now(item, rules.plan), item.wanted)), one.attributes))
            if item.parked_by is None
            else 0.0
        )
    if KINDS[item.kind].takes_all and one.load:
        first += 1_000
    return first, one.idle_since, one.id


def given(one: Person, item: Item) -> Person:
    kind = KINDS[item.kind]
    holds = ({} if kind.takes_all else dict(one.holds)) | {item.id: item.kind}
    return replace(one, holds=holds, load=one.capacity if kind.takes_all else one.load + kind.units)


SPANISH = Has("language:es")
