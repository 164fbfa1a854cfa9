"""Rows of the tables that acts on orders take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onhand.catalogue.subjects import REF_VARIANT
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.orders.enums import Grade
from onhand.orders.offering import METHOD_OF_CUSTOMER, REPLACEMENT

Hidden = Annotated[int, Field(label=_("Line"), widget="hidden")]
Pieces = Annotated[int, Field(label=_("Pieces"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """So many pieces of an article."""

    variant: Annotated[int, Field(label=_("Article"), reference=REF_VARIANT)]
    pieces: Annotated[int, Field(label=_("Pieces"))] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PayRow:
    """So much by this payment method; without an amount what is left."""

    method: Annotated[int, Field(label=_("Payment method"), reference=METHOD_OF_CUSTOMER)]
    amount: Annotated[Money | None, Field(label=_("Amount"))] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PiecesRow:
    """So many pieces of a line."""

    line: Hidden
    pieces: Pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """A line, and the variant it is to be instead."""

    line: Hidden
    variant: Annotated[int, Field(label=_("Instead"), reference=REPLACEMENT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRow:
    """So many pieces of a line, and the variant wanted for them: of the same product, or of another."""

    line: Hidden
    pieces: Pieces
    variant: Annotated[int | None, Field(label=_("For"), reference=REPLACEMENT)] = None
    another: Annotated[int | None, Field(label=_("Or another product"), reference=REF_VARIANT)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipRow:
    """So many pieces of a line, with the serial numbers of those that have one."""

    line: Hidden
    pieces: Pieces
    serials: Annotated[str, Field(label=_("Serial numbers"), max_length=2000)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRow:
    """So many pieces of a line that came back."""

    line: Hidden
    pieces: Pieces
    serials: Annotated[str, Field(label=_("Serial numbers"), max_length=2000)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedRow:
    """In what state a line came back, how many of it are taken, and what is deducted for use."""

    line: Hidden
    grade: Annotated[Grade, Field(label=_("State"))]
    taken: Annotated[int | None, Field(label=_("Taken back"))] = None
    deduction: Annotated[Money | None, Field(label=_("Deducted"))] = None


def once(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """
    Values by line.

    :raises NotPossible: a line is given twice.
    """
    if len({line for line, _value in pairs}) < len(pairs):
        raise NotPossible(gettext("Give each line once."), field="rows")
    return dict(pairs)
