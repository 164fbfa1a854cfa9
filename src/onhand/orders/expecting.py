"""
What a return will come to if everything is found in order, told when it is agreed: the same measure as at its inspection, so what was
credited by hand, given out of goodwill, or is agreed to come back before it counts.
"""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet, Sum

from onhand.kernel.money import Money
from onhand.orders.amounts import portion
from onhand.orders.enums import ReturnState
from onhand.orders.invoices import creditable, left_to_credit
from onhand.orders.models import Order, OrderLine, Return, ReturnLine
from onhand.orders.settling import Settlement, expected_ways, paid_so_far, to_account

OPEN = (ReturnState.AGREED, ReturnState.RECEIVED)


def expected_credits(order: Order, one: Return) -> dict[int, Money]:
    """What will be credited for each line of a return that is stored, by line: returns agreed before it are settled before it."""
    rows = _open_rows(order).filter(in_return__lte=one.pk)
    return _credits(order, [(row.line, row.pieces, row.in_return_id == one.pk) for row in rows])


def credits_of(order: Order, wanted: Sequence[tuple[OrderLine, int]]) -> dict[int, Money]:
    """The same for pieces that are only asked back yet, as facts say it before anything is stored."""
    agreed = [(row.line, row.pieces, False) for row in _open_rows(order)]
    return _credits(order, [*agreed, *((line, pieces, True) for line, pieces in wanted)])


def _open_rows(order: Order) -> "QuerySet[ReturnLine]":
    rows = ReturnLine.objects.filter(in_return__order=order, in_return__state__in=OPEN)
    return rows.select_related("line").order_by("in_return", "pk")


def _credits(order: Order, rows: Iterable[tuple[OrderLine, int, bool]]) -> dict[int, Money]:
    """What is credited for rows of pieces, one after the other: of those that count, by line."""
    left, credited, of_line = left_to_credit(order), dict[int, int](), dict[int, Money]()
    found: dict[int, Money] = {}
    for line, pieces, counts in rows:
        first = credited.setdefault(line.pk, line.credited)
        most = of_line.setdefault(line.pk, creditable(line, order.currency))
        whole = Money(line.gross_minor, order.currency)
        amount = min(portion(whole, line.pieces, first, pieces), most, left, key=lambda one: one.minor)
        left -= amount
        credited[line.pk], of_line[line.pk] = first + pieces, most - amount
        if counts:
            found[line.pk] = amount
    return found


def expect(order: Order, one: Return, settlement: Settlement) -> None:
    """
    Note on a return what will be given back by its settlement, as far as it was paid, and how; the rest is taken off what is owed. Whoever
    calls it stores the return.
    """
    amount = max(0, -settlement.total.minor)
    others = Return.objects.filter(order=order, state__in=OPEN).exclude(pk=one.pk)
    promised = others.aggregate(sum=Sum("expected_minor"))["sum"] or 0
    one.expected_minor = min(amount, max(0, paid_so_far(order).minor - promised))
    if not amount:
        return
    settlement.ways = expected_ways(order, one.refund_to) if one.expected_minor else []
    if amount > one.expected_minor:
        settlement.ways = [*settlement.ways, to_account(Money(amount - one.expected_minor, order.currency))]
