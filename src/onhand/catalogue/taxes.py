"""
Tax on the lines of a document. Each rate is worked out once, over all its lines, and shared out to them, so that the document's tax is the
rate of its taxable amount to within half a minor unit, as EN 16931 (BR-CO-17) asks, and no cent is made or lost between lines and totals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from onhand.kernel.money import Money

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Taxable:
    """An amount with its rate; `includes_tax` says that the tax is in it."""

    amount: Money
    percent: Decimal
    includes_tax: bool


@dataclass(frozen=True, slots=True)
class Taxed:
    """The same amount taken apart: what is without tax, and the tax."""

    net: Money
    tax: Money
    percent: Decimal

    @property
    def gross(self) -> Money:
        """What is to be paid."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class RateTotal:
    """All of a document at one rate."""

    percent: Decimal
    net: Money
    tax: Money


def tax_lines(lines: Sequence[Taxable]) -> list[Taxed]:
    """
    Every line taken apart, in the same order. Lines of one rate, sign and way of pricing are rounded together: the tax of each group is
    rounded once, half to even, and its parts are shared out by the lines' amounts.

    :raises MoneyError: lines in several currencies.
    """
    taken: dict[int, Taxed] = {}
    groups: dict[tuple[Decimal, bool, bool], list[int]] = {}
    for place, line in enumerate(lines):
        groups.setdefault((line.percent, line.includes_tax, line.amount.minor < 0), []).append(place)
    for (percent, includes_tax, _is_negative), places in groups.items():
        amounts = [lines[place].amount for place in places]
        total = amounts[0]
        for amount in amounts[1:]:
            total += amount
        tax = _tax_in(total, percent) if includes_tax else total.times(percent / HUNDRED)
        weights = [abs(amount.minor) for amount in amounts]
        shares = tax.allocate(weights) if any(weights) else [tax] * len(places)
        for place, amount, share in zip(places, amounts, shares, strict=True):
            net = amount - share if includes_tax else amount
            taken[place] = Taxed(net, share, percent)
    return [taken[place] for place in range(len(lines))]


def rate_totals(lines: Sequence[Taxed]) -> list[RateTotal]:
    """What stands under a document: one row a rate, the highest first."""
    totals: dict[Decimal, RateTotal] = {}
    for line in lines:
        before = totals.get(line.percent)
        net, tax = (line.net, line.tax) if before is None else (before.net + line.net, before.tax + line.tax)
        totals[line.percent] = RateTotal(line.percent, net, tax)
    return sorted(totals.values(), key=lambda one: -one.percent)


def _tax_in(gross: Money, percent: Decimal) -> Money:
    """The tax in an amount that includes it, exact to half a minor unit."""
    return gross - gross.divided_by(1 + percent / HUNDRED)
