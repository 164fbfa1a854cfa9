"""Parts of the acts on mailboxes: what is checked and assigned, and what begins after them."""

import re
import secrets
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from onhand.channels.email.enums import AfterTaking, RawState, Security
from onhand.channels.email.models import Mailbox, MailboxHealth, MailboxTest, RawMail
from onhand.channels.email.servers import IMAP_SECRET, SMTP_SECRET
from onhand.kernel.acts import Run
from onhand.kernel.errors import NotPossible
from onhand.kernel.locked_texts import lock_text
from onhand.staff.access import visible_teams

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
LARGEST_PORT = 65_535
PURPOSES = {"imap": IMAP_SECRET, "smtp": SMTP_SECRET}


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a mailbox beside its servers."""

    name: str
    address: str
    team: int | None
    from_name: str


def require_free(address: str, but: int | None = None) -> None:
    """Raise NotPossible if this is no address, or another mailbox's."""
    try:
        validate_email(address)
    except ValidationError:
        raise NotPossible(_("Write an e-mail address, for example help@example.com."), field="address") from None
    if Mailbox.objects.filter(address__iexact=address).exclude(pk=but or 0).exists():
        raise NotPossible(_("There is a mailbox with this address."), field="address")


def assign(mailbox: Mailbox, given: Given, run: Run) -> None:
    """Assign what is said of a mailbox. Raises NotPossible for a team the actor does not see."""
    is_new = given.team is not None and given.team != mailbox.team_id
    if is_new and not visible_teams(run.actor).filter(pk=given.team or 0).exists():
        raise NotPossible(_("Choose one of the list."), field="team")
    mailbox.name, mailbox.address, mailbox.team_id = given.name, given.address, given.team
    mailbox.from_name = given.from_name


def require_reachable(
    mailbox: Mailbox, kind: str, host: str, port: int, security: Security, user: str, secret: str
) -> None:
    """
    Assign one server of the mailbox, `imap` or `smtp`. An empty secret leaves the stored one, unless the server is another: what was
    typed in for one server is not told to the next. Raises NotPossible.
    """
    if host and not _HOST.fullmatch(host):
        raise NotPossible(_("Write the server's name only, for example imap.example.com."), field=f"{kind}_host")
    if not 1 <= port <= LARGEST_PORT:
        raise NotPossible(_("A port is a number from 1 to 65535."), field=f"{kind}_port")
    is_other = (host.lower(), user) != (getattr(mailbox, f"{kind}_host").lower(), getattr(mailbox, f"{kind}_user"))
    stored = getattr(mailbox, f"{kind}_secret")
    if is_other and stored and not secret:
        raise NotPossible(_("With another server or user, type the password in again."), field=f"{kind}_secret")
    for name, value in (("host", host), ("port", port), ("security", security), ("user", user)):
        setattr(mailbox, f"{kind}_{name}", value)
    if secret:
        setattr(mailbox, f"{kind}_secret", lock_text(secret, PURPOSES[kind]))


def assign_folders(mailbox: Mailbox, folder: str, after: AfterTaking, done_folder: str) -> None:
    """Assign which folder is fetched and what becomes of its mail. Raises NotPossible for a move to nowhere."""
    if after is AfterTaking.MOVE and done_folder in ("", folder or "INBOX"):
        raise NotPossible(_("Say to which other folder mail is moved."), field="done_folder")
    mailbox.imap_folder, mailbox.after_taking, mailbox.done_folder = folder or "INBOX", after, done_folder


def take_default_from_others(mailbox: Mailbox) -> None:
    """There is one default mailbox. Another one loses that, with a version of its own: what was open on a page is overtaken."""
    Mailbox.objects.filter(is_default=True).exclude(pk=mailbox.pk).update(is_default=False, version=F("version") + 1)


def folder_of(mailbox: Mailbox) -> tuple[str, str, str]:
    """Which folder of whom at which server is fetched."""
    return mailbox.imap_host.lower(), mailbox.imap_user or mailbox.address, mailbox.imap_folder


def begin_anew(mailbox: Mailbox) -> None:
    """It is another folder: what is known of how far the one before was taken says nothing."""
    MailboxHealth.objects.filter(mailbox=mailbox).update(uid_validity=None, last_uid=0, scanned_at=None)


def begin_test(mailbox: Mailbox, run: Run) -> None:
    """Note a test and have it done after the commit. Raises NotPossible where there is nothing to test, or one is under way."""
    if not mailbox.smtp_host and not mailbox.imap_host:
        raise NotPossible(_("This mailbox has no server to test. Mail comes by LMTP; send one to it."))
    domain = mailbox.address.rpartition("@")[2]
    test = MailboxTest.objects.create(
        mailbox=mailbox,
        message_id=f"<test-{secrets.token_hex(12)}@{domain}>",
        asked_at=run.at,
        asked_by=run.actor.name,
    )
    run.changed("test", after=test.pk)

    def queue() -> None:
        from onhand.channels.email.tasks import run_mailbox_test  # the task's module reads what is defined here

        run_mailbox_test.defer(test_id=test.pk)

    if not run.is_preview:
        transaction.on_commit(queue)


def read_again_after_commit(raw: RawMail, run: Run) -> None:
    """Put a refused mail back among those to be read."""
    run.changed("read_again", before=raw.reason, after=raw.pk)
    RawMail.objects.filter(pk=raw.pk).update(state=RawState.STORED, reason="", tries=0, not_before=None, done_at=None)

    def queue() -> None:
        from onhand.channels.email.tasks import queue_reading  # the task's module reads what is defined here

        queue_reading()

    if not run.is_preview:
        transaction.on_commit(queue)
