"""The pages of mailboxes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.channels.email.enums import Route
from onhand.channels.email.models import Mailbox, MailboxHealth, MailboxTest, RawMail
from onhand.channels.email.presets import PRESETS
from onhand.channels.email.storing import Arrived, store
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.staff.models import Representative
from tests.factories import NOON
from tests.factories.staff import PASSWORD, make_person, make_site, make_team

pytestmark = pytest.mark.django_db
SECRET = "copper-lantern-61"


def client_of(person: Representative) -> Client:
    client = Client()
    assert client.post("/account/login/", {"login": person.email, "password": PASSWORD}).status_code == 302
    return client


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def add(client: Client, **changes: Any) -> Any:
    form = {"mailbox_name": "Help", "address": "help@company.example", "imap_host": "imap.company.example"}
    form |= {"imap_port": "993", "imap_security": "tls", "imap_secret": SECRET, "imap_folder": "INBOX"}
    form |= {"smtp_port": "587", "smtp_security": "starttls", "after_taking": "mark", "step": "do"}
    return client.post("/settings/acts/mailbox/new/email.add_mailbox/", form | changes)


def refuse(mailbox: Mailbox, content: bytes = b"Subject: =?x?\r\n\r\n<script>hi</script>") -> int:
    (stored,) = store(mailbox.pk, [Arrived(Route.LMTP, "lmtp:", content, len(content), refused="Broken.")], at=NOON)
    return stored.id


def test_a_mailbox_is_added_from_a_provider_and_its_secret_is_on_no_page() -> None:
    client = client_of(make_person("administrator"))
    assert "No mailbox yet" in shown(client, "/settings/mailboxes/")
    providers = shown(client, "/settings/mailboxes/add/")
    assert all(one.imap_host in providers for one in PRESETS)
    form = shown(
        client, "/settings/acts/mailbox/new/email.add_mailbox/?imap_host=imap.gmail.com&imap_secret=quay-seven"
    )
    assert 'value="imap.gmail.com"' in form
    assert 'type="password"' in form
    assert "quay-seven" not in form
    assert add(client).status_code == 302
    box = Mailbox.objects.get()
    page = shown(client, f"/settings/mailboxes/{box.pk}/") + shown(client, "/settings/mailboxes/")
    assert "imap.company.example:993" in page
    form = shown(client, f"/settings/acts/mailbox/{box.pk}/email.change_incoming_server/")
    for text in (page, form, *(str([one.arguments, one.before, one.after]) for one in ActRecord.objects.all())):
        assert SECRET not in text
    wrong = add(client, address="help@company.example", imap_secret="another-secret")
    assert wrong.status_code == 422
    assert "There is a mailbox with this address." in wrong.content.decode()


def test_how_a_mailbox_is_stands_on_its_page_with_what_to_do() -> None:
    client = client_of(make_person("administrator"))
    add(client)
    box = Mailbox.objects.get()
    assert "It was not reached yet." in shown(client, "/settings/mailboxes/")
    now = timezone.now()
    health = MailboxHealth.objects.create(mailbox=box, seen_at=now, last_mail_at=now)
    assert "works" in shown(client, "/settings/mailboxes/")
    health.problem = "imap.company.example does not accept the name and password: no"
    health.save()
    assert "does not accept the name" in shown(client, f"/settings/mailboxes/{box.pk}/")
    MailboxHealth.objects.update(problem="", seen_at=now - timedelta(hours=1), left_on_server=7)
    page = shown(client, f"/settings/mailboxes/{box.pk}/")
    assert "Nobody fetches it" in page
    assert "7 mails are still to be fetched." in page


def test_a_test_is_followed_step_by_step() -> None:
    client = client_of(make_person("administrator"))
    add(client)
    box = Mailbox.objects.get()
    address = f"/settings/mailboxes/{box.pk}/"
    assert "Not tested yet" in shown(client, address)
    assert client.post(f"/settings/acts/mailbox/{box.pk}/email.test_mailbox/", {"step": "do"}).status_code == 302
    MailboxTest.objects.update(steps=["Signed in at imap.company.example:993 and opened the folder."])
    page = shown(client, address)
    assert "Signed in at imap.company.example:993" in page
    assert "Waiting for what comes next" in page
    assert f'data-live="mailbox:{box.pk} mailbox_health:{box.pk}"' in page
    MailboxTest.objects.update(state="failed", problem="The message was sent, but did not come.")
    assert "did not come" in shown(client, address)


def test_refused_mail_is_listed_read_taken_out_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(make_person("administrator"))
    add(client)
    box = Mailbox.objects.get()
    raw = refuse(box)
    page = shown(client, f"/settings/mailboxes/{box.pk}/")
    assert "Broken." in page
    opened = shown(client, f"/settings/mailboxes/{box.pk}/mail/{raw}/")
    assert "&lt;script&gt;hi" in opened
    file = client.get(f"/settings/mailboxes/{box.pk}/mail/{raw}/mail.eml")
    assert file.content == b"Subject: =?x?\r\n\r\n<script>hi</script>"
    assert file["Content-Disposition"].startswith("attachment")
    assert AccessRecord.objects.filter(subject_type="mailbox", subject_id=box.pk).count() == 2
    again = f"/settings/acts/mailbox/{box.pk}/email.read_again/"
    assert f'value="{raw}"' in shown(client, f"{again}?raw_mail={raw}")
    assert client.post(again, {"raw_mail": str(raw), "step": "do"}).status_code == 302
    assert RawMail.objects.get().state == "stored"
    RawMail.objects.update(state="done")
    assert client.get(f"/settings/mailboxes/{box.pk}/mail/{raw}/").status_code == 403


def test_refused_mail_is_paged_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.web.settings.mailboxes.PAGE", 2)
    client = client_of(make_person("administrator"))
    add(client)
    box = Mailbox.objects.get()
    raws = [refuse(box, f"Subject: {number}\r\n\r\n".encode()) for number in range(3)]
    first = shown(client, f"/settings/mailboxes/{box.pk}/")
    assert f"?before={raws[1]}" in first
    second = shown(client, f"/settings/mailboxes/{box.pk}/?before={raws[1]}")
    assert f"/mail/{raws[0]}/" in second
    assert f"/mail/{raws[2]}/" not in second


def test_who_handles_refused_mail_sees_their_own_teams_mailboxes_only() -> None:
    site = make_site()
    team = make_team(site)
    mine = Mailbox.objects.create(name="Mine", address="mine@company.example", team=team)
    theirs = Mailbox.objects.create(name="Theirs", address="theirs@company.example", team=make_team())
    supervisor = client_of(make_person("supervisor", sites=(site,), teams=(team,)))
    page = shown(supervisor, "/settings/mailboxes/")
    assert "mine@company.example" in page
    assert "theirs@company.example" not in page
    raw = refuse(theirs)
    for address in (f"{theirs.pk}/", f"{theirs.pk}/mail/{raw}/", f"{mine.pk}/mail/{raw}/"):
        assert supervisor.get(f"/settings/mailboxes/{address}").status_code == 404
    assert supervisor.get("/settings/mailboxes/add/").status_code == 403
    assert client_of(make_person("representative")).get("/settings/mailboxes/").status_code == 403


def test_who_sees_no_mailbox_is_told_why() -> None:
    lead = client_of(make_person("supervisor"))
    assert "Somebody who sets up mailboxes adds the address" in shown(lead, "/settings/mailboxes/")
    elsewhere = make_team(name="Elsewhere", site=make_site(name="Elsewhere"))
    Mailbox.objects.create(name="Help", address="help@company.example", team=elsewhere)
    page = shown(lead, "/settings/mailboxes/")
    assert "No mailbox of your teams" in page
    assert "No mailbox yet" not in page
