"""A program that takes webhooks, as a real HTTP server on loopback, and can be made to behave badly."""

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Got:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


def answering(status: int, body: bytes = b"ok", **headers: str) -> Behaviour:
    """Answer every message so."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def hanging(seconds: float) -> Behaviour:
    """Take the message and say nothing for so long."""

    def behave(_handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)

    return behave


def dripping(seconds: float) -> Behaviour:
    """Answer one byte at a time, for ever: no single wait is long."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.05)

    return behave


def endless(most: int) -> Behaviour:
    """Say yes, and send an answer that does not end."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(most // 65_536):
            handler.wfile.write(b"x" * 65_536)

    return behave


@dataclass
class Receiver:
    """What came, and how it is answered."""

    behave: Behaviour = field(default_factory=lambda: answering(200))
    got: list[Got] = field(default_factory=list)
    context: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append(Got(self.path, headers, body, time.monotonic()))
                try:
                    receiver.behave(self)
                except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                    self.close_connection = True

            do_GET = do_POST  # noqa: N815  (the library calls it so)

            def log_message(self, *_args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        if self.context:
            self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.server.server_port}/hook"

    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in list(self.got)]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
