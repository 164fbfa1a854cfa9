"""
Documents before they are issued: lines as they are wanted become lines with their net amount and tax. Lines that take back a line of an
invoice get their part of its tax, so that a line taken back in parts is taken back to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from onhand.catalogue.taxes import Taxable, tax_lines
from onhand.invoicing.enums import TaxCategory, What
from onhand.invoicing.models import DocumentLine, RateRow
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.chart import FEES, GOODWILL, SALES, SHIPPING, AccountRole

ROLES: dict[str, AccountRole] = {
    What.GOODS: SALES,
    What.CHARGE: SALES,
    What.SHIPPING: SHIPPING,
    What.FEE: FEES,
    What.GOODWILL: GOODWILL,
}
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class LineWanted:
    """
    A line of a document to be issued. `amount` is the whole line, with tax in it where `includes_tax`; negative for what is taken off
    an invoice, such as a discount. `source` says what it is for. `counters` is the id of the invoice's line a credit note takes back:
    `amount` is then what is given back with tax, and the rate that line's own.
    """

    what: What
    text: str
    pieces: int | Decimal
    amount: Money
    percent: Decimal
    includes_tax: bool
    source: tuple[str, int] | None = None
    counters: int | None = None
    category: TaxCategory | None = None


@dataclass(slots=True)
class Draft:
    """What a document will hold: its lines and rates without their document, and the sums in minor units."""

    currency: str
    lines: list[DocumentLine]
    rates: list[RateRow] = field(default_factory=list)
    net: int = 0
    tax: int = 0

    @property
    def gross(self) -> int:
        """What is to be paid."""
        return self.net + self.tax

    def by_role(self) -> dict[AccountRole, int]:
        """Net amounts by the account they are booked on."""
        sums: dict[AccountRole, int] = {}
        for line in self.lines:
            role = ROLES[line.what]
            sums[role] = sums.get(role, 0) + line.net_minor
        return sums


def draft(wanted: Sequence[LineWanted], countered: dict[int, DocumentLine] | None = None) -> Draft:
    """
    Lines worked out and added up. `countered` are the lines of the invoice by id that may be taken back.

    :raises NotPossible: no lines, several currencies, or more is taken back of a line than is left of it.
    """
    if not wanted:
        raise NotPossible(_("There is nothing to invoice."))
    currency = wanted[0].amount.currency
    if any(one.amount.currency != currency for one in wanted):
        raise NotPossible(_("A document is in one currency."))
    fresh = [one for one in wanted if one.counters is None]
    taxed = iter(tax_lines([Taxable(one.amount, one.percent, one.includes_tax) for one in fresh]))
    lines = []
    left = dict(countered or {})
    taken: dict[int, tuple[int, int]] = {}
    for position, one in enumerate(wanted, 1):
        if one.counters is None:
            parts = next(taxed)
            lines.append(_line(one, position, parts.net.minor, parts.tax.minor))
        else:
            lines.append(_counter_line(one, position, left.get(one.counters), taken))
    made = Draft(currency, lines)
    _add_up(made)
    return made


def _add_up(made: Draft) -> None:
    sums: dict[tuple[str, Decimal], tuple[int, int]] = {}
    for line in made.lines:
        net, tax = sums.get((line.category, line.percent), (0, 0))
        sums[line.category, line.percent] = net + line.net_minor, tax + line.tax_minor
        made.net += line.net_minor
        made.tax += line.tax_minor
    made.rates = [
        RateRow(category=category, percent=percent, net_minor=net, tax_minor=tax)
        for (category, percent), (net, tax) in sorted(sums.items(), key=lambda one: (-one[0][1], one[0][0]))
    ]


def _line(one: LineWanted, position: int, net: int, tax: int) -> DocumentLine:
    pieces = Decimal(one.pieces)
    if pieces <= 0:
        raise NotPossible(_("Give a number of pieces above nothing."))
    if not one.text.strip():
        raise NotPossible(_("Say what each line is for."))
    return DocumentLine(
        position=position,
        what=one.what,
        text=one.text.strip()[:LONGEST_TEXT],
        pieces=pieces,
        unit_minor=one.amount.divided_by(pieces).minor,
        includes_tax=one.includes_tax,
        net_minor=net,
        tax_minor=tax,
        percent=one.percent,
        category=one.category or (TaxCategory.STANDARD if one.percent else TaxCategory.ZERO),
        source_type=one.source[0] if one.source else "",
        source_id=one.source[1] if one.source else None,
    )


def _counter_line(
    one: LineWanted, position: int, of: DocumentLine | None, taken: dict[int, tuple[int, int]]
) -> DocumentLine:
    """A line that takes back (a part of) another: its tax is that part of the other's, the last part takes the rest."""
    if of is None:
        raise NotPossible(_("This line is not on that invoice."))
    net_before, tax_before = taken.get(of.pk, (of.credited_net, of.credited_tax))
    left = of.gross_minor - net_before - tax_before
    amount = one.amount.minor
    if not amount or (amount > 0) != (left > 0) or abs(amount) > abs(left):
        shown = Money(left, one.amount.currency).formatted()
        raise NotPossible(_("Of “%(text)s” %(left)s is left to be credited.") % {"text": of.text, "left": shown})
    so_far = Money(of.tax_minor, one.amount.currency).times(net_before + tax_before + amount).divided_by(of.gross_minor)
    tax = so_far.minor - tax_before
    taken[of.pk] = net_before + amount - tax, so_far.minor
    line = _line(one, position, amount - tax, tax)
    line.percent, line.category, line.includes_tax, line.counters_id = of.percent, of.category, True, of.pk
    return line
