"""Guidelines as DMN files in and out, and the page of limits."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from onhand.guidelines.dmn import read_dmn, write_dmn
from onhand.guidelines.documents import from_json
from onhand.guidelines.graphs import Decision, Graph, InputData
from onhand.guidelines.models import Guideline, Limit, LimitUse
from onhand.guidelines.tables import Input, Output, Rule, Table
from onhand.kernel.days import company_day
from tests.factories.staff import make_person
from tests.guidelines.company import document, publish

pytestmark = pytest.mark.django_db
GOODWILL = "invoicing.give_goodwill"


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(make_person("supervisor"))
    return client


@pytest.fixture
def made() -> Guideline:
    rows = [("<= 20", '"allow"', "", "", ""), ("> 20", '"ask"', "", "", "")]
    return publish("Goodwill: small", document([GOODWILL], ["amount given"], rows))


def file_of(name: str, *, content: bytes = b"") -> SimpleUploadedFile:
    """A table of another modeller that asks for something called `name`."""
    table = Table(
        "Decide",
        (Input(name, name, "number"),),
        (Output("answer", type="string"),),
        (Rule(("<= 7",), ('"allow"',)), Rule((f"> 7 + {name}",), ('"ask"',))),
    )
    graph = Graph("Theirs", (InputData(name, "number"),), (Decision("Decide", table, (name,)),))
    return SimpleUploadedFile("theirs.dmn", content or write_dmn(graph))


def test_a_version_goes_out_as_a_file_that_reads_as_it_does(browser: Client, made: Guideline) -> None:
    answer = browser.get(f"/guidelines/{made.pk}/versions/1/file.dmn")
    assert answer["Content-Disposition"] == 'attachment; filename="goodwill-small-1.dmn"'
    graph = read_dmn(answer.content)
    assert graph.decisions == from_json(made.versions.get().document).graph.decisions
    for missing in ("draft", "7", "x"):
        assert browser.get(f"/guidelines/{made.pk}/versions/{missing}/file.dmn").status_code == 404


def test_a_file_becomes_the_draft_and_names_are_matched_with_facts(browser: Client, made: Guideline) -> None:
    answer = browser.post(f"/guidelines/{made.pk}/dmn/", {"file": file_of("amountGiven")}, follow=True)
    assert "everything it asks for is known here" in answer.content.decode()
    made.refresh_from_db()
    draft = from_json(made.draft)
    assert draft.acts == (GOODWILL,)
    assert [one.name for one in draft.graph.inputs] == ["amount given"]
    assert draft.decision == "Decide"
    table = draft.graph.decisions[0].logic
    assert isinstance(table, Table)
    assert table.rules[1].tests == ("> 7 + amount given",)
    assert b"amount given" in browser.get(f"/guidelines/{made.pk}/versions/draft/file.dmn").content


def test_what_is_no_fact_is_named_and_can_be_mapped(browser: Client, made: Guideline) -> None:
    page = browser.post(f"/guidelines/{made.pk}/dmn/", {"file": file_of("Betrag")}, follow=True).content.decode()
    assert "something that is no fact here: Betrag" in page
    assert "Which facts are these?" in page
    made.refresh_from_db()
    sent: dict[str, Any] = {
        "expected_version": made.version,
        "acts": [GOODWILL],
        "d0-name": "Decide",
        "d0-was": "Decide",
        "d0-stored": "Decide",
        "d0-shown": 2,
        "d0-role": "decision",
        "d0-i0-expression": "Betrag",
        "d0-i0-type": "number",
        "d0-o0-name": "answer",
        "d0-o0-type": "string",
        "d0-r0-t0": "<= 7",
        "d0-r0-o0": '"allow"',
        "d0-r0-note": "",
        "unknown": ["Betrag"],
        "means": ["amount given"],
        "change": "map",
    }
    page = browser.post(f"/guidelines/{made.pk}/edit/", sent).content.decode()
    assert 'value="amount given"' in page
    assert "Which facts are these?" not in page


@pytest.mark.parametrize(
    ("content", "said"), [(b"<html/>", "This is no DMN file"), (b"nothing", "This is no XML"), (None, "Choose a file.")]
)
def test_a_file_that_is_none_is_refused_and_changes_nothing(
    browser: Client, made: Guideline, content: bytes | None, said: str
) -> None:
    sent = {"file": file_of("x", content=content)} if content else {}
    answer = browser.post(f"/guidelines/{made.pk}/dmn/", sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    made.refresh_from_db()
    assert made.draft is None


def test_a_new_guideline_can_begin_with_a_file(browser: Client) -> None:
    browser.post("/guidelines/new/", {"name": "Theirs", "acts": [GOODWILL], "file": file_of("amount given")})
    assert from_json(Guideline.objects.get(name="Theirs").draft).decision == "Decide"
    refused = browser.post("/guidelines/new/", {"name": "Other", "file": file_of("x", content=b"<a/>")})
    assert refused.status_code == 422
    assert not Guideline.objects.filter(name="Other").exists()


def test_limits_say_what_they_add_up_over_and_how_far_they_are_used(browser: Client) -> None:
    limit = Limit.objects.create(
        name="Goodwill a customer", per="customer", period="days", days=90, most={"EUR": 20000}, beyond="ask"
    )
    Limit.objects.create(name="Old", per="act", most={"EUR": 100}, is_active=False)
    today = company_day(timezone.now())
    for key, minor in (("1", 5000), ("2", 7000)):
        LimitUse.objects.create(limit=limit, key=key, day=today, currency="EUR", used_minor=minor, times=1)
    page = browser.get("/guidelines/limits/").content.decode()
    assert "Customer, last 90 days" in page
    assert "€200" in page
    assert "€70" in page
    assert "(35 %)" in page
    listed, _sign, ended = page.partition("Ended")
    assert f"/settings/acts/limit/{limit.pk}/guidelines.end_limit/" in listed
    assert "guidelines.renew_limit" in ended


def test_limits_are_set_and_changed_by_their_acts(browser: Client) -> None:
    new = "/settings/acts/limit/new/guidelines.add_limit/"
    assert new in browser.get("/guidelines/limits/").content.decode()
    sent = {
        "name": "A day",
        "per": "representative",
        "period": "day",
        "days": "1",
        "most": "100",
        "most__currency": "EUR",
        "beyond": "refuse",
    }
    assert browser.post(new, sent)["Location"] == "/guidelines/limits/"
    limit = Limit.objects.get()
    assert limit.most == {"EUR": 10000}
    browser.post(f"/settings/acts/limit/{limit.pk}/guidelines.end_limit/", {})
    assert not Limit.objects.get().is_active


def test_who_may_not_set_limits_only_reads_them(client: Client) -> None:
    client.force_login(make_person("representative"))
    page = client.get("/guidelines/limits/").content.decode()
    assert "/settings/acts/limit/" not in page
