"""The search page: everything at once, one kind at a time, and only what one may see."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from onhand.contacts.models import Case, Contact, Message
from onhand.customers.models import Customer
from tests.knowledge.writing import make_published
from tests.web.desk.files import make_colleague

pytestmark = pytest.mark.django_db


def write(customer: Customer | None, text: str, *, minutes_ago: int = 1, subject: str = "Kettle") -> Message:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    contact = Contact.objects.create(customer=customer, channel="email", started_at=at, subject=subject)
    return Message.objects.create(
        contact=contact,
        direction="inbound",
        at=at,
        subject=subject,
        text=text,
        sender_name="Ana",
        sender_address="ana@x.example",
    )


def page(desk: Client, typed: str, **asked: str) -> str:
    answer = desk.get("/desk/search/", {"q": typed} | asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everything_is_found_at_once(desk: Client, ana: Customer) -> None:
    message = write(ana, "The <b>kettle</b> hums & the größe is wrong")
    case = Case.objects.create(
        reference="K-77", kind="inquiry", subject="A kettle that hums", opened_at=timezone.now(), customer=ana
    )
    article = make_published("Kettles that hum", "Descale the kettle.")
    shown = page(desk, "kettle ")
    assert f'href="/desk/contacts/{message.contact_id}/#message-{message.pk}"' in shown
    assert "The &lt;b&gt;<mark>kettle</mark>&lt;/b&gt; hums &amp; the größe is wrong" in shown
    assert f'href="/desk/cases/{case.reference}/"' in shown
    assert f"/desk/articles/{article.pk}/" in shown
    assert "Ana Núñez Prieto" in shown
    assert "<mark>größe</mark>" in page(desk, "GROSSE")
    assert "K-77" not in page(desk, "kettle ", **{"in": "messages"})
    assert f"message-{message.pk}" not in page(desk, "kettle from:ben ")
    assert f"message-{message.pk}" in page(desk, "kettle from:ana ")


def test_nothing_typed_says_what_may_be_typed(desk: Client) -> None:
    assert "-word" in page(desk, "")
    assert "Nothing fits" in page(desk, "qqxxyyzz")
    assert "Not understood: after:soon" in page(desk, "kettle after:soon ")
    assert (
        desk.get("/desk/search/", {"q": "\x00'\"<script>", "place": "9.9.9", "in": "x", "order": "y"}).status_code
        == 200
    )


def test_page_after_page(desk: Client) -> None:
    numbers = {write(None, "kettle", minutes_ago=number).pk for number in range(60)}
    found: list[int] = []
    address = "/desk/search/?q=kettle+&in=messages"
    for _page in range(3):
        shown = desk.get(address).content.decode()
        found += [int(number) for number in re.findall(r'id="found-messages-(\d+)"', shown)]
        following = re.search(r'href="(/desk/search/\?[^"]*place=[^"]*)"', shown)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(found) == 60
    assert set(found) == numbers
    assert address == ""


def test_what_one_may_not_see_is_not_found(client: Client, ana: Customer) -> None:
    write(ana, "secret kettle")
    Case.objects.create(reference="K-78", kind="inquiry", subject="secret", opened_at=timezone.now(), customer=ana)
    client.force_login(make_colleague(visibility="own"))
    shown = page(client, "secret ")
    assert "Nothing fits" in shown
    assert "K-78" not in shown


def test_as_typed_only_the_part_is_sent(desk: Client) -> None:
    write(None, "kettle")
    part = desk.get("/desk/search/", {"q": "kettle"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="found"' in part


def test_the_search_is_a_key_away(desk: Client) -> None:
    shown = desk.get("/desk/").content.decode()
    assert 'href="/desk/search/"' in shown
    assert 'data-key="g f"' in shown
