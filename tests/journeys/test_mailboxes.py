"""A mailbox set up by somebody at a browser, at a real Dovecot and Postfix: added, tested, and used."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone

from onhand.channels.email import enums
from onhand.channels.email.models import MailboxTest, RawMail
from onhand.channels.email.trying import run_test
from tests.channels.email.boxes import fetching, letter, new_address, post, wait_for
from tests.channels.email.conftest import dovecot, mail_folder, postfix
from tests.channels.email.servers import PASSWORD, Dovecot, Postfix
from tests.journeys.company import Person
from tests.journeys.test_accessibility import WIDER, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from onhand.customers.models import Customer

__all__ = ["dovecot", "mail_folder", "postfix"]
pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.xdist_group("journeys")]


def look_well(page: "Page") -> None:
    assert violations(page) == []
    assert page.evaluate(WIDER) == []


def run_queued_test() -> None:
    """What the jobs part does, here and now. Says what went wrong, where something did."""

    def work() -> None:
        try:
            run_test(MailboxTest.objects.latest("pk").pk, timezone.now, 60)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(90)
    done = MailboxTest.objects.latest("pk")
    assert done.state == enums.TestState.PASSED, (done.steps, done.problem)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_mailbox_is_added_tested_and_used(
    person: Callable[..., Person], company: "list[Customer]", dovecot: Dovecot, postfix: Postfix, width: int
) -> None:
    address = new_address()
    somebody = person("administrator", width=width)
    page = somebody.page
    page.goto("/settings/mailboxes/")
    look_well(page)
    page.get_by_role("link", name="Add a mailbox").click()
    look_well(page)
    page.get_by_role("link", name="A mail server of your own").click()
    page.wait_for_selector("#a-imap_host")
    look_well(page)
    page.get_by_label("Name", exact=True).fill("Help")
    page.get_by_label("Address", exact=True).fill(address)
    for kind, port in (("IMAP", dovecot.imaps), ("SMTP", postfix.submission)):
        page.get_by_label(f"{kind} server").fill("localhost")
        page.get_by_label(f"{kind} port").fill(str(port))
        page.get_by_label(f"{kind} password").fill(PASSWORD)
    page.get_by_label("SMTP user").fill(address)
    page.get_by_role("button", name="Add a mailbox").click()
    page.wait_for_selector("#mailbox-state")
    assert PASSWORD not in page.content()
    look_well(page)

    page.get_by_role("link", name="Test it").click()
    page.get_by_role("button", name="Test it").click()
    page.wait_for_selector("text=Waiting for what comes next")
    with fetching():
        run_queued_test()
        page.wait_for_selector("text=The message came.")  # without a reload
        page.wait_for_selector("text=Passed")
        post(postfix, letter(address, "Parcel"), address)
        wait_for(lambda: RawMail.objects.filter(envelope_sender="", message=None).count() == 2)
        page.wait_for_selector("text=Waiting to be read")
    look_well(page)
