"""Reading what programs send: JSON by the letter, bounded in size and depth."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ValidationError

from onhand.kernel.fields import clean_text
from onhand.kernel.messages import field_message
from onhand.web.api.errors import BadRequest, BodyTooLarge, FieldsInvalid, WrongContentType

M = TypeVar("M", bound=BaseModel)
LARGEST_BODY = 1024 * 1024  # bytes; acts carry no files
DEEPEST = 32  # levels of objects and lists; acts need three
_KEY = re.compile(r"[\x21-\x7e]{1,100}")


def read_body(request: HttpRequest, *, most: int = LARGEST_BODY) -> dict[str, Any]:
    """The body's JSON object; raises WrongContentType, BodyTooLarge or BadRequest."""
    encoding = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    if request.content_type != "application/json" or encoding.lower() not in {"utf-8", "utf8"}:
        raise WrongContentType
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:
        raise BodyTooLarge(most)
    return read_object(request.body)


def read_object(body: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8; raises BadRequest where it is not one, has NaN or Infinity, or nests too deep."""
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadRequest(_("The body is not valid JSON in UTF-8.")) from None
    if not isinstance(found, dict):
        raise BadRequest(_("The body must be a JSON object."))
    if _depth(found) > DEEPEST:
        raise BadRequest(_("The body nests too deep."))
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        current, level = waiting.pop()
        if not isinstance(current, dict | list):
            continue
        deepest = max(deepest, level)
        if level > DEEPEST:
            break
        inner = current.values() if isinstance(current, dict) else current
        waiting += [(part, level + 1) for part in inner]
    return deepest


def read_as(model: type[M], raw: Mapping[str, Any]) -> M:
    """What was sent, as `model`; raises FieldsInvalid naming every field at fault."""
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_input=False):
            name = str(problem["loc"][0]) if problem["loc"] else "body"
            fields.setdefault(name, []).append(field_message(problem))
        raise FieldsInvalid(fields) from None


def idempotency_key(request: HttpRequest) -> str | None:
    """The Idempotency-Key header, if sent; raises FieldsInvalid unless it is 1 to 100 visible ASCII characters."""
    return check_key(request.headers.get("Idempotency-Key"), "Idempotency-Key")


def check_key(key: str | None, field: str) -> str | None:
    """The key itself; raises FieldsInvalid unless it is none, or 1 to 100 visible ASCII characters."""
    if key is not None and not _KEY.fullmatch(key):
        raise FieldsInvalid({field: [_("Give 1 to 100 visible ASCII characters, such as a UUID.")]})
    return key


def _one_line(text: str) -> str:
    return clean_text(text, many_lines=False)


OneLine = AfterValidator(_one_line)
