"""The demo company."""

import pytest

from onhand.staff.abilities import attributes_of
from onhand.staff.ability_queries import running_out
from onhand.staff.demo import create_demo_staff
from onhand.staff.models import Representative, Site
from tests.factories import NOON
from tests.factories.staff import actor_of

pytestmark = pytest.mark.django_db


def test_six_sign_ins_once() -> None:
    sign_ins = create_demo_staff(at=NOON, password="kettle-lamp-river-42")
    assert [s.role for s in sign_ins] == [
        *("representative", "senior", "supervisor", "planner", "quality", "administrator")
    ]
    for sign_in in sign_ins:
        person = Representative.objects.get(email=sign_in.email)
        assert (person.role.key, person.name) == (sign_in.role, sign_in.name)
        assert person.check_password("kettle-lamp-river-42")
        assert actor_of(person).site_ids
    assert Site.objects.filter(is_partner=True).count() == 1
    assert not Representative.objects.get(email="rui.teixeira@demo.example").has_usable_password()
    assert create_demo_staff(at=NOON) == []


def test_people_can_something_and_one_licence_runs_out_soon() -> None:
    create_demo_staff(at=NOON, password="kettle-lamp-river-42")
    people = Representative.objects.filter(kind="person", role__key__in=["representative", "senior"])
    found = attributes_of(list(people.values_list("pk", flat=True)), NOON)
    assert len(found) == 7
    assert all(any(name.startswith(kind) for name in can) for can in found.values() for kind in ("skill:", "language:"))
    lena = Representative.objects.get(role__key="administrator")
    assert [one.representative.name for one in running_out(actor_of(lena), NOON)] == ["Javier Soto"]
