"""A sample act that takes tables: one with empty rows, one whose rows are offered."""

from dataclasses import dataclass
from typing import Annotated

from onhand.kernel.actor import system_actor
from onhand.kernel.acts import Act, Run
from onhand.kernel.fields import Field, OfferedRow
from onhand.kernel.money import Money
from onhand.web.act_forms import FieldView, field_views


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRow:
    """A row of the sample table."""

    what: Annotated[str, Field(label="What")]
    pieces: Annotated[int, Field(label="Pieces")] = 1
    price: Annotated[Money | None, Field(label="Price", currency="EUR")] = None
    gift: Annotated[bool, Field(label="As a gift")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedRow:
    """A row of the sample table of what is offered."""

    line: Annotated[int, Field(widget="hidden")]
    pieces: Annotated[int | None, Field(label="Pieces")] = None


def offered(_subject_id: int | None) -> list[OfferedRow]:
    return [OfferedRow("Lamp, brass", {"line": 7}), OfferedRow("Shade, linen, 40 cm", {"line": 9})]


def order_table(
    *,
    run: Run,
    wanted: Annotated[list[WantedRow], Field(label="Wanted", help="One row a product.")],
    returned: Annotated[list[ReturnedRow] | None, Field(label="Sent back", rows=offered)] = None,
) -> None:
    """Take a sample order."""


TABLE_ACT = Act("sample.order_table", "sample", "", "Order", order_table)


def table_fields() -> list[FieldView]:
    """A table with empty rows and one with offered rows."""
    return field_views(TABLE_ACT, system_actor("sample"), None)
