"""What the composer asks for: responses and articles as typed, filled for the contact, with the acts that come with them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from onhand.contacts.models import Case, CaseContact, Contact, Message
from onhand.customers.models import Customer
from onhand.knowledge.models import ResponseUse
from onhand.staff.models import Representative
from onhand.web.filled_text import as_html
from tests.factories import NOON
from tests.factories.staff import make_team
from tests.knowledge.writing import make_published, make_response
from tests.web.desk.files import make_colleague, make_file

pytestmark = pytest.mark.django_db
GREETING = "Dear {customer.name},\n\nabout “{contact.subject}”, {case.reference}.\n\n{representative.name}"


@pytest.fixture
def written(ana: Customer) -> Contact:
    contact = Contact.objects.create(
        customer=ana,
        channel="email",
        subject="Kettle <b>broken</b>",
        language="en",
        started_at=NOON,
        last_message_at=NOON,
    )
    Message.objects.create(
        contact=contact,
        direction="inbound",
        at=NOON,
        subject="Kettle",
        text="The kettle you sent is broken. Refund me!",
    )
    return contact


def listed(desk: Client, **asked: Any) -> str:
    answer = desk.get("/desk/insertions/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_responses_and_articles_are_one_listbox(desk: Client, written: Contact) -> None:
    response, other = make_response(), make_response("Kettle label", "kettle", channels=["letter"])
    public = make_published(audience="public")
    internal = make_published("Kettles that boil over", "Only for us.")
    page = listed(desk, q="kettle", contact=written.pk)
    assert 'role="listbox"' in page
    assert f'id="insertion-response-{other.pk}"' not in page  # another channel's
    assert f'data-insert="/desk/insertions/articles/{public.pk}/?contact={written.pk}' in page
    assert f"/insertions/articles/{internal.pk}" not in page
    assert f'data-open="/desk/articles/{internal.pk}/?contact={written.pk}' in page
    page = listed(desk, q="/lab", contact=written.pk)
    assert f'id="insertion-response-{response.pk}"' in page
    assert "insertion-article" not in page
    assert "insertion-response" not in listed(desk, q="#kettle", contact=written.pk)
    assert "Nothing fits" in listed(desk, q="zzzz <script>", contact=written.pk)
    assert "<script>" not in listed(desk, q="zzzz <script>", contact=written.pk)


def test_what_is_of_other_teams_is_not_offered(desk: Client, rosa: Representative, written: Contact) -> None:
    own, other = make_team(name="Own"), make_team(name="Other")
    rosa.teams.add(own)
    mine = make_response("Mine", "mine", teams=[own.pk])
    theirs = make_response("Theirs", "theirs", teams=[other.pk])
    page = listed(desk, contact=written.pk)
    assert f'id="insertion-response-{mine.pk}"' in page
    assert f'id="insertion-response-{theirs.pk}"' not in page
    Contact.objects.filter(pk=written.pk).update(team=other)
    assert f'id="insertion-response-{theirs.pk}"' in listed(desk, contact=written.pk)


def test_a_response_is_filled_for_its_contact(desk: Client, ana: Customer, written: Contact) -> None:
    response = make_response("About", "about", GREETING)
    address = f"/desk/insertions/responses/{response.pk}/?contact={written.pk}"
    answer = desk.get(address).json()
    assert answer["text"].startswith("Dear Ana Núñez Prieto,\n\nabout “Kettle <b>broken</b>”, ⟦Reference of the case⟧.")
    assert answer["text"].endswith("Rosa Field")
    assert answer["gaps"] == [{"field": "case.reference", "label": "Reference of the case"}]
    assert "&lt;b&gt;broken" in answer["html"]
    assert "<mark data-gap>⟦Reference of the case⟧</mark>" in answer["html"]
    assert not ResponseUse.objects.exists()
    case = Case.objects.create(reference="K7F-29Q", customer=ana, kind="complaint", subject="Kettle", opened_at=NOON)
    CaseContact.objects.create(case=case, contact=written, at=NOON, by_name="Rosa")
    assert "K7F-29Q" in desk.post(address).json()["text"]
    assert ResponseUse.objects.get().uses == 1


def test_acts_come_with_a_response(desk: Client, ana: Customer, written: Contact) -> None:
    acts = 'customers.add_note text="Sent a label & more"\ncontacts.make_promise promise_text="Money back" due=+3d'
    response = make_response("With acts", "acts", acts=acts)
    answer = desk.get(f"/desk/insertions/responses/{response.pk}/?contact={written.pk}").json()
    note, promise = answer["acts"]
    assert note["url"].startswith(f"/desk/customers/{ana.pk}/acts/customers.add_note/?")
    assert note["arguments"] == {"text": "Sent a label & more"}
    assert parse_qs(urlsplit(promise["url"]).query)["due"][0] > "2026"
    assert "data-act" in answer["acts_html"]
    form = desk.get(note["url"], headers={"HX-Request": "true"}).content.decode()
    assert "Sent a label &amp; more" in form
    assert "2 acts" in listed(desk, contact=written.pk)
    Contact.objects.filter(pk=written.pk).update(customer=None)
    Contact.objects.filter(pk=written.pk).update(customer=make_file("Somebody else"))
    answer = desk.get(f"/desk/insertions/responses/{response.pk}/").json()
    assert [one["url"] for one in answer["acts"]] == ["", ""]
    assert "not known who" in answer["acts_html"]


def test_an_article_is_put_in_as_text_or_link(desk: Client, written: Contact) -> None:
    article = make_published(audience="public")
    address = f"/desk/insertions/articles/{article.pk}/?contact={written.pk}"
    answer = desk.post(address).json()
    assert answer["text"] == "Send it back within 30 days."
    assert "<strong>30 days</strong>" in answer["html"]
    assert desk.get(f"{address}&as=link").status_code == 422
    from onhand.kernel.perform import perform
    from tests.knowledge.writing import AUTHOR

    link = {"public_url": "https://casalumen.example/help/'returns'"}
    perform("knowledge.describe_article", actor=AUTHOR, subject_id=article.pk, arguments=link, at=NOON)
    answer = desk.get(f"{address}&as=link").json()
    assert answer["text"] == f"Returning a kettle: {link['public_url']}"
    assert answer["html"].startswith('<p><a href="https://casalumen.example/help/&#39;returns&#39;">')
    internal = make_published("Secret", "Only for us.")
    answer = desk.post(f"/desk/insertions/articles/{internal.pk}/")
    assert answer.status_code == 422
    assert "Only for us" not in answer.content.decode()


def test_articles_are_found_read_and_suggested_beside_the_contact(desk: Client, written: Contact) -> None:
    article = make_published(audience="public")
    asked = f"contact={written.pk}"
    for headers in ({}, {"HX-Request": "true"}):
        page = desk.get(f"/desk/articles/?{asked}&q=ketle", headers=headers).content.decode()
        assert f'href="/desk/articles/{article.pk}/?{asked}' in page
        assert ("<html" in page) is (not headers)
        page = desk.get(f"/desk/articles/{article.pk}/?{asked}", headers=headers).content.decode()
        assert "<strong>30 days</strong>" in page
        assert f'data-insert="/desk/insertions/articles/{article.pk}/?{asked}' in page
    assert "Returning a kettle" in desk.get(f"/desk/articles/suggested/?{asked}").content.decode()
    assert "May answer this message" in desk.get(f"/desk/articles/?{asked}").content.decode()
    panel = f"/desk/customers/{written.customer_id}/panels/articles/"
    assert "Returning a kettle" in desk.get(panel, headers={"HX-Request": "true"}).content.decode()
    assert "Find an article" in desk.get("/desk/palette/").content.decode()
    assert desk.get("/desk/articles/999999/").status_code == 404


def test_what_one_may_not_see_is_not_filled(client: Client, written: Contact) -> None:
    response = make_response("About", "about", GREETING)
    stranger = make_colleague(name="Stranger", visibility="own")
    client.force_login(stranger)
    for address in (
        f"/desk/insertions/?contact={written.pk}",
        f"/desk/insertions/responses/{response.pk}/?contact={written.pk}",
        f"/desk/insertions/responses/{response.pk}/?customer={written.customer_id}",
        f"/desk/articles/?contact={written.pk}",
    ):
        assert client.get(address).status_code == 404, address


def test_text_as_html_keeps_lines_lists_and_gaps_and_reads_no_html() -> None:
    text = "Hello <i>x</i>,\nline\n\n- one\n- two ⟦Name⟧\n\n1. a\n2. b\n"
    assert as_html(text) == (
        "<p>Hello &lt;i&gt;x&lt;/i&gt;,<br>line</p><ul><li>one</li><li>two <mark data-gap>⟦Name⟧</mark></li></ul>"
        "<ol><li>a</li><li>b</li></ol>"
    )
    assert as_html(" \n ") == ""
