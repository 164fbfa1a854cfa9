"""A real web server in a thread, and browsers that hold a stream open, as small as they can be."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module

import uvicorn
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from onhand.staff.models import Representative
from onhand.web.live.hub import Hub
from onhand.web.live.stream import LiveStreams


def signed_in(person: Representative) -> str:
    """The key of a new session of this person."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


class Server(uvicorn.Server):
    """Ends its streams when it begins to stop, as the web process does."""

    leaving: contextlib.AsyncExitStack

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.leaving = contextlib.AsyncExitStack()
        await self.leaving.enter_async_context(self.config.app.lifespan())  # type: ignore[union-attr]
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.leaving.aclose()
        await super().shutdown(sockets)


class Web:
    """The server, its hub and its address."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.browsers: list[Browser] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        config = uvicorn.Config(LiveStreams(self.hub), lifespan="off", log_config=None, timeout_graceful_shutdown=5)
        self.server = Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve(sockets=[self.door])), daemon=True)

    def stop(self) -> float:
        """Stop the server; returns the seconds it took."""
        begun = time.monotonic()
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()
        return time.monotonic() - begun


@contextlib.contextmanager
def web_running() -> Iterator[Web]:
    """A web server that listens to the database."""
    web = Web()
    web.thread.start()
    wait_until(lambda: web.hub.is_listening)
    try:
        yield web
    finally:
        for browser in web.browsers:
            browser.close()
        web.stop()


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until the condition holds; fail after `seconds`."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)


class Browser:
    """One open stream."""

    def __init__(self, web: Web, session: str, topics: str, host: str = "127.0.0.1", method: str = "GET") -> None:
        self.socket = socket.create_connection(("127.0.0.1", web.port), timeout=5)
        web.browsers.append(self)
        request = f"{method} /live?topics={topics} HTTP/1.1\r\nHost: {host}\r\nCookie: {settings.SESSION_COOKIE_NAME}={session}\r\n\r\n"
        self.socket.sendall(request.encode())
        self.received = b""
        self.status = int(self.until(b"\r\n").split()[1])
        if self.status == 200:
            self.until(b": open\n\n")

    def until(self, mark: bytes, seconds: float = 5) -> bytes:
        """Everything up to and with `mark`."""
        self.socket.settimeout(seconds)
        while mark not in self.received:
            part = self.socket.recv(4096)
            if not part:
                raise ConnectionError("the server closed the stream")
            self.received += part
        found, _mark, self.received = self.received.partition(mark)
        return found + mark

    def hint(self, seconds: float = 3) -> str:
        """The topics of the next hint, as the page gets them."""
        self.until(b"event: hint\ndata: ", seconds)
        return self.until(b"\n\n").decode().strip()

    def hears_nothing(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        with contextlib.suppress(TimeoutError):
            self.hint(seconds)
            return False
        return True

    def is_closed(self, seconds: float = 5) -> bool:
        """Whether the server ends the stream within this time."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(4096):
                pass
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Close it, as a closed tab does."""
        self.socket.close()
