"""Why work waits, and why it went to whom it went, in sentences for people. Built on `matching.explaining`; decides nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.kernel.actor import Actor
from onhand.routing.ability_words import AbilityWords, joined, read_words
from onhand.routing.access import visible_seats
from onhand.routing.enums import ItemState, SeatState
from onhand.routing.kinds import kind_of
from onhand.routing.matching.explaining import (
    Addition,
    Change,
    Explanation,
    Hindered,
    Obstacle,
    StepSeen,
    WaitsFor,
    explain,
    hinders,
    with_addition,
)
from onhand.routing.matching.wanted import People
from onhand.routing.models import WorkItem
from onhand.routing.standing import World, attributes_asked, read_world


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step in words: whom it asks for, when it counts, how many fit it and are free."""

    number: int
    asks: str
    when: str
    counts: bool
    fit: int
    free: int


@dataclass(frozen=True, slots=True)
class PersonTold:
    """Somebody and why they are not given it; `is_right` says they could take it at another moment."""

    id: int
    name: str
    words: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Told:
    """
    Why an item waits. `headline` says it in a few words, `sentence` in full, `asks` what the item itself asks beside its steps. `people`
    are named, `others` says how many more there are. `changes` is what would change it. `may_try` are attributes worth trying on
    somebody: (name, words).
    """

    headline: str
    sentence: str
    waits_for: WaitsFor | None = None
    until: datetime | None = None
    before: int = 0
    asks: str = ""
    steps: Sequence[StepTold] = ()
    people: Sequence[PersonTold] = ()
    others: str = ""
    changes: Sequence[str] = ()
    may_try: Sequence[tuple[str, str]] = ()
    what_if: str = ""


def explain_waiting(actor: Actor, item: WorkItem, at: datetime, what_if: Addition | None = None) -> Told:
    """
    Why the item waits now, for this actor: people they may not see are counted and not named. With `what_if` it also says what would
    become of it if somebody could more.
    """
    if item.state not in (ItemState.WAITING, ItemState.PARKED):
        return Told(str(ItemState(item.state).label), _not_waiting(item))
    world, words, seen = look(actor, item, at, [what_if.person] if what_if else [])
    found = explain(world.item, world.rules, world.kinds, world.people, at.timestamp())
    telling = Telling(world, words, at)
    headline, sentence = telling.waits(found)
    named = [telling.person(one) for one in found.hindered if one.person in seen]
    return Told(
        headline=headline,
        sentence=sentence,
        waits_for=found.waits_for,
        until=world.opens_at if found.waits_for is WaitsFor.OPENING else _moment(found.until),
        before=world.before,
        asks=words.wanted(world.item.wanted) if world.item.wanted.as_json() else "",
        steps=[telling.step(step) for step in found.steps],
        people=named,
        others=telling.others(found, len(named)),
        changes=[said for one in found.changes if (said := telling.change(one))],
        may_try=[(name, words.attribute(name)) for name in attributes_asked(world)],
        what_if=telling.what_if(what_if, found) if what_if else "",
    )


def look(
    actor: Actor, item: WorkItem, at: datetime, beside: Sequence[int] = ()
) -> tuple[World, AbilityWords, set[int]]:
    """What an item's waiting depends on, with the words for it, and those of its people this actor may see."""
    world = read_world(item, at, beside=beside)
    seen = set(visible_seats(actor).filter(pk__in=list(world.seats)).values_list("pk", flat=True))
    return world, read_words({number: seat.name for number, seat in world.seats.items() if number in seen}), seen


