"""The list of guidelines, a guideline, its versions, and how they differ."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.guidelines.documents import Case, Words, as_json
from onhand.guidelines.models import Guideline
from onhand.kernel.actor import system_actor
from onhand.kernel.decisions import NeedsApproval
from onhand.kernel.perform import perform
from tests.factories import make_customer
from tests.factories.staff import make_person
from tests.guidelines.company import document, nothing_laid_down, publish, somebody

pytestmark = pytest.mark.django_db
GOODWILL = "invoicing.give_goodwill"
ROWS = [("<= 20", '"allow"', "", "", ""), ("(20..100]", '"ask"', '"senior"', "", '"much"')]


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(make_person("supervisor"))
    return client


def made(**more: Any) -> Guideline:
    words = {"much": Words({"en": "{amount given} is a lot."}, {"es": "Pregunto."})}
    cases = (Case("small", {"amount given": "5"}, {"answer": '"allow"'}),)
    return publish("Goodwill", document([GOODWILL], ["amount given"], ROWS, words=words, cases=cases), **more)


def draft(one: Guideline, rows: list[tuple[str, ...]]) -> None:
    text = json.dumps(as_json(document([GOODWILL], ["amount given"], rows)))
    perform(
        "guidelines.write_draft",
        actor=system_actor("tests"),
        arguments={"document": text},
        at=timezone.now(),
        subject_id=one.pk,
    )


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_what_is_in_force_and_what_is_being_written(browser: Client) -> None:
    one, other = made(), publish("Old", document([GOODWILL], [], [('"allow"', "", "", "")]))
    draft(one, [("-", '"ask"', "", "", "")])
    perform(
        "guidelines.retire_guideline",
        actor=system_actor("tests"),
        arguments={"note": "x"},
        at=timezone.now(),
        subject_id=other.pk,
    )
    page = text_of(browser, "/guidelines/")
    assert "Version 1" in page
    assert "Being written" in page
    listed, _sign, retired = page.partition("Retired")
    assert "Goodwill" in listed
    assert f"/guidelines/{other.pk}/" in retired


def test_the_list_goes_on_where_it_stopped(browser: Client) -> None:
    for number in range(60):
        Guideline.objects.create(name=f"G {number:02}", created_at=timezone.now())
    page = text_of(browser, "/guidelines/")
    assert "G 48" in page
    assert "G 59" not in page
    following = Guideline.objects.get(name="G 49").pk
    rest = text_of(browser, f"/guidelines/?after={following}")
    assert "G 50" in rest
    assert "G 59" in rest
    assert "G 48" not in rest


def test_a_guideline_reads_as_a_table_and_in_words(browser: Client) -> None:
    one = made()
    page = text_of(browser, f"/guidelines/{one.pk}/")
    assert "(20..100]" in page
    assert "amount given: more than 20 and at most 100" in page
    assert "Somebody else is asked" in page
    assert "{amount given} is a lot." in page
    assert "all come out right" in page
    assert "Version 1 is in force" in page


def test_what_can_be_done_goes_by_the_state_of_the_draft(browser: Client) -> None:
    one = made()
    page = f"/guidelines/{one.pk}/"
    assert "Ask for review" not in text_of(browser, page)
    draft(one, [("-", '"ask"', "", "", "")])
    assert "guidelines.submit_guideline" in text_of(browser, page)
    assert "guidelines.publish_guideline" not in text_of(browser, page)
    browser.post(f"/settings/acts/guideline/{one.pk}/guidelines.submit_guideline/", {"note": "Look"})
    assert "guidelines.publish_guideline" in text_of(browser, page)
    assert "guidelines.return_guideline" in text_of(browser, page)
    answer = browser.post(f"/settings/acts/guideline/{one.pk}/guidelines.publish_guideline/", {"note": ""})
    assert answer["Location"] == page
    assert "Version 2 is in force" in text_of(browser, page)


def test_who_may_only_read_is_offered_nothing(client: Client) -> None:
    one = made()
    draft(one, [("-", '"ask"', "", "", "")])
    client.force_login(make_person("representative"))
    page = text_of(client, f"/guidelines/{one.pk}/")
    for name in ("submit_guideline", "begin_again_from", "retire_guideline", "rename_guideline", "/edit/"):
        assert name not in page
    assert "/guidelines/new/" not in text_of(client, "/guidelines/")


def test_a_version_to_come_can_be_withdrawn(browser: Client) -> None:
    one = made()
    draft(one, [("-", '"ask"', "", "", "")])
    at = timezone.now()
    for act, arguments in (
        ("submit_guideline", {}),
        ("publish_guideline", {"effective_from": (at + timedelta(days=3)).isoformat()}),
    ):
        perform(f"guidelines.{act}", actor=system_actor("tests"), arguments=arguments, at=at, subject_id=one.pk)
    page = text_of(browser, f"/guidelines/{one.pk}/")
    assert "to come" in page
    assert "guidelines.withdraw_version/?number=2" in page
    form = f"/settings/acts/guideline/{one.pk}/guidelines.withdraw_version/"
    assert 'value="2"' in text_of(browser, form + "?number=2")
    browser.post(form, {"number": "2"})
    assert "withdrawn" in text_of(browser, f"/guidelines/{one.pk}/")


def test_differences_are_said_in_words(browser: Client) -> None:
    one = made()
    draft(
        one,
        [
            ("<= 30", '"allow"', "", "", ""),
            ("(20..100]", '"ask"', '"senior"', "", ""),
            ("> 100", '"refuse"', "", "", ""),
        ],
    )
    page = text_of(browser, f"/guidelines/{one.pk}/compare/")
    assert "amount given: at most 20" in page
    assert "amount given: at most 30" in page
    assert "amount given: more than 100" in page
    assert "Words: much" in page
    same = text_of(browser, f"/guidelines/{one.pk}/compare/?from=1&to=1")
    assert "There is no difference." in same
    whole = text_of(browser, f"/guidelines/{one.pk}/compare/?from=0&to=1")
    assert "Give goodwill" in whole or "oodwill" in whole


def test_a_draft_is_read_and_published_from_its_page(browser: Client) -> None:
    one = made()
    assert browser.get(f"/guidelines/{one.pk}/draft/").status_code == 404
    draft(one, [("> 77", '"ask"', "", "", "")])
    assert "amount given: more than 77" in text_of(browser, f"/guidelines/{one.pk}/draft/")
    assert "guidelines.publish_guideline" not in text_of(browser, f"/guidelines/{one.pk}/draft/")
    browser.post(f"/settings/acts/guideline/{one.pk}/guidelines.submit_guideline/", {"note": "Look"})
    assert "guidelines.publish_guideline" in text_of(browser, f"/guidelines/{one.pk}/draft/")


def test_a_version_is_shown_as_it_was(browser: Client) -> None:
    one = made()
    page = text_of(browser, f"/guidelines/{one.pk}/versions/1/")
    assert "(20..100]" in page
    assert browser.get(f"/guidelines/{one.pk}/versions/9/").status_code == 404
    assert browser.get(f"/guidelines/{one.pk}/versions/99999999999999999/").status_code == 404


def test_what_comes_with_the_product_is_begun_as_drafts_once(browser: Client) -> None:
    assert "Begin 12 drafts" in text_of(browser, "/guidelines/new/")
    assert browser.post("/guidelines/shipped/").status_code == 302
    begun = Guideline.objects.filter(name="Returns").get()
    assert begun.draft is not None
    assert not begun.versions.exists()
    assert "Begin 1" not in text_of(browser, "/guidelines/new/")
    count = Guideline.objects.count()
    browser.post("/guidelines/shipped/")
    assert Guideline.objects.count() == count


def test_contradictions_with_others_in_force_are_told_after_the_page(browser: Client) -> None:
    one = made()
    other = publish("Never", document([GOODWILL], ["amount given"], [("> 10", '"refuse"', "", "", "")]))
    address = f"/guidelines/{one.pk}/contradictions/"
    assert f'hx-get="{address}"' in text_of(browser, f"/guidelines/{one.pk}/")
    page = text_of(browser, address)
    assert f'<a href="/guidelines/{other.pk}/">Never</a>' in page
    assert "amount given: more than 10, at most 20" in page.replace(" and ", ", ")
    assert "(row 1, this holds)" in page
    assert browser.get(f"{address}?of=draft").status_code == 404
    draft(one, [("-", '"refuse"', "", "", "")])
    assert f'hx-get="{address}?of=draft"' in text_of(browser, f"/guidelines/{one.pk}/draft/")
    assert f"/guidelines/{other.pk}/" not in text_of(browser, f"{address}?of=draft")
    draft(one, [("<", '"refuse"', "", "", "")])
    assert "The tables must be readable first." in text_of(browser, f"{address}?of=draft")


def test_nobody_is_asked_for_json(browser: Client) -> None:
    one = made()
    for address in (
        f"/settings/acts/guideline/{one.pk}/guidelines.write_draft/",
        f"/desk/acts/guidelines.write_draft/{one.pk}/",
    ):
        assert browser.get(address)["Location"] == f"/guidelines/{one.pk}/edit/"
    for address in (
        "/settings/acts/guideline/new/guidelines.add_guideline/",
        "/desk/acts/guidelines.add_guideline/new/",
    ):
        assert browser.get(address)["Location"] == "/guidelines/new/"


def test_what_was_not_allowed_lately_is_told_with_who_tried_to_who_may_search_the_records(browser: Client) -> None:
    nothing_laid_down()
    one = made()
    arguments = {"amount": {"minor": 9000, "currency": "EUR"}, "reason": "x"}
    with pytest.raises(NeedsApproval):
        perform(
            GOODWILL,
            actor=somebody(number=99),
            arguments=arguments,
            at=timezone.now(),
            subject_id=make_customer().pk,
        )
    page = text_of(browser, f"/guidelines/{one.pk}/")
    assert "Not allowed in the last 30 days" in page
    assert "0 attempts refused · 1 needed approval" in page.replace("\n", "")
    assert "representative 99" not in page  # of nobody the supervisor sees
    browser.force_login(make_person("administrator"))
    page = text_of(browser, f"/guidelines/{one.pk}/")
    for said in ("representative 99", "Give goodwill", "€90.00", "90.00 is a lot."):
        assert said in page, said
