"""When the demo company is made, and what a stranger then finds."""

import itertools
import json
import os
import signal
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.utils import timezone

from onhand.billing.models import CustomerAccount, PaymentPlan
from onhand.channels.email.models import RawMail
from onhand.config import demo
from onhand.config.environment import Environment
from onhand.contacts.conversations.demo.making import OUR_ADDRESS
from onhand.contacts.models import Contact
from onhand.customers.models import Customer, DemoMaking
from onhand.invoicing.models import Document
from onhand.kernel.actor import system_actor
from onhand.kernel.models import ActRecord
from onhand.kernel.reactor import deliver
from onhand.knowledge.models import Article, StandardResponse
from onhand.ledger.checks import find_faults
from onhand.orders.demo import usual_orders
from onhand.orders.enums import OrderState
from onhand.orders.models import Order
from onhand.procedures.models import Followed, ProcedureRun, StepTaken
from onhand.procedures.shipped.offering import all_shipped
from onhand.receipts.models import Notice, Receipt
from onhand.receipts.queries import not_passed
from onhand.rules.models import RuleSetVersion
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
    check_that_its_notice_stops_nobody_yet()


def check_that_its_notice_stops_nobody_yet() -> None:
    notice, now = Notice.objects.get(), timezone.now()
    assert notice.is_published
    assert notice.due_at > now + timedelta(days=10)
    waiting = not_passed(system_actor("tests"), notice).values_list("name", flat=True)
    assert list(waiting) == ["Ana Prieto", "Beatriz Lopes"]
    assert Receipt.objects.filter(passed_at__isnull=False, passed_at__lte=now).count() > 5


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


# A function that is called some times before the process is killed in it: where, and at which call.
MOMENTS = (
    ("onhand.knowledge.demo.company", "_do", 40),
    ("onhand.customers.demo.company", "perform", 30),
    ("onhand.billing.demo", "take", 5),
    ("onhand.orders.demo", "perform", 60),
    ("onhand.orders.demo", "perform", 50),
    ("onhand.orders.demo", "complete", 9),
    ("onhand.billing.demo", "dun_all", 1),
    ("onhand.rules.demo.company", "_do", 2),
    ("onhand.channels.email.demo.company", "process_raw", 6),
)


@pytest.mark.resilience
def test_killed_anywhere_it_is_finished_by_the_next_starts_with_nothing_twice(tmp_path: Path) -> None:
    settings = Environment(data=tmp_path)
    for place in MOMENTS:
        connection.close()
        child = os.fork()
        if child == 0:
            try:
                kill_at(*place)
                demo.create_if_empty(settings)
            finally:
                os._exit(3)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), place
        assert DemoMaking.objects.get().finished_at is None
    assert demo.create_if_empty(settings)
    assert not demo.create_if_empty(settings)
    wanted = usual_orders(240)
    orders = Order.objects.count()
    assert wanted * 0.9 < orders <= wanted
    assert Order.objects.values("customer").distinct().count() == orders  # one each
    assert CustomerAccount.objects.count() == wanted // 2
    bills = Document.objects.filter(document_type="account")
    assert bills.count() == 3 * (wanted // 2) == bills.values("document_id", "issued_on").distinct().count()
    assert PaymentPlan.objects.values("account").distinct().count() == PaymentPlan.objects.count() > 0
    assert RawMail.objects.count() == RawMail.objects.values("outside_id").distinct().count() > 7
    ana = Representative.objects.get(email="representative@demo.example")
    assert Contact.objects.filter(came_to=OUR_ADDRESS, representative_id=ana.pk, needs_answer=True).count() == 3
    assert Article.objects.count() + StandardResponse.objects.count() == 80 + 1 + 30
    assert RuleSetVersion.objects.filter(published_at__isnull=False).count() == 1
    assert set(Order.objects.values_list("state", flat=True)) == set(OrderState)
    assert list(find_faults()) == []
    for kind in ("invoice", "credit_note"):
        days = list(Document.objects.filter(kind=kind).order_by("year", "number").values_list("issued_on", flat=True))
        assert days == sorted(days) and len(days) > 3


def kill_at(module: str, name: str, count: int) -> None:
    """Let this process be killed in the so many-th call of a function of the demo."""
    place = import_module(module)
    real, calls = getattr(place, name), itertools.count(1)

    def counted(*given: Any, **named: Any) -> Any:
        if next(calls) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)

    setattr(place, name, counted)


def test_calls_were_taken_by_procedures_in_every_state(tmp_path: Path) -> None:
    assert demo.create_if_empty(Environment(data=tmp_path))
    runs = ProcedureRun.objects.all()
    assert set(runs.values_list("procedure__name", flat=True)) == {one.name for one in all_shipped()}
    assert set(runs.values_list("outcome", flat=True)) == {"through", "stopped", "given_up", ""}
    assert set(runs.values_list("state", flat=True)) == {"ended", "left"}
    assert StepTaken.objects.filter(source="skipped").exclude(reason="").exists()
    while deliver().handled:
        pass
    checked = Followed.objects.values_list("is_followed", "failed")
    assert len(checked) == runs.count() + 1
    failed = {name for is_followed, names in checked for name in names}
    assert {"run", "end", "musts", "skipped", "pace"} <= failed
    assert sum(is_followed for is_followed, _names in checked) > len(checked) / 2
