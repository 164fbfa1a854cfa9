"""Middleware around every answer: a name for the request, its measurement, and what the browser may load."""

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from django.http import HttpRequest, HttpResponse

from onhand.config import measures

Next = Callable[[HttpRequest], HttpResponse]
GOOD_NAME = re.compile(r"^[0-9A-Za-z._-]{8,64}$")
POLICY: Mapping[str, Sequence[str]] = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "media-src": ["'self'", "blob:"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}
PERMISSIONS = (
    "camera=(), geolocation=(), payment=(), usb=(), microphone=(self), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)
SECRET_IN_PATH = frozenset({"account_reset_password_from_key", "surveys:answer", "surveys:no_more"})
log = structlog.get_logger("onhand.request")


def content_policy(extra: Mapping[str, Sequence[str]] | None = None) -> str:
    """The policy as a header, with further sources for the named directives."""
    given = dict(extra or {})
    rules = {name: [*POLICY.get(name, ()), *given.get(name, ())] for name in (*POLICY, *(given.keys() - POLICY.keys()))}
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def allow(response: HttpResponse, directive: str, *sources: str) -> None:
    """Let this one answer use more sources, for example ``form-action`` towards a single sign-on provider."""
    extra: dict[str, list[str]] = getattr(response, "content_policy", {})
    extra.setdefault(directive, []).extend(sources)
    response.content_policy = extra  # type: ignore[attr-defined]


class ContentPolicy:
    """Puts the content policy and the permissions policy on every answer that has none of its own."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.plain = content_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with the headers set."""
        response = self.get_response(request)
        extra = getattr(response, "content_policy", None)
        response.headers.setdefault("Content-Security-Policy", content_policy(extra) if extra else self.plain)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class RequestNames:
    """Gives each request a name that is in its log lines and in its answer, so that a person can quote it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; the name asked for by a proxy is kept if it looks like one."""
        asked = request.headers.get("X-Request-Id", "")
        name = asked if GOOD_NAME.match(asked) else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=name)
        request.request_id = name  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request")
        response.headers["X-Request-Id"] = name
        return response


def told_path(request: HttpRequest) -> str:
    """The path for a log line. The key of a link to set a password is left out: who reads the log could use it."""
    match = request.resolver_match
    if match and match.view_name in SECRET_IN_PATH:
        for value in match.kwargs.values():
            return request.path.partition(str(value))[0] + "…"
    return request.path


class Measure:
    """Counts requests and their time for /metrics, and writes one log line for each that is not a file."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, measured."""
        begun = time.perf_counter()
        response = self.get_response(request)
        took = time.perf_counter() - begun
        match = request.resolver_match
        route = (match.view_name or match.route) if match else "none"
        measures.count_request(request.method or "", route, response.status_code, took)
        if match and route not in {"healthz", "readyz", "metrics"}:
            write = log.warning if response.status_code >= 500 else log.info
            write(
                "request",
                method=request.method,
                path=told_path(request),
                status=response.status_code,
                ms=round(took * 1000, 1),
            )
        return response
