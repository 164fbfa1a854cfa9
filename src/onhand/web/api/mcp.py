"""
The MCP door: streamable HTTP at /mcp, without sessions, for the holders of API tokens.

Imported when first asked for: the SDK takes more than a second and 25 MB, and most installations never open this door.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.http.request import split_domain_port, validate_host
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, TextContent

from onhand.kernel.actor import Actor, Via
from onhand.kernel.errors import ActError
from onhand.web.api.callers import actor_with
from onhand.web.api.errors import (
    MethodNotAllowed,
    NotSignedIn,
    OriginRefused,
    TooManyRequests,
    Unavailable,
    WrongHost,
)
from onhand.web.api.reading import LARGEST_BODY
from onhand.web.api.tools import call_tool, list_tools

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
T = TypeVar("T")

THREADS = 4
ACTOR = "onhand.actor"
INSTRUCTIONS = """\
Onhand is a customer service centre. find_customers and read_customer show what you may see; the other tools are acts on a
customer's file, done in your name and recorded. Try an act with preview first where it matters: it says what would change and
whether the guidelines allow it. Where an act needs approval, call it with ask: it is kept until a person answers, and done if they
allow it; read_approval says how it stands. Where a procedure guides a request or complaint, go through it: find_procedures,
procedures-begin_procedure, then read_procedure_run says each time what is next. Send the version you read, and an idempotency_key
of your own for anything you may have to repeat."""
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mcp")


async def _in_thread(function: Callable[[], T]) -> T:
    """Run something that uses the database outside the event loop."""

    def run() -> T:
        try:
            return function()
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


def _actor(context: ServerRequestContext[Any, Any]) -> Actor:
    request: Any = context.request
    actor: Actor = request.scope[ACTOR]
    return actor


async def _list_tools(
    context: ServerRequestContext[Any, Any], _params: PaginatedRequestParams | None
) -> ListToolsResult:
    actor = _actor(context)
    return ListToolsResult(tools=await _in_thread(lambda: list_tools(actor)))


async def _call_tool(context: ServerRequestContext[Any, Any], params: CallToolRequestParams) -> CallToolResult:
    actor = _actor(context)
    answer, failed = await _in_thread(lambda: call_tool(actor, params.name, params.arguments or {}))
    text = TextContent(type="text", text=json.dumps(answer, ensure_ascii=False))
    return CallToolResult(content=[text], structured_content=answer, is_error=failed)


class Door:
    """An ASGI application: checks host, origin and token, then hands over to the SDK."""

    def __init__(self) -> None:
        self.manager: StreamableHTTPSessionManager | None = None

    @contextlib.asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Until left, requests are answered. Entering and leaving may happen in different tasks."""
        server: Server[Any] = Server(
            "onhand", version="1", instructions=INSTRUCTIONS, on_list_tools=_list_tools, on_call_tool=_call_tool
        )
        self.manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=LARGEST_BODY
        )
        started, ended = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(_run(self.manager, started, ended))
        await started.wait()
        try:
            yield
        finally:
            ended.set()
            await running
            self.manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            if scope["type"] != "http" or self.manager is None:
                raise Unavailable
            check_place(headers.get("host", ""), headers.get("origin"), scope.get("scheme", "http"))
            actor = await _in_thread(lambda: actor_with(headers.get("authorization", ""), Via.MCP))
            if scope["method"] != "POST":
                raise MethodNotAllowed
        except ActError as error:
            await _refuse(send, error)
            return
        except (OperationalError, InterfaceError):
            await _refuse(send, Unavailable())
            return
        await self.manager.handle_request({**scope, ACTOR: actor}, receive, _never_stored(send))


async def _run(manager: StreamableHTTPSessionManager, started: asyncio.Event, ended: asyncio.Event) -> None:
    # In a task of its own: its task group must be left where it was entered.
    async with manager.run():
        started.set()
        await ended.wait()


def check_place(host: str, origin: str | None, scheme: str) -> None:
    """
    Keep out web pages of others that reach this address through somebody's browser.

    :raises WrongHost: asked for under a name that is not ours.
    :raises OriginRefused: sent by a page that is not ours.
    """
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        raise WrongHost
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    page = urlsplit(origin)
    if (page.scheme, page.netloc) != (scheme, host):
        raise OriginRefused


async def _refuse(send: Send, error: ActError) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    if isinstance(error, NotSignedIn):
        headers.append((b"www-authenticate", b'Bearer realm="onhand"'))
    if isinstance(error, TooManyRequests):
        headers.append((b"retry-after", str(error.wait).encode()))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(error.as_json()).encode()})


def _never_stored(send: Send) -> Send:
    async def add_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                *message["headers"],
                (b"cache-control", b"no-store"),
                (b"x-content-type-options", b"nosniff"),
            ]
        await send(message)

    return add_headers


application = Door()
