"""Mail fetched from a real Dovecot: at once, once, and whatever becomes of the fetcher."""

import random
import threading
from typing import Any

import pytest
from django.utils import timezone

from onhand.channels.email import fetching as taking
from onhand.channels.email.enums import AfterTaking
from onhand.channels.email.imap import Folder, opened
from onhand.channels.email.models import Mailbox, MailboxHealth, RawMail
from onhand.channels.email.servers import MailboxProblem, Server, imap_server
from onhand.kernel.locked_texts import lock_text
from tests.channels.email.boxes import fetching, letter, make_mailbox, post, wait_for
from tests.channels.email.servers import Dovecot, Postfix, free_ports

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def take(mailbox: Mailbox) -> int:
    """One visit of the fetcher; how many mails were new."""
    with opened(imap_server(mailbox), mailbox.imap_folder, mailbox.done_folder) as folder:
        taking.settle_left(mailbox, folder, timezone.now)
        return taking.take_new(mailbox, folder, timezone.now, threading.Event())


def deliver(dovecot: Dovecot, mailbox: Mailbox, *mails: bytes, folder: str = "INBOX") -> None:
    for mail in mails:
        dovecot.doveadm("save", "-u", mailbox.address, "-m", folder, text=mail)


def subjects(mailbox: Mailbox) -> list[str]:
    raws = RawMail.objects.filter(mailbox=mailbox).values_list("content", flat=True)
    return sorted(bytes(raw).split(b"Subject: ")[1].split(b"\r")[0].decode() for raw in raws)


def test_a_mail_delivered_by_postfix_is_stored_within_two_seconds(dovecot: Dovecot, postfix: Postfix) -> None:
    mailbox = make_mailbox(dovecot)
    with fetching():
        wait_for(lambda: MailboxHealth.objects.filter(mailbox=mailbox, scanned_at__isnull=False).exists())
        post(postfix, letter(mailbox.address, "Parcel"), mailbox.address)
        seconds = wait_for(lambda: RawMail.objects.filter(mailbox=mailbox).exists(), 5)
        wait_for(lambda: RawMail.objects.filter(mailbox=mailbox, settled_at__isnull=False).exists())
    assert seconds < 2
    assert subjects(mailbox) == ["Parcel"]
    assert dovecot.doveadm("search", "-u", mailbox.address, "UNSEEN") == b""


def test_mail_is_taken_once_and_marked_and_what_was_read_before_is_left(dovecot: Dovecot) -> None:
    mailbox = make_mailbox(dovecot)
    deliver(dovecot, mailbox, letter(mailbox.address, "Old"))
    dovecot.doveadm("flags", "add", "-u", mailbox.address, "\\Seen", "ALL")
    deliver(dovecot, mailbox, letter(mailbox.address, "New"))
    assert (take(mailbox), take(mailbox)) == (1, 0)
    deliver(dovecot, mailbox, letter(mailbox.address, "Newer"))
    dovecot.doveadm("flags", "add", "-u", mailbox.address, "\\Seen", "ALL")  # a colleague was faster
    assert (take(mailbox), take(mailbox)) == (1, 0)
    assert subjects(mailbox) == ["New", "Newer"]
    raw = RawMail.objects.filter(mailbox=mailbox).earliest("pk")
    assert (raw.route, raw.state, raw.settled_at is not None) == ("imap", "stored", True)
    assert raw.outside_id.endswith("@customer.example>")


def test_taken_mail_is_moved_where_a_folder_is_set(dovecot: Dovecot) -> None:
    mailbox = make_mailbox(dovecot, after_taking="move", done_folder="Done")
    deliver(dovecot, mailbox, letter(mailbox.address, "Moved"))
    assert take(mailbox) == 1
    assert dovecot.doveadm("search", "-u", mailbox.address, "mailbox", "INBOX") == b""
    assert dovecot.doveadm("search", "-u", mailbox.address, "mailbox", "Done") != b""


