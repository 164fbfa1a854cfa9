"""Why work waits, in sentences: each says what is so, names only whom the reader may see, and what would change it."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from onhand.contacts.hours import Hours
from onhand.contacts.models import BusinessCalendar
from onhand.kernel.actor import Visibility
from onhand.routing.decided import lasting, read_history, why_mine
from onhand.routing.matching.explaining import Addition, WaitsFor
from onhand.routing.matching.matcher import Matcher
from onhand.routing.models import Seat
from onhand.routing.standing import next_opening, read_world
from onhand.routing.why import explain_waiting
from onhand.staff.models import LanguageLevel, Representative, Skill, SkillLevel, Team
from tests.factories import NOON, make_actor
from tests.factories.staff import make_person, make_site, make_team
from tests.routing.standing import make_decision, make_item, make_queue, make_reason, make_seat

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=10)


def speak(person: Representative, language: str = "es", level: int = 3) -> None:
    LanguageLevel.objects.create(representative=person, language=language, level=level)


def seated(name: str, team: Team, **changes: Any) -> Seat:
    return make_seat(make_person(name=name, teams=(team,)), **changes)


def test_the_sentences_say_who_fits_and_what_is_in_whose_way() -> None:
    team = make_team()
    queue = make_queue("Mail", team)
    refunds = Skill.objects.create(key="refunds", name="Refunds")
    wanted = {"all": [{"has": "language:es"}, {"has": "skill:refunds", "from": 3}]}
    ana, ben, cleo = seated("Ana", team), seated("Ben", team, state="away", reason=make_reason("Lunch")), None
    cleo = seated("Cleo", team, capacity=1)
    for one in (ana, ben, cleo):
        speak(one.representative)
    for one, level in ((ana, 2), (ben, 4), (cleo, 5)):
        SkillLevel.objects.create(representative=one.representative, skill=refunds, level=level)
    make_item(queue, holder=cleo)
    item = make_item(queue, wanted=wanted)
    told = explain_waiting(make_actor(), item, LATER)
    assert told.headline == "Waits for somebody to be free"
    assert told.sentence == "2 people fit; all of them are away or have no room."
    assert told.asks == "Spanish and Refunds from level 3"
    said = {one.name: one.words for one in told.people}
    assert said["Ana"] == "lacks Refunds from level 3"
    assert said["Ben"].startswith("away since")
    assert said["Ben"].endswith("Lunch")
    assert said["Cleo"] == "no room: 1 of 1 taken"
    assert told.changes[:2] == [
        "Cleo finishing something or putting it aside.",
        "Ben becoming available.",
    ]
    assert told.changes[2] == "Refunds from level 3 for Ana: they lack nothing else and are free."
    assert set(dict(told.may_try)) == {"language:es", "skill:refunds"}


def test_what_if_somebody_spoke_spanish() -> None:
    team = make_team()
    queue = make_queue("Mail", team)
    ana, ben = seated("Ana", team), seated("Ben", team, state="away")
    item = make_item(queue, wanted={"has": "language:es"})
    actor = make_actor()

    def tried(person: Seat, level: int = 1) -> str:
        return explain_waiting(actor, item, LATER, Addition(person.pk, "language:es", level)).what_if

    assert explain_waiting(actor, item, LATER).waits_for is WaitsFor.SOMEBODY_WHO_FITS
    assert tried(ana) == "Ana would get it. Ana is free for it and gets it next."
    assert tried(ben).startswith("It would not be given to Ben: away since")
    speak(ana.representative)
    assert tried(ana, 5) == "Nothing would change: Ana gets it anyway."
    nobody = Addition(make_person(name="Dan").pk, "language:es", 1)
    assert "takes no part" in explain_waiting(actor, item, LATER, nobody).what_if


def test_steps_say_when_they_count() -> None:
    team = make_team()
    steps = [{"wanted": {"has": "language:es"}, "seconds": 3600}, {"wanted": {}}]
    queue = make_queue("Mail", team, settings={"steps": steps})
    seated("Ana", team)
    told = explain_waiting(make_actor(), make_item(queue), LATER)
    assert told.headline == "Waits for the next step"
    assert [(one.asks, one.counts, one.fit) for one in told.steps] == [("Spanish", True, 0), ("anybody", False, 1)]
    assert told.steps[1].when.startswith("from ")


def test_a_closed_queue_says_when_it_opens() -> None:
    week = [[[540, 600]]] * 7
    calendar = BusinessCalendar.objects.create(name="Mornings", time_zone="UTC", week=week)
    queue = make_queue("Mail", calendar=calendar)
    told = explain_waiting(make_actor(), make_item(queue), NOON)
    assert told.waits_for is WaitsFor.OPENING
    assert told.until == NOON.replace(hour=9) + timedelta(days=1)


def test_the_next_opening_is_found_across_midnight_and_never() -> None:
    night = Hours(ZoneInfo("Europe/Madrid"), tuple([((22 * 60, 24 * 60),)] * 7))
    assert next_opening(night, NOON) == (False, NOON.replace(hour=21))
    assert next_opening(night, NOON.replace(hour=22)) == (True, None)
    assert next_opening(Hours(ZoneInfo("UTC"), ()), NOON) == (False, None)


@pytest.mark.parametrize(
    ("condition", "helped"),
    [({"if_nobody": True}, True), ({"waiting_seconds": 60}, True), ({"waiting_seconds": 900}, False)],
)
def test_who_helps_another_queue_is_looked_at_too(condition: dict[str, Any], helped: bool) -> None:
    helper = make_team()
    other = make_queue("Other", helper)
    queue = make_queue("Mail", make_team(), settings={"overflow": [{"queue": other.pk, **condition}]})
    seated("Ana", helper)
    told = explain_waiting(make_actor(), make_item(queue), LATER)
    assert (told.waits_for is WaitsFor.ITS_TURN) is helped


def test_people_of_elsewhere_are_counted_and_not_named() -> None:
    here = make_team(make_site())
    queue = make_queue("Both", here, there := make_team(make_site()))
    seated("Ana", here, state="away")
    seated("Secret", there, state="away")
    actor = make_actor(visibility=Visibility.SITE, site_ids=frozenset({here.site_id}))
    told = explain_waiting(actor, make_item(queue), LATER)
    assert [one.name for one in told.people] == ["Ana"]
    assert told.others == "and 1 more"
    assert "Secret" not in repr(told)


def test_work_that_does_not_wait_says_with_whom_it_is() -> None:
    seat = make_seat(make_person(name="Ana"))
    queue = make_queue()
    offered = make_item(queue, holder=seat, state="offered")
    assert explain_waiting(make_actor(), offered, LATER).sentence.startswith("It is offered to Ana")
    parked = make_item(queue, holder=seat, state="parked")
    assert explain_waiting(make_actor(), parked, LATER).headline == "Put aside by Ana"


def test_why_i_got_this_is_what_the_matcher_said() -> None:
    team = make_team()
    queue = make_queue("Mail", team)
    ana, ben = seated("Ana", team, idle_since=NOON - timedelta(minutes=7)), seated("Ben", team)
    item = make_item(queue, wanted={"has": "language:es"}, subject_id=77)
    for one in (ana, ben):
        speak(one.representative, level=4)
    world = read_world(item, LATER)
    matcher = Matcher({**world.kinds, item.kind: _kind(item.kind)})
    matcher.set_queue(world.rules)
    for person in world.people:
        matcher.set_person(person)
    matcher.set_item(world.item)
    (match,) = matcher.match(LATER.timestamp())
    assert match.person == ana.pk
    make_decision(item, "offered", ana, explanation=dict(match.why))
    told = why_mine(make_actor(id=ana.pk), item.kind, 77)
    assert told is not None
    assert told.headline == "Offered to you"
    said = " ".join(told.reasons)
    assert "It had waited 10 min." in said
    assert "2 people fitted it" in said
    assert "You had waited longest for work (17 min)." in said
    assert "Spanish at level 4" in said
    assert "Ben: free too" in said
    assert why_mine(make_actor(id=ben.pk), item.kind, 77) is None


def _kind(name: str) -> Any:
    from onhand.routing.matching.world import Kind

    return Kind(name)


def test_the_history_says_who_did_what_and_why() -> None:
    seat = make_seat(make_person(name="Ana"))
    item = make_item(make_queue())
    make_decision(item, "passed", seat, by_name="Ana", explanation={"why": "I know the customer"})
    make_decision(item, "assigned", seat, by_name="Grace Holroyd", at=LATER)
    newest, oldest = read_history(make_actor(), item)
    assert newest.headline == "Grace Holroyd gave it to Ana"
    assert (oldest.headline, list(oldest.reasons)) == ("Passed: Ana", ["I know the customer"])


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min"), (3 * 3600 + 1200, "3 h 20 min"), (90_000, "1 day")]
)
def test_how_long_something_lasted(seconds: float, said: str) -> None:
    assert lasting(seconds) == said
