"""Second factors: an authenticator app, and recovery codes that work once."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from onhand.kernel.models import EventRecord
from onhand.staff.models import Representative
from tests.factories.staff import PASSWORD, make_person

pytestmark = pytest.mark.django_db


def code_now(secret: str, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def sign_in(person: Representative) -> Client:
    client = Client()
    client.post("/account/login/", {"login": person.email, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/settings/account/").status_code == 200


def set_up(person: Representative) -> tuple[str, list[str]]:
    """Turn the app on; its secret, and the recovery codes shown."""
    client = sign_in(person)
    asked = client.get("/account/2fa/totp/activate/")
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert client.get("/account/reauthenticate/").status_code == 200
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/").content.decode()
    found = re.search(r"<code class=\"mono\">([A-Z2-7]+)</code>", page)
    assert found
    assert "data:image/svg+xml" in page
    answer = client.post("/account/2fa/totp/activate/", {"code": code_now(found[1])})
    assert answer["Location"] == "/account/2fa/recovery-codes/"
    codes = re.findall(r"<li>(\d{8})</li>", client.get("/account/2fa/recovery-codes/").content.decode())
    assert len(codes) == 10
    assert not re.findall(r"<li>(\d{8})</li>", client.get("/account/2fa/recovery-codes/").content.decode())
    return found[1], codes


def test_the_app_is_asked_for_and_nothing_opens_without_it(django_capture_on_commit_callbacks: Any) -> None:
    person = make_person()
    with django_capture_on_commit_callbacks(execute=True):
        secret, _codes = set_up(person)
    cache.clear()  # a code just used is not taken again within its half minute
    client = sign_in(person)
    assert not is_in(client)
    assert client.get("/account/2fa/authenticate/").status_code == 200
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not is_in(client)
    client.post("/account/2fa/authenticate/", {"code": code_now(secret)})
    assert is_in(client)
    assert [event.name for event in EventRecord.objects.order_by("pk")] == [
        "staff.signed_in",
        "staff.second_factor_added",
        "staff.second_factor_added",
        "staff.signed_in",
    ], "the app and its recovery codes"
    assert EventRecord.objects.latest("pk").payload["method"] == "password+mfa"


def test_each_recovery_code_works_once() -> None:
    person = make_person()
    _secret, codes = set_up(person)
    first = sign_in(person)
    first.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert is_in(first)
    second = sign_in(person)
    second.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert not is_in(second)
    assert "9 left" in first.get("/account/2fa/").content.decode()


def test_the_app_is_turned_off_again() -> None:
    person = make_person()
    _secret, codes = set_up(person)
    client = sign_in(person)
    client.post("/account/2fa/authenticate/", {"code": codes[0]})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.get("/account/2fa/totp/deactivate/").status_code == 200
    client.post("/account/2fa/totp/deactivate/")
    assert is_in(sign_in(person))


def test_guessing_codes_is_refused() -> None:
    person = make_person()
    secret, _codes = set_up(person)
    cache.clear()
    client = sign_in(person)
    for number in range(5):
        client.post("/account/2fa/authenticate/", {"code": f"{number:06}"})
    client.post("/account/2fa/authenticate/", {"code": code_now(secret)})
    assert not is_in(client)
