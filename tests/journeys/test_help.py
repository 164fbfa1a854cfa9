"""Somebody on a contact asks for help; a supervisor elsewhere is given the question, answers it, and the asker sees it where they are."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import violations
from tests.journeys.test_offers import become_available, become_seated, mail_to, of

if TYPE_CHECKING:
    from onhand.customers.models import Customer
    from onhand.staff.models import Representative

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
QUESTION = "May we refund after 30 days?"


def known_to(person: "Representative") -> "Customer":
    """A customer of theirs."""
    from onhand.customers.access import visible_customers
    from tests.factories.staff import actor_of

    found = visible_customers(actor_of(person)).order_by("pk").first()
    assert found is not None
    return found


def route() -> int:
    """What the router does in a turn, with nobody else leading."""
    from onhand.routing.router.running import lead_once

    return lead_once(datetime.now(UTC))


def test_a_supervisor_answers_a_question_asked_on_a_contact(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    customer = known_to(of("representative"))
    contact, work = mail_to("Pedidos Madrid", customer)
    ana, boss = person("representative"), person("supervisor")
    become_available(boss)
    page = ana.page
    page.goto(f"/desk/contacts/{contact.pk}/")
    ana.is_live()
    page.keyboard.press("h")
    form = page.locator("#act-panel")
    form.get_by_label("What you want to know").fill(QUESTION)
    page.keyboard.press("Control+Enter")
    asked = page.locator("#contact-help .asked-help")
    expect(asked).to_contain_text("Waits for somebody")
    assert page.url.endswith(f"/desk/contacts/{contact.pk}/")

    assert route() >= 1
    offer = boss.page.locator(".offer", has_text=QUESTION)
    expect(offer).to_contain_text("Call for help")
    expect(offer).to_contain_text("asks, on a contact")
    offer.get_by_role("button", name="Accept").click()
    boss.page.wait_for_url(f"**/desk/contacts/{contact.pk}/")
    expect(asked).to_contain_text("looks at it")
    beside = boss.page.locator("#contact-help .asked-help")
    beside.get_by_role("link", name="Answer").click()
    boss.page.locator("#act-panel").get_by_role("textbox", name="Answer").fill("Yes, once for each customer.")
    boss.page.keyboard.press("Control+Enter")
    expect(asked).to_contain_text("Yes, once for each customer.")
    expect(asked).to_contain_text("answered")
    assert violations(page) == []
    page.goto(f"/desk/customers/{customer.pk}/")
    expect(page.locator("#timeline")).to_contain_text("Help asked for")
    work.refresh_from_db()
    assert work.state == "waiting"


def test_help_is_asked_for_during_a_call_and_every_kind_of_work_is_shown(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    from onhand.contacts.models import Contact
    from onhand.routing.following import sweep
    from onhand.routing.models import WorkItem
    from tests.contacts.cases import on_case, open_case
    from tests.factories.contacts import make_contact
    from tests.factories.staff import actor_of

    ana = of("representative")
    customer = known_to(ana)
    call: Contact = make_contact(
        customer, representative_id=ana.pk, representative_name=ana.name, started_at=datetime.now(UTC)
    )
    sweep(datetime.now(UTC))  # cases of the demo
    case = open_case(customer, actor=actor_of(ana), at=datetime.now(UTC))
    on_case("add_task", case, actor=actor_of(ana), at=datetime.now(UTC), text="Ask the carrier", colleague=ana.pk)
    on_case("assign_case", case, at=datetime.now(UTC), colleague=None, team=ana.teams.get().pk)
    become_seated(ana)
    somebody = person("representative")
    page = somebody.page
    somebody.is_live()
    assert route() == 2
    offers = page.locator(".offer")
    expect(offers).to_have_count(2)
    expect(offers.filter(has_text="Ask the carrier")).to_contain_text(f"for case {case.reference}")
    expect(offers.filter(has_text=case.reference).filter(has_text="Nobody looks after it")).to_have_count(1)
    for _ in range(2):
        page.keyboard.press("y")
        page.wait_for_url("**/desk/cases/**")
        page.goto("/desk/")
        somebody.is_live()
    own = page.locator("#my-work .held")
    expect(own).to_have_count(2)
    expect(page.locator("#work")).to_contain_text("Mine")
    own.filter(has_text="Ask the carrier").get_by_role("link").click()
    page.wait_for_url("**/desk/cases/**")
    expect(page.locator("#case-file")).to_contain_text("is at it")
    assert violations(page) == []

    page.goto(f"/desk/customers/{customer.pk}/")
    somebody.is_live()
    page.locator("#help-on-call").get_by_role("link", name="Ask for help").click()
    page.locator("#act-panel").get_by_label("What you want to know").fill(QUESTION)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#help-on-call .asked-help")).to_contain_text(QUESTION)
    assert violations(page) == []
    assert WorkItem.objects.get(kind="help").customer_id == call.customer_id
