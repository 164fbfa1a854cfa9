"""What it takes to reach a mailbox's servers, and what is wrong when they cannot be reached, in words people can act on."""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from imapclient.exceptions import IMAPClientError, LoginError

from onhand.channels.email.enums import Security, SignIn
from onhand.channels.email.models import Mailbox
from onhand.kernel.locked_texts import CannotUnlock, unlock_text

IMAP_SECRET, SMTP_SECRET = "mailbox imap secret", "mailbox smtp secret"
OAUTH_SECRET, DKIM_KEY = "mailbox oauth secret", "mailbox dkim key"
LONGEST_ANSWER = 300  # of what a server said, as it is shown


class MailboxProblem(Exception):
    """
    A mailbox cannot be used as it is. `step` says where it stopped: dns, connection, tls, login, folder, server, sending or key.
    The message is for people.
    """

    def __init__(self, step: str, message: str) -> None:
        super().__init__(message)
        self.step = step
        self.message = message


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where access tokens come from. Without a `token_url`, the secret of the server is the access token itself."""

    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """One server of a mailbox and how to sign in to it."""

    host: str
    port: int
    security: Security
    user: str
    secret: str = field(repr=False)
    sign_in: SignIn = SignIn.PASSWORD
    oauth: OAuth = OAuth()

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.host}:{self.port}"


def imap_server(mailbox: Mailbox) -> Server:
    """Where the mailbox's mail is fetched from. Raises MailboxProblem if its secret cannot be unlocked."""
    return Server(
        host=mailbox.imap_host,
        port=mailbox.imap_port,
        security=Security(mailbox.imap_security),
        user=mailbox.imap_user or mailbox.address,
        secret=_unlocked(mailbox.imap_secret, IMAP_SECRET),
        sign_in=SignIn(mailbox.sign_in),
        oauth=_oauth(mailbox),
    )


def smtp_server(mailbox: Mailbox) -> Server:
    """Where the mailbox's mail is sent from. Raises MailboxProblem if its secret cannot be unlocked."""
    by_token = mailbox.sign_in == SignIn.OAUTH2
    locked, purpose = (mailbox.smtp_secret, SMTP_SECRET)
    if by_token and not mailbox.smtp_secret:
        locked, purpose = (mailbox.imap_secret, IMAP_SECRET)
    return Server(
        host=mailbox.smtp_host,
        port=mailbox.smtp_port,
        security=Security(mailbox.smtp_security),
        user=mailbox.smtp_user or (mailbox.address if by_token else ""),
        secret=_unlocked(locked, purpose),
        sign_in=SignIn(mailbox.sign_in),
        oauth=_oauth(mailbox),
    )


def dkim_key(mailbox: Mailbox) -> str:
    """The mailbox's private signing key; empty if it has none."""
    return _unlocked(mailbox.dkim_key, DKIM_KEY)


def _oauth(mailbox: Mailbox) -> OAuth:
    if mailbox.sign_in != SignIn.OAUTH2:
        return OAuth()
    secret = _unlocked(mailbox.oauth_client_secret, OAUTH_SECRET)
    return OAuth(mailbox.oauth_token_url, mailbox.oauth_client_id, secret, mailbox.oauth_scope)


def _unlocked(locked: bytes | memoryview, purpose: str) -> str:
    try:
        return unlock_text(locked, purpose)
    except CannotUnlock:
        raise MailboxProblem(
            "key",
            _("The stored password was locked with another key than this installation's. Type it in again."),
        ) from None


def tls_context() -> ssl.SSLContext:
    """TLS 1.2 or newer, certificates checked. The authorities believed are those of the system (or of SSL_CERT_FILE)."""
    return ssl.create_default_context(purpose=ssl.Purpose.SERVER_AUTH)


class Deadline:
    """Cuts one connection when what is under way takes too long, however slowly the other side keeps sending."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.passed = False

    def watch(self, connected: socket.socket) -> None:
        """The connection to cut. A second handle on it works for TLS too, in the middle of the handshake."""
        self._socket = connected.dup()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What runs inside ends within that time: by itself, or by an error because the connection is gone."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as error:
            if self.passed:
                raise TimeoutError(f"took longer than {seconds:g} seconds") from error
            raise
        finally:
            timer.cancel()

    def close(self) -> None:
        """Forget the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _cut(self) -> None:
        self.passed = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def explained(error: Exception, server: Server, step: str = "server") -> MailboxProblem:
    """What went wrong with a server, in words. `step` is used where the error does not say more."""
    place = {"place": server.place, "host": server.host, "said": said(error)}
    match error:
        case MailboxProblem():
            return error
        case socket.gaierror():
            return MailboxProblem("dns", _("The name %(host)s is not known. Is it spelt right?") % place)
        case ssl.SSLCertVerificationError():
            return MailboxProblem("tls", _("The certificate of %(host)s cannot be trusted: %(said)s.") % place)
        case ssl.SSLError():
            words = _("%(place)s does not speak TLS as it was asked to. Check port and protection (%(said)s).")
            return MailboxProblem("tls", words % place)
        case ConnectionRefusedError():
            return MailboxProblem("connection", _("Nothing answers at %(place)s. Check host and port.") % place)
        case TimeoutError():
            return MailboxProblem("connection", _("%(place)s does not answer in time.") % place)
        case LoginError() | smtplib.SMTPAuthenticationError():
            return MailboxProblem("login", _("%(host)s does not accept the name and password: %(said)s") % place)
        case smtplib.SMTPServerDisconnected() | EOFError() | ConnectionError():
            return MailboxProblem("connection", _("%(place)s broke the connection off (%(said)s).") % place)
        case smtplib.SMTPResponseException() | smtplib.SMTPRecipientsRefused():
            return MailboxProblem("sending", _("%(host)s does not take the mail: %(said)s") % place)
        case OSError():
            return MailboxProblem("connection", _("%(place)s cannot be reached (%(said)s).") % place)
        case IMAPClientError():
            return MailboxProblem(step, _("%(host)s gave an answer that was not expected: %(said)s") % place)
    return MailboxProblem(step, _("%(host)s gave an answer that cannot be read: %(said)s") % place)


def said(error: Exception) -> str:
    """What the other side said, printable and not too long."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = {f"{code} {printable(text)}" for code, text in error.recipients.values()}
        found = "; ".join(sorted(answers))
    elif isinstance(error, smtplib.SMTPResponseException):
        found = f"{error.smtp_code} {printable(error.smtp_error)}"
    elif isinstance(error, ssl.SSLCertVerificationError):
        found = error.verify_message
    elif isinstance(error, OSError) and error.strerror:
        found = error.strerror
    else:
        found = str(error)
    return printable(found) or type(error).__name__


def printable(answer: bytes | str) -> str:
    """What a server said, on one line, fit to be shown and not too long."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_ANSWER]
