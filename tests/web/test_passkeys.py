"""Passkeys in a real Chromium with a virtual authenticator: added after showing who one is, then signing in without a password."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, sync_playwright

from onhand.kernel.models import EventRecord
from tests.factories.staff import PASSWORD, make_person
from tests.web.conftest import CHROMIUM, SWITCHES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def add_passkey(page: Page, email: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/desk/")
    page.goto("/account/2fa/passkeys/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/passkeys/add/")
    page.get_by_label("Name").fill("Laptop at work")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/recovery-codes/")


def test_a_passkey_signs_in_without_a_password(live_server: Any) -> None:
    person = make_person()
    address = live_server.url.replace("127.0.0.1", "localhost")
    said: list[str] = []
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        context = browser.new_context(base_url=address, locale="en-GB")
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        add_passkey(page, person.email)
        context.clear_cookies()
        page.goto("/account/login/?next=/settings/account/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_role("heading", name="My account").wait_for()
        assert person.email in page.content()
        browser.close()
    assert said == []
    assert Authenticator.objects.get(type="webauthn").wrap().name == "Laptop at work"
    assert EventRecord.objects.filter(name="staff.signed_in").latest("pk").payload["method"] == "mfa"
