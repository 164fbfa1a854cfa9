"""Many customers over REST: brought in or up to date in one request, and taken out as a list."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from ninja import Query, Router

from onhand.customers.bulk import bring_in_rows
from onhand.customers.export import export_customers
from onhand.customers.intake.choices import Unreadable, read_country, read_language
from onhand.customers.intake.reading import Raw, Reading
from onhand.customers.intake.upsert import OnMatch
from onhand.web.api.bulk_schemas import BulkAnswer, BulkCustomers, CustomerRow, TakeOut
from onhand.web.api.callers import caller
from onhand.web.api.errors import FieldsInvalid
from onhand.web.api.openapi import ACTING, IDEMPOTENCY_KEY, REFERENCE, errors_of
from onhand.web.api.reading import idempotency_key, read_as, read_body

router = Router(tags=["customers"])
LARGEST_BODY = 4 * 1024 * 1024  # bytes: a thousand rows with everything there is to say
_REQUEST = {"schema": {"$ref": REFERENCE.format(model="BulkCustomers")}}


@router.post(
    "/customers/bulk",
    response=BulkAnswer,
    operation_id="bring_in_customers",
    summary="Bring in many customers, or bring them up to date",
    openapi_extra={
        "parameters": [IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": {"application/json": _REQUEST}},
        "responses": errors_of(ACTING),
    },
)
def bring_in_customers(request: HttpRequest) -> BulkAnswer:
    """
    Up to 1,000 customers of another system in one request and one transaction. A customer is found by `outside_id`, else by
    `reference`, else by `customer_number`; one that is not found is new. Each row has its own answer, and one at fault stops no other.
    Every customer made or changed has an act record. E-mail addresses and telephone numbers are added, never taken away.
    """
    asked = read_as(BulkCustomers, read_body(request, most=LARGEST_BODY))
    at = timezone.now()
    reading = Reading(
        system=asked.system,
        country=_known("country", asked.country),
        language=_known("language", asked.language),
        today=at.date(),
    )
    answered = bring_in_rows(
        [_raw(row) for row in asked.customers],
        actor=caller(request),
        reading=reading,
        on_match=OnMatch(asked.on_match),
        at=at,
        idempotency_key=idempotency_key(request),
    )
    return BulkAnswer.of(answered.rows, is_replay=answered.is_replay)


def _known(field: str, text: str) -> str:
    try:
        return (read_country(text) if text else "") if field == "country" else read_language(text)
    except Unreadable as error:
        raise FieldsInvalid({field: [str(error)]}) from None


def _raw(row: CustomerRow) -> Raw:
    given: dict[str, Any] = row.model_dump(exclude_none=True)
    raw: dict[str, list[str]] = {"email": given.pop("emails", []), "telephone": given.pop("telephones", [])}
    return {name: values for name, values in raw.items() if values} | {name: [str(v)] for name, v in given.items()}


@router.get(
    "/customers/export",
    operation_id="take_out_customers",
    summary="Take out the customers you may see, as a file",
    openapi_extra={
        "responses": {
            "200": {
                "description": "The file",
                "content": {
                    "text/csv": {"schema": {"type": "string"}},
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                        "schema": {"type": "string", "format": "binary"}
                    },
                },
            }
        }
    },
)
def take_out_customers(request: HttpRequest, asked: Query[TakeOut]) -> HttpResponse:
    """A row a customer, with our reference and the numbers of other systems. Leaves an access record: who, which, how many."""
    found = export_customers(caller(request), format=asked.format, words=asked.words, at=timezone.now())
    answer = StreamingHttpResponse(found.content, content_type=found.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    return cast("HttpResponse", answer)
