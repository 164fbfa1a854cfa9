"""Somebody on a call gives more than they may: they ask, a supervisor allows it by a key, and it shows where it was asked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import violations
from tests.journeys.test_help import known_to, route
from tests.journeys.test_offers import become_available, of

if TYPE_CHECKING:
    from onhand.contacts.models import Contact
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def on_call() -> "Contact":
    """A call of the representative with a customer of theirs, who is identified."""
    from onhand.customers.models import IdentityCheck
    from tests.factories.contacts import make_contact

    ana, now = of("representative"), datetime.now(UTC)
    customer = known_to(ana)
    contact: Contact = make_contact(customer, ana.pk, representative_name=ana.name, started_at=now)
    until = now + timedelta(hours=1)
    given = {"way": "questions", "level": 1, "at": now, "until": until, "by_name": ana.name}
    IdentityCheck.objects.create(customer=customer, contact_id=contact.pk, **given)
    return contact


def fits(page: Page) -> bool:
    """Whether nothing of a page stands out of it sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def ask_for_goodwill(ana: Person, contact: "Contact") -> None:
    """Type an amount above the limit into the form of goodwill, and ask for it."""
    page = ana.page
    page.goto(f"/desk/customers/{contact.customer_id}/acts/invoicing.give_goodwill/")
    ana.is_live()
    form = page.locator("#act-panel")
    form.get_by_label("Amount", exact=True).fill("50")
    form.get_by_label("What for").or_(form.get_by_label("Reason")).first.fill("A long wait")
    expect(form.locator(".act-preview")).to_contain_text("Needs approval")
    expect(form.locator(".do-it")).to_be_hidden()
    note = form.get_by_label("Why it should be allowed")
    note.fill("She waited two weeks and called three times.")
    expect(form.get_by_label("The customer waits for the answer")).to_be_checked()


def test_goodwill_above_the_limit_is_asked_for_and_allowed_by_a_key(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    from onhand.invoicing.models import Document
    from tests.approvals.asked import lay_down

    lay_down()
    contact = on_call()
    before = Document.objects.filter(customer=contact.customer_id).count()
    ana, boss = person("representative"), person("supervisor")
    become_available(boss)
    ask_for_goodwill(ana, contact)
    assert violations(ana.page) == []
    ana.page.keyboard.press("Control+Enter")
    panel = ana.page.locator("#act-panel .asked-approval")
    expect(panel).to_contain_text("Waits for an answer")
    expect(ana.page.locator("#help-on-call .asked-approval")).to_contain_text("€50.00")
    address = ana.page.url

    assert route() >= 1
    offer = boss.page.locator(".offer", has_text="Give goodwill")
    expect(offer).to_contain_text("the customer waits")
    offer.get_by_role("button", name="Accept").click()
    boss.page.wait_for_url("**/desk/approvals/*/")
    boss.is_live()
    expect(panel).to_contain_text("looks at it")
    page = boss.page.locator("#approval")
    expect(page).to_contain_text("She waited two weeks")
    expect(page).to_contain_text("The customer waits")
    assert violations(boss.page) == []
    boss.page.keyboard.press("a")
    expect(page).to_contain_text("Allowed by")

    expect(panel).to_contain_text("Allowed by")
    expect(ana.page.locator("#help-on-call .asked-approval")).to_contain_text("Allowed by")
    assert ana.page.url == address
    assert Document.objects.filter(customer=contact.customer_id).count() == before + 1
    assert violations(ana.page) == []
    assert ana.wrong == []
    assert boss.wrong == []


def test_a_denial_by_key_says_why_where_it_was_asked(person: Callable[..., Person], company: "list[Customer]") -> None:
    from onhand.approvals.models import Approval
    from tests.approvals.asked import lay_down

    lay_down()
    contact = on_call()
    ana, boss = person("representative"), person("supervisor")
    ask_for_goodwill(ana, contact)
    ana.page.keyboard.press("Control+Enter")
    panel = ana.page.locator("#act-panel .asked-approval")
    expect(panel).to_contain_text("Waits for an answer")
    boss.page.goto("/desk/approvals/")
    boss.is_live()
    assert violations(boss.page) == []
    boss.page.locator("#open-approvals a.open").first.click()
    boss.page.wait_for_url(f"**/desk/approvals/{Approval.objects.get().pk}/")
    boss.is_live()
    boss.page.keyboard.press("d")
    boss.page.locator("#act-panel").get_by_label("Why not").fill("Twice this month already.")
    boss.page.keyboard.press("Control+Enter")
    expect(boss.page.locator("#approval")).to_contain_text("Denied by")
    expect(panel).to_contain_text("Twice this month already.")


def test_a_supervisor_answers_on_the_floor_by_keys_and_sees_what_comes(
    person: Callable[..., Person], company: "list[Customer]"
) -> None:
    from tests.approvals.asked import ask, lay_down, on_contact

    lay_down()
    now, asker = datetime.now(UTC), of("representative")
    boss = person("supervisor")
    page = boss.page
    page.goto("/floor/")
    boss.is_live()
    approvals = [ask(asker, on_contact(asker, known_to(asker), at=now), minor, at=now) for minor in (5000, 6000)]
    expect(page.locator("#floor-approval-rows tr")).to_have_count(2)
    assert violations(page) == []
    page.keyboard.press("j")
    expect(page.locator(f"#approval-{approvals[0].pk} a.open")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#floor-approval-rows tr")).to_have_count(1)
    expect(page.locator(f"#approval-{approvals[1].pk} a.open")).to_be_focused()
    page.keyboard.press("d")
    page.locator("#act-panel").get_by_label("Why not").fill("Twice this month already.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#floor-approval-rows")).to_have_count(0)
    for approval in approvals:
        approval.refresh_from_db()
    assert [approval.state for approval in approvals] == ["allowed", "denied"]
    assert boss.wrong == []


@pytest.mark.parametrize(("width", "scheme"), [(1600, "light"), (1280, "dark"), (420, "light"), (420, "dark")])
def test_its_pages_fit(
    person: Callable[..., Person], company: "list[Customer]", width: int, scheme: str, tmp_path: Path
) -> None:
    from onhand.approvals.models import Approval
    from tests.approvals.asked import lay_down

    lay_down()
    contact = on_call()
    ana = person("representative", width=width, scheme=scheme)
    ask_for_goodwill(ana, contact)
    ana.page.screenshot(path=tmp_path / "form.png")
    assert fits(ana.page)
    ana.page.keyboard.press("Control+Enter")
    expect(ana.page.locator("#act-panel .asked-approval")).to_be_visible()
    ana.page.screenshot(path=tmp_path / "asked.png")
    boss = person("supervisor", width=width, scheme=scheme)
    pages = {
        "list": "/desk/approvals/",
        "answer": f"/desk/approvals/{Approval.objects.get().pk}/",
        "floor": "/floor/",
        "deputy": "/desk/acts/approvals.name_deputy/new/",
        "times": "/settings/approvals/",
    }
    for name, address in pages.items():
        boss.page.goto(address)
        boss.is_live()
        boss.page.screenshot(path=tmp_path / f"{name}-{width}-{scheme}.png", full_page=True)
        assert fits(boss.page)
        assert violations(boss.page) == []
