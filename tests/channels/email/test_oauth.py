"""Signing in with tokens: asked for, kept, asked for anew, and taken by Dovecot and an SMTP server."""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from onhand.channels.email import oauth, smtp
from onhand.channels.email.imap import opened
from onhand.channels.email.models import Mailbox
from onhand.channels.email.servers import IMAP_SECRET, OAUTH_SECRET, MailboxProblem, imap_server, smtp_server
from onhand.kernel.locked_texts import lock_text
from tests.channels.email.boxes import letter, make_mailbox
from tests.channels.email.servers import Dovecot, free_ports
from tests.channels.email.test_fetching import take

pytestmark = pytest.mark.django_db


class Provider(ThreadingHTTPServer):
    """Gives tokens for a refresh token, and says of tokens whose they are."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.address = ""
        self.asked: list[dict[str, str]] = []
        self.good = "token-1"
        self.refuses = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        provider = cast("Provider", self.server)
        length = int(self.headers["Content-Length"])
        given = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        provider.asked.append(given)
        if provider.refuses:
            self._say(400, {"error": "invalid_grant", "error_description": "The consent was withdrawn."})
        else:
            self._say(200, {"access_token": provider.good, "expires_in": 3600, "token_type": "Bearer"})

    def do_GET(self) -> None:
        provider = cast("Provider", self.server)
        token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
        if token == provider.good:
            self._say(200, {"email": provider.address, "active": True})
        else:
            self._say(401, {"error": "invalid_token"})

    def _say(self, code: int, what: dict[str, Any]) -> None:
        content = json.dumps(what).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)
    oauth._kept.clear()


def mailbox_of(provider: Provider, **changes: Any) -> Mailbox:
    given: dict[str, Any] = {
        "sign_in": "oauth2",
        "imap_secret": lock_text("refresh-1", IMAP_SECRET),
        "oauth_token_url": f"{provider.url}/token",
        "oauth_client_id": "desk",
        "oauth_client_secret": lock_text("client-secret", OAUTH_SECRET),
        "oauth_scope": "mail",
    }
    box = make_mailbox(**given | changes)
    provider.address = box.address
    return box


def test_a_token_is_asked_for_once_and_anew_when_it_was_not_taken(provider: Provider) -> None:
    server = smtp_server(mailbox_of(provider, smtp_host="x"))
    assert [oauth.access_token(server) for _ in range(3)] == ["token-1"] * 3
    assert provider.asked == [
        {
            "client_id": "desk",
            "client_secret": "client-secret",
            "scope": "mail",
            "grant_type": "refresh_token",
            "refresh_token": "refresh-1",
        }
    ]
    oauth.forget_token(server)
    provider.good = "token-2"
    assert oauth.access_token(server) == "token-2"


def test_a_program_signs_in_by_itself_without_a_refresh_token(provider: Provider) -> None:
    oauth.access_token(smtp_server(mailbox_of(provider, smtp_host="x", imap_secret=b"")))
    assert provider.asked[0]["grant_type"] == "client_credentials"


def test_why_there_is_no_token_is_said(provider: Provider) -> None:
    provider.refuses = True
    with pytest.raises(MailboxProblem, match="The consent was withdrawn") as caught:
        oauth.access_token(smtp_server(mailbox_of(provider, smtp_host="x")))
    assert caught.value.step == "login"
    gone = mailbox_of(provider, smtp_host="x", oauth_token_url="http://127.0.0.1:1/token")
    with pytest.raises(MailboxProblem, match="cannot be asked"):
        oauth.access_token(smtp_server(gone))


class _TakesTokens:
    """An SMTP server that takes XOAUTH2."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.mails = 0

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        user, bearer = b64decode(args[1]).decode().split("\x01")[:2]
        if user == f"user={self.provider.address}" and bearer == f"auth=Bearer {self.provider.good}":
            return AuthResult(success=True)
        await server.push("334 " + "eyJzdGF0dXMiOiI0MDAifQ==")
        await server._reader.readline()
        return AuthResult(success=False, handled=False, message="535 5.7.8 The token is over")

    async def handle_DATA(self, *_given: Any) -> str:  # noqa: N802
        self.mails += 1
        return "250 OK"


def test_smtp_is_signed_in_to_with_a_token_and_one_that_is_over_is_asked_for_anew(provider: Provider) -> None:
    handler = _TakesTokens(provider)
    controller = Controller(handler, hostname="127.0.0.1", port=free_ports(1)[0], auth_require_tls=False)
    controller.start()
    try:
        box = mailbox_of(provider, smtp_host="127.0.0.1", smtp_port=controller.port, smtp_security="none")
        server = smtp_server(box)
        mail = letter("ana@customer.example")
        smtp.send(server, box.address, ["ana@customer.example"], mail)
        oauth._kept[(server.oauth, server.secret)] = ("token-0", oauth._kept[(server.oauth, server.secret)][1])
        with pytest.raises(MailboxProblem, match="The token is over"):
            smtp.send(server, box.address, ["ana@customer.example"], mail)
        smtp.send(server, box.address, ["ana@customer.example"], mail)
    finally:
        controller.stop()
    assert handler.mails == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_dovecot_is_signed_in_to_with_a_token(
    provider: Provider, mail_folder: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Dovecot(mail_folder / "tokens", introspection=f"{provider.url}/introspect?token=")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    server.start()
    try:
        box = mailbox_of(provider, imap_host="localhost", imap_port=server.imaps)
        assert take(box) == 0
        server.doveadm("save", "-u", box.address, text=letter(box.address, "By token"))
        assert take(box) == 1
        provider.good = "token-2"  # the one that is kept is over
        with pytest.raises(MailboxProblem) as caught, opened(imap_server(box), "INBOX"):
            pass
        assert caught.value.step == "login"
        assert take(box) == 0
    finally:
        server.stop()