def test_another_folder_is_fetched_and_the_same_bytes_are_one_mail(dovecot: Dovecot) -> None:
    mailbox = make_mailbox(dovecot, imap_folder="Form/Ñandú")
    dovecot.doveadm("mailbox", "create", "-u", mailbox.address, "Form/Ñandú")
    mail = letter(mailbox.address, "Twice")
    deliver(dovecot, mailbox, mail, mail, folder="Form/Ñandú")
    assert take(mailbox) == 1
    deliver(dovecot, mailbox, mail, folder="Form/Ñandú")
    assert take(mailbox) == 0


def test_a_folder_numbered_anew_loses_and_doubles_nothing(dovecot: Dovecot) -> None:
    mailbox = make_mailbox(dovecot)
    deliver(dovecot, mailbox, *(letter(mailbox.address, f"Before {n}") for n in range(5)))
    assert take(mailbox) == 5
    deliver(dovecot, mailbox, letter(mailbox.address, "Meanwhile"))
    dovecot.renumber(mailbox.address)
    deliver(dovecot, mailbox, letter(mailbox.address, "After"))
    assert (take(mailbox), take(mailbox)) == (2, 0)
    assert RawMail.objects.filter(mailbox=mailbox).count() == 7


class Killed(BaseException):
    """What stands for kill -9: no handler may catch it."""


