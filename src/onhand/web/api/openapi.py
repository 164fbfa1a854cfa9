"""The OpenAPI 3.1 description: the operations that read as ninja describes them, and every registered act with its own arguments."""

import json
from copy import deepcopy
from functools import lru_cache
from typing import Any

from django.utils import translation
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from pydantic.json_schema import models_json_schema

from onhand.kernel.acts import Act, all_acts
from onhand.web.api.bulk_schemas import BulkCustomers, BulkRows
from onhand.web.api.money_schemas import BulkUsage
from onhand.web.api.schemas import ActDone, ActRequest, ApprovalShown, Error

REFERENCE = "#/components/schemas/{model}"
READING = {
    400: "The request cannot be read",
    401: "No valid token",
    403: "Not allowed",
    404: "Not there, or not to be seen by you",
    422: "A field is at fault",
    429: "Too many requests; Retry-After says when to try again",
    503: "The database does not answer",
}
ACTING = READING | {
    403: "Your role, a licence, the customer's identification or the guidelines do not allow it",
    409: "The subject changed meanwhile, is busy, or the idempotency key was used for another request",
    410: "The subject's personal data was erased: nothing can be done on it any more",
    413: "The body is too large",
    415: "The body is not JSON in UTF-8",
    422: "An argument is at fault, or the act makes no sense for the subject as it is",
}
SENT = (BulkCustomers, BulkRows, BulkUsage)
SECURITY: list[dict[str, list[str]]] = [{"ApiToken": []}, {"SignedInBrowser": []}]
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Your name for this request. The same key with the same request never acts twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
}


def document(api: NinjaAPI, prefix: str) -> dict[str, Any]:
    """The description of everything under `prefix`. The same acts always give the same text, in English."""
    return deepcopy(_document(api, prefix, tuple(all_acts())))


@lru_cache(maxsize=4)
def _document(api: NinjaAPI, prefix: str, acts: tuple[Act, ...]) -> dict[str, Any]:
    with translation.override(None):
        described: dict[str, Any] = json.loads(json.dumps(OpenAPISchema(api, prefix), default=str))
        schemas: dict[str, Any] = described["components"]["schemas"]
        schemas |= _shared_schemas()
        for operations in described["paths"].values():
            for operation in operations.values():
                operation["responses"] = errors_of(READING) | operation["responses"]
        for act in acts:
            _add_act(described["paths"], schemas, prefix, act)
    described["tags"] = [
        {"name": name}
        for name in ("acts", "caller", "cases", "contacts", "customers", "events", "import", "money", "work")
    ]
    described["components"]["schemas"] = dict(sorted(schemas.items()))
    described["paths"] = dict(sorted(described["paths"].items()))
    return described


def _shared_schemas() -> dict[str, Any]:
    answers: list[tuple[Any, Any]] = [
        (Error, "serialization"),
        (ActDone, "serialization"),
        (ApprovalShown, "serialization"),
    ]
    _map, found = models_json_schema([*answers, *((one, "validation") for one in SENT)], ref_template=REFERENCE)
    shared: dict[str, Any] = found["$defs"]
    return shared


def _add_act(paths: dict[str, Any], schemas: dict[str, Any], prefix: str, act: Act) -> None:
    name = act.arguments_model.__name__
    arguments = act.arguments_model.model_json_schema(ref_template=REFERENCE)
    for inner, schema in arguments.pop("$defs", {}).items():
        schemas[f"{inner}"] = schema
    schemas[name] = arguments
    request_name = name.removesuffix("Arguments") + "Request"
    schemas[request_name] = _request(act, name)
    address = f"/{prefix}acts/{act.name}"
    operation_id = act.name.replace(".", "_")
    paths[address] = {"post": _operation(act, operation_id, str(act.label), act.doc, request_name)}
    told = f"What this would do, with the guidelines' answer; nothing is changed.\n\n{act.doc}"
    preview = _operation(act, f"preview_{operation_id}", f"{act.label}: preview", told, request_name, is_preview=True)
    paths[f"{address}/preview"] = {"post": preview}


def _request(act: Act, arguments: str) -> dict[str, Any]:
    schema = ActRequest.model_json_schema(ref_template=REFERENCE)
    schema["properties"]["arguments"] = {"$ref": REFERENCE.format(model=arguments)}
    required = ["subject_id"] if not act.creates else []
    if any(field.required for field in act.fields):
        required.append("arguments")
    schema["title"] = f"{act.label}: request"
    schema["required"] = required
    if not act.creates:
        schema["properties"]["subject_id"] = {
            "type": "integer",
            "minimum": 1,
            "maximum": 2**63 - 1,
            "description": f"The {act.subject} it is done to.",
        }
    return schema


def _operation(
    act: Act, operation_id: str, summary: str, description: str, request: str, *, is_preview: bool = False
) -> dict[str, Any]:
    done = {"schema": {"$ref": REFERENCE.format(model="ActDone")}}
    asked = {"schema": {"$ref": REFERENCE.format(model="ApprovalShown")}}
    answers: dict[str, Any] = {"200": {"description": "Done", "content": {"application/json": done}}}
    if not is_preview:
        words = "It needs approval and was asked for, with `ask`: read the approval again"
        answers["202"] = {"description": words, "content": {"application/json": asked}}
    return {
        "operationId": operation_id,
        "summary": summary,
        "description": description,
        "tags": ["acts"],
        "security": SECURITY,
        "parameters": [IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REFERENCE.format(model=request)}}},
        },
        "responses": answers | errors_of(ACTING),
        "x-permission": act.permission,
    }


def errors_of(statuses: dict[int, str]) -> dict[str, Any]:
    """Answers that are errors, as OpenAPI describes them."""
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(model="Error")}}}
    found: dict[str, Any] = {}
    for status, description in sorted(statuses.items()):
        found[str(status)] = {"description": description, "content": content}
    found["401"]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}
    found["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True}}
    return found
