"""Callers with tokens, and the whole application behind a real server. Django is not loaded yet when this is imported."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.factories.callers import Caller


@pytest.fixture
def make_caller() -> "Callable[..., Caller]":
    """Makes callers with roles of their own."""

    from django.test import Client

    from tests.factories.callers import Caller, make_representative, make_token

    def make(email: str = "ana@example.com", *, token: dict[str, Any] | None = None, **role: Any) -> "Caller":
        return Caller(make_token(make_representative(email, **role), **(token or {})), Client())

    return make


@pytest.fixture
def caller(db: None, make_caller: "Callable[..., Caller]") -> "Caller":
    """Somebody who may do everything."""
    return make_caller()


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The whole application behind uvicorn on a free port; gives its address."""
    import uvicorn
    from django.conf import settings

    from onhand.config import asgi

    web = asgi.Web(asgi.application.bridge, asgi.COROUTINES)
    server = uvicorn.Server(uvicorn.Config(web, host="127.0.0.1", port=0, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    trusted, settings.CSRF_TRUSTED_ORIGINS = settings.CSRF_TRUSTED_ORIGINS, [address]
    try:
        yield address
    finally:
        settings.CSRF_TRUSTED_ORIGINS = trusted
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The running application on a database of its own."""
    with running() as address:
        yield address
