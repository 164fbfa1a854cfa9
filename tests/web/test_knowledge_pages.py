"""The settings pages of articles and standard responses: written, previewed, approved by somebody else, compared, found."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.knowledge.models import Article, PublishedArticle, StandardResponse
from onhand.staff.models import Representative
from tests.factories.staff import make_person
from tests.knowledge.writing import act_on, make_article, make_published, make_response

pytestmark = pytest.mark.django_db
HOSTILE = "# Hi <script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)> **bold**"


@pytest.fixture
def author() -> Representative:
    return make_person("senior", name="Ana Prieto")


@pytest.fixture
def approver() -> Representative:
    return make_person("supervisor", name="Marta Ibáñez")


def signed_in(person: Representative) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, address: str, **asked: Any) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def send(client: Client, address: str, **given: Any) -> Any:
    return client.post(address, {"idempotency_key": timezone.now().isoformat(), "step": "do"} | given)


def test_an_article_is_written_sent_back_changed_approved_by_another_and_found(
    author: Representative, approver: Representative
) -> None:
    writer, reviewer = signed_in(author), signed_in(approver)
    given = {"title": "Descaling a kettle", "body": "Use **vinegar**.", "language": "en", "audience": "public"}
    assert "data-confirm-key" in page(writer, "/settings/acts/article/new/knowledge.write_article/")
    answer = send(writer, "/settings/acts/article/new/knowledge.write_article/", **given)
    article = Article.objects.get()
    here, acts = f"/settings/articles/{article.pk}/", f"/settings/acts/article/{article.pk}/knowledge."
    assert answer["Location"] == here
    assert "<strong>vinegar</strong>" in page(writer, here)
    assert f"{acts}approve_article" not in page(reviewer, here)
    send(writer, f"{acts}submit_article/")
    assert "Descaling a kettle" in page(reviewer, "/settings/articles/to-review/").split("Overdue for review")[0]
    assert "Nothing waits for you" in page(writer, "/settings/articles/to-review/")
    send(reviewer, f"{acts}return_article/", reason="Say how long.")
    assert "Say how long." in page(writer, here)
    changed = {
        "title": given["title"],
        "body": "Use **vinegar** for an hour.",
        "audience": "public",
        "note": "how long",
    }
    send(writer, f"{acts}change_article/", **changed)
    assert "Say how long." not in page(writer, here).split("History")[0]
    compared = page(writer, f"{here}compare/")
    assert "<ins>" in compared
    assert "for an hour." in compared
    send(writer, f"{acts}submit_article/")
    assert send(writer, f"{acts}approve_article/").status_code == 403
    review_on = (timezone.localdate() + timedelta(days=30)).isoformat()
    send(reviewer, f"{acts}approve_article/", review_on=review_on)
    assert PublishedArticle.objects.filter(article=article).exists()
    assert "Descaling a kettle" in page(signed_in(make_person()), "/desk/articles/", q="vinegr")
    assert "version 2, approved by Marta Ibáñez" in page(writer, here)
    send(reviewer, f"{acts}withdraw_article/")
    assert "Descaling" not in page(writer, "/desk/articles/", q="vinegar")
    assert "Take up again" in page(writer, here)


def test_who_wrote_it_is_told_that_somebody_else_approves(approver: Representative) -> None:
    client = signed_in(approver)
    send(client, "/settings/acts/article/new/knowledge.write_article/", title="Own", body="x", language="en")
    article = Article.objects.get()
    send(client, f"/settings/acts/article/{article.pk}/knowledge.submit_article/")
    shown = page(client, f"/settings/articles/{article.pk}/")
    assert "You wrote part of this yourself" in shown
    assert "approve_article" not in shown
    assert "Waiting for somebody else" in page(client, "/settings/articles/to-review/")
    answer = send(client, f"/settings/acts/article/{article.pk}/knowledge.approve_article/")
    assert answer.status_code == 422
    assert "Somebody else has to approve it" in answer.content.decode()


def test_articles_are_listed_narrowed_and_paged(author: Representative, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.web.settings.articles.PAGE", 2)
    client = signed_in(author)
    make_published("Returning a kettle")
    make_article("Descaling", language="en")
    make_article("Über Lampen", language="de", audience="public", keywords="Leuchte, Birne")
    first = page(client, "/settings/articles/")
    assert 'class="pager"' in first
    before = first.split("before=")[1].split('"')[0]
    assert "Returning a kettle" in first
    assert "Descaling" not in first.split('id="list-rows"')[1]
    assert "Descaling" in page(client, f"/settings/articles/?before={before}")
    for asked, found in (
        ({"q": "kettle"}, "Returning a kettle"),
        ({"q": "30"}, "Returning a kettle"),
        ({"q": "leuchte"}, "Über Lampen"),
        ({"language": "de"}, "Über Lampen"),
        ({"audience": "public"}, "Über Lampen"),
        ({"state": "published"}, "Returning a kettle"),
    ):
        listed = page(client, "/settings/articles/", **asked)
        rows = listed.split('id="list-rows"')[1].split("</tbody>")[0]
        assert found in rows, asked
        assert rows.count("<tr") == 1, asked
    assert "No article is here" in page(client, "/settings/articles/", q="zzz' or 1=1\0")
    Article.objects.update(review_on=timezone.localdate())
    assert "Returning a kettle" in page(client, "/settings/articles/", state="due")
    overdue = page(client, "/settings/articles/to-review/").split('id="overdue-title"')[1]
    assert "Returning a kettle" in overdue
    assert "Descaling" not in overdue  # was never out


def test_two_people_writing_at_once_do_not_overwrite_each_other(
    author: Representative, approver: Representative
) -> None:
    article = make_article("Kettles", "One line.")
    address = f"/settings/acts/article/{article.pk}/knowledge.change_article/"
    given = {"title": "Kettles", "audience": "internal", "expected_version": article.version}
    assert send(signed_in(author), address, body="Ana's line.", **given).status_code == 302
    second = send(signed_in(approver), address, body="Marta's line.", **given)
    assert second.status_code == 409
    shown = second.content.decode()
    assert "Marta&#39;s line." in shown  # what was typed is kept
    assert f'href="/settings/articles/{article.pk}/compare/"' in shown
    article.refresh_from_db()
    assert (article.body, article.newest) == ("Ana's line.", 2)


def test_translations_know_each_other_and_which_is_older(author: Representative) -> None:
    client = signed_in(author)
    english = make_article("Kettles", "Boil.")
    german = make_article("Kessel", "Kochen.", language="de", translation_of=english.pk)
    act_on(english, "change_article", title="Kettles", body="Boil well.", audience="internal")
    shown = page(client, f"/settings/articles/{english.pk}/")
    assert f'/settings/articles/{german.pk}/" lang="de">Kessel' in shown
    assert "older than the original" in shown
    assert f"translation_of={english.pk}" in page(client, f"/settings/articles/{german.pk}/")
    form = page(client, f"/settings/acts/article/new/knowledge.write_article/?translation_of={english.pk}")
    assert 'value="Kettles (en)"' in form or 'value="Kettles"' in form


def test_hostile_markdown_is_harmless_wherever_it_is_shown(author: Representative) -> None:
    article = make_published(
        "<script>alert(2)</script>", HOSTILE, audience="public", keywords="<img src=x>, a", category="<b>"
    )
    client = signed_in(author)
    for address in (
        f"/settings/articles/{article.pk}/",
        f"/settings/articles/{article.pk}/compare/",
        "/settings/articles/",
        "/settings/articles/to-review/",
        f"/desk/articles/{article.pk}/",
        "/desk/articles/?q=alert",
        "/desk/insertions/?q=%23alert",
        f"/settings/acts/article/{article.pk}/knowledge.change_article/",
    ):
        shown = page(client, address)
        assert "<script>alert" not in shown, address
        assert "<img src=x" not in shown, address
        assert 'href="javascript' not in shown, address
    html = client.get(f"/desk/insertions/articles/{article.pk}/").json()["html"]
    assert "<script" not in html
    assert "javascript:" not in html.replace("javascript:alert(1)) ", "")


def test_texts_are_previewed_as_they_will_look(author: Representative) -> None:
    client = signed_in(author)
    shown = client.post("/desk/text-preview/markdown/?field=body", {"body": HOSTILE, "language": "en"}).content.decode()
    assert "<strong>bold</strong>" in shown
    assert "<script" not in shown
    text = "Dear {customer.name} {no.such},\n\nyou must CALL US NOW in order to ⟦x⟧ <b>"
    shown = client.post("/desk/text-preview/response/?field=text", {"text": text, "language": "en"}).content.decode()
    for part in (
        "Ana Núñez Prieto",
        "There is no field no.such.",
        "sounds cold",
        "“in order to”",
        "sounds loud",
        "&lt;b&gt;",
    ):
        assert part in shown, part
    assert "{customer.addressed}" in shown
    assert client.post("/desk/text-preview/nothing/?field=text").status_code == 404
    assert "shown here" in client.post("/desk/text-preview/markdown/").content.decode()


def test_responses_are_added_shown_filled_and_compared(author: Representative) -> None:
    client = signed_in(author)
    given = {
        "name": "Return label",
        "shortcut": "label",
        "language": "en",
        "text": "Dear {customer.name}",
        "acts": 'customers.add_note text="Sent."',
        "channels": ["email"],
    }
    wrong = send(
        client, "/settings/acts/standard_response/new/knowledge.add_response/", **given | {"text": "{no.such}"}
    )
    assert "There is no field {no.such}." in wrong.content.decode()
    answer = send(client, "/settings/acts/standard_response/new/knowledge.add_response/", **given)
    response = StandardResponse.objects.get()
    here = f"/settings/responses/{response.pk}/"
    assert answer["Location"] == here
    acts = f"/settings/acts/standard_response/{response.pk}/knowledge."
    send(client, f"{acts}write_response_text/", language="de", text="Guten Tag {customer.name}")
    send(client, f"{acts}write_response_text/", language="en", text="Hello {customer.name}")
    shown = page(client, here)
    assert "Guten Tag Ana Núñez Prieto" in shown
    assert "<del>" in shown
    assert "<ins>" in shown
    assert "text: Sent." in shown
    form = page(client, f"{acts}write_response_text/?language=de")
    assert "Guten Tag {customer.name}" in form
    make_response("Refund", "refund")
    assert "Return label" in page(client, "/settings/responses/", q="guten")
    assert "Refund" not in page(client, "/settings/responses/", q="guten").split('id="list-rows"')[1]
    assert "Refund" in page(client, "/settings/responses/", channel="letter")
    assert "Return label" not in page(client, "/settings/responses/", channel="letter").split('id="list-rows"')[1]
    send(client, f"{acts}withdraw_response/")
    assert "Return label" in page(client, "/settings/responses/", state="withdrawn")
