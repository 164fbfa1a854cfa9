"""The REST interface as one piece: its operations, who may call them, and the form of every error."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from onhand.kernel.errors import ActError
from onhand.kernel.messages import field_message
from onhand.web.api import acts, approvals, bulk, contacts, files, kinds, money, notices, orders, procedures
from onhand.web.api.callers import CALLERS
from onhand.web.api.errors import BadRequest, FieldsInvalid, NoSuchAddress, NotSignedIn, answer

DESCRIPTION = """\
Everything a representative can do, for programs. Send an API token: `Authorization: Bearer onh_…`.

Acts are done with POST and may be tried first with `/preview`. Send an `Idempotency-Key` with every act: repeated after a lost
answer it never acts twice. Send the `version` you last saw: if somebody changed the subject meanwhile you get a 409 instead of
overwriting. Where an act needs approval, send it with `"ask": true`: the answer is 202 with the approval, to be read again. Every
error has the same form: `code` for programs, `message` for people, `fields` for what is wrong where."""

api = NinjaAPI(
    title="Onhand",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    auth=CALLERS,
)
api.add_router("", acts.router)
api.add_router("", approvals.router)
api.add_router("", bulk.router)  # before the files: its addresses would be read as customers' numbers
api.add_router("", kinds.router)
api.add_router("", files.router)
api.add_router("", contacts.router)
api.add_router("", money.router)
api.add_router("", notices.router)
api.add_router("", orders.router)
api.add_router("", procedures.router)


def _act_error(_request: HttpRequest, error: ActError) -> HttpResponse:
    return answer(error)


def _not_signed_in(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return answer(NotSignedIn())


def _unreadable(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields: dict[str, list[str]] = {}
    for problem in error.errors:
        where = [str(part) for part in problem["loc"][1:]]
        fields.setdefault(where[0] if where else str(problem["loc"][0]), []).append(field_message(problem))
    return answer(FieldsInvalid(fields))


def _http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    refused = BadRequest(error.message)
    refused.status = error.status_code
    return answer(refused)


def _missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return answer(NoSuchAddress())


_HANDLERS: dict[type[Exception], Any] = {
    ActError: _act_error,
    AuthenticationError: _not_signed_in,
    ValidationError: _unreadable,
    HttpError: _http_error,
    Http404: _missing,
}
for _error, _handler in _HANDLERS.items():
    api.add_exception_handler(_error, _handler)
