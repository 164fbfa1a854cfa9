"""Catalogue, orders and what else is registered, many rows at once: brought in by outside id, and listed."""

from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from onhand.customers.imports.kinds import Bringing, ImportKind, all_kinds, find_going_out, find_kind
from onhand.customers.imports.programs import bring_in_for_program
from onhand.customers.imports.taking_out import csv_of, list_rows
from onhand.customers.intake.upsert import OnMatch
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.web.api.bulk_schemas import BulkRows
from onhand.web.api.callers import caller
from onhand.web.api.openapi import ACTING, IDEMPOTENCY_KEY, REFERENCE, errors_of
from onhand.web.api.reading import idempotency_key, read_as, read_body

router = Router(tags=["import"])
LARGEST_BODY = 8 * 1024 * 1024  # bytes


class KindField(Schema):
    name: str
    label: str
    is_needed: bool


class Kind(Schema):
    """A kind of rows, with its fields."""

    name: str
    label: str
    fields: list[KindField]


class KindRowAnswer(Schema):
    """What became of one row."""

    index: int
    outside_id: str | None
    status: Literal["created", "updated", "unchanged", "skipped", "error"]
    id: int | None
    fields: dict[str, list[str]] = Field(description="With `error`: the fields at fault, and how to mend them.")


class KindAnswer(Schema):
    """What became of every row, and how many of each kind."""

    created: int
    updated: int
    unchanged: int
    skipped: int
    errors: int
    is_replay: bool
    results: list[KindRowAnswer]


class Listed(Schema):
    """A page of rows as they can be brought in again, each with our `id`; `next` goes into `after` for those that follow."""

    rows: list[dict[str, str | int]]
    next: int | None


class ListAsked(Schema):
    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, le=LARGEST_INTEGER)
    most: int = Field(default=500, ge=1, le=1_000)
    system: Annotated[str, Field(max_length=60)] = Field(
        default="", description="Give outside ids of this system along."
    )
    format: Literal["json", "csv"] = "json"


def _kind(name: str) -> ImportKind:
    found = find_kind(name)
    if found is None:
        raise SubjectNotFound
    return found


@router.get("/import", response=list[Kind], operation_id="list_import_kinds", summary="What can be brought in")
def list_import_kinds(request: HttpRequest) -> list[Kind]:
    """The kinds of rows you may bring in, in the order they are best brought in. Customers have `/customers/bulk`."""
    actor = caller(request)
    return [
        Kind(
            name=one.name,
            label=str(one.label),
            fields=[KindField(name=f.name, label=str(f.label), is_needed=f.name in one.needs) for f in one.fields],
        )
        for one in all_kinds()
        if actor.may(one.permission)
    ]


@router.post(
    "/import/{kind}",
    response=KindAnswer,
    operation_id="bring_in_rows",
    summary="Bring in many rows of one kind, or bring them up to date",
    openapi_extra={
        "parameters": [IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REFERENCE.format(model="BulkRows")}}},
        },
        "responses": errors_of(ACTING),
    },
)
def bring_in_rows(request: HttpRequest, kind: str) -> KindAnswer:
    """
    Up to 1,000 rows in one request and one transaction. Each is found again by `outside_id`, else by its own key, such as an article
    number. Each row has its own answer, and one at fault stops no other.
    """
    found = _kind(kind)
    asked = read_as(BulkRows, read_body(request, most=LARGEST_BODY))
    bringing = Bringing(caller(request), timezone.now(), asked.system, on_match=OnMatch(asked.on_match))
    answered = bring_in_for_program(found, asked.rows, bringing, dry=asked.dry, key=idempotency_key(request))
    counts = {name: sum(row["status"] == name for row in answered.rows) for name in ("created", "updated", "unchanged")}
    return KindAnswer(
        **counts,
        skipped=sum(row["status"] == "skipped" for row in answered.rows),
        errors=sum(row["status"] == "error" for row in answered.rows),
        is_replay=answered.is_replay,
        results=[KindRowAnswer(**row) for row in answered.rows],
    )


@router.get("/export/{kind}", response=Listed, operation_id="take_out_rows", summary="List what there is of one kind")
def take_out_rows(request: HttpRequest, kind: str, asked: Query[ListAsked]) -> Any:
    """Rows in the form they are brought in, a page at a time by id; with `format=csv` all of them as one file."""
    found, actor = find_going_out(kind), caller(request)
    if found is None:
        raise SubjectNotFound
    if asked.format == "csv":
        lines = csv_of(found, actor, at=timezone.now(), system=asked.system)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{found.name}.csv"'
        return cast("HttpResponse", answer)
    rows = list_rows(found, actor, at=timezone.now(), after=asked.after, most=asked.most, system=asked.system)
    following = rows[-1][0] if len(rows) == asked.most else None
    return Listed(rows=[{"id": pk, **row} for pk, row in rows], next=following)
