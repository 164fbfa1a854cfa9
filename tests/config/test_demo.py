"""When the demo company is made, and what a stranger then finds."""

import json
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from onhand.config import demo
from onhand.config.environment import Environment
from onhand.customers.models import Customer
from onhand.kernel.models import ActRecord
from onhand.staff.demo import create_demo_staff
from onhand.staff.models import Representative, Role, Site, Team

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("demo")]


def test_made_once_with_sign_ins_that_work(tmp_path: Path) -> None:
    settings = Environment(data=tmp_path)
    assert demo.sign_ins(settings) == []
    assert demo.create_if_empty(settings)
    assert not demo.create_if_empty(settings)
    password = json.loads((tmp_path / demo.FILE).read_text())["password"]
    assert password in demo.sign_ins(settings)[1]
    for name in ("representative", "senior", "supervisor", "planner", "quality", "administrator"):
        assert authenticate(None, username=f"{name}@demo.example", password=password), name
        assert name in demo.sign_ins(settings)[0]
    assert Customer.objects.count() == 240
    assert Representative.objects.count() > 12
    assert Team.objects.count() > 3
    assert Site.objects.count() > 2
    check_that_its_acts_are_its_peoples()


def check_that_its_acts_are_its_peoples() -> None:
    acts = ActRecord.objects.filter(subject_type="customer")
    people = set(Representative.objects.values_list("pk", flat=True))
    assert acts.count() > 50
    assert set(acts.filter(actor_kind="person").values_list("actor_id", flat=True)) <= people
    assert acts.exclude(actor_kind="person").count() == 0


def test_an_interrupted_creation_is_finished_with_the_same_password(tmp_path: Path) -> None:
    settings = Environment(data=tmp_path)
    (tmp_path / demo.FILE).write_text('{"password": "lumen-kept"}')
    create_demo_staff(at=timezone.now(), password="lumen-kept")
    assert demo.create_if_empty(settings)
    assert "lumen-kept" in demo.sign_ins(settings)[1]


def test_a_company_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    role = Role.objects.get(key="administrator")
    Representative.objects.create(email="ada@company.example", name="Ada", role=role, joined_at=timezone.now())
    assert not demo.create_if_empty(Environment(data=tmp_path))
    assert Customer.objects.count() == 0
    assert demo.sign_ins(Environment(data=tmp_path)) == []
