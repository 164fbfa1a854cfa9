"""One folder at an IMAP server, so that nothing a server does can hang us, fill the memory, or be taken for an answer."""

import contextlib
import imaplib
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, cast

from django.utils.translation import gettext as _
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from onhand.channels.email.enums import AfterTaking, Security, SignIn
from onhand.channels.email.oauth import access_token, forget_token
from onhand.channels.email.servers import Deadline, MailboxProblem, Server, explained, said, tls_context

CONNECT_SECONDS = 20.0
COMMAND_SECONDS = 60.0
FETCH_SECONDS = 600.0
SLICE_SECONDS = 0.5  # how soon a waiting thread notices that it is to stop
LONGEST_LINE = 16 * 2**20  # the numbers of two million mails
ANSWER_BYTES = 32 * 2**20  # of everything but the mails themselves, to one command
MOST_FOLDERS_NAMED = 12


class _Wire(imaplib.IMAP4):
    """The protocol, with a limit on what an answer may hold. `allowance` is what is left of it, in bytes."""

    def __init__(self, host: str, port: int, *, is_tls: bool, deadline: Deadline) -> None:
        self._is_tls = is_tls
        self._deadline = deadline
        self.allowance = ANSWER_BYTES
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:  # noqa: ARG002  (ours is always the same)
        connected = socket.create_connection((self.host, self.port), CONNECT_SECONDS)
        self._deadline.watch(connected)
        return tls_context().wrap_socket(connected, server_hostname=self.host) if self._is_tls else connected

    def read(self, size: int) -> bytes:
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = cast("bytes", cast("Any", self).file.readline(min(LONGEST_LINE, self.allowance) + 1))
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self.allowance -= size
        if self.allowance < 0:
            raise self.abort("the answer is larger than what was asked for")


class _Client(IMAPClient):  # type: ignore[misc]  # the library has no types
    def __init__(self, server: Server, deadline: Deadline) -> None:
        self._deadline = deadline
        is_tls = server.security is Security.TLS
        super().__init__(server.host, server.port, ssl=is_tls, timeout=CONNECT_SECONDS)

    def _create_IMAP4(self) -> _Wire:  # noqa: N802
        return _Wire(self.host, self.port, is_tls=self.ssl, deadline=self._deadline)

    def allow(self, size: int) -> None:
        """Let the answer to the next command hold that many bytes, and the usual ceremony."""
        self._imap.allowance = size + ANSWER_BYTES

    def begin_idle(self) -> None:
        """Ask the server to speak up by itself. What it says before it agrees is kept as with any other command."""
        self._idle_tag = self._imap._command("IDLE")
        while self._imap._get_response() is not None:
            if ended := self._imap.tagged_commands.get(self._idle_tag):
                raise IMAPClientError(f"IDLE was answered by {ended[0]}")

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> object:
        """Whether there is something to read. Part of what came may be read from the socket already and not looked at."""
        with contextlib.suppress(OSError):  # nothing there, from a socket that does not wait
            if self._imap.file.peek(1):
                return True
        return super()._poll_socket(sock, timeout)

    def take_count(self) -> int | None:
        """How many mails are there, if an answer to a command said so since the last call."""
        counts = self._imap.untagged_responses.pop("EXISTS", None)
        return int(counts[-1]) if counts else None


