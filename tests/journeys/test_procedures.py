"""Somebody goes through a procedure on an order, gives more than they may, is allowed it live, and the note writes itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import violations
from tests.journeys.test_approvals import fits
from tests.journeys.test_help import known_to
from tests.journeys.test_offers import of

if TYPE_CHECKING:
    from onhand.contacts.models import Contact
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
ROWS = [("<= 5", '"allow"', "", "", ""), ("> 5", '"ask"', '"supervisor"', "", "")]


def on_call() -> "Contact":
    """A call of the representative with a customer whose order came, and who is identified; with the procedure in force."""
    from onhand.customers.models import IdentityCheck
    from tests.factories.contacts import make_contact
    from tests.guidelines.company import document, nothing_laid_down
    from tests.guidelines.company import publish as publish_guideline
    from tests.orders import shop
    from tests.procedures.writing import publish

    nothing_laid_down()
    publish_guideline("Goodwill", document(["orders.add_goodwill"], ["amount given"], ROWS))
    publish("Damaged on arrival")
    ana, now = of("senior"), datetime.now(UTC)
    ana.language = "en"
    ana.save(update_fields=["language"])
    customer = known_to(ana)
    customer.language = "es"
    customer.save(update_fields=["language"])
    goods = shop.variants(shop.Shop().chair)[0]
    shop.delivered(customer, [(goods, 1)], shop.card_of(customer))
    contact: Contact = make_contact(customer, ana.pk, representative_name=ana.name, started_at=now)
    until = now + timedelta(hours=1)
    given = {"way": "questions", "level": 1, "at": now, "until": until, "by_name": ana.name}
    IdentityCheck.objects.create(customer=customer, contact_id=contact.pk, **given)
    return contact


def begin(ana: Person, contact: "Contact") -> None:
    """Begin the procedure from the contact, by keys: the palette, a few letters, Enter."""
    page = ana.page
    page.goto(f"/desk/contacts/{contact.pk}/")
    ana.is_live()
    expect(page.locator("#procedures summary", has_text="Begin a procedure")).to_be_attached()
    page.keyboard.press("Control+k")
    page.keyboard.type("Begin a procedure: Damaged")
    expect(page.locator("[role=option]", has_text="Damaged on arrival").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".procedure-step")).to_be_attached()


def to_remedies(ana: Person) -> None:
    """Say that one is sorry, and what is damaged, by digits."""
    step = ana.page.locator(".procedure-step")
    expect(step).to_contain_text("Lo siento.")
    ana.page.keyboard.press("1")
    expect(step).to_contain_text("¿Qué está dañado?")
    ana.page.keyboard.press("1")
    expect(step).to_contain_text("What would you like?")


def test_a_procedure_is_gone_through_and_what_is_above_the_limit_is_allowed_live(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    from onhand.contacts.models import Message
    from onhand.orders.models import Order
    from onhand.procedures.models import ProcedureRun

    contact = on_call()
    ana, boss = person("senior"), person("supervisor")
    begin(ana, contact)
    to_remedies(ana)
    assert violations(ana.page) == []
    ana.page.keyboard.press("1")
    form = ana.page.locator("#act-panel")
    expect(form.locator("input[name=amount]")).to_have_value("10.00")
    expect(form.locator("[data-outcome=ask]")).to_be_visible()
    form.get_by_label("Why it should be allowed").fill("The second time this year")
    ana.page.keyboard.press("Control+Enter")
    step = ana.page.locator(".procedure-step")
    expect(step).to_contain_text("Waits for an answer")
    address = ana.page.url

    boss.page.goto("/desk/approvals/")
    boss.is_live()
    boss.page.locator("#open-approvals a.open").first.click()
    boss.page.wait_for_url("**/desk/approvals/*/")
    boss.is_live()
    boss.page.keyboard.press("a")
    expect(boss.page.locator("#approval")).to_contain_text("Allowed by")

    expect(step).to_contain_text("Thank you.")
    assert ana.page.url == address
    expect(ana.page.locator(".procedure-path")).to_contain_text("A lower price")
    expect(ana.page.locator(".procedure-path")).to_contain_text("Done:")
    step.get_by_role("button", name="Said, go on").click()
    expect(ana.page.locator(".procedure")).to_contain_text("Gone through")
    expect(ana.page.locator("#messages")).to_contain_text("Damaged: The packaging. Agreed: A lower price.")
    assert ProcedureRun.objects.get().outcome == "through"
    assert Order.objects.get(customer=contact.customer_id).goodwill_minor == 1000
    assert Message.objects.filter(contact=contact.pk, text__contains="Agreed: A lower price").count() == 1
    ana.page.goto(f"/desk/procedures/{ProcedureRun.objects.get().pk}/")
    assert violations(ana.page) == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_its_pages_fit(
    person: Callable[..., Person], company: "list[Customer]", width: int, scheme: str, tmp_path: Path
) -> None:
    from onhand.procedures.models import ProcedureRun

    contact = on_call()
    ana = person("senior", width=width, scheme=scheme)
    page = ana.page
    begin(ana, contact)
    page.screenshot(path=tmp_path / "begun.png")
    assert fits(page)
    page.goto(f"/desk/procedures/{ProcedureRun.objects.get().pk}/")
    ana.is_live()
    page.keyboard.press("1")
    expect(page.locator(".procedure-step")).to_contain_text("¿Qué está dañado?")
    page.screenshot(path=tmp_path / "question.png", full_page=True)
    assert fits(page)
    assert violations(page) == []
    page.keyboard.press("1")
    expect(page.locator(".procedure-step")).to_contain_text("What would you like?")
    page.keyboard.press("1")
    expect(page.locator("#act-panel input[name=amount]")).to_have_value("10.00")
    page.screenshot(path=tmp_path / "remedy.png", full_page=True)
    assert fits(page)
    page.goto(f"/desk/contacts/{contact.pk}/#file")
    ana.is_live()
    expect(page.locator(".procedure-path")).to_be_attached()
    page.screenshot(path=tmp_path / "beside.png")
    assert fits(page)
    assert violations(page) == []
