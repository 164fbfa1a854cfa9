"""A survey from the rules to the figures: switched on, asked by mail, answered on a telephone, read by a supervisor."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.company import Person
from tests.journeys.test_accessibility import WIDER, violations

if TYPE_CHECKING:
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]


def sent_to(customer: "Customer", *, language: str = "en") -> str:
    """The link that a customer whose contact was wrapped up gets by mail."""
    from onhand.contacts.finishing import finish
    from onhand.contacts.models import Message
    from tests.contacts.surveys.talks import asked, make_talk

    survey, _token = asked(
        make_talk(customer, at=timezone.now() - timedelta(hours=3), language=language),
        at=timezone.now() - timedelta(hours=3),
    )
    mail = Message.objects.get(pk=survey.message_id)
    finish(mail)
    found = re.search(r"(/survey/[\w-]+/)\?score=2", mail.text)
    assert found
    return found[1]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_a_customer_answers_by_keyboard_and_changes_it(
    person: Come, company: "list[Customer]", width: int, scheme: str
) -> None:
    from onhand.contacts.models import Contact
    from onhand.contacts.surveys.models import Survey
    from tests.contacts.surveys.talks import set_rules

    set_rules()
    link = sent_to(company[0])
    somebody = person(width=width, scheme=scheme)
    page = somebody.page
    page.goto(f"{link}?score=4")
    expect(page.get_by_role("radio", name="Satisfied", exact=True)).to_be_checked()
    assert violations(page) + page.evaluate(WIDER) == []
    assert Survey.objects.latest("pk").score is None, "opening it records nothing"
    page.get_by_role("radio", name="Satisfied", exact=True).focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Still broken, I am sorry to say.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    survey = Survey.objects.latest("pk")
    assert (survey.score, survey.comment) == (2, "Still broken, I am sorry to say.")
    assert Contact.objects.get(pk=survey.contact_id).needs_answer
    assert violations(page) == []
    page.get_by_text("Very satisfied").click()
    page.get_by_role("button", name="Change my answer").click()
    expect(page.get_by_role("radio", name="Very satisfied")).to_be_checked()
    assert Survey.objects.latest("pk").score == 5
    page.get_by_role("link", name="Do not ask me again").click()
    assert violations(page) == []
    page.get_by_role("button", name="Do not ask me again").click()
    expect(page.get_by_role("heading")).to_contain_text("You will not be asked again.")
    assert somebody.context.cookies() == []


def test_a_supervisor_switches_it_on_and_reads_the_figures(person: Come, company: "list[Customer]") -> None:
    from onhand.contacts.surveys.answering import answer
    from onhand.contacts.surveys.enums import Score
    from onhand.contacts.surveys.models import SurveyRules

    admin = person("administrator")
    page = admin.page
    page.goto("/settings/surveys/")
    expect(page.locator("#example")).to_contain_text("Where is my parcel?")
    assert violations(page) + page.evaluate(WIDER) == []
    page.get_by_role("link", name="Change the rules of surveys").click()
    page.get_by_label("Customers are asked", exact=True).check()
    page.get_by_label("Only customers who agreed to surveys").uncheck()
    page.get_by_label("Name of the company").fill("Lamps & Co")
    page.get_by_role("button", name="Change the rules of surveys").click()
    page.wait_for_url("**/settings/surveys/")
    expect(page.locator("#example")).to_contain_text("Lamps & Co")
    assert SurveyRules.objects.get().is_on
    for number, score in enumerate((5, 4, 2, 5, 4)):
        token = sent_to(company[number], language="es").split("/")[2]
        answer(token, Score(score), None, at=timezone.now())
    page.goto("/settings/surveys/figures/")
    expect(page.locator("main")).to_contain_text("4.0")
    expect(page.locator("svg.chart .mean").first).to_be_attached()
    assert violations(page) + page.evaluate(WIDER) == []
    page.goto(f"/desk/customers/{company[2].pk}/?show=survey")
    expect(page.locator("#timeline-entries")).to_contain_text("Survey answered: Dissatisfied")
