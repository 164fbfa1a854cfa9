"""Every address, asked as every role and as nobody, against the written table."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from onhand.catalogue.models import Guide
from onhand.contacts.models import CaseTask, HelpRequest
from onhand.guidelines.models import Guideline
from onhand.kernel.models import Delivery
from onhand.staff.models import Representative
from tests.catalogue.goods import make_product
from tests.company import NAME
from tests.contacts.cases import open_case
from tests.coupons.giving import make_campaign
from tests.factories import NOON, make_customer
from tests.factories.approvals import make_approval
from tests.factories.callbacks import arrange
from tests.factories.money import make_money
from tests.factories.orders import make_order, make_return
from tests.factories.procedures import make_procedure, make_run
from tests.factories.staff import make_person, make_site, make_team, role
from tests.factories.writing import make_attachment, make_message, make_thread
from tests.knowledge.writing import make_published, make_response
from tests.receipts.reading import publish as publish_notice
from tests.routing.standing import make_item, make_queue, make_seat
from tests.web.access_table import EVERYBODY, PEOPLE, STEPS, TABLE, Line

pytestmark = pytest.mark.django_db

ROLES = ("representative", "senior", "supervisor", "planner", "quality", "administrator", "service", "ai")
NOBODY = "nobody"


def all_names(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """The name of every address there is; one without a name is called nowhere."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from all_names(pattern, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""))
        elif isinstance(pattern, URLPattern):
            yield namespace + (pattern.name or "nowhere")


def test_the_table_is_whole() -> None:
    names = set(all_names())
    assert names - TABLE.keys() == set(), "addresses without a line in tests/web/access_table.py"
    assert TABLE.keys() - names == set(), "lines for addresses that are gone"


@pytest.fixture
def world() -> dict[str, Any]:
    """Somebody of every role at one site, and what the addresses are filled in with."""
    site = make_site()
    people = {key: make_person(key, sites=(site,)) for key in ROLES}
    delivery = Delivery.objects.create(event_id=1, handler="no.such", order_key="x:1", attempts=1)
    customer = make_customer(site=site, owner_id=people["representative"].pk)
    contact, case = make_thread(customer), open_case(customer)
    team = make_team(site)
    queue = make_queue("", team)
    message = make_message(contact, html="<p>x</p>")
    return {
        "contact": contact.pk,
        "message": message.pk,
        "attachment": make_attachment(message, "a.txt", "text/plain", b"a").pk,
        "people": people,
        "colleague": make_person("representative", sites=(site,)).pk,
        "role": role("planner").pk,
        "customer": customer.pk,
        "case": case.reference,
        "case_number": case.pk,
        "task": CaseTask.objects.create(case=case, text="x", made_at=NOON, made_by_name="Ana").pk,
        "question": HelpRequest.objects.create(
            contact=contact, customer=customer, question="x", asked_at=NOON, asked_by_name="Ana"
        ).pk,
        "delivery": delivery.pk,
        "article": make_published(audience="public").pk,
        "response": make_response().pk,
        "product": make_product().pk,
        "campaign": make_campaign().pk,
        "guideline": Guideline.objects.get(name=NAME).pk,
        "notice": publish_notice().pk,
        "guide": Guide.objects.create(name="Which lamp?").pk,
        "team": team.pk,
        "queue": queue.pk,
        "seat": make_seat(make_person(teams=(team,))).pk,
        "work": make_item(queue).pk,
        "callback": arrange(customer).pk,
        "approval": make_approval(customer, contact=contact).pk,
        "order": (order := make_order(customer)).pk,
        "return": make_return(order).pk,
        "procedure": make_procedure().pk,
        "procedure_run": make_run(customer, order.pk).pk,
        **make_money(customer),
    }


def ask(world: dict[str, Any], who: str, name: str, line: Line) -> Any:
    client = Client(raise_request_exception=False)
    if who != NOBODY:
        client.force_login(world["people"][who])

    def fill(value: Any) -> Any:
        return world.get(value, value) if isinstance(value, str) else value

    args = [fill(value) for value in line.args]
    address = "/api/v1/nowhere" if name == "api:nowhere" else reverse(name, args=args)
    if line.json:
        data = {key: fill(value) for key, value in line.data.items()}
        return client.post(address, data, content_type="application/json")
    return getattr(client, line.method)(address, line.data)


def is_turned_to_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 401 or (
        answer.status_code == 302 and answer["Location"].split("?")[0] == reverse("account_login")
    )


def may(line: Line, person: Representative) -> bool:
    return line.who in (EVERYBODY, PEOPLE, STEPS) or line.who in person.role.permissions


@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_may(name: str, world: dict[str, Any]) -> None:
    line = TABLE[name]
    answer = ask(world, NOBODY, name, line)
    assert answer.status_code < 500, (NOBODY, answer.status_code)
    if line.who == EVERYBODY:
        assert answer.status_code != 403, NOBODY
    else:
        assert is_turned_to_sign_in(answer), (NOBODY, answer.status_code)
    for key, person in world["people"].items():
        answer = ask(world, key, name, line)
        assert answer.status_code < 500, (key, answer.status_code)
        assert not is_turned_to_sign_in(answer) or line.who in (EVERYBODY, STEPS), (key, answer.status_code)
        if may(line, person):
            assert answer.status_code != 403, key
        else:
            assert answer.status_code in (403, 404), (key, answer.status_code)
