"""The one web application: live streams and MCP as coroutines, everything else by the bridge to Django's pages.

``COROUTINES`` names ASGI applications by their address. They are imported when first asked for, so that a start does
not wait for what most people never open. An application may have a ``lifespan`` (an async context manager); it is
entered before its first request and left when the server stops.
"""

import asyncio
import contextlib
import importlib
import os
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onhand.config.settings")

from django.core.wsgi import get_wsgi_application

from onhand.config.bridge import Bridge, Receive, Scope, Send
from onhand.config.environment import environment

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

COROUTINES: dict[str, str] = {
    "/live": "onhand.web.live.stream:serve",
    "/mcp": "onhand.web.api.mcp:application",
}


class Web:
    """Chooses, by address, between the coroutines and the bridge."""

    def __init__(self, bridge: Application, coroutines: dict[str, str]) -> None:
        self.bridge = bridge
        self.coroutines = coroutines
        self.loaded: dict[str, Application] = {}
        self.loading = asyncio.Lock()
        self.lifespans = contextlib.AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection of any kind."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        target = self._target(scope["path"])
        if target:
            application = self.loaded.get(target) or await self._load(target)
            await application(scope, receive, send)
        elif scope["type"] == "http":
            await self.bridge(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def leave(self) -> None:
        """End the streams: to be awaited when the server begins to stop, as it then waits for open connections."""
        await self.lifespans.aclose()

    def _target(self, path: str) -> str | None:
        for prefix, target in self.coroutines.items():
            if path == prefix or path.startswith(prefix.rstrip("/") + "/"):
                return target
        return None

    async def _load(self, target: str) -> Application:
        async with self.loading:
            if target not in self.loaded:
                module, name = target.split(":")
                application: Any = getattr(await asyncio.to_thread(importlib.import_module, module), name)
                lifespan = getattr(application, "lifespan", None)
                if lifespan:
                    await self.lifespans.enter_async_context(lifespan())
                self.loaded[target] = application
        return self.loaded[target]

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.lifespans.aclose()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


application = Web(
    Bridge(
        get_wsgi_application(),
        threads=environment().web_threads,
        largest_body=environment().upload_megabytes * 2**20,
        behind_proxy=environment().behind_proxy,
    ),
    COROUTINES,
)
