"""One mail to a mailbox's outgoing server."""

import base64
import contextlib
import smtplib
import socket
import threading
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from onhand.channels.email.enums import Security, SignIn
from onhand.channels.email.oauth import access_token, forget_token
from onhand.channels.email.servers import Deadline, MailboxProblem, Server, explained, printable, said, tls_context

CONNECT_SECONDS = 30.0
SEND_SECONDS = 240.0  # of one mail, whatever its size
ANSWER_SECONDS = 5.0  # of a server that is asked whether it is still there
KEPT_SECONDS = 3.0
MOST_ON_ONE = 50  # mails over one connection; many servers take a hundred
TRY_LATER_AUTH = 454


class Refused(Exception):
    """The server refused a mail. `is_permanent` says that trying again is of no use."""

    def __init__(self, is_permanent: bool, message: str) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.message = message


class _Connection(smtplib.SMTP):
    def __init__(self, server: Server, deadline: Deadline) -> None:
        self._server = server
        self.deadline = deadline
        self.mails = 0
        super().__init__(timeout=CONNECT_SECONDS, local_hostname=_own_name())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = socket.create_connection((host, port), timeout)
        self.deadline.watch(connected)
        if self._server.security is Security.TLS:
            return tls_context().wrap_socket(connected, server_hostname=host)
        return connected

    def end(self) -> None:
        """Say goodbye and close; raises nothing."""
        with contextlib.suppress(Exception):
            if self.sock is not None:
                self.sock.settimeout(2.0)
                self.quit()
        self.close()
        self.deadline.close()


def _own_name() -> str:
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "localhost.localdomain"


@contextlib.contextmanager
def connected(server: Server, *, keep: bool = False) -> Iterator["_Connection"]:
    """
    A connection that is signed in; with `keep` one that served before, where there is one, and kept for the next where all goes well.

    :raises MailboxProblem: naming what is wrong.
    """
    connection = (_kept.take(server) if keep else None) or _open(server)
    is_well = False
    try:
        with connection.deadline.within(SEND_SECONDS):
            yield connection
        is_well = True
    finally:
        connection.mails += 1
        if not (is_well and keep and connection.mails < MOST_ON_ONE and _kept.put(server, connection)):
            connection.end()


def _open(server: Server) -> "_Connection":
    connection = _Connection(server, Deadline())
    try:
        with connection.deadline.within(SEND_SECONDS):
            _sign_in(connection, server)
    except Exception as error:
        connection.end()
        raise explained(error, server) from error
    return connection


class _Kept:
    """Connections that nobody uses at the moment, one a server, each for a few seconds: as long as mail follows on mail."""

    def __init__(self) -> None:
        self._idle: dict[Server, _Connection] = {}
        self._lock = threading.Lock()

    def take(self, server: Server) -> "_Connection | None":
        """The one kept, if the server still answers on it."""
        with self._lock:
            connection = self._idle.pop(server, None)
        if connection is None:
            return None
        try:
            with connection.deadline.within(ANSWER_SECONDS):
                if connection.rset()[0] == 250:
                    return connection
        except Exception:  # noqa: S110, BLE001  (whatever it is: it is of no use any more, and another is opened)
            pass
        connection.end()
        return None

    def put(self, server: Server, connection: "_Connection") -> bool:
        """Keep one for a few seconds; false if another one is kept already."""
        with self._lock:
            if self._idle.setdefault(server, connection) is not connection:
                return False
        timer = threading.Timer(KEPT_SECONDS, self._let_go, (server, connection, connection.mails))
        timer.daemon = True
        timer.start()
        return True

    def _let_go(self, server: Server, connection: "_Connection", mails: int) -> None:
        with self._lock:
            if self._idle.get(server) is not connection or connection.mails != mails:
                return
            del self._idle[server]
        connection.end()


_kept = _Kept()


def send(
    server: Server, sender: str, recipients: Sequence[str], mail: bytes, *, keep: bool = False
) -> dict[str, tuple[int, str]]:
    """
    Hand one mail over; the recipients that were refused while others were not, with the code and what was said. `keep`: over a
    connection that is kept for a few seconds, for mails that follow one another.

    :raises MailboxProblem: the server cannot be reached or signed in to: to be tried again.
    :raises Refused: it did not take the mail, for good or for now.
    """
    envelope = {wire_address(one): one for one in recipients}
    with connected(server, keep=keep) as connection:
        try:
            options = ["SMTPUTF8"] if not all(one.isascii() for one in (wire_address(sender), *envelope)) else []
            refused = connection.sendmail(wire_address(sender), list(envelope), mail, mail_options=options)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise Refused(all(code >= 500 for code in codes), said(error)) from error
        except smtplib.SMTPResponseException as error:
            raise Refused(error.smtp_code >= 500, said(error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(True, said(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise explained(error, server) from error
    return {envelope[wire]: (code, f"{code} {printable(text)}") for wire, (code, text) in refused.items()}


def wire_address(address: str) -> str:
    """An address as it is said to servers: a domain in other letters by its ASCII name, which every server understands."""
    local, _at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{domain.encode('idna').decode()}"


def _sign_in(connection: _Connection, server: Server) -> None:
    code, answer = connection.connect(server.host, server.port)
    if code != 220:
        raise smtplib.SMTPResponseException(code, answer)
    connection.ehlo_or_helo_if_needed()
    if server.security is Security.STARTTLS:
        if not connection.has_extn("starttls"):
            words = _("%(place)s does not offer STARTTLS, which is required. Use another port or protection.")
            raise MailboxProblem("tls", words % {"place": server.place})
        connection._host = server.host  # type: ignore[attr-defined]  # what the certificate must name
        connection.starttls(context=tls_context())
        connection.ehlo()
    if server.sign_in is SignIn.OAUTH2:
        _sign_in_by_token(connection, server)
    elif server.user:
        if not connection.has_extn("auth"):
            words = _("%(place)s takes no password this way. Check port and protection.")
            raise MailboxProblem("login", words % {"place": server.place})
        connection.login(server.user, server.secret)


def _sign_in_by_token(connection: _Connection, server: Server) -> None:
    said_once = f"user={server.user}\x01auth=Bearer {access_token(server)}\x01\x01"
    code, answer = connection.docmd("AUTH", "XOAUTH2 " + base64.b64encode(said_once.encode()).decode())
    if code == 334:  # it says why in a challenge, and wants an empty answer
        code, answer = connection.docmd("")
    if code != 235:
        forget_token(server)
        raise smtplib.SMTPAuthenticationError(code, answer)
