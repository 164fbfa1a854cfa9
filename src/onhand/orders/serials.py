"""Serial numbers: as they are typed, and that a piece is with one customer at a time. Those of products of one kind never mean another."""

import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from onhand.kernel.errors import NotPossible
from onhand.orders import goods
from onhand.orders.models import OrderLine, ShippedPiece

_SPLIT = re.compile(r"[\s,;]+")
LONGEST_SERIAL = 60


def read_serials(typed: str, field: str = "rows", *, row: int = 0) -> list[str]:
    """
    Serial numbers as typed, with commas or spaces between them. What is wrong names the row, if its number is given.

    :raises NotPossible: one is too long, or given twice.
    """
    found = [one.upper() for one in _SPLIT.split(typed.strip()) if one]
    if any(len(one) > LONGEST_SERIAL for one in found):
        _refuse(row, _("A serial number has at most 60 characters."), field)
    seen: set[str] = set()
    for one in found:
        if one in seen:
            _refuse(row, _("Serial number %(serial)s is given twice.") % {"serial": one}, field)
        seen.add(one)
    return found


def _refuse(row: int, problem: str, field: str = "rows") -> NoReturn:
    if row:
        problem = _("Row %(number)s: %(problem)s") % {"number": row, "problem": problem}
    raise NotPossible(problem, field=field)


def require_with_us(rows: Sequence[tuple[OrderLine, Sequence[str]]]) -> None:
    """
    Refuse serial numbers two rows have, and those of pieces that are with a customer. The stock they leave is locked first, so that nobody
    ships the same piece meanwhile.

    :raises NotPossible: as it says; names the row and the number.
    """
    first: dict[str, int] = {}
    for number, (line, serials) in enumerate(rows, 1):
        for serial in serials:
            if (other := first.setdefault(serial, number)) != number:
                words = {"serial": serial, "article": line.title, "other": other}
                _refuse(number, _("Serial number %(serial)s of %(article)s is in row %(other)s too.") % words)
    if not first:
        return
    stock = [variant for line, serials in rows if serials for variant, _pieces in line.parts]
    goods.lock_for([line.pk for line, _serials in rows], more_variants=stock)
    for number, serial in _with_customers(rows):
        words = {"serial": serial, "article": rows[number - 1][0].title}
        _refuse(number, _("%(serial)s was shipped already and has not come back: %(article)s.") % words)


def _with_customers(rows: Sequence[tuple[OrderLine, Sequence[str]]]) -> list[tuple[int, str]]:
    """
    The serial numbers that are with customers, with their rows: shipped on the same order, or with any of the same product, and not back.
    Where pieces of a line came back without their numbers, nobody knows which ones are still with the customer: those are not refused.
    """
    wanted = [serial for _line, serials in rows for serial in serials]
    gone = ShippedPiece.objects.filter(serial__in=wanted, return_line__isnull=True)
    found = list(gone.select_related("line__variant").order_by("pk"))
    noted = _not_back({one.line_id for one in found})
    products = _products([line for line, _serials in rows])
    refused = []
    for number, (line, serials) in enumerate(rows, 1):
        for one in found:
            is_same = one.line.order_id == line.order_id or one.line.variant.product_id == products[line.pk]
            is_sure = one.line_id == line.pk or noted[one.line_id] <= one.line.shipped - one.line.received
            if one.serial in serials and is_same and is_sure:
                refused.append((number, one.serial))
    return refused


def _not_back(line_ids: set[int]) -> Mapping[int, int]:
    """How many serial numbers of these lines are not noted as back."""
    lines = OrderLine.objects.filter(pk__in=line_ids)
    counted = lines.annotate(count=Count("serials", filter=Q(serials__return_line__isnull=True)))
    return dict(counted.values_list("pk", "count"))


def _products(lines: Sequence[OrderLine]) -> Mapping[int, int]:
    return dict(OrderLine.objects.filter(pk__in=[line.pk for line in lines]).values_list("pk", "variant__product"))
