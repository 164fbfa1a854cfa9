"""
What a return will come to if everything is found in order, told when it is agreed: the same measure as at its inspection, so what was
credited by hand, given out of goodwill, or is agreed to come back before it counts.
"""

from django.db.models import Sum

from onhand.kernel.money import Money
from onhand.orders.amounts import portion
from onhand.orders.enums import ReturnState
from onhand.orders.invoices import creditable, left_to_credit
from onhand.orders.models import Order, Return, ReturnLine
from onhand.orders.settling import Settlement, expected_ways, paid_so_far, to_account

OPEN = (ReturnState.AGREED, ReturnState.RECEIVED)


def expected_credits(order: Order, one: Return) -> dict[int, Money]:
    """What will be credited for each line of a return that is stored, by line: returns agreed before it are settled before it."""
    rows = ReturnLine.objects.filter(in_return__order=order, in_return__state__in=OPEN, in_return__lte=one.pk)
    left, credited, of_line = left_to_credit(order), dict[int, int](), dict[int, Money]()
    found: dict[int, Money] = {}
    for row in rows.select_related("line").order_by("in_return", "pk"):
        line = row.line
        first = credited.setdefault(line.pk, line.credited)
        most = of_line.setdefault(line.pk, creditable(line, order.currency))
        whole = Money(line.gross_minor, order.currency)
        amount = min(portion(whole, line.pieces, first, row.pieces), most, left, key=lambda one: one.minor)
        left -= amount
        credited[line.pk], of_line[line.pk] = first + row.pieces, most - amount
        if row.in_return_id == one.pk:
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
