"""What a program is told when a request is not answered: one form for every error."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.translation import gettext as _

from onhand.kernel.errors import ActError

log = structlog.get_logger(__name__)
View = Callable[..., HttpResponse]


class RequestError(ActError):
    """A request that could not be read or answered, told in the same form as an act that was not done."""


class BadRequest(RequestError):
    code = "bad_request"
    status = 400


class NotSignedIn(RequestError):
    code = "not_signed_in"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            _("Send a valid API token: “Authorization: Bearer …”. Yours may have expired or been revoked.")
        )


class CsrfFailed(RequestError):
    code = "csrf_failed"
    status = 403

    def __init__(self) -> None:
        super().__init__(_("A signed-in browser must send the X-CSRFToken header. Programs use an API token."))


class PasswordNeeded(RequestError):
    code = "password_needed"
    status = 403

    def __init__(self) -> None:
        super().__init__(_("Do this in the settings, which ask for the password first. Programs use an API token."))


class OriginRefused(RequestError):
    code = "origin_refused"
    status = 403

    def __init__(self) -> None:
        super().__init__(_("Pages of other sites may not ask here."))


class WrongHost(RequestError):
    code = "wrong_host"
    status = 421

    def __init__(self) -> None:
        super().__init__(_("This name is not one of ours. Add it to the setting ONHAND_HOSTS."))


class NoSuchAddress(RequestError):
    code = "not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is nothing at this address."))


class MethodNotAllowed(RequestError):
    code = "method_not_allowed"
    status = 405

    def __init__(self) -> None:
        super().__init__(_("This address does not take that method."))


class BodyTooLarge(RequestError):
    code = "too_large"
    status = 413

    def __init__(self, most: int) -> None:
        super().__init__(_("The request body is too large: at most %(most)s bytes.") % {"most": most})


class WrongContentType(RequestError):
    code = "wrong_content_type"
    status = 415

    def __init__(self) -> None:
        super().__init__(_("Send JSON in UTF-8, with “Content-Type: application/json”."))


class FieldsInvalid(RequestError):
    """Parts of the request that cannot be read; `fields` names each with what is wrong."""

    code = "request_invalid"
    status = 422

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(_("Please correct what is marked."), fields=fields)


class TooManyRequests(RequestError):
    """The caller's rate is used up; `wait` is in seconds."""

    code = "too_many_requests"
    status = 429

    def __init__(self, wait: int) -> None:
        super().__init__(_("Too many requests. Try again in %(wait)s s.") % {"wait": wait})
        self.wait = wait


class Unavailable(RequestError):
    code = "unavailable"
    status = 503

    def __init__(self) -> None:
        super().__init__(_("The database does not answer right now. Try again in a moment."))


def answer(error: ActError) -> HttpResponse:
    """The error as an HTTP answer, with the headers its status asks for."""
    response = JsonResponse(error.as_json(), status=error.status)
    if isinstance(error, NotSignedIn):
        response["WWW-Authenticate"] = 'Bearer realm="onhand"'
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.wait)
    if isinstance(error, Unavailable):
        response["Retry-After"] = "1"
    return response


def in_one_form(view: View) -> View:
    """Make every answer of a view one a program can read: also a method not taken, a lost database, and our own mistakes."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except (OperationalError, InterfaceError):
            log.exception("database_unavailable", path=request.path)
            return answer(Unavailable())
        except Exception:
            got_request_exception.send(sender=None, request=request)
            log.exception("request_failed", path=request.path)
            failed = {"code": "server_error", "message": _("Something went wrong on our side."), "fields": {}}
            return JsonResponse(failed, status=500)
        if isinstance(response, HttpResponseNotAllowed):
            refused = answer(MethodNotAllowed())
            refused["Allow"] = response["Allow"]
            return refused
        response.headers.setdefault("Cache-Control", "no-store")  # customers' data, also shown-once secrets
        return response

    return wrapped
