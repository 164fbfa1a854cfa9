"""
Numbers of documents, without gaps: the counter's row is locked from the moment a number is taken until the transaction ends, and a
transaction that is rolled back gives its numbers back. So take them last: after customer, order and stock are locked, before the ledger.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from onhand.invoicing.enums import DocumentKind
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible

_TAKE = """
with series as (select id, prefix, by_year, digits from invoicing_numberseries where kind = %(kind)s), taken as (
  insert into invoicing_numbercounter (series_id, year, first, last)
  select id, case when by_year then %(year)s::int else 0 end, 1, %(count)s from series
  on conflict (series_id, year) do update set last = invoicing_numbercounter.last + %(count)s
  returning series_id, year, last)
select t.series_id, t.year, t.last, s.prefix, s.digits from taken t join series s on s.id = t.series_id
"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers one after the other that this transaction has taken, from `first` on."""

    series_id: int
    year: int
    first: int
    prefix: str
    digits: int

    def label(self, number: int) -> str:
        """The number as it stands on the document."""
        return number_label(self.prefix, self.year, number, self.digits)


def number_label(prefix: str, year: int, number: int, digits: int) -> str:
    """A number with its series and year, such as INV-2026-00017; year 0 for series that count through."""
    counted = str(number).rjust(digits, "0")
    return f"{prefix}{year}-{counted}" if year else f"{prefix}{counted}"


def take_numbers(kind: DocumentKind, year: int, count: int = 1) -> Numbers:
    """
    The next `count` numbers of the kind's series, for documents of that year. One statement; others wait for this transaction.

    :raises NotPossible: there is no series of that kind.
    """
    rows = run_prepared(_TAKE, {"kind": str(kind), "year": year, "count": count})
    if not rows:
        raise NotPossible(_("Nobody has said how these documents are numbered."))
    series, in_year, last, prefix, digits = rows[0]
    return Numbers(series, in_year, last - count + 1, prefix, digits)