class Telling:
    """One explanation's sentences."""

    def __init__(self, world: World, words: AbilityWords, at: datetime) -> None:
        self.world, self.words, self.at = world, words, at

    def waits(self, found: Explanation) -> tuple[str, str]:
        """What it waits for, in few words and in a sentence."""
        fit = ngettext("%(count)s person fits", "%(count)s people fit", found.fit) % {"count": found.fit}
        match found.waits_for:
            case WaitsFor.ITS_TIME:
                return _("Waits for its time"), _("It is not to be given to anybody before %(time)s.") % {
                    "time": said_time(_moment(found.until), self.at)
                }
            case WaitsFor.ITS_PERSON:
                name = self.words.person(self.world.item.parked_by or 0)
                return _("Put aside by %(name)s") % {"name": name}, _(
                    "%(name)s put it aside and goes on with it as soon as they have room."
                ) % {"name": name}
            case WaitsFor.OPENING:
                opens = self.world.opens_at
                if opens is None:
                    return _("The queue is closed"), _("It opens at no time within the next two months.")
                return _("The queue is closed"), _("It opens %(time)s.") % {"time": said_time(opens, self.at)}
            case WaitsFor.ITS_TURN:
                soon = _("Waits for its turn") if self.world.before else _("About to be given")
                return soon, self._turn(found)
            case WaitsFor.SOMEBODY_TO_BE_FREE:
                return _("Waits for somebody to be free"), _("%(fit)s; all of them are away or have no room.") % {
                    "fit": fit
                }
            case WaitsFor.SOMEBODY_TO_COME:
                return _("Waits for somebody to come"), _("%(fit)s; none of them is available.") % {"fit": fit}
            case WaitsFor.NEXT_STEP:
                return _("Waits for the next step"), _(
                    "Nobody fits what counts now; from %(time)s on others may be given it."
                ) % {"time": said_time(_moment(found.until), self.at)}
            case _:
                return _("Nobody can take it"), self._nobody()

    def _turn(self, found: Explanation) -> str:
        name = self.words.person(found.would_get or 0)
        if not self.world.before:
            return _("%(name)s is free for it and gets it next.") % {"name": name}
        ahead = ngettext("%(count)s piece of work", "%(count)s pieces of work", self.world.before) % {
            "count": self.world.before
        }
        return _("%(name)s is free for it; %(ahead)s of this queue come before it.") % {"name": name, "ahead": ahead}

    def _nobody(self) -> str:
        asked = self.world.item.wanted
        if asked.as_json():
            return _("It asks for %(what)s: nobody who serves this queue has that.") % {
                "what": self.words.wanted(asked)
            }
        return _("Nobody who serves this queue fits any of its steps.")

    def step(self, step: StepSeen) -> StepTold:
        """A step in words."""
        first = isinstance(step.wanted, People) and step.wanted.ids == frozenset(self.world.item.preferred)
        asks = self.words.wanted(step.wanted)
        if step.counts:
            when = _("counts now")
        elif step.counts_from is None:
            when = _("never reached")
        else:
            when = _("from %(time)s") % {"time": said_time(_moment(step.counts_from), self.at)}
        asks = _("first of all %(people)s") % {"people": asks} if first else asks
        return StepTold(step.number + 1, asks, when, step.counts, step.fit, step.free)

    def person(self, one: Hindered) -> PersonTold:
        """Somebody and what is in the way."""
        right = one.obstacle not in (Obstacle.LACKS, Obstacle.TOO_HARD, Obstacle.OTHER_QUEUE)
        return PersonTold(one.person, self.words.person(one.person), self.obstacle(one), right)

    def obstacle(self, one: Hindered) -> str:
        """What is in somebody's way."""
        until = said_time(_moment(one.until), self.at)
        match one.obstacle:
            case Obstacle.AWAY:
                return self._away(one.person)
            case Obstacle.BUSY:
                return _("busy: %(kind)s") % {"kind": kind_of(one.busy_with).label}
            case Obstacle.FULL:
                person = next(person for person in self.world.people if person.id == one.person)
                taken = {"load": person.load, "capacity": person.capacity}
                return _("no room: %(load)s of %(capacity)s taken") % taken
            case Obstacle.PASSED:
                return _("passed it, may be asked again %(time)s") % {"time": until} if until else _("passed it")
            case Obstacle.STEP_LATER:
                return _("fits from %(time)s on") % {"time": until} if until else _("fits a step that is never reached")
            case Obstacle.LACKS:
                return _("lacks %(what)s") % {"what": joined((self.words.wanted(part) for part in one.lacks), _("and"))}
        return {
            Obstacle.LIMIT: _("has as many of these as they may"),
            Obstacle.TOO_HARD: _("too hard for them"),
            Obstacle.NOT_THEIRS: _("it is put aside by somebody else"),
            Obstacle.OTHER_QUEUE: _("does not serve this queue"),
        }[one.obstacle]

    def _away(self, number: int) -> str:
        seat = self.world.seats[number]
        since = said_time(seat.since, self.at)
        if seat.state == SeatState.AVAILABLE and seat.withheld:
            return seat.withheld
        match seat.state:
            case SeatState.SIGNED_OUT:
                return _("signed out since %(time)s") % {"time": since}
            case SeatState.MISSED:
                return _("missed an offer, %(time)s") % {"time": since}
        if seat.reason:
            return _("away since %(time)s: %(reason)s") % {"time": since, "reason": seat.reason}
        return _("away since %(time)s") % {"time": since}

    def others(self, found: Explanation, named: int) -> str:
        """How many more there are in whose way something is."""
        rest = sum(found.obstacles.values()) - named
        return ngettext("and %(count)s more", "and %(count)s more", rest) % {"count": rest} if rest > 0 else ""

    def change(self, one: Change) -> str:
        """What would change the waiting; empty where that was said already."""
        names = joined((self.words.person(number) for number in one.people), _("or"))
        more = one.many - len(one.people)
        if names and more > 0:
            names = ngettext("%(names)s or %(count)s other", "%(names)s or %(count)s others", more) % {
                "names": names,
                "count": more,
            }
        match one.what:
            case WaitsFor.NEXT_STEP:
                many = ngettext("%(count)s person", "%(count)s people", one.many) % {"count": one.many}
                time = said_time(_moment(one.at), self.at)
                return _("The next step: from %(time)s on %(many)s may be given it.") % {"time": time, "many": many}
            case WaitsFor.SOMEBODY_TO_BE_FREE:
                return _("%(names)s finishing something or putting it aside.") % {"names": names}
            case WaitsFor.SOMEBODY_TO_COME:
                return _("%(names)s becoming available.") % {"names": names}
            case WaitsFor.SOMEBODY_WHO_FITS if one.lacks is not None:
                what = self.words.wanted(one.lacks)
                return _("%(what)s for %(names)s: they lack nothing else and are free.") % {
                    "what": what,
                    "names": names,
                }
        return ""

    def what_if(self, addition: Addition, before: Explanation) -> str:
        """What would become of it with one ability more."""
        world, name = self.world, self.words.person(addition.person)
        people = with_addition(world.people, addition)
        after = explain(world.item, world.rules, world.kinds, people, self.at.timestamp())
        person = next((one for one in people if one.id == addition.person), None)
        if person is None:
            return _("%(name)s takes no part in the router's work.") % {"name": name}
        still = hinders(world.item, world.rules, world.kinds, person, self.at.timestamp())
        if still is not None:
            return _("It would not be given to %(name)s: %(why)s.") % {"name": name, "why": self.obstacle(still)}
        if after.waits_for is not WaitsFor.ITS_TURN:
            return _("%(name)s would fit it, and it would wait all the same: %(why)s") % {
                "name": name,
                "why": self.waits(after)[1],
            }
        if after.would_get == addition.person:
            if before.would_get == addition.person:
                return _("Nothing would change: %(name)s gets it anyway.") % {"name": name}
            return _("%(name)s would get it. %(then)s") % {"name": name, "then": self._turn(after)}
        return _("%(name)s would fit it, and %(other)s would still be given it first.") % {
            "name": name,
            "other": self.words.person(after.would_get or 0),
        }


def _not_waiting(item: WorkItem) -> str:
    name = item.holder.name if item.holder else ""
    match item.state:
        case ItemState.OFFERED:
            return _("It is offered to %(name)s and waits for an answer.") % {"name": name}
        case ItemState.IN_WORK:
            return _("%(name)s works on it.") % {"name": name}
        case ItemState.WRAP_UP:
            return _("%(name)s finishes what comes after it.") % {"name": name}
    return _("It has ended.")


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def said_time(moment: datetime | None, at: datetime) -> str:
    """A moment: the time of day, with the day where it is another one. Empty for none."""
    if moment is None:
        return ""
    zone = timezone.get_current_timezone()
    local = moment.astimezone(zone)
    is_today = local.date() == at.astimezone(zone).date()
    return date_format(local, "TIME_FORMAT" if is_today else "SHORT_DATETIME_FORMAT")


def names_of(people: Iterable[int], actor: Actor) -> dict[int, str]:
    """The names of those people this actor may see."""
    found = visible_seats(actor).filter(pk__in=list(people))
    return dict(found.values_list("pk", "representative__name"))
