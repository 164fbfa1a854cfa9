"""What can be done with mailboxes: set up, change, take out of use, test, and have refused mail read again."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.channels.email import access
from onhand.channels.email.enums import AfterTaking, RawState, Security
from onhand.channels.email.models import Mailbox
from onhand.channels.email.setting_up import (
    Given,
    assign,
    assign_folders,
    begin_anew,
    begin_test,
    folder_of,
    read_again_after_commit,
    require_free,
    require_reachable,
    take_default_from_others,
)
from onhand.channels.email.subjects import MAILBOX, REFUSED_MAIL, TEAM
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda m: m.name)]
Address = Annotated[
    str,
    Field(label=gettext_lazy("Address"), widget="email", max_length=254, current=lambda m: m.address),
]
TeamOf = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Team"),
        reference=TEAM,
        help=gettext_lazy("Whose work its mail becomes."),
        current=lambda m: m.team_id,
    ),
]
Host = Annotated[
    str,
    Field(
        label=gettext_lazy("IMAP server"),
        max_length=253,
        help=gettext_lazy("Leave it empty if a mail server hands this address's mail over by LMTP."),
        current=lambda m: m.imap_host,
    ),
]
Port = Annotated[
    int,
    Field(
        label=gettext_lazy("IMAP port"),
        help=gettext_lazy("Usually 993 with TLS from the beginning, 143 with STARTTLS."),
        current=lambda m: m.imap_port,
    ),
]
Protection = Annotated[
    Security,
    Field(
        label=gettext_lazy("Protection of IMAP"),
        help=gettext_lazy("Without any, passwords and mail can be read on the way: on this machine only."),
        current=lambda m: m.imap_security,
    ),
]
User = Annotated[
    str,
    Field(
        label=gettext_lazy("IMAP user"),
        max_length=254,
        help=gettext_lazy("Empty means the address."),
        current=lambda m: m.imap_user,
    ),
]
Secret = Annotated[
    str,
    Field(
        label=gettext_lazy("IMAP password or token"),
        max_length=4000,
        widget="password",
        secret=True,
        help=gettext_lazy("It is stored locked and never shown. Left empty, it stays as it is."),
    ),
]
FolderName = Annotated[str, Field(label=gettext_lazy("Folder"), max_length=200, current=lambda m: m.imap_folder)]
After = Annotated[
    AfterTaking,
    Field(
        label=gettext_lazy("Mail that was taken"),
        help=gettext_lazy("What becomes of it at the server. Here it is kept in any case."),
        current=lambda m: m.after_taking,
    ),
]
DoneFolder = Annotated[
    str,
    Field(
        label=gettext_lazy("Folder for mail that was taken"),
        max_length=200,
        help=gettext_lazy("Where it is moved. It must be there already."),
        current=lambda m: m.done_folder,
    ),
]
Authserv = Annotated[
    str,
    Field(
        label=gettext_lazy("Server whose checks are believed"),
        max_length=253,
        help=gettext_lazy(
            "The name at the beginning of the line Authentication-Results that your mail server writes into each mail, such as "
            "mx.google.com. Empty: whether a sender is who they say is not known."
        ),
        current=lambda m: m.trusted_authserv,
    ),
]
SmtpHost = Annotated[
    str,
    Field(
        label=gettext_lazy("SMTP server"),
        max_length=253,
        help=gettext_lazy("Leave it empty if nothing is sent from this address."),
        current=lambda m: m.smtp_host,
    ),
]
SmtpPort = Annotated[
    int,
    Field(
        label=gettext_lazy("SMTP port"),
        help=gettext_lazy("Usually 587 with STARTTLS, 465 with TLS from the beginning."),
        current=lambda m: m.smtp_port,
    ),
]
SmtpProtection = Annotated[
    Security,
    Field(
        label=gettext_lazy("Protection of SMTP"),
        help=gettext_lazy("Without any, passwords and mail can be read on the way: on this machine only."),
        current=lambda m: m.smtp_security,
    ),
]
SmtpUser = Annotated[
    str,
    Field(
        label=gettext_lazy("SMTP user"),
        max_length=254,
        help=gettext_lazy("Usually the address. Empty means that the server asks for none."),
        current=lambda m: m.smtp_user,
    ),
]
SmtpSecret = Annotated[
    str,
    Field(
        label=gettext_lazy("SMTP password"),
        max_length=4000,
        widget="password",
        secret=True,
        help=gettext_lazy("It is stored locked and never shown. Left empty, it stays as it is."),
    ),
]
FromName = Annotated[
    str,
    Field(
        label=gettext_lazy("Name of the sender"),
        max_length=100,
        help=gettext_lazy("Empty means the name above."),
        current=lambda m: m.from_name,
    ),
]


@act(subject=MAILBOX, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a mailbox"))
def add_mailbox(
    *,
    run: Run,
    mailbox_name: Name,
    address: Address,
    team: TeamOf = None,
    imap_host: Host = "",
    imap_port: Port = 993,
    imap_security: Protection = Security.TLS,
    imap_user: User = "",
    imap_secret: Secret = "",
    imap_folder: FolderName = "INBOX",
    after_taking: After = AfterTaking.MARK,
    done_folder: DoneFolder = "",
    trusted_authserv: Authserv = "",
    smtp_host: SmtpHost = "",
    smtp_port: SmtpPort = 587,
    smtp_security: SmtpProtection = Security.STARTTLS,
    smtp_user: SmtpUser = "",
    smtp_secret: SmtpSecret = "",
    from_name: FromName = "",
) -> Mailbox:
    """Add an address of the company whose mail becomes contacts. Test it afterwards."""
    require_free(address)
    mailbox = Mailbox()
    given = Given(mailbox_name, address, team, from_name)
    assign(mailbox, given, run)
    assign_folders(mailbox, imap_folder, after_taking, done_folder)
    mailbox.trusted_authserv = trusted_authserv
    require_reachable(mailbox, "imap", imap_host, imap_port, imap_security, imap_user, imap_secret)
    require_reachable(mailbox, "smtp", smtp_host, smtp_port, smtp_security, smtp_user, smtp_secret)
    mailbox.save()
    return mailbox


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Change the mailbox"))
def change_mailbox(
    mailbox: Mailbox,
    *,
    run: Run,
    mailbox_name: Name,
    address: Address,
    team: TeamOf = None,
    from_name: FromName = "",
) -> None:
    """Change a mailbox's name, address, team, and the name it sends under."""
    require_free(address, but=mailbox.pk)
    before = folder_of(mailbox)
    assign(mailbox, Given(mailbox_name, address, team, from_name), run)
    if folder_of(mailbox) != before:
        begin_anew(mailbox)


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Change how mail comes in"))
def change_incoming_server(
    mailbox: Mailbox,
    *,
    run: Run,
    imap_host: Host = "",
    imap_port: Port = 993,
    imap_security: Protection = Security.TLS,
    imap_user: User = "",
    imap_secret: Secret = "",
    imap_folder: FolderName = "INBOX",
    after_taking: After = AfterTaking.MARK,
    done_folder: DoneFolder = "",
    trusted_authserv: Authserv = "",
) -> None:
    """Change the server and folder a mailbox's mail is fetched from. With another folder, only its unread mail is taken at first."""
    before = folder_of(mailbox)
    assign_folders(mailbox, imap_folder, after_taking, done_folder)
    mailbox.trusted_authserv = trusted_authserv
    require_reachable(mailbox, "imap", imap_host, imap_port, imap_security, imap_user, imap_secret)
    if folder_of(mailbox) != before:
        begin_anew(mailbox)
    if imap_secret:
        run.changed("secrets", after="IMAP")


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Change how mail goes out"))
def change_outgoing_server(
    mailbox: Mailbox,
    *,
    run: Run,
    smtp_host: SmtpHost = "",
    smtp_port: SmtpPort = 587,
    smtp_security: SmtpProtection = Security.STARTTLS,
    smtp_user: SmtpUser = "",
    smtp_secret: SmtpSecret = "",
) -> None:
    """Change the server a mailbox's mail is sent by."""
    require_reachable(mailbox, "smtp", smtp_host, smtp_port, smtp_security, smtp_user, smtp_secret)
    if smtp_secret:
        run.changed("secrets", after="SMTP")


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Send from it by default"))
def make_default(mailbox: Mailbox, *, run: Run) -> None:
    """Send from this mailbox what came to none and whose team has none, such as a mail to a customer who never wrote."""
    if mailbox.is_default:
        raise NotPossible(_("It is sent from by default already."))
    if not mailbox.smtp_host:
        raise NotPossible(_("Nothing is sent from this mailbox. Say first how its mail goes out."))
    take_default_from_others(mailbox)
    mailbox.is_default = True


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Stop using the mailbox"))
def disable_mailbox(mailbox: Mailbox, *, run: Run) -> None:
    """Fetch no mail from this mailbox and send none, until it is used again. What it has stays."""
    if not mailbox.is_enabled:
        raise NotPossible(_("This mailbox is not in use."))
    mailbox.is_enabled = False


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Use the mailbox again"))
def enable_mailbox(mailbox: Mailbox, *, run: Run) -> None:
    """Fetch and send mail by this mailbox again."""
    if mailbox.is_enabled:
        raise NotPossible(_("This mailbox is in use."))
    mailbox.is_enabled = True


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Test it"), only_adds=True)
def test_mailbox(mailbox: Mailbox, *, run: Run) -> None:
    """Send a message from the mailbox to itself, and wait until it comes. The result is on the mailbox's page."""
    begin_test(mailbox, run)


@act(subject=MAILBOX, permission=access.HANDLE_REFUSED, label=gettext_lazy("Read a mail again"), only_adds=True)
def read_again(
    mailbox: Mailbox,
    *,
    run: Run,
    raw_mail: Annotated[int, Field(label=gettext_lazy("Mail that was not read"), reference=REFUSED_MAIL)],
) -> None:
    """Have a mail that could not be read read once more, for instance after what stood in the way was mended."""
    found = access.visible_raw_mails(run.actor).filter(mailbox=mailbox, pk=raw_mail).select_for_update().first()
    if found is None or found.state != RawState.REFUSED:
        raise NotPossible(_("This is no mail of the mailbox that was not read."), field="raw_mail")
    read_again_after_commit(found, run)
