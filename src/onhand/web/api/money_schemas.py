"""The forms in which documents and accounts are read, and usage is sent."""

from datetime import date
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

from onhand.web.api.reading import OneLine
from onhand.web.api.schemas import SentId

MOST_ROWS = 1_000


class ExplainedLine(Schema):
    """A line of a document, in minor units. `explained` says in words how a charge came about, `derivation` as values."""

    id: int
    what: str
    text: str
    pieces: str
    percent: str
    net: int
    tax: int
    credited: int
    explained: list[str]
    derivation: dict[str, Any]


class ExplainedDocument(Schema):
    """An invoice or credit note, in minor units of its currency."""

    id: int
    kind: str
    number: str
    customer_id: int
    issued_on: date
    due_on: date
    currency: str
    net: int
    tax: int
    gross: int
    credited: int
    counters: int | None
    lines: list[ExplainedLine]


class OpenRow(Schema):
    """Something of an account that is not paid: an invoice (document) or an instalment."""

    kind: str
    id: int
    label: str
    due_on: date
    amount: int
    left: int


class AccountStanding(Schema):
    """How an account stands, in minor units; a negative balance is the customer's credit."""

    id: int
    customer_id: int
    currency: str
    balance: int
    overdue: int
    next_bill_on: date
    open: list[OpenRow]


class UsageLine(Schema):
    """So much used of a subscription on a day."""

    model_config = ConfigDict(extra="forbid")

    subscription_id: SentId
    outside_id: Annotated[str, OneLine, Field(min_length=1, max_length=100)]
    day: date
    quantity: Annotated[str, Field(max_length=20, pattern=r"^[0-9]{1,13}(\.[0-9]{1,4})?$")]


class BulkUsage(Schema):
    """Usage of many subscriptions. `source` is whose names the rows have: the same name of a source is stored once."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[str, OneLine, Field(min_length=1, max_length=40)]
    rows: Annotated[list[UsageLine], Field(min_length=1, max_length=MOST_ROWS)]


class UsageAnswer(Schema):
    """How many rows were stored, how many were there already, and what is wrong with which (by place, from 0)."""

    stored: int
    known: int
    errors: dict[str, str]