class Folder:
    """A folder that is open. Every method raises MailboxProblem when the server does not do what was asked."""

    def __init__(self, client: _Client, deadline: Deadline, server: Server) -> None:
        self._client = client
        self._deadline = deadline
        self._server = server
        self.uid_validity = 0
        self.uid_next = 0
        self.has_idle = False
        self._told = 0  # how many mails the server last said are there

    def select(self, name: str, done_folder: str) -> None:
        """Open the folder of that name, and make sure there is one to move mail to."""
        with self._asking("folder"):
            self._require_folder(name)
            if done_folder:
                self._require_folder(done_folder)
            found = self._client.select_folder(name)
            self.uid_validity = int(found.get(b"UIDVALIDITY", 0))
            self.uid_next = int(found.get(b"UIDNEXT", 0))
            self.has_idle = bool(self._client.has_capability("IDLE"))
        if not self.uid_next:
            self.uid_next = max(self.search("ALL"), default=0) + 1

    def search(self, *criteria: str | date) -> list[int]:
        """The numbers of the mails that fit, in order."""
        with self._asking():
            return sorted(int(uid) for uid in self._client.search(list(criteria)))

    def uids_after(self, last: int) -> list[int]:
        """The numbers above `last`, in order. What the server says came while it answers is news to the next `wait`."""
        self._client.take_count()
        return [uid for uid in self.search("UID", f"{last + 1}:*") if uid > last]

    def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """How many bytes each has, as the server says; those that are gone are left out."""
        asked = set(uids)
        with self._asking():
            found = self._client.fetch(sorted(asked), ["RFC822.SIZE"]) if asked else {}
            return {uid: int(data[b"RFC822.SIZE"]) for uid, data in found.items() if uid in asked}

    def contents(self, uids: Iterable[int], most_bytes: int) -> dict[int, bytes]:
        """The mails as they are, without marking them. The answer may hold `most_bytes`."""
        return self._bodies(uids, "BODY.PEEK[]", b"BODY[]", most_bytes)

    def headers(self, uids: Iterable[int], most_bytes: int) -> dict[int, bytes]:
        """The headers only."""
        return self._bodies(uids, "BODY.PEEK[HEADER]", b"BODY[HEADER]", most_bytes)

    def settle(self, uids: Iterable[int], after: AfterTaking, done_folder: str = "") -> None:
        """Tell the server that we have these, as the mailbox's settings say. What is gone already is no error."""
        known = sorted(uids)
        if not known or after is AfterTaking.LEAVE:
            return
        self._told = 0
        with self._asking():
            self._client.add_flags(known, [b"\\Seen"], silent=True)
            if after is AfterTaking.MOVE:
                self._move(known, done_folder)
            elif after is AfterTaking.DELETE:
                self._client.delete_messages(known, silent=True)
                self._expunge(known)

    def remove(self, uids: Iterable[int]) -> None:
        """Take mails out of the folder for good: our own tests."""
        known = sorted(uids)
        if known:
            with self._asking():
                self._client.delete_messages(known, silent=True)
                self._expunge(known)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return when the folder changed, the time is over, or `stop` is set. Where the server cannot tell, the time is waited."""
        if not self.has_idle:
            stop.wait(seconds)
            return
        if self._came_while_asking():
            return
        with self._asking(seconds=seconds + COMMAND_SECONDS):
            self._client.begin_idle()
            left = 0.0 if self._came_while_asking() else seconds
            while left > 0 and not stop.is_set():
                if any(_is_news(one) for one in self._client.idle_check(timeout=min(SLICE_SECONDS, left))):
                    break
                left -= SLICE_SECONDS
            self._client.idle_done()

    def _came_while_asking(self) -> bool:
        """
        Whether the server spoke of more mail with its answer to a command: it does not say so again in IDLE. One that says the same
        with every answer is believed once.
        """
        count = self._client.take_count()
        is_news = count is not None and count != self._told
        self._told = count or self._told
        return is_news

    def _bodies(self, uids: Iterable[int], asked: str, key: bytes, most_bytes: int) -> dict[int, bytes]:
        wanted = set(uids)
        if not wanted:
            return {}
        with self._asking(seconds=FETCH_SECONDS, size=most_bytes):
            found: Mapping[int, Mapping[bytes, Any]] = self._client.fetch(sorted(wanted), [asked])
            return {uid: bytes(data[key]) for uid, data in found.items() if uid in wanted and data.get(key) is not None}

    def _move(self, uids: list[int], folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
        else:
            self._client.copy(uids, folder)
            self._client.delete_messages(uids, silent=True)
            self._expunge(uids)

    def _expunge(self, uids: list[int]) -> None:
        if self._client.has_capability("UIDPLUS"):  # without it, what others marked would go too
            self._client.uid_expunge(uids)

    def _require_folder(self, name: str) -> None:
        if self._client.folder_exists(name):
            return
        names = [str(one) for _flags, _delimiter, one in self._client.list_folders()]
        listed = ", ".join(names[:MOST_FOLDERS_NAMED]) + (" …" if len(names) > MOST_FOLDERS_NAMED else "")
        words = _("There is no folder “%(name)s”. There are: %(names)s.")
        raise MailboxProblem("folder", words % {"name": name, "names": listed})

    @contextlib.contextmanager
    def _asking(self, step: str = "server", *, seconds: float = COMMAND_SECONDS, size: int = 0) -> Iterator[None]:
        self._client.allow(size)
        try:
            with self._deadline.within(seconds):
                yield
        except Exception as error:
            raise explained(error, self._server, step) from error


@contextlib.contextmanager
def opened(server: Server, folder: str, done_folder: str = "") -> Iterator[Folder]:
    """The folder of that name, signed in to and selected. Raises MailboxProblem, naming what is wrong."""
    deadline = Deadline()
    client: _Client | None = None
    try:
        try:
            with deadline.within(CONNECT_SECONDS * 2):
                client = _connected(server, deadline)
            found = Folder(client, deadline, server)
            found.select(folder, done_folder)
        except Exception as error:
            raise explained(error, server) from error
        yield found
    finally:
        if client is not None:
            _leave(client, deadline)
        deadline.close()


def _connected(server: Server, deadline: Deadline) -> _Client:
    client = _Client(server, deadline)
    try:
        _protect(client, server)
        _sign_in(client, server)
    except BaseException:
        with contextlib.suppress(Exception):
            client.shutdown()
        raise
    return client


def _protect(client: _Client, server: Server) -> None:
    if server.security is Security.STARTTLS:
        if not client.has_capability("STARTTLS"):
            words = _("%(place)s does not offer STARTTLS, which is required. Use another port or protection.")
            raise MailboxProblem("tls", words % {"place": server.place})
        client.starttls(tls_context())
    if server.security is Security.NONE and client.has_capability("LOGINDISABLED"):
        words = _("%(place)s takes no password without TLS. Choose STARTTLS or TLS.")
        raise MailboxProblem("tls", words % {"place": server.place})


def _sign_in(client: _Client, server: Server) -> None:
    try:
        if server.sign_in is SignIn.OAUTH2:
            client.oauth2_login(server.user, access_token(server))
        else:
            client.login(server.user, server.secret)
    except (IMAPClientError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        forget_token(server)
        words = _("%(host)s does not accept the name and password: %(said)s")
        raise MailboxProblem("login", words % {"host": server.host, "said": said(error)}) from error


def _leave(client: _Client, deadline: Deadline) -> None:
    with contextlib.suppress(Exception):
        if not deadline.passed:
            with deadline.within(2.0):
                client.logout()
    with contextlib.suppress(Exception):
        client.shutdown()


def _is_news(answer: Any) -> bool:
    """Whether what a server said by itself may mean new mail. `* OK Still here` does not."""
    return isinstance(answer, tuple) and len(answer) > 1 and answer[1] in (b"EXISTS", b"RECENT", b"EXPUNGE")
