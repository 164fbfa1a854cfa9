"""Signing in: with e-mail and password, refused when too many tries went wrong, out at once when deactivated."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from onhand.kernel.perform import perform
from onhand.staff.models import ApiToken, Representative
from tests.factories import NOON
from tests.factories.staff import PASSWORD, actor_of, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> Iterator[None]:
    yield
    cache.clear()


def sign_in(client: Client, person: Representative, password: str = PASSWORD) -> int:
    answer = client.post(reverse("account_login"), {"login": person.email, "password": password})
    return answer.status_code


def is_in(client: Client) -> bool:
    return client.get(reverse("settings:account")).status_code == 200


def test_email_and_password_open_the_desk(client: Client) -> None:
    person = make_person(email="ana@example.com")
    page = client.get(reverse("account_login"))
    assert page.status_code == 200
    assert 'name="login"' in page.content.decode()
    answer = client.post(reverse("account_login"), {"login": "ANA@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    assert is_in(client)
    assert sign_in(Client(), person, "wrong") == 200


def test_every_page_needs_a_person(client: Client) -> None:
    answer = client.get("/settings/people/?q=ana")
    assert answer.status_code == 302
    assert answer["Location"] == "/account/login/?next=/settings/people/%3Fq%3Dana"
    part = client.get("/settings/people/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (401, "/account/login/")


def test_too_many_wrong_passwords_refuse_the_right_one_too(client: Client) -> None:
    person, other = make_person(), make_person()
    for _ in range(5):
        assert sign_in(client, person, "wrong") == 200
    assert sign_in(client, person, "wrong") == 429
    refused = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert refused.status_code == 429
    assert refused["Retry-After"]
    assert not is_in(client)
    another = Client(REMOTE_ADDR="203.0.113.7")
    assert sign_in(another, person) == 429  # counted by address and by name
    assert not is_in(another)
    assert sign_in(another, other) == 302


def test_many_names_from_one_address_are_refused(client: Client) -> None:
    for number in range(20):
        client.post(reverse("account_login"), {"login": f"nobody{number}@example.com", "password": "wrong"})
    assert sign_in(client, make_person()) == 429


def test_right_passwords_do_not_count(client: Client) -> None:
    person = make_person()
    for _ in range(8):
        assert sign_in(Client(), person) == 302


def test_session_key_changes_with_signing_in(client: Client) -> None:
    person = make_person()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["onhand_session"] = session.session_key or ""
    before = session.session_key
    assert sign_in(client, person) == 302
    assert client.cookies["onhand_session"].value != before


def test_deactivated_people_are_out_at_once(client: Client) -> None:
    administrator, person = make_person("administrator"), make_person("senior")
    sign_in(client, person)
    assert is_in(client)
    perform(
        "staff.create_token",
        actor=actor_of(person),
        subject_id=person.pk,
        arguments={"token_name": "x", "scopes": ["customers.view"]},
        at=NOON,
    )
    outcome = perform("staff.deactivate", actor=actor_of(administrator), subject_id=person.pk, arguments={}, at=NOON)
    assert (outcome.after["active"], outcome.after["sessions_ended"], outcome.after["tokens_revoked"]) == (False, 1, 1)
    assert not is_in(client)
    assert ApiToken.objects.get().revoked_at == NOON
    sign_in(client, person)
    assert not is_in(client)
    perform("staff.reactivate", actor=actor_of(administrator), subject_id=person.pk, arguments={}, at=NOON)
    assert not is_in(client)
    assert sign_in(client, person) == 302


@pytest.mark.parametrize("path", ["/account/closed/signup/", "/account/closed/email/", "/account/signup/"])
def test_nobody_signs_up_by_themselves(client: Client, path: str) -> None:
    answer = client.get(path, follow=True)
    assert answer.status_code == 404 or answer.redirect_chain[-1][0].startswith("/account/login/")
    assert client.post(path, {"email": "eve@example.com", "password1": PASSWORD}).status_code in (302, 404)
    assert not Representative.objects.filter(email="eve@example.com").exists()


def test_language_and_time_zone_are_the_persons(client: Client) -> None:
    assert client.get("/account/login/?language=es")["Content-Language"] == "es"
    assert client.cookies["onhand_language"].value == "es"
    assert client.get("/account/login/")["Content-Language"] == "es"
    person = make_person()
    sign_in(client, person)
    assert client.get(reverse("settings:account"))["Content-Language"] == "en"
