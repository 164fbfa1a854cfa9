"""Work is offered at one browser, passed, and accepted at another, while a supervisor watches, asks why and changes the order."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.journeys.company import PASSWORD, Person
from tests.journeys.test_accessibility import violations

if TYPE_CHECKING:
    from onhand.contacts.models import Contact
    from onhand.customers.models import Customer
    from onhand.routing.models import WorkItem
    from onhand.staff.models import Representative

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def of(email: str) -> "Representative":
    from onhand.staff.models import Representative

    found: Representative = Representative.objects.get(email=f"{email}@demo.example")
    return found


def can_sign_in(email: str) -> None:
    person = of(email)
    person.set_password(PASSWORD)
    person.language = "en"
    person.save()


def mail_to(team: str, customer: "Customer", subject: str = "Damaged kettle") -> "tuple[Contact, WorkItem]":
    """A mail that waits in the queue of a team."""
    from onhand.contacts.work import tell_lists
    from onhand.routing.models import WorkItem
    from onhand.staff.models import Team
    from tests.factories.writing import make_message, make_thread

    now = datetime.now(UTC)
    contact = make_thread(
        customer, team=Team.objects.get(name=team), subject=subject, needs_answer=True, last_message_at=now
    )
    make_message(contact, "It does not get hot any more.")
    tell_lists(contact, at=now)
    return contact, WorkItem.objects.get(subject_id=contact.pk, kind="contact.email")


def offer(item: "WorkItem", to: "Representative") -> None:
    """What the router does when it offers something, told to the pages as it tells them."""
    from django.db import transaction

    from onhand.kernel.hints import send_after_commit
    from onhand.routing.models import RoutingDecision, WorkItem

    now = datetime.now(UTC)
    with transaction.atomic():
        WorkItem.objects.filter(pk=item.pk).update(
            state="offered", holder=to, units=3, state_since=now, offer_until=now + timedelta(minutes=2)
        )
        why = {"steps": 1, "step": 0, "waited": 61.0, "idle": 200.0, "choice": "longest_idle", "fitting": 2}
        RoutingDecision.objects.create(
            item=item, at=now, what="offered", representative=to, queue_id=item.queue_id, explanation=why
        )
        send_after_commit(f"work:{to.pk}", "floor")


def become_available(somebody: Person) -> None:
    page = somebody.page
    somebody.is_live()
    page.locator("#own-standing .my-standing").click()
    page.locator("#standing-menu").get_by_role("button", name="Available").click()
    expect(page.locator("#own-standing .my-standing")).to_contain_text("Available")


def test_an_offer_is_passed_accepted_elsewhere_and_seen_by_the_supervisor(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    can_sign_in("javier.soto")
    ana, javier, lena = person("representative"), person("javier.soto"), person("administrator")
    become_available(ana)
    become_available(javier)
    contact, item = mail_to("Pedidos Madrid", company[0])
    lena.page.goto(f"/floor/work/{item.pk}/")
    lena.is_live()
    expect(lena.page.locator("#why-headline")).to_have_text("About to be given")

    offer(item, of("representative"))
    expect(ana.page.locator(".offer")).to_contain_text("Damaged kettle")
    expect(ana.page.locator(".offer time")).to_contain_text(re.compile(r"[12]:\d\d"))
    expect(ana.page).to_have_title(re.compile(r"^\(1\) "))
    expect(lena.page.locator("#why-headline")).to_have_text("Offered")
    ana.page.keyboard.press("q")
    expect(ana.page.locator(".offer")).to_have_count(0)
    expect(lena.page.locator("#work-live")).to_contain_text("passed it")

    offer(item, of("javier.soto"))
    expect(javier.page.locator(".offer")).to_contain_text("Damaged kettle")
    javier.page.keyboard.press("y")
    javier.page.wait_for_url(f"**/desk/contacts/{contact.pk}/")
    expect(lena.page.locator("#why-headline")).to_have_text("In work")
    javier.page.get_by_role("link", name="Why did I get this?").click()
    told = javier.page.locator("#act-panel")
    expect(told).to_contain_text("Offered to you")
    expect(told).to_contain_text("You had waited longest for work (3 min).")
    item.refresh_from_db()
    assert (item.state, item.holder_id) == ("in_work", of("javier.soto").pk)


def test_a_supervisor_asks_why_tries_what_if_and_changes_the_order(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    first, urgent = (
        mail_to("Orders Leeds", one, subject)[1] for one, subject in zip(company, ("First", "Second"), strict=False)
    )
    from onhand.routing.models import WorkItem

    WorkItem.objects.filter(pk=urgent.pk).update(wanted={"has": "language:pt", "from": 2})
    oliver, lena = of("oliver.finch"), person("administrator")
    become_seated(oliver)
    page = lena.page
    page.goto("/floor/")
    lena.is_live()
    page.locator("#floor-queues").get_by_role("link", name="Orders Leeds").click()
    rows = page.locator("#work-rows tr")
    expect(rows.nth(0)).to_contain_text("First")
    rows.nth(1).get_by_role("link", name="Second").click()
    expect(page.locator("#why-headline")).to_have_text("Nobody can take it")
    expect(page.locator(".passed-over")).to_contain_text("lacks Portuguese from level 2")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#what-if-answer")).to_contain_text("Oliver Finch would get it.")

    page.get_by_role("link", name="Change the priority").click()
    page.locator("#act-panel select").select_option("2")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#act-panel")).to_contain_text("Urgent")
    expect(page.locator(".work-line")).to_contain_text("Urgent")
    assert violations(page) == []
    page.goto(f"/floor/queues/{first.queue_id}/")
    expect(rows.nth(0)).to_contain_text("Second")


def become_seated(person: "Representative", state: str = "available", **changes: Any) -> None:
    from tests.routing.standing import make_seat

    now = datetime.now(UTC)
    make_seat(person, state=state, state_since=now, idle_since=now, seen_at=now, **changes)


def test_ones_own_state_is_changed_by_keys_alone(person: Callable[..., Person], company: "list[Customer]") -> None:
    from onhand.routing.models import Seat
    from tests.routing.standing import make_reason

    make_reason("Lunch", most_minutes=45)
    ana = person("representative")
    page, own = ana.page, ana.page.locator("#own-standing .my-standing")
    ana.is_live()
    expect(own).to_contain_text("Signed out")
    page.keyboard.type("!a")
    expect(own).to_contain_text("Available")
    page.keyboard.type("!1")
    expect(own).to_contain_text("Lunch")
    assert Seat.objects.get(pk=of("representative").pk).reason.name == "Lunch"  # type: ignore[union-attr]
    own.click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.type("!o")
    expect(own).to_contain_text("Signed out")


def test_the_router_hands_mail_to_two_browsers_while_the_supervisor_watches(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    from onhand.routing.models import Seat
    from onhand.routing.router.running import lead_once

    can_sign_in("javier.soto")
    ana, javier, lena = person("representative"), person("javier.soto"), person("administrator")
    for one in (ana, javier):
        become_available(one)
    Seat.objects.filter(pk__in=[of("representative").pk, of("javier.soto").pk]).update(capacity=3)  # one mail each
    first, _second, third = (
        mail_to("Pedidos Madrid", one, subject)
        for one, subject in zip(
            company, ("Damaged kettle", "Lamp without a cable", "Where is my parcel?"), strict=False
        )
    )
    queue = first[1].queue
    lena.page.goto("/floor/")
    lena.is_live()
    waiting = lena.page.locator(f"#queue-{queue.pk} .big")
    expect(waiting).to_have_text("3")
    lead_once(datetime.now(UTC))
    for one in (ana, javier):
        expect(one.page.locator(".offer")).to_have_count(1)
    expect(waiting).to_have_text("1")
    lena.page.goto(f"/floor/work/{third[1].pk}/")
    expect(lena.page.locator("#why-headline")).to_have_text("Waits for somebody to be free")
    lena.page.get_by_label("Whom it goes to, a step a line").fill("@ Lena Fischer for 1 h\nanybody")
    lena.page.get_by_role("button", name="Try them").click()
    expect(lena.page.locator("#steps-answer")).to_contain_text("Nobody who serves the queue fits.")
    lena.page.get_by_role("link", name="Change the steps to these").click()
    lena.page.locator("#act-panel").get_by_role("button", name="Change the steps").click()
    expect(lena.page.locator("#work-live")).to_contain_text("own steps")

    ana.page.keyboard.press("y")
    ana.page.wait_for_url("**/desk/contacts/*/")
    lena.page.goto("/floor/")
    expect(lena.page.locator(f"#person-{of('representative').pk}")).to_contain_text("No room")
    # Signing out asks first, and then leaves work at once: what Ana had waits again for the others.
    ana.page.goto("/account/logout/")
    expect(ana.page.locator("main")).to_contain_text("1 goes back to its queue, with its age:")
    ana.page.get_by_role("button", name="Sign out").last.click()
    ana.page.wait_for_url("**/account/login/**")
    expect(waiting).to_have_text("2")
