"""The pages on which rules are written, tried and published, and the one about suggestions."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.classifying.enums import Target
from onhand.classifying.learning import learn
from onhand.classifying.models import SuggestionRules
from onhand.rules.models import RuleSetVersion, Trial
from onhand.rules.published import current
from onhand.rules.trials import run_trial
from tests.classifying.test_classifying import make_history
from tests.factories import NOON
from tests.factories.staff import make_person, make_team
from tests.rules.made import arrive, condition, definition, publish, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(make_person("administrator"))
    return client


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Invoices",
        "when": "new_contact",
        "g0-how": "any",
        "g0-c0-what": "subject",
        "g0-c0-how": "has_any",
        "g0-c0-value": "invoice, bill*",
        "a0-do": "set_priority",
        "a0-priority": "2",
    } | changes


def test_a_rule_is_written_with_a_form_and_reads_as_a_sentence(browser: Client) -> None:
    made = browser.post("/settings/rules/new/", form(), follow=True)
    assert made.status_code == 200
    (stored,) = current().draft
    assert stored["groups"] == [
        {"how": "any", "conditions": [{"what": "subject", "how": "has_any", "value": ["invoice", "bill*"]}]}
    ]
    page = browser.get("/settings/rules/").content.decode()
    assert "the subject contains one of “invoice” or “bill*”" in page
    assert "set the priority (Urgent)" in page
    opened = browser.get(f"/settings/rules/{stored['key']}/").content.decode()
    assert 'value="invoice, bill*"' in opened
    again = browser.post(f"/settings/rules/{stored['key']}/", form(name="Bills"), follow=True)
    assert again.status_code == 200
    assert [one["name"] for one in current().draft] == ["Bills"]


def test_rows_are_added_moved_and_removed_and_nothing_typed_is_lost(browser: Client) -> None:
    def send(change: str, **more: Any) -> str:
        return browser.post("/settings/rules/new/", form(change=change, **more)).content.decode()

    page = send("add-condition:0")
    assert 'name="g0-c1-what"' in page
    assert 'value="invoice, bill*"' in page
    assert 'name="g1-c0-what"' in send("add-group")
    assert 'name="a1-do"' in send("add-action")
    second = {"a1-do": "write_note", "a1-text": "Look at it"}
    moved = send("up-action:1", **second)
    assert moved.index("Look at it") < moved.index('name="a1-do"')
    assert "Look at it" not in send("remove-action:1", **second)
    assert 'name="g0-c0-what"' not in send("remove-condition:0:0")
    assert 'name="g0-c0-value"' not in send("refresh", **{"g0-c0-what": "has_files"})
    for nonsense in ("remove-condition:9:9", "up-action:-1", "remove-action:", "add-condition:x", "dance"):
        assert 'value="invoice, bill*"' in send(nonsense)
    assert current().draft == []


def test_what_is_wrong_is_said_beside_its_row(browser: Client) -> None:
    page = browser.post("/settings/rules/new/", form(**{"g0-c0-value": "", "a0-priority": ""}))
    assert page.status_code == 422
    text = page.content.decode()
    assert "Give 1 to 100." in text
    assert "Please correct what is marked." in text
    assert browser.post("/settings/rules/new/", {"name": "x", "when": "new_contact"}).status_code == 422
    assert current().draft == []


def test_every_quality_and_action_can_be_drawn(browser: Client) -> None:
    from onhand.rules.actions import offered_actions
    from onhand.rules.qualities import all_qualities

    make_team(name="Billing")
    for quality in all_qualities():
        page = browser.post("/settings/rules/new/", form(change="refresh", **{"g0-c0-what": quality.key}))
        assert page.status_code == 200, quality.key
    assert len(offered_actions()) >= 7
    for kind in offered_actions():
        page = browser.post("/settings/rules/new/", form(change="refresh", **{"a0-do": kind.key}))
        assert page.status_code == 200, kind.key
    assert (
        "Billing"
        in browser.post("/settings/rules/new/", form(change="refresh", **{"a0-do": "hand_to_team"})).content.decode()
    )


def test_publishing_comparing_and_going_back(browser: Client) -> None:
    publish(definition("One", condition("subject", "has_any", ["one"])))
    key = current().draft[0]["key"]
    write(definition("One", condition("subject", "has_any", ["uno"]), key=key), definition("Two"))
    page = browser.get("/settings/rules/").content.decode()
    assert "differs in 2 points" in page
    two = current().draft[1]["key"]
    for what in ("up", "down", "off", "on"):
        assert browser.post(f"/settings/rules/step/{what}/", {"key": two}).status_code == 302
    assert browser.post("/settings/rules/step/publish/", {"note": "Spanish too"}).status_code == 302
    assert current().published == 2
    assert RuleSetVersion.objects.get(number=2).note == "Spanish too"
    assert "Spanish too" in browser.get("/settings/rules/versions/").content.decode()
    compared = browser.get("/settings/rules/versions/2/").content.decode()
    assert "“uno”" in compared
    assert "“one”" in compared
    assert browser.get("/settings/rules/versions/2/?with=1").status_code == 200
    browser.post("/settings/rules/step/take-up/", {"number": "1"})
    assert current().draft == RuleSetVersion.objects.get(number=1).rules
    browser.post("/settings/rules/step/remove/", {"key": key})
    assert current().draft == []
    refused = browser.post("/settings/rules/step/remove/", {"key": "gone"}, follow=True)
    assert "no such rule" in refused.content.decode()


def test_a_trial_is_drawn_and_goes_down_to_the_message(browser: Client) -> None:
    at = timezone.now() - timedelta(days=3)
    publish(definition("Bills", condition("subject", "has_any", ["bill"])))
    arrive(at=at, subject="My bill")
    arrive(at=at, subject="My invoice")
    write(definition("Invoices", condition("subject", "has_any", ["invoice"])))
    begun = browser.post("/settings/rules/step/try/", {"days": "30"})
    trial = Trial.objects.get()
    assert begun.headers["Location"].endswith(f"/settings/rules/trials/{trial.pk}/")
    waiting = browser.get(begun.headers["Location"]).content.decode()
    assert f'data-live="rule_trial:{trial.pk}"' in waiting
    run_trial(trial.pk, timezone.now)
    done = browser.get(begun.headers["Location"]).content.decode()
    assert "My invoice" in done
    assert '<rect class="draft"' in done
    different = browser.get(begun.headers["Location"] + "?different=1").content.decode()
    assert "My invoice" in different
    assert "My bill" not in different


def test_nobody_else_sees_them(client: Client) -> None:
    client.force_login(make_person("representative"))
    for address in ("rules/", "rules/new/", "rules/versions/", "suggestions/"):
        assert client.get(f"/settings/{address}").status_code == 403
    assert client.post("/settings/rules/step/publish/").status_code == 403


def test_the_page_of_suggestions_and_its_threshold(browser: Client) -> None:
    page = browser.get("/settings/suggestions/").content.decode()
    assert "Nothing learnt yet" in page
    rules = SuggestionRules.objects.get()
    changed = browser.post(
        f"/settings/acts/suggestion_rules/{rules.pk}/classifying.change_suggestion_rules/",
        {"team_sure": "85", "reason_sure": "60", "is_on": "true"},
    )
    assert changed.status_code == 302
    assert SuggestionRules.objects.get().team_sure == 85
    assert browser.post("/settings/suggestions/learn/").status_code == 302


def test_what_was_learnt_is_drawn_and_said_as_a_table(browser: Client) -> None:
    make_history(200)
    assert learn(Target.TEAM, NOON) is not None
    page = browser.get("/settings/suggestions/").content.decode()
    assert '<polyline class="right" points="' in page
    assert "Billing, Delivery, Repairs" in page
    assert "On 30 later contacts it had not seen, at your threshold of 70 %" in page
    assert page.count("<tr>") > 20
