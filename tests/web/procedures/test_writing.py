"""Procedures written, looked at, published and compared in the browser."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.contacts.models import ContactReason
from onhand.guidelines.enums import DraftState
from onhand.kernel.perform import perform
from onhand.procedures.models import Procedure
from onhand.staff.models import Representative
from onhand.web.models import Draft
from tests.factories import make_customer
from tests.factories.procedures import make_run
from tests.factories.staff import actor_of, make_person
from tests.procedures.writing import DAMAGED, publish

pytestmark = pytest.mark.django_db
WRONG = DAMAGED.replace("identify: 1", "identify: 9").replace("order state =", "oder state =", 1)


@pytest.fixture
def ana() -> Representative:
    return make_person("supervisor")


@pytest.fixture
def browser(client: Client, ana: Representative) -> Client:
    client.force_login(ana)
    return client


def page(browser: Client, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status
    return str(answer.content.decode())


def write(who: Representative, one: Procedure, text: str) -> None:
    perform(
        "procedures.write_procedure",
        actor=actor_of(who),
        arguments={"text": text},
        at=timezone.now(),
        subject_id=one.pk,
    )


def do(who: Representative, one: Procedure, act: str, **given: Any) -> None:
    perform(f"procedures.{act}", actor=actor_of(who), arguments=given, at=timezone.now(), subject_id=one.pk)


def save(browser: Client, one: Procedure, text: str, **more: Any) -> Any:
    one.refresh_from_db()
    sent = {"expected_version": one.version, "text": text} | more
    return browser.post(f"/procedures/{one.pk}/edit/", sent)


def test_the_list_says_what_is_in_force_what_is_written_and_how_often_it_was_begun(
    browser: Client, ana: Representative
) -> None:
    assert "No procedures yet" in page(browser, "/procedures/")
    assert "Begin 3 drafts" in page(browser, "/procedures/")
    one, old = publish(), publish("Old")
    write(ana, one, DAMAGED + "\n")
    do(ana, old, "retire_procedure", note="No longer.")
    make_run(make_customer(), 1, procedure=one, procedure_version=one.versions.get(), begun_at=timezone.now())
    listed, _sign, retired = page(browser, "/procedures/").partition("Retired")
    row = listed[listed.index(f'id="row-{one.pk}"') :].partition("</tr>")[0]
    assert "Version 1" in row
    assert "Being written" in row
    assert ">1</td>" in row
    assert "Begin 3 drafts" not in listed
    assert f"/procedures/{old.pk}/" in retired
    assert f'id="row-{old.pk}"' not in listed


def test_the_list_goes_on_where_it_stopped(browser: Client) -> None:
    for number in range(60):
        Procedure.objects.create(name=f"P {number:02}", created_at=timezone.now())
    first = page(browser, "/procedures/")
    assert "P 48" in first
    assert "P 59" not in first
    rest = page(browser, f"/procedures/?after={Procedure.objects.get(name='P 49').pk}")
    assert "P 50" in rest
    assert "P 59" in rest
    assert "P 48" not in rest


def test_what_the_product_brings_is_begun_as_drafts(browser: Client, ana: Representative) -> None:
    assert browser.post("/procedures/shipped/").status_code == 302
    assert Procedure.objects.filter(draft_by=ana, draft_state=DraftState.WRITING).count() == 3
    assert "Begin 3 drafts" not in page(browser, "/procedures/new/")


def test_a_procedure_is_begun_by_its_name_and_what_it_is_about(browser: Client) -> None:
    answer = browser.post("/procedures/new/", {"name": "Damaged", "about": "order"})
    one = Procedure.objects.get()
    assert answer["Location"] == f"/procedures/{one.pk}/edit/"
    assert one.draft == "# Damaged\n\nabout: order"
    again = browser.post("/procedures/new/", {"name": "damaged", "about": "order"})
    assert again.status_code == 400 or again.status_code == 422
    assert "There is a procedure of this name already." in again.content.decode()
    assert browser.post("/procedures/new/", {"name": "", "about": "spaceship"}).status_code == 422
    assert Procedure.objects.count() == 1


def test_a_procedure_reads_step_by_step(browser: Client) -> None:
    one = publish()
    text = page(browser, f"/procedures/{one.pk}/")
    assert "Version 1 is in force" in text
    assert "What is damaged?" in text
    assert "¿Qué está dañado?" in text
    assert "The procedure ends here if" in text
    assert 'href="#step-5">Hurt</a>' in text  # where the answer “product” leads
    assert "Give goodwill" in text
    assert "all come out right" in text
    assert "offers goodwill, nothing" in text
    assert "There is no contact reason “Damaged goods”." in text
    ContactReason.objects.create(name="Damaged goods")
    assert "There is no contact reason" not in page(browser, f"/procedures/{one.pk}/")
    assert "“Hurt” is not worded in: es." in text
    assert (
        page(browser, f"/procedures/{one.pk}/versions/1/").count("What is damaged?") == 2
    )  # drawn, and the text itself
    page(browser, f"/procedures/{one.pk}/versions/2/", 404)
    page(browser, f"/procedures/{one.pk}/versions/{10**12}/", 404)
    page(browser, f"/procedures/{one.pk}/draft/", 404)


def test_what_can_be_done_goes_by_the_state_of_the_draft_and_by_who_wrote_it(
    browser: Client, ana: Representative
) -> None:
    one, address = publish(), ""
    address = f"/procedures/{one.pk}/"
    assert "Ask for review" not in page(browser, address)
    write(ana, one, DAMAGED + "\n\n")
    assert "Ask for review" in page(browser, address)
    do(ana, one, "submit_procedure")
    mine = page(browser, address)
    assert "somebody else must publish it" in mine
    assert "publish_procedure" not in mine
    assert "return_procedure" in mine
    client = Client()
    client.force_login(make_person("supervisor"))
    assert "publish_procedure" in page(client, address)
    assert "publish_procedure" in page(client, f"{address}draft/")
    client.force_login(make_person("quality"))  # reads, and no more
    text = page(client, address)
    assert "Version 1 is in force" in text
    for name in ("publish_procedure", "return_procedure", "/edit/", "retire_procedure"):
        assert name not in text
    assert client.get(f"{address}edit/").status_code == 403
    client.force_login(make_person("representative"))
    for path in ("/procedures/", address, f"{address}edit/", f"{address}compare/", f"{address}try/1/"):
        assert client.get(path).status_code == 403


def test_acts_have_their_forms_and_come_back_to_the_procedure(browser: Client, ana: Representative) -> None:
    one = publish()
    write(ana, one, DAMAGED + "\n")
    form = f"/settings/procedure/{one.pk}/procedures.submit_procedure/"
    found = page(browser, f"/procedures/{one.pk}/")
    assert "procedures.submit_procedure" in found
    link = found[found.index("procedures.submit_procedure") - 80 :].partition('href="')[2].partition('"')[0]
    one.refresh_from_db()
    answer = browser.post(link or form, {"note": "Please.", "expected_version": one.version})
    assert answer["Location"] == f"/procedures/{one.pk}/"
    one.refresh_from_db()
    assert one.draft_state == DraftState.IN_REVIEW


def test_a_fault_is_named_at_its_line_and_the_draft_is_kept(browser: Client) -> None:
    one = publish()
    text = page(browser, f"/procedures/{one.pk}/edit/")
    assert "It can be read" in text
    assert "aria-invalid" not in text
    assert save(browser, one, WRONG).status_code == 302
    one.refresh_from_db()
    assert one.draft == WRONG.strip()
    text = page(browser, f"/procedures/{one.pk}/edit/")
    assert "2 things are still wrong." in text
    assert 'aria-invalid="true"' in text
    assert 'data-line="16">Line 16</a>: Customers are identified to level 1' in text
    assert "Nothing is called “oder state”. Is it “order state”?" in text
    assert "What is damaged?" in text.partition('id="said"')[2]  # the rest is read all the same


def test_what_is_typed_is_read_and_nothing_of_it_is_kept(browser: Client) -> None:
    one = publish()
    answer = browser.post(f"/procedures/{one.pk}/edit/read/", {"text": WRONG})
    text = answer.content.decode()
    assert "2 things are wrong" in text
    assert 'data-wrong="2"' in text
    text = browser.post(
        f"/procedures/{one.pk}/edit/read/", {"text": DAMAGED.replace("refund, g", "g")}
    ).content.decode()
    assert "1 test case comes out otherwise" in text
    assert "offers refund, goodwill, nothing" in text
    one.refresh_from_db()
    assert one.draft is None
    assert browser.get(f"/procedures/{one.pk}/edit/read/").status_code == 405


def test_what_somebody_else_saved_is_not_overwritten_unseen(browser: Client) -> None:
    one = publish()
    version = one.version
    ben = make_person("supervisor")
    write(ben, one, DAMAGED.replace("Thank you.", "Thank you, from Ben."))
    mine = DAMAGED.replace("I am sorry.", "I am so sorry.")
    answer = browser.post(f"/procedures/{one.pk}/edit/", {"expected_version": version, "text": mine})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "I am so sorry." in text.partition("<textarea")[2].partition("</textarea>")[0]
    assert "Put mine in its place" in text
    assert "Thank you, from Ben." in text.partition("What mine would change of it")[2].partition("<textarea")[0]
    one.refresh_from_db()
    assert "from Ben" in str(one.draft)
    answer = browser.post(
        f"/procedures/{one.pk}/edit/", {"expected_version": version, "text": mine, "over": "1"}, follow=True
    )
    assert "The draft is saved." in answer.content.decode()
    one.refresh_from_db()
    assert "so sorry" in str(one.draft)


def test_what_was_typed_is_kept_under_the_version_it_was_begun_from(browser: Client, ana: Representative) -> None:
    one = publish()
    version, key = one.version, f"procedure:{one.pk}:{one.version}"
    assert f'data-draft="{key}"' in page(browser, f"/procedures/{one.pk}/edit/")
    Draft.objects.create(person=ana, key=key, text="{}", updated_at=timezone.now())
    assert save(browser, one, DAMAGED + "\n").status_code == 302
    assert not Draft.objects.filter(key=key).exists()
    assert f'data-draft="procedure:{one.pk}:{version + 1}"' in page(browser, f"/procedures/{one.pk}/edit/")


def test_what_was_typed_from_an_earlier_version_is_offered_and_never_put_over_a_later_one(
    browser: Client, ana: Representative
) -> None:
    one = publish()
    version, mine = one.version, DAMAGED.replace("I am sorry.", "I am so sorry.")
    kept = Draft.objects.create(
        person=ana, key=f"procedure:{one.pk}:{version}", text=json.dumps({"text": mine}), updated_at=timezone.now()
    )
    write(make_person("supervisor"), one, DAMAGED.replace("Thank you.", "Thank you, from Ben."))
    text = page(browser, f"/procedures/{one.pk}/edit/")
    assert "What you typed before was not saved" in text
    assert "I am so sorry." not in text
    text = page(browser, f"/procedures/{one.pk}/edit/?kept={version}")
    assert "I am so sorry." in text
    assert f'name="expected_version" value="{version}"' in text
    sent = {"expected_version": version, "text": mine}
    assert browser.post(f"/procedures/{one.pk}/edit/", sent).status_code == 409
    assert browser.post(f"/procedures/{one.pk}/edit/", {**sent, "over": "1"}).status_code == 302
    assert not Draft.objects.filter(pk=kept.pk).exists()
    for nothing in ("7777", "x", ""):
        assert "from Ben" not in page(browser, f"/procedures/{one.pk}/edit/?kept={nothing}")


def test_a_procedure_that_was_retired_meanwhile_gives_the_text_back(browser: Client, ana: Representative) -> None:
    one = publish()
    do(make_person("supervisor"), one, "retire_procedure", note="Gone.")
    page(browser, f"/procedures/{one.pk}/edit/", 404)
    answer = save(browser, one, DAMAGED.replace("I am sorry.", "Kept words."))
    assert answer.status_code != 302
    assert "is retired" in answer.content.decode()
    assert "Kept words." in answer.content.decode()


@pytest.mark.parametrize("what", ["title", "step", "words", "answer", "purpose", "test"])
def test_hostile_text_is_text(browser: Client, what: str) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    texts = {
        "title": DAMAGED.replace("# Damaged", f"# {evil}", 1),
        "step": DAMAGED.replace("## Bye", f"## {evil}"),
        "words": DAMAGED.replace("en: I am sorry.", f"en: {evil}"),
        "answer": DAMAGED.replace("| product   | The product ", f"| product   | {evil} "),
        "purpose": DAMAGED.replace("Goods that arrive", evil),
        "test": DAMAGED.replace("## The packaging", f"## {evil}"),
    }
    one = publish()
    for answer in (
        browser.post(f"/procedures/{one.pk}/edit/read/", {"text": texts[what]}),
        save(browser, one, texts[what]),
        browser.get(f"/procedures/{one.pk}/edit/"),
        browser.get(f"/procedures/{one.pk}/draft/"),
        browser.get(f"/procedures/{one.pk}/compare/"),
        browser.get(f"/procedures/{one.pk}/try/draft/"),
    ):
        assert answer.status_code in (200, 302)
        assert "<script>alert" not in answer.content.decode()
        assert "<img src=x" not in answer.content.decode()


def test_a_text_that_is_too_long_or_too_deep_is_told_and_not_lost(browser: Client) -> None:
    one = publish()
    long = "# One\n" + "x" * 1_000_000
    answer = browser.post(f"/procedures/{one.pk}/edit/read/", {"text": long})
    assert answer.status_code == 200
    assert "This text is too long." in answer.content.decode()
    answer = save(browser, one, long)
    assert answer.status_code == 422
    assert "x" * 1_000_000 in answer.content.decode()
    one.refresh_from_db()
    assert one.draft is None
    deep = f"# One\n\n## A\nsay\nif: {'(' * 3000}true{')' * 3000}\nen: x"
    answer = browser.post(f"/procedures/{one.pk}/edit/read/", {"text": deep})
    assert "nested too deeply" in answer.content.decode()
    wide = "# One\n" + "".join(f"## S{number}\nsay\nen: x\n" for number in range(2000))
    answer = browser.post(f"/procedures/{one.pk}/edit/read/", {"text": wide})
    assert "too large; split it" in answer.content.decode()
    assert browser.post(f"/procedures/{one.pk}/edit/read/", {"text": "\0# A"}).status_code == 200
    assert save(browser, one, "# A\0").status_code == 422


def test_versions_are_compared_by_their_steps(browser: Client, ana: Representative) -> None:
    one = publish()
    assert "There is no difference." in page(browser, f"/procedures/{one.pk}/compare/")
    write(ana, one, DAMAGED.replace("en: I am sorry.", "en: I am very sorry."))
    text = page(browser, f"/procedures/{one.pk}/compare/")
    assert "Step “Sorry”: words (en)" in text
    assert "I am very sorry." in text
    assert "There is no difference." in page(browser, f"/procedures/{one.pk}/compare/?from=1&to=1")
    assert "There is nothing to compare yet." in page(browser, f"/procedures/{one.pk}/compare/?from=1&to=77")


def test_a_version_to_come_can_be_withdrawn(browser: Client, ana: Representative) -> None:
    one = publish()
    write(ana, one, DAMAGED + "\n\n")
    do(ana, one, "submit_procedure")
    do(
        make_person("supervisor"),
        one,
        "publish_procedure",
        effective_from=(timezone.now() + timedelta(days=3)).isoformat(),
    )
    text = page(browser, f"/procedures/{one.pk}/")
    assert "to come" in text
    assert "withdraw_procedure_version" in text
    assert "Version 1 is in force" in text


def test_a_procedure_is_tried_by_hand_without_effects(browser: Client) -> None:
    one = publish()
    address = f"/procedures/{one.pk}/try/1/"
    text = page(browser, address)
    assert "I am sorry." in text
    facts = {"f0": '"delivered"', "f1": "50"}
    assert text.index('name="f0"') < text.index('name="f1"')
    text = browser.post(address, {"f0": '"in_process"', "step": "0", "answer": ""}).content.decode()
    assert "The procedure ends here." in text
    assert "stops: Not here yet" in text
    text = browser.post(address, {**facts, "step": "0", "answer": ""}).content.decode()
    assert "What is damaged?" in text
    taken = {**facts, "s0": "", "step": "3"}
    assert "This is no answer to the question." in browser.post(address, {**taken, "answer": "moon"}).content.decode()
    text = browser.post(address, {**taken, "answer": "packaging"}).content.decode()
    assert "What would you like?" in text
    assert "given: order state = &#34;delivered&#34;; order total = 50; damage = &#34;packaging&#34;" in text
    assert "offers: goodwill, nothing" in text
    text = browser.post(address, {**taken, "answer": "packaging", "facts": "1"}).content.decode()
    assert "What is damaged?" in text
    more = {**facts, "s0": "", "s3": "packaging", "step": "6", "answer": "goodwill"}
    text = browser.post(address, more).content.decode()
    assert "Thank you." in text
    assert "What is damaged?" in browser.post(address, {**more, "back": "s3"}).content.decode()
    assert browser.post(address, {"f1": "1 +", "step": "999", "answer": "x"}).status_code == 200
    for which in ("draft", "9", "none"):
        page(browser, f"/procedures/{one.pk}/try/{which}/", 404)
