"""Single sign-on against a real provider: authorization code with PKCE, signed identity tokens, and who may come in."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pydantic import SecretStr

from onhand.config import single_sign_on
from onhand.config.environment import Environment
from onhand.kernel.models import ActRecord
from onhand.staff.models import Representative
from tests.factories.staff import make_person
from tests.staff.oidc_provider import CLIENT, SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running provider."""
    folder = tmp_path_factory.mktemp("provider")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = Path(__file__).resolve().parents[2]
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "tests.staff.oidc_provider", str(port), str(folder)]
        process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/o"
    try:
        deadline = time.monotonic() + 150  # it shares the machine with other tests
        while time.monotonic() < deadline:
            try:
                requests.get(f"{address}/.well-known/openid-configuration", timeout=5).raise_for_status()
                break
            except requests.RequestException:
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
        else:
            raise AssertionError((folder / "log").read_text())
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def configure(issuer: str, settings: Any) -> Any:
    """Set single sign-on up as the environment would."""

    def set_up(**changes: Any) -> None:
        env = Environment(
            oidc_issuer=issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SecretStr(SECRET),
            oidc_name="Lumen ID",
            **changes,
        )
        settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.provider_settings(env)
        settings.ONHAND_SINGLE_SIGN_ON = single_sign_on.policy(env)

    set_up()
    return set_up


def come_in(client: Client, who: str) -> Any:
    """Go to the provider, be signed in there as `who`, and come back."""
    away = client.get("/account/single-sign-on/company/?next=/settings/account/")
    assert away.status_code == 302
    asked = parse_qs(urlsplit(away["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = requests.get(away["Location"], headers={"X-User": who}, allow_redirects=False, timeout=20)
    assert back.status_code == 302, back.text
    assert back.headers["Location"].startswith("http://testserver/account/single-sign-on/company/back/?")
    return client.get(back.headers["Location"].removeprefix("http://testserver"))


def is_in(client: Client) -> bool:
    return client.get("/settings/account/").status_code == 200


def test_known_person_comes_in_and_is_remembered(client: Client, configure: Any) -> None:
    person = make_person(email="ana@example.com")
    page = client.get("/account/login/").content.decode()
    assert "Sign in with Lumen ID" in page
    answer = come_in(client, "ana")
    assert (answer.status_code, answer["Location"]) == (302, "/settings/account/")
    assert is_in(client)
    assert SocialAccount.objects.get().user == person
    Representative.objects.filter(pk=person.pk).update(email="moved@example.com")
    again = Client()
    come_in(again, "ana")  # known by the provider's own name for her now
    assert is_in(again)


@pytest.mark.parametrize("who", ["unverified", "stranger"])
def test_strangers_and_unverified_addresses_stay_out(client: Client, configure: Any, who: str) -> None:
    make_person(email="ana@example.com")
    assert come_in(client, who).status_code == 403
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_inactive_people_and_programs_stay_out(client: Client, configure: Any) -> None:
    person = make_person(
        email="ana@example.com",
    )
    come_in(client, "ana")
    Representative.objects.filter(pk=person.pk).update(is_active=False)
    assert come_in(Client(), "ana").status_code == 403
    assert not is_in(client)
    Representative.objects.filter(pk=person.pk).update(is_active=True, kind="service")
    SocialAccount.objects.all().delete()
    assert come_in(Client(), "ana").status_code == 403


def test_people_are_taken_on_with_the_role_of_their_claim(client: Client, configure: Any) -> None:
    configure(oidc_people="create", oidc_role_claim="groups", oidc_roles="cs-leads=supervisor, cs=representative")
    come_in(client, "lead")
    assert is_in(client)
    lead = Representative.objects.get(email="lead@example.com")
    assert (lead.role.key, lead.name, lead.has_usable_password()) == ("supervisor", "Lee Dale", False)
    assert ActRecord.objects.get().actor_name == "single sign-on"
    configure(oidc_people="create", oidc_role_claim="groups", oidc_roles="cs-leads=senior")
    come_in(Client(), "lead")
    lead.refresh_from_db()
    assert lead.role.key == "senior"


def test_the_last_administrator_stays_one_whatever_the_provider_says(client: Client, configure: Any) -> None:
    last = make_person("administrator", email="lead@example.com")
    configure(oidc_role_claim="groups", oidc_roles="cs-leads=supervisor")
    assert come_in(client, "lead").status_code == 302
    assert is_in(client)
    last.refresh_from_db()
    assert last.role.key == "administrator"


def test_roles_that_do_not_exist_are_said_plainly(client: Client, configure: Any) -> None:
    configure(oidc_people="create", oidc_default_role="no-such-role")
    answer = come_in(client, "stranger")
    assert answer.status_code == 403
    assert "no-such-role" in answer.content.decode()


def test_a_token_signed_by_somebody_else_is_refused(client: Client, configure: Any, issuer: str, settings: Any) -> None:
    make_person(email="ana@example.com")
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["openid_configuration_overrides"] = {"jwks_uri": issuer.removesuffix("/o") + "/other-keys"}
    answer = come_in(client, "ana")
    assert answer.status_code == 401
    assert not is_in(client)


def test_an_answer_nobody_asked_for_is_refused(client: Client, configure: Any) -> None:
    make_person(email="ana@example.com")
    other = Client()
    away = other.get("/account/single-sign-on/company/")
    back = requests.get(away["Location"], headers={"X-User": "ana"}, allow_redirects=False, timeout=20)
    answer = client.get(back.headers["Location"].removeprefix("http://testserver"))
    assert answer.status_code in (401, 403)
    assert not is_in(client)


def test_without_a_provider_there_is_no_such_page(client: Client) -> None:
    assert client.get("/account/single-sign-on/company/").status_code == 404
    assert "Sign in with" not in client.get("/account/login/").content.decode().replace("Sign in with a passkey", "")
