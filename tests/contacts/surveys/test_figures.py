"""Figures say what can be said, of the work one may see, and nothing of too few."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from onhand.contacts.models import ContactReason
from onhand.contacts.surveys import statistics
from onhand.contacts.surveys.figures import count_decisions, read_figures
from onhand.contacts.surveys.models import Survey
from onhand.kernel.actor import Visibility
from tests.contacts.surveys.talks import make_talk
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_site, make_team
from tests.factories.statements import statements


def test_the_mean_is_given_with_students_interval_and_never_for_too_few() -> None:
    assert statistics.mean(4, 20, 100) is None
    # 1, 2, 3, 4, 5, 4, 4, 3: mean 3.25, s = 1.2817, t(7) = 2.365
    found = statistics.mean(8, 26, 96)
    assert found is not None
    assert (round(found.value, 2), round(found.low, 2), round(found.high, 2)) == (3.25, 2.18, 4.32)


def test_answers_that_are_all_the_same_are_no_certainty() -> None:
    few, many = statistics.mean(5, 25, 125), statistics.mean(500, 2500, 12500)
    assert few is not None
    assert many is not None
    assert (few.value, few.high) == (5, 5)
    assert few.low < 4.5
    assert few.low < many.low < 5


def test_the_share_is_wilsons() -> None:
    assert statistics.share(0, 0) is None
    none, some = statistics.share(0, 10), statistics.share(4, 10)
    assert none is not None
    assert some is not None
    assert (none.low, round(none.high, 3)) == (0.0, 0.278)
    assert (round(some.low, 3), round(some.high, 3)) == (0.168, 0.687)


def test_the_interval_of_the_mean_holds_the_truth_about_as_often_as_it_says() -> None:
    chance = random.Random(7)
    weights = {1: 0.08, 2: 0.1, 3: 0.17, 4: 0.35, 5: 0.3}
    truth = sum(score * share for score, share in weights.items())
    for size in (6, 20, 80):
        held = 0
        for _ in range(600):
            drawn = chance.choices(list(weights), list(weights.values()), k=size)
            found = statistics.mean(size, sum(drawn), sum(one * one for one in drawn))
            assert found is not None
            held += found.low <= truth <= found.high
        assert held / 600 > 0.91, size


def make_survey(score: int | None, *, at: Any = NOON, contact: Any = None, **changes: Any) -> Survey:
    given: dict[str, Any] = {
        "customer": contact.customer,
        "state": "asked",
        "language": "en",
        "wrapped_up_at": at - timedelta(hours=2),
        "due_at": at,
        "asked_at": at,
        "open_until": at + timedelta(days=14),
        "score": score,
        "answered_at": at + timedelta(hours=1) if score else None,
    }
    return Survey.objects.create(contact=contact, **given | changes)


@pytest.fixture
def answered(db: None) -> dict[str, Any]:
    """Eight asked of one team in one week, six of whom answered; two of another in the week before."""
    contact = make_talk(make_customer("Ana"))
    site = make_site("Madrid")
    here, there = make_team(site, "Parcels"), make_team(make_site("Leeds"), "Bills")
    reason = ContactReason.objects.create(name="Delivery")
    below = ContactReason.objects.create(name="Late", parent=reason)
    for score in (5, 5, 4, 4, 3, 1, None, None):
        make_survey(
            score, contact=contact, team=here, representative_id=7, representative_name="Eva", reason_id=below.pk
        )
    for score in (2, None):
        make_survey(score, contact=contact, team=there, at=NOON - timedelta(days=7))
    make_survey(None, contact=contact, team=here, state="left_out", why_not="opposed")
    return {"here": here, "there": there, "site": site}


def test_figures_by_week_team_representative_and_reason(answered: dict[str, Any]) -> None:
    with statements() as sent:
        found = read_figures(make_actor(), weeks=4, at=NOON + timedelta(hours=5))
    assert len(sent) <= 7
    assert (found.all.asked, found.all.answered) == (10, 7)
    assert found.all.mean is not None
    assert round(found.all.mean.value, 2) == 3.43
    assert [(week.key, week.asked, week.answered) for week in found.weeks] == [
        (date(2026, 10, 26), 0, 0),
        (date(2026, 11, 2), 0, 0),
        (date(2026, 11, 9), 2, 1),
        (date(2026, 11, 16), 8, 6),
    ]
    assert found.weeks[3].is_open
    assert not found.weeks[0].is_open
    teams = {line.name: line for line in found.teams}
    assert teams["Parcels"].mean is not None
    assert round(teams["Parcels"].mean.value, 2) == 3.67
    assert dict(teams["Parcels"].spread) == {5: 2, 4: 2, 3: 1, 2: 0, 1: 1}
    assert teams["Bills"].mean is None, "one answer is no mean"
    assert {line.name: line.asked for line in found.representatives} == {"Eva": 8, "": 2}
    assert {line.name: line.asked for line in found.reasons} == {"Delivery › Late": 8, "": 2}


def test_they_count_only_work_the_reader_may_see(answered: dict[str, Any]) -> None:
    at = NOON + timedelta(hours=5)

    def asked(**changes: Any) -> int:
        return read_figures(make_actor(**{"id": 1} | changes), weeks=4, at=at).all.asked

    assert asked(visibility=Visibility.SITE, site_ids=frozenset({answered["site"].pk})) == 8
    assert asked(visibility=Visibility.TEAM, team_ids=frozenset({answered["there"].pk})) == 2
    assert asked(visibility=Visibility.OWN, id=7) == 8
    assert asked(visibility=Visibility.OWN, id=8) == 0
    assert asked(permissions=frozenset()) == 0


def test_what_the_rules_decided_is_counted_with_the_reasons(answered: dict[str, Any]) -> None:
    assert count_decisions(NOON + timedelta(hours=5), 30) == [
        ("Asked", 10),
        ("Not asked: The customer does not want surveys.", 1),
    ]