def test_stopped_anywhere_and_numbered_anew_nothing_is_lost_or_doubled(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty stops at random points between and inside the steps; the resilience run kills the processes themselves."""
    mailbox = make_mailbox(dovecot)
    chance = random.Random(20261122)
    monkeypatch.setattr(taking, "BATCH_MAILS", 3)
    sent, kills = 0, 0
    for name in ("store", "_settle", "_fetched"):
        real = getattr(taking, name)

        def risky(*args: Any, _real: Any = real, **kwargs: Any) -> Any:
            nonlocal kills
            when = chance.random()
            if when < 0.12 and kills < 20:
                kills += 1
                raise Killed
            found = _real(*args, **kwargs)
            if when > 0.88 and kills < 20:
                kills += 1
                raise Killed
            return found

        monkeypatch.setattr(taking, name, risky)
    for _round in range(200):
        if kills >= 20:
            break
        mails = [letter(mailbox.address, f"Mail {sent + n}") for n in range(chance.randint(1, 4))]
        deliver(dovecot, mailbox, *mails)
        sent += len(mails)
        if chance.random() < 0.2:
            dovecot.renumber(mailbox.address)
        try:
            take(mailbox)
        except Killed:
            continue
    assert kills == 20
    take(mailbox)
    assert subjects(mailbox) == sorted(f"Mail {n}" for n in range(sent))
    assert not RawMail.objects.filter(mailbox=mailbox, settled_at=None).exists()
    assert dovecot.doveadm("search", "-u", mailbox.address, "UNSEEN") == b""


def test_a_mail_that_is_too_large_is_kept_by_its_headers_and_said(dovecot: Dovecot, settings: Any) -> None:
    settings.ONHAND_MAIL_BYTES = 10_000
    mailbox = make_mailbox(dovecot, after_taking="delete")
    deliver(
        dovecot,
        mailbox,
        letter(mailbox.address, "Large", text="x\r\n" * 10_000),
        letter(mailbox.address, "Small"),
    )
    assert take(mailbox) == 2
    large = RawMail.objects.get(mailbox=mailbox, state="refused")
    assert "larger" in large.reason
    assert large.size > 10_000 > len(bytes(large.content))
    left = dovecot.doveadm("fetch", "-u", mailbox.address, "hdr.subject", "ALL").decode()
    assert ("Large" in left, "Small" in left) == (True, False)


def test_what_is_left_as_it_is_stays_unread_and_is_not_taken_again(dovecot: Dovecot) -> None:
    mailbox = make_mailbox(dovecot, after_taking="leave")
    deliver(dovecot, mailbox, letter(mailbox.address, "Left"))
    assert (take(mailbox), take(mailbox)) == (1, 0)
    assert dovecot.doveadm("search", "-u", mailbox.address, "UNSEEN") != b""
    dovecot.renumber(mailbox.address)
    assert take(mailbox) == 0


@pytest.mark.parametrize(
    ("step", "changes", "words"),
    [
        ("login", {"imap_secret": b"wrong"}, "does not accept the name and password"),
        ("dns", {"imap_host": "imap.company.invalid"}, "is not known"),
        ("folder", {"imap_folder": "Nowhere"}, "There is no folder “Nowhere”. There are: "),
        ("folder", {"after_taking": "move", "done_folder": "Gone"}, "There is no folder “Gone”"),
        ("tls", {"imap_security": "starttls", "imap_host": "127.0.0.2"}, ""),
        ("key", {"imap_secret": b"\x01" + b"0" * 40}, "Type it in again"),
    ],
)
def test_what_is_wrong_is_named(dovecot: Dovecot, step: str, changes: dict[str, Any], words: str) -> None:
    if changes.get("imap_secret") == b"wrong":
        changes = {"imap_secret": lock_text("wrong", "mailbox imap secret")}
    if step == "tls":
        changes = {"imap_port": dovecot.imap, "imap_security": "tls"}
        words = "does not speak TLS"
    mailbox = make_mailbox(dovecot, **changes)
    with pytest.raises(MailboxProblem) as caught:
        take(mailbox)
    assert caught.value.step == step, caught.value.message
    assert words in caught.value.message


def test_starttls_and_no_protection_and_nobody_there(dovecot: Dovecot) -> None:
    for security in ("starttls", "none"):
        mailbox = make_mailbox(dovecot, imap_port=dovecot.imap, imap_security=security)
        assert take(mailbox) == 0
    nobody = make_mailbox(dovecot, imap_port=free_ports(1)[0])
    with pytest.raises(MailboxProblem, match="Nothing answers at localhost"):
        take(nobody)


def test_a_certificate_nobody_vouches_for_is_refused(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    with pytest.raises(MailboxProblem, match="certificate of localhost cannot be trusted"):
        take(make_mailbox(dovecot))


def test_one_fetcher_a_mailbox(dovecot: Dovecot) -> None:
    mailbox = make_mailbox(dovecot)
    with fetching(), fetching():
        wait_for(lambda: MailboxHealth.objects.filter(mailbox=mailbox, seen_at__isnull=False).exists())
        names = [thread.name for thread in threading.enumerate() if thread.name == f"mailbox {mailbox.pk}"]
        assert len(names) == 1
        Mailbox.objects.filter(pk=mailbox.pk).update(is_enabled=False)
        wait_for(lambda: not [t for t in threading.enumerate() if t.name == f"mailbox {mailbox.pk}"], 15)


@pytest.mark.parametrize("after", [AfterTaking.MARK, AfterTaking.DELETE])
def test_mail_that_comes_while_others_are_marked_is_not_waited_for(dovecot: Dovecot, after: AfterTaking) -> None:
    box = make_mailbox(dovecot, after_taking=after)
    deliver(dovecot, box, letter(box.address, "First"))
    with opened(imap_server(box), box.imap_folder) as folder:
        first = folder.uids_after(0)
        deliver(dovecot, box, letter(box.address, "Second"))
        folder.settle(first, after)  # its answer speaks of the second; in IDLE the server is silent about it
        assert _is_woken(folder)
        assert folder.uids_after(first[0])
        assert not _is_woken(folder, seconds=2)
        deliver(dovecot, box, letter(box.address, "Third"))
        assert _is_woken(folder)  # the server says it in one breath with its consent to IDLE


def _is_woken(folder: Folder, seconds: float = 30) -> bool:
    stop, woken = threading.Event(), threading.Event()

    def wait() -> None:
        folder.wait(600, stop)
        if not stop.is_set():
            woken.set()

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    waiting.join(seconds)
    stop.set()
    waiting.join(10)
    return woken.is_set()


def test_no_secret_is_shown(dovecot: Dovecot) -> None:
    server = imap_server(make_mailbox(dovecot))
    assert isinstance(server, Server)
    assert server.secret
    assert server.secret not in repr(server)
