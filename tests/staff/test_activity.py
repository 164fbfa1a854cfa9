"""What leaders see of their colleagues' day."""

from datetime import timedelta

import pytest

from onhand.kernel.perform import perform
from onhand.staff import activity
from onhand.staff.models import Representative
from tests.factories import NOON, make_customer
from tests.factories.staff import actor_of, make_person, make_site

pytestmark = pytest.mark.django_db


def note(by: Representative, customer_id: int, minutes: int) -> None:
    perform(
        "customers.add_note",
        actor=actor_of(by),
        subject_id=customer_id,
        arguments={"text": "Called."},
        at=NOON + timedelta(minutes=minutes),
    )


def test_colleagues_are_counted_from_the_time_asked_for_the_busiest_first() -> None:
    leeds = make_site()
    leader, idle, busy = (make_person(name, sites=(leeds,)) for name in ("supervisor", "senior", "senior"))
    customer = make_customer("Nell Near", site=leeds)
    for minutes in (-60, 1, 2):
        note(busy, customer.pk, minutes)
    found = activity.colleagues_since(actor_of(leader), NOON)
    assert [(one.id, one.acts, one.last_at) for one in found] == [
        (busy.pk, 2, NOON + timedelta(minutes=2)),
        (idle.pk, 0, None),
    ]


def test_nobody_of_another_site_and_nobody_for_who_may_not_read_records() -> None:
    leeds, madrid = make_site(), make_site()
    make_person("senior", sites=(madrid,))
    assert activity.colleagues_since(actor_of(make_person("supervisor", sites=(leeds,))), NOON) == []
    assert activity.colleagues_since(actor_of(make_person("representative", sites=(madrid,))), NOON) == []
