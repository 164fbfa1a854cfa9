"""What people see when a request cannot be answered: what happened, what was kept, what to do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token


def _page(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    known = {"trace": getattr(request, "request_id", ""), "detail": detail}
    return render(request, f"errors/{status}.html", known, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """400: the request could not be read."""
    return _page(request, 400)


@requires_csrf_token
def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """403: the person's role does not allow it."""
    return _page(request, 403)


@requires_csrf_token
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form that did not come from our own page, or whose page was open for too long."""
    return _page(request, 400)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """404: there is nothing, or it is not for this person's eyes."""
    return _page(request, 404)


@requires_csrf_token
def too_many(request: HttpRequest) -> HttpResponse:
    """429: too many attempts; nothing is looked at, not even a right password."""
    answer = _page(request, 429)
    answer.headers["Retry-After"] = "300"
    return answer


def unavailable(request: HttpRequest, detail: str) -> HttpResponse:
    """503: something this machine lacks; `detail` says what."""
    return _page(request, 503, detail)


def failed(request: HttpRequest) -> HttpResponse:
    """500: our own mistake. Asks nothing of the database, which may be the reason."""
    known = {"user": None, "trace": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("errors/500.html", known), status=500)
