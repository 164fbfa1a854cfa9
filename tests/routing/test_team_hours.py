"""By when a contact is to be answered goes by the opening hours of its team's queue, where it has its own."""

from datetime import UTC, datetime

import pytest

from onhand.contacts.answer_times import read_answer_times
from onhand.contacts.conversations import placing
from onhand.contacts.models import BusinessCalendar, Contact, ContactRules
from onhand.staff.models import Team
from tests.factories import NOON
from tests.factories.staff import make_team
from tests.factories.writing import make_thread
from tests.routing.standing import make_queue

pytestmark = pytest.mark.django_db
WEEKDAYS = [[[540, 1020]]] * 5 + [[], []]
SATURDAYS = [[]] * 5 + [[[480, 1200]], []]
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def times() -> None:
    """Eight hours for usual contacts; the company is open on weekdays from nine to five. NOON is a Saturday."""
    ContactRules.objects.all().delete()
    ContactRules.objects.create()
    BusinessCalendar.objects.update(is_usual=False)
    BusinessCalendar.objects.create(name="Company", time_zone="UTC", week=WEEKDAYS, is_usual=True)


def saturday_team() -> Team:
    team = make_team()
    calendar = BusinessCalendar.objects.create(name="Saturdays", time_zone="UTC", week=SATURDAYS)
    make_queue("Saturday", team, home=team, calendar=calendar)
    return team


def written(team: Team | None) -> Contact:
    contact = make_thread(team=team, needs_answer=False, due_at=None, last_message_at=NOON)
    placing.customer_waits(contact, NOON)
    return contact


def test_a_team_with_hours_of_its_own_goes_by_them_and_others_by_the_companys(times: None) -> None:
    assert written(saturday_team()).due_at == NOON.replace(hour=20)
    for team in (None, make_team()):
        assert written(team).due_at == MONDAY.replace(hour=17)


def test_what_is_handed_over_is_due_by_the_hours_of_who_has_it_now(times: None) -> None:
    contact = written(None)
    team = saturday_team()
    placing.hand_to(contact, team.pk)
    assert contact.due_at == NOON.replace(hour=20)  # since they wrote, in its hours
    contact.last_message_at = NOON.replace(
        hour=13
    )  # they wrote again meanwhile: who waits already does not wait longer
    other = make_team()
    placing.hand_to(contact, other.pk)
    assert contact.due_at == MONDAY.replace(hour=17)


def test_a_queue_out_of_use_has_no_say(times: None) -> None:
    team = saturday_team()
    team.home_queue.is_active = False
    team.home_queue.save()
    assert read_answer_times(team.pk).hours == read_answer_times().hours
