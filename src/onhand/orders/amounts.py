"""
What pieces of a line cost. A line's amount is shared out to its pieces so that every part, taken in any steps, comes to the whole: the n-th
piece costs the difference of two rounded shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from onhand.catalogue.taxes import Taxable, Taxed, tax_lines
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money

MOST_PIECES = 100_000
MOST_LINES = 200
LARGEST_ORDER = 10**14  # minor units


def share(whole: Money, pieces: int, count: int) -> Money:
    """What the first `count` of so many pieces cost, of an amount for all of them."""
    if count >= pieces:
        return whole
    return whole.times(count).divided_by(pieces)


def portion(whole: Money, pieces: int, first: int, count: int) -> Money:
    """What `count` pieces cost after the `first` ones, of an amount for all of them."""
    return share(whole, pieces, first + count) - share(whole, pieces, first)


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount to be taxed: of a line, discount taken off, or of something beside the lines."""

    amount: Money
    percent: Decimal
    includes_tax: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """What an order comes to, in minor units."""

    net: int
    tax: int

    @property
    def gross(self) -> int:
        """What is to be paid."""
        return self.net + self.tax


def taken_apart(priced: Sequence[Priced]) -> tuple[list[Taxed], Totals]:
    """
    Every amount in net and tax, and their sum, rounded as documents are.

    :raises NotPossible: the sum is out of all proportion.
    """
    taxed = tax_lines([Taxable(one.amount, one.percent, one.includes_tax) for one in priced])
    totals = Totals(sum(one.net.minor for one in taxed), sum(one.tax.minor for one in taxed))
    if totals.gross > LARGEST_ORDER:
        raise NotPossible(_("An order of this size cannot be placed."))
    return taxed, totals


def line_amount(unit: Money, pieces: int, discount: Money) -> Money:
    """
    What so many pieces cost, the discount taken off.

    :raises NotPossible: the discount is more than they cost, or the amount out of all proportion.
    """
    if unit.minor * pieces > LARGEST_ORDER:
        raise NotPossible(_("An order of this size cannot be placed."), field="rows")
    amount = unit.times(pieces) - discount
    if amount.minor < 0:
        raise NotPossible(_("A discount cannot be more than what it is given on."), field="rows")
    return amount
