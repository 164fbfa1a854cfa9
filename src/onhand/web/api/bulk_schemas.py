"""The forms in which many customers are sent and answered."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from onhand.customers.bulk import MOST_ROWS
from onhand.web.api.reading import OneLine
from onhand.web.api.schemas import Words

Value = Annotated[str, Field(max_length=100_000)] | int | float | bool | None
Short = Annotated[str, Field(max_length=300)]


class CustomerRow(Schema):
    """A customer as another system knows them. What is not given stays as it is."""

    model_config = ConfigDict(extra="forbid")

    outside_id: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="What the other system calls the customer."
    )
    reference: Short | None = Field(default=None, description="Our own reference, if known.")
    customer_number: Annotated[str, Field(max_length=100)] | None = None
    name: Short | None = Field(default=None, description="Needed for a new customer.")
    kind: Short | None = Field(default=None, description="“person” (if not given) or “organisation”.")
    form_of_address: Short | None = None
    language: Short | None = Field(default=None, description="ISO 639-1, or its name.")
    born_on: Short | None = Field(default=None, description="As 1980-01-31.")
    tax_number: Short | None = None
    emails: list[Annotated[str, Field(max_length=254)]] = Field(default=[], max_length=20)
    telephones: list[Annotated[str, Field(max_length=60)]] = Field(
        default=[], max_length=20, description="Read by the rules of the customer's country unless they begin with +."
    )
    address_lines: Short | None = None
    postal_code: Short | None = None
    city: Short | None = None
    region: Short | None = None
    country: Short | None = Field(default=None, description="ISO 3166 alpha-2, or its name.")
    customer_since: Short | None = Field(default=None, description="Of a new customer, as 2019-04-01.")


class BulkCustomers(Schema):
    """Many customers of one other system."""

    model_config = ConfigDict(extra="forbid")

    system: Annotated[str, OneLine, Field(max_length=60)] = Field(
        default="", description="The other system's name, the same in every request. Needed with outside ids."
    )
    on_match: Literal["update", "fill", "skip"] = Field(
        default="update",
        description="What is done with customers who are there: brought up to date, only filled in, or left.",
    )
    country: str = Field(default="", max_length=60, description="Where a row names none.")
    language: str = Field(default="en", max_length=60, description="Of new customers, where a row names none.")
    customers: list[CustomerRow] = Field(min_length=1, max_length=MOST_ROWS)


class RowAnswer(Schema):
    """What became of one row."""

    index: int
    outside_id: str | None
    status: Literal["created", "updated", "unchanged", "skipped", "error"]
    customer_id: int | None
    reference: str | None
    version: int | None
    fields: dict[str, list[str]] = Field(description="With `error`: the fields at fault, and how to mend them.")


class BulkAnswer(Schema):
    """What became of every row, and how many of each kind."""

    created: int
    updated: int
    unchanged: int
    skipped: int
    errors: int
    is_replay: bool = Field(
        description="The same request was answered before under this key: this is that answer again."
    )
    results: list[RowAnswer]

    @classmethod
    def of(cls, rows: list[dict[str, Any]], *, is_replay: bool) -> "BulkAnswer":
        """The answer with its sums."""
        counts = {
            name: sum(1 for row in rows if row["status"] == name)
            for name in ("created", "updated", "unchanged", "skipped")
        }
        errors = sum(1 for row in rows if row["status"] == "error")
        return cls(**counts, errors=errors, is_replay=is_replay, results=[RowAnswer(**row) for row in rows])


class BulkRows(Schema):
    """Rows of one kind from one other system. The fields a kind has are listed by `GET /import`."""

    model_config = ConfigDict(extra="forbid")

    system: Annotated[str, OneLine, Field(max_length=60)] = Field(
        default="", description="The other system's name, the same in every request. Needed with outside ids."
    )
    on_match: Literal["update", "fill", "skip"] = Field(
        default="update", description="What is done with what is there: brought up to date, only filled in, or left."
    )
    dry: bool = Field(default=False, description="Only say what would become of each row.")
    rows: list[dict[str, Value]] = Field(min_length=1, max_length=MOST_ROWS)


class TakeOut(Schema):
    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "xlsx"] = "csv"
    words: Words = ""
