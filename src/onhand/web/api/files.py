"""Reading over REST: customers, what was done on their files, events, and the caller."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router

from onhand.web.api import reads
from onhand.web.api.callers import caller
from onhand.web.api.file_schemas import CustomerFile
from onhand.web.api.schemas import (
    Customers,
    Events,
    FindCustomers,
    Id,
    Me,
    OpenFile,
    OpenRecords,
    Records,
    Since,
)

router = Router()


@router.get("/me", response=Me, operation_id="read_me", summary="Who you are", tags=["caller"])
def read_me(request: HttpRequest) -> Me:
    """The caller: role, permissions after the token's scopes, what they see, and their limits."""
    return reads.describe_caller(caller(request))


@router.get(
    "/customers", response=Customers, operation_id="find_customers", summary="Find customers", tags=["customers"]
)
def find_customers(request: HttpRequest, asked: Query[FindCustomers]) -> Customers:
    """The customers you may see, in order of their names; with `words`, the best that fit, ranked, and why each does."""
    return reads.find_customers(caller(request), **asked.model_dump())


@router.get(
    "/customers/{customer_id}",
    response=CustomerFile,
    operation_id="read_customer",
    summary="Open a customer's file",
    tags=["customers"],
)
def read_customer(request: HttpRequest, customer_id: Path[Id], asked: Query[OpenFile]) -> CustomerFile:
    """The customer's file. Opening it leaves an access record: you, when, on which contact, and why."""
    return reads.read_customer(caller(request), customer_id, at=timezone.now(), **asked.model_dump())


@router.get(
    "/customers/{customer_id}/records",
    response=Records,
    operation_id="read_customer_records",
    summary="What was done on a customer's file",
    tags=["customers"],
)
def read_customer_records(request: HttpRequest, customer_id: Path[Id], asked: Query[OpenRecords]) -> Records:
    """Act records, newest first. Leaves an access record too."""
    return reads.read_records(caller(request), customer_id, at=timezone.now(), **asked.model_dump())


@router.get("/events", response=Events, operation_id="read_events", summary="What happened", tags=["events"])
def read_events(request: HttpRequest, asked: Query[Since]) -> Events:
    """Events on what you may see, in order; none is missed between two answers. Ask again with `next` as `since`."""
    return reads.read_events(caller(request), **asked.model_dump())
