"""Setting up mailboxes."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onhand.channels.email.enums import Route
from onhand.channels.email.models import Mailbox, MailboxHealth, MailboxTest, RawMail
from onhand.channels.email.servers import IMAP_SECRET, SMTP_SECRET, MailboxProblem, imap_server, smtp_server
from onhand.channels.email.storing import Arrived, Reach, store
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.errors import NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.locked_texts import CannotUnlock, lock_text, unlock_text
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import Outcome, perform
from tests.factories import NOON, make_actor
from tests.factories.staff import make_team

pytestmark = pytest.mark.django_db
SECRET = "copper-lantern-61"


def do(name: str, mailbox: Mailbox | None = None, actor: Actor | None = None, **given: Any) -> Outcome:
    pk = mailbox.pk if mailbox is not None else None
    outcome = perform(f"email.{name}", actor=actor or make_actor(), subject_id=pk, arguments=given, at=NOON)
    if mailbox is not None:
        mailbox.refresh_from_db()
    return outcome


def made(**given: Any) -> Mailbox:
    said = {"mailbox_name": "Help", "address": "help@company.example", "imap_host": "imap.company.example"}
    return Mailbox.objects.get(pk=do("add_mailbox", **said | given).subject_id or 0)


def test_a_mailbox_is_added_with_its_secrets_locked_and_in_no_record() -> None:
    team = make_team()
    box = made(team=team.pk, imap_secret=SECRET, smtp_host="smtp.company.example", smtp_user="help", smtp_secret=SECRET)
    assert (imap_server(box).secret, smtp_server(box).secret) == (SECRET, SECRET)
    assert (imap_server(box).user, imap_server(box).port) == ("help@company.example", 993)
    assert SECRET.encode() not in bytes(box.imap_secret) + bytes(box.smtp_secret)
    for record in ActRecord.objects.all():
        assert SECRET not in json.dumps([record.arguments, record.before, record.after], default=str)
    for wrong in ("help@company.example", "Help@Company.example", "not an address"):
        with pytest.raises(NotPossible) as refused:
            made(address=wrong)
        assert list(refused.value.fields) == ["address"]


def test_change_mailbox_and_its_servers_and_what_was_before_is_in_the_record() -> None:
    box, team = made(imap_secret=SECRET), make_team()
    MailboxHealth.objects.create(mailbox=box)
    store(box.pk, [], at=NOON, reach=Reach(7, 12))
    do("change_mailbox", box, mailbox_name="Complaints", address="complaints@company.example", team=team.pk)
    assert (box.name, box.address, box.team) == ("Complaints", "complaints@company.example", team)
    assert MailboxHealth.objects.get().last_uid == 0  # it is signed in to as somebody else
    do("change_incoming_server", box, imap_host="imap.company.example", imap_port=143, imap_security="starttls")
    store(box.pk, [], at=NOON, reach=Reach(7, 12))
    done = do("change_incoming_server", box, imap_host="imap.company.example", after_taking="move", done_folder="Done")
    assert MailboxHealth.objects.get().last_uid == 12
    assert (done.before["after_taking"], done.after["after_taking"]) == ("mark", "move")
    with pytest.raises(NotPossible) as refused:
        do("change_incoming_server", box, imap_host="imap.company.example", after_taking="move", done_folder="INBOX")
    assert list(refused.value.fields) == ["done_folder"]


def test_a_secret_is_not_told_to_another_server() -> None:
    box = made(imap_secret=SECRET)
    with pytest.raises(NotPossible) as refused:
        do("change_incoming_server", box, imap_host="imap.elsewhere.example")
    assert list(refused.value.fields) == ["imap_secret"]
    do("change_incoming_server", box, imap_host="imap.elsewhere.example", imap_secret="another")
    do("change_incoming_server", box, imap_host="imap.elsewhere.example", imap_folder="Web")
    assert imap_server(box).secret == "another"
    for host, port in (("imap.company.example/x", 993), ("a b", 993), ("imap.company.example", 70_000)):
        with pytest.raises(NotPossible):
            do("change_incoming_server", box, imap_host=host, imap_port=port, imap_secret="x")


def test_change_outgoing_server_and_make_default() -> None:
    first, second = made(), made(address="sales@company.example")
    with pytest.raises(NotPossible):
        do("make_default", first)
    for box in (first, second):
        do("change_outgoing_server", box, smtp_host="smtp.company.example", smtp_user="x", smtp_secret=SECRET)
        do("make_default", box)
    first.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    with pytest.raises(NotPossible):
        do("make_default", second)


def test_disable_mailbox_and_enable_mailbox() -> None:
    box = made()
    do("disable_mailbox", box)
    assert box.is_enabled is False
    with pytest.raises(NotPossible):
        do("disable_mailbox", box)
    do("enable_mailbox", box)
    assert box.is_enabled is True
    with pytest.raises(NotPossible):
        do("enable_mailbox", box)


def test_sign_in_with_oauth_and_sign_in_with_password() -> None:
    box = made(smtp_host="smtp.company.example")
    url = "https://login.company.example/token"
    with pytest.raises(NotPossible):
        do("sign_in_with_oauth", box, token_url="http://login.company.example/token", token="t")
    with pytest.raises(NotPossible):
        do("sign_in_with_oauth", box)
    do("sign_in_with_oauth", box, token_url=url, client_id="c", client_secret=SECRET, scope="mail", token="refresh")
    server = smtp_server(box)
    assert (server.sign_in, server.secret, server.user) == ("oauth2", "refresh", "help@company.example")
    assert (server.oauth.token_url, server.oauth.client_secret) == (url, SECRET)
    do("sign_in_with_password", box, imap_secret="word")
    assert (imap_server(box).secret, imap_server(box).oauth.token_url) == ("word", "")


def test_set_dkim_key_takes_only_what_can_sign() -> None:
    box = made()
    key = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for selector, pem in (("a b", key), ("main", "nonsense"), ("main", "")):
        with pytest.raises(NotPossible):
            do("set_dkim_key", box, selector=selector, private_key=pem)
    do("set_dkim_key", box, selector="main", private_key=key)
    assert b"PRIVATE" not in bytes(box.dkim_key)
    do("set_dkim_key", box)
    assert (box.dkim_selector, bytes(box.dkim_key)) == ("", b"")


def test_test_mailbox_is_for_what_has_a_server() -> None:
    box = made()
    do("test_mailbox", box)
    test = MailboxTest.objects.get()
    assert (test.state, test.asked_by, test.message_id.endswith("@company.example>")) == ("running", "Ana Prieto", True)
    with pytest.raises(NotPossible):
        do("test_mailbox", made(address="lmtp@company.example", imap_host=""))


def test_read_again_puts_a_refused_mail_back() -> None:
    box, other = made(), made(address="other@company.example")
    (stored,) = store(box.pk, [Arrived(Route.IMAP, "imap:1:1", b"From: x\r\n\r\n", 10, refused="No.")], at=NOON)
    with pytest.raises(NotPossible):
        do("read_again", other, raw_mail=stored.id)
    do("read_again", box, raw_mail=stored.id)
    raw = RawMail.objects.get(pk=stored.id)
    assert (raw.state, raw.reason) == ("stored", "")
    with pytest.raises(NotPossible):
        do("read_again", box, raw_mail=stored.id)


def test_who_may_do_what() -> None:
    team = make_team()
    mine, theirs = made(team=team.pk), made(address="other@company.example", team=make_team().pk)
    lead = make_actor(
        permissions=frozenset({"email.handle_refused"}), visibility=Visibility.TEAM, team_ids=frozenset({team.pk})
    )
    (stored,) = store(mine.pk, [Arrived(Route.IMAP, "imap:1:1", b"From: x\r\n\r\n", 10, refused="No.")], at=NOON)
    do("read_again", mine, actor=lead, raw_mail=stored.id)
    with pytest.raises(SubjectNotFound):
        do("read_again", theirs, actor=lead, raw_mail=stored.id)
    with pytest.raises(NotPermitted):
        do("disable_mailbox", mine, actor=lead)


def test_locked_texts_open_for_their_purpose_only(settings: Any) -> None:
    locked = lock_text(SECRET, IMAP_SECRET)
    assert unlock_text(locked, IMAP_SECRET) == SECRET
    assert (lock_text("", IMAP_SECRET), unlock_text(b"", IMAP_SECRET)) == (b"", "")
    for text, purpose in ((locked, SMTP_SECRET), (locked[:-1] + b"?", IMAP_SECRET), (locked[:5], IMAP_SECRET)):
        with pytest.raises(CannotUnlock):
            unlock_text(text, purpose)
    box = made(imap_secret=SECRET)
    settings.SEAL_KEY = b"x" * 32
    with pytest.raises(MailboxProblem, match="Type it in again"):
        imap_server(box)
