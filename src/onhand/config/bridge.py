"""Django's synchronous handler inside an ASGI server: one thread hop a request.

Django's own ASGI handler hops between threads for each middleware, several times slower for the same page. Here a
request runs whole in one thread of a small pool; live streams never come here, they are coroutines of their own.
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
IN_MEMORY = 256 * 1024  # bytes of a request body kept in memory before it goes to a temporary file
CHUNK = 64 * 1024


class TooLargeError(Exception):
    """The request body is larger than accepted."""


class Bridge:
    """An ASGI application that answers with a WSGI application in a pool of threads."""

    def __init__(
        self, wsgi: Callable[..., Iterable[bytes]], *, threads: int, largest_body: int, behind_proxy: bool = False
    ) -> None:
        self.wsgi = wsgi
        self.behind_proxy = behind_proxy
        self.largest_body = largest_body
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        with contextlib.ExitStack() as stack:
            body = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
            try:
                if not await self._read(scope, receive, body):  # the browser went away
                    return
            except TooLargeError:
                await _plain(send, 413, b"The request is too large.")
                return
            environ = wsgi_environment(scope, body)
            if self.behind_proxy:
                environ["REMOTE_ADDR"] = nearest_client(environ)
            await self._answer(environ, send)

    async def _read(self, scope: Scope, receive: Receive, body: "tempfile.SpooledTemporaryFile[bytes]") -> bool:
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > self.largest_body:
            raise TooLargeError
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            part = message.get("body", b"")
            size += len(part)
            if size > self.largest_body:
                raise TooLargeError
            body.write(part)
            if not message.get("more_body"):
                body.seek(0)
                return True

    async def _answer(self, environ: dict[str, Any], send: Send) -> None:
        loop = asyncio.get_running_loop()
        status, headers, chunks = await loop.run_in_executor(self.pool, self._call, environ)
        try:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            if isinstance(chunks, bytes):
                await send({"type": "http.response.body", "body": chunks})
                return
            parts = iter(chunks)
            while (part := await loop.run_in_executor(self.pool, next, parts, None)) is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            close = getattr(chunks, "close", None)
            if close:
                await loop.run_in_executor(self.pool, close)

    def _call(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes | Iterable[bytes]]:
        """In a thread: run the request. A plain page comes back whole, a stream or file as its chunks."""
        started: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            started[:] = [(int(status[:3]), encoded)]

        result = self.wsgi(environ, start_response)
        status, headers = started[0]
        if getattr(result, "streaming", False):
            return status, headers, result
        try:
            return status, headers, b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close:
                close()


def wsgi_environment(scope: Scope, body: "tempfile.SpooledTemporaryFile[bytes] | IO[bytes]") -> dict[str, Any]:
    """The WSGI environment of an ASGI request (PEP 3333): text is bytes decoded as latin-1."""
    host, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _FileChunks,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if "_" in name:  # would be mistaken for the header with a dash, which a proxy may have checked
            continue
        key = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}.get(name)
        key = key or f"HTTP_{name.upper().replace('-', '_')}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    if "CONTENT_LENGTH" not in environ:  # a chunked body: its length is known now
        environ["CONTENT_LENGTH"] = str(body.seek(0, 2))
        body.seek(0)
    return environ


def nearest_client(environ: dict[str, Any]) -> str:
    """The address the proxy in front saw. Entries further left were written by the client, who may lie."""
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rsplit(",", 1)[-1].strip()
    return forwarded or str(environ["REMOTE_ADDR"])


class _FileChunks:
    """What Django hands back for a file answer: read in pieces, never whole."""

    streaming = True

    def __init__(self, file: IO[bytes], size: int = CHUNK) -> None:
        self.file = file
        self.size = max(size, CHUNK)

    def __iter__(self) -> "_FileChunks":
        return self

    def __next__(self) -> bytes:
        part = self.file.read(self.size)
        if not part:
            raise StopIteration
        return part

    def close(self) -> None:
        """Close the file when the answer is sent or the browser is gone."""
        close = getattr(self.file, "close", None)
        if close:
            close()


async def _plain(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
