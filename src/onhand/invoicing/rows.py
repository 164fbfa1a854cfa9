"""Rows of the tables that acts on documents take: the lines of the invoice, offered with what is left of them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.invoicing.models import DocumentLine
from onhand.kernel.fields import Field, OfferedRow
from onhand.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRow:
    """How much of a line of the invoice is given back, with tax."""

    line: Annotated[int, Field(label=gettext_lazy("Line"), widget="hidden")]
    amount: Annotated[Money | None, Field(label=gettext_lazy("Give back, with tax"))] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRow:
    """What a line of the invoice should have been, with tax."""

    line: Annotated[int, Field(label=gettext_lazy("Line"), widget="hidden")]
    amount: Annotated[Money | None, Field(label=gettext_lazy("Right amount, with tax"))] = None


def lines_left(document_id: int | None) -> list[OfferedRow]:
    """The lines of an invoice of which something is left to be credited."""
    if document_id is None:
        return []
    found = DocumentLine.objects.filter(document=document_id).select_related("document").order_by("position")
    return [OfferedRow(_words(one), {"line": one.pk}) for one in found if one.left_minor]


def _words(line: DocumentLine) -> str:
    left = Money(line.left_minor, line.document.currency).formatted()
    pieces = Decimal(line.pieces).normalize()
    said = line.text if pieces == 1 else f"{pieces:f} × {line.text}"
    return _("%(line)s: %(left)s left") % {"line": said, "left": left}
