"""The pages of who sets surveys up and who reads the figures."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.contacts.surveys.answering import answer
from onhand.contacts.surveys.enums import Score
from onhand.contacts.surveys.models import Survey
from onhand.contacts.surveys.statistics import Interval
from onhand.contacts.surveys.tokens import token_of
from onhand.web.settings.surveys import _interval
from tests.contacts.surveys.talks import asked, make_talk, set_rules
from tests.factories import make_customer
from tests.factories.staff import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor() -> Client:
    client = Client()
    client.force_login(make_person("administrator"))
    return client


def test_the_rules_show_the_mail_as_it_would_be_sent(supervisor: Client) -> None:
    set_rules(company="Lamps & Co", open_days=9)
    shown = supervisor.get("/settings/surveys/").content.decode()
    assert "“Where is my parcel?”" in shown
    assert "Lamps &amp; Co" in shown
    assert "/survey/…/?score=5" in shown
    assert "Very satisfied" in shown
    assert supervisor.get("/settings/surveys/", {"in": "es"}).content.decode().count('lang="es"') >= 2
    assert supervisor.get("/settings/surveys/", {"in": "<script>"}).status_code == 200
    assert not Survey.objects.exists()


def test_the_form_of_the_rules_opens_filled(supervisor: Client) -> None:
    rules = set_rules(company="Lamps & Co")
    shown = supervisor.get(f"/settings/acts/survey_rules/{rules.pk}/surveys.change_rules/").content.decode()
    assert 'value="Lamps &amp; Co"' in shown


def test_figures_are_drawn_and_in_a_table(supervisor: Client) -> None:
    empty = supervisor.get("/settings/surveys/figures/").content.decode()
    assert "Nobody was asked in these weeks." in empty
    set_rules(delay_hours=0)
    at = timezone.now() - timedelta(hours=3)
    for score in (5, 5, 4, 2, 5):
        survey, _token = asked(make_talk(make_customer(), at=at), at=at)
        Survey.objects.filter(pk=survey.pk).update(score=score, answered_at=at, asked_at=timezone.now())
    shown = supervisor.get("/settings/surveys/figures/", {"weeks": "4"}).content.decode()
    assert "<strong>4.2</strong>" in shown
    assert shown.count('<circle class="mean"') == 4, "the week, and one line of each table"
    assert "100 %" in shown
    few = Survey.objects.first()
    assert few is not None
    Survey.objects.filter(pk=few.pk).update(score=None)
    shown = supervisor.get("/settings/surveys/figures/").content.decode()
    assert "too few" in shown
    assert token_of(few) not in shown
    for wrong in ({"weeks": "9999999"}, {"weeks": "x"}, {"weeks": "-1"}):
        assert supervisor.get("/settings/surveys/figures/", wrong).status_code == 200


def test_figures_are_rounded_not_cut() -> None:
    shown = _interval(Interval(0.857, 0.487, 0.9746), 100, 0, " %")
    assert shown == {"value": "86 %", "range": "49–97 %"}
    mean = _interval(Interval(3.88, 2.96, 4.8), 1, 1, "")
    assert mean is not None
    assert mean["value"] == "3.9"


def test_representatives_see_neither(db: Any) -> None:
    client = Client()
    client.force_login(make_person("representative"))
    assert client.get("/settings/surveys/").status_code == 403
    assert client.get("/settings/surveys/figures/").status_code == 403


def test_the_answer_stands_on_the_contacts_page_and_in_the_api(supervisor: Client) -> None:
    set_rules()
    at = timezone.now() - timedelta(hours=3)
    survey, token = asked(make_talk(at=at), at=at)
    page = f"/desk/contacts/{survey.contact_id}/"
    assert "of 5" not in supervisor.get(page).content.decode()
    answer(token, Score.GOOD, "Quick & kind", at=timezone.now())
    shown = supervisor.get(page).content.decode()
    assert "4 of 5 · Satisfied" in shown
    assert "<q>Quick &amp; kind</q>" in shown
    found = supervisor.get(f"/api/v1/contacts/{survey.contact_id}", {"reason": "asked"}).json()["survey"]
    assert (found["score"], found["comment"]) == (4, "Quick & kind")
