"""A draft tried on the past, on its page."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.guidelines.documents import as_json
from onhand.guidelines.models import Guideline, GuidelineTrial
from onhand.guidelines.trials import run_trial
from onhand.kernel.actor import system_actor
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from tests.factories import make_customer
from tests.factories.staff import make_person
from tests.guidelines.company import document, nothing_laid_down, publish, somebody

pytestmark = pytest.mark.django_db(transaction=True)
GOODWILL = "invoicing.give_goodwill"
ROWS = [
    ("<= 10", '"allow"', "", "", ""),
    ("(10..50]", '"ask"', '"supervisor"', "", ""),
    ("> 50", '"refuse"', "", "", ""),
]


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(make_person("supervisor"))
    return client


@pytest.fixture
def drafted() -> Guideline:
    """A generous guideline, what was done by it, and a stricter draft."""
    nothing_laid_down()
    one = publish("Goodwill", document([GOODWILL], ["amount given"], [("-", '"allow"', "", "", "")]))
    now = timezone.now() - timedelta(hours=1)
    for minor in (500, 2000, 9000):
        arguments = {"amount": Money(minor, "EUR").as_json(), "reason": "A long wait"}
        perform(GOODWILL, actor=somebody(), arguments=arguments, at=now, subject_id=make_customer(name="Ana P").pk)
    text = json.dumps(as_json(document([GOODWILL], ["amount given"], ROWS)))
    given: dict[str, Any] = {"arguments": {"document": text}, "at": now, "subject_id": one.pk}
    perform("guidelines.write_draft", actor=system_actor("tests"), **given)
    return one


def test_a_draft_is_tried_and_says_what_it_would_have_cost(browser: Client, drafted: Guideline) -> None:
    assert "Try on the last" in browser.get(f"/guidelines/{drafted.pk}/draft/").content.decode()
    answer = browser.post(f"/guidelines/{drafted.pk}/try/", {"days": "30"})
    trial = GuidelineTrial.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/guidelines/trials/{trial.pk}/")
    waiting = browser.get(answer["Location"]).content.decode()
    assert f'data-live="guideline_trial:{trial.pk}"' in waiting
    run_trial(trial.pk, timezone.now)
    page = browser.get(answer["Location"]).content.decode()
    for words in ("-€90.00", "€20.00", "Give goodwill", "Row 3", "refused", "asked for", "Ana"):
        assert (words in page) is (words != "Ana"), words  # whose it was stands behind a link
    assert "data-live=" not in page.partition('id="trial-state"')[2].partition(">")[0]
    only = browser.get(answer["Location"] + "?would_be=refuse").content.decode()
    assert "Row 3" in only
    assert "Row 2" not in only
    assert f"/guidelines/trials/{trial.pk}/" in browser.get(f"/guidelines/{drafted.pk}/").content.decode()


def test_nonsense_is_told_and_others_see_nothing(browser: Client, drafted: Guideline, client: Client) -> None:
    for days in ("0", "-5", "99999", "x", ""):
        answer = browser.post(f"/guidelines/{drafted.pk}/try/", {"days": days})
        assert answer.status_code == 302
    trial = GuidelineTrial.objects.latest("pk")
    for query in ("?after=x", "?after=99999999999999999999", "?would_be=%00", "?would_be=' or 1=1"):
        assert browser.get(f"/guidelines/trials/{trial.pk}/{query}").status_code == 200
    assert browser.get("/guidelines/trials/999999/").status_code == 404
    client.force_login(make_person("representative"))
    assert client.get(f"/guidelines/trials/{trial.pk}/").status_code in (403, 404)
    assert client.post(f"/guidelines/{drafted.pk}/try/", {"days": "30"}).status_code in (403, 404)
