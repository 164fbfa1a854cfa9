"""Rows of the tables that acts of the catalogue take."""

from dataclasses import dataclass
from typing import Annotated

from django.utils.translation import gettext_lazy as _

from onhand.catalogue import subjects
from onhand.catalogue.enums import Comparison, Weight
from onhand.kernel.fields import Field
from onhand.kernel.money import Money

Article = Annotated[int, Field(label=_("Article"), reference=subjects.REF_VARIANT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """So many pieces of an article."""

    variant: Article
    pieces: Annotated[int, Field(label=_("Pieces"))] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """What a piece of an article costs from so many pieces on."""

    variant: Article
    amount: Annotated[Money, Field(label=_("Price of one"))]
    from_pieces: Annotated[int, Field(label=_("From how many"))] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """How many pieces of an article are there, and on which shelf."""

    variant: Article
    pieces: Annotated[int, Field(label=_("Pieces"))]
    shelf: Annotated[str, Field(label=_("Shelf"), max_length=40)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideRow:
    """One answer to a question of a needs guide, and what it asks of a product: an attribute (or the price) compared with a value."""

    question: Annotated[str, Field(label=_("Question"), max_length=200)]
    answer: Annotated[str, Field(label=_("Answer"), max_length=100)]
    attribute: Annotated[int | None, Field(label=_("Asks of"), reference=subjects.REF_ATTRIBUTE)] = None
    comparison: Annotated[Comparison, Field(label=_("How"))] = Comparison.IS
    value: Annotated[str, Field(label=_("Value"), max_length=60)] = ""
    weight: Annotated[Weight, Field(label=_("Counts"))] = Weight.BETTER
