"""What orders invoice and credit: pieces as they are shipped, services when they are ordered, what came back when it was inspected."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import F, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from onhand.invoicing.enums import DocumentKind, What
from onhand.invoicing.issuing import LineWanted, issue_credit_note, issue_invoice
from onhand.invoicing.models import Document, DocumentLine
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.orders.amounts import Totals, portion, share
from onhand.orders.enums import ExtraKind, GoodwillKind
from onhand.orders.models import Order, OrderExtra, OrderLine
from onhand.orders.noting import By

LINE, EXTRA = "order_line", "order_extra"


def invoice_services(order: Order, lines: Sequence[OrderLine], by: By) -> None:
    """Invoice services with the order: they are done with it, as far as the books go."""
    services = {line: line.pieces for line in lines if line.is_service}
    for line in services:
        line.shipped = line.delivered = line.pieces
    if services:
        invoice_pieces(order, services, key=f"order:{order.pk}:services", by=by)


def invoice_pieces(order: Order, pieces: dict[OrderLine, int], *, key: str, by: By) -> Document | None:
    """
    Invoice so many further pieces of each line; with the first goods also shipping and fees. Lines that cost nothing are on it where others
    do; an order that costs nothing has no invoice.
    """
    wanted = []
    for line, count in pieces.items():
        amount = _next_amount(order, line, count)
        text = line_text(line) + _less(order, line, count)
        wanted.append(LineWanted(What.GOODS, text, count, amount, line.percent, True, (LINE, line.pk)))
        line.invoiced += count
        line.save(update_fields=["invoiced", "shipped", "delivered"])
    if any(not line.is_service for line in pieces):
        wanted += _extras(order)
    if not any(one.amount.minor for one in wanted):
        return None
    return issue_invoice(
        order.customer_id,
        wanted,
        of=("order", order.pk),
        address=order.address,
        key=key,
        at=by.at,
        day=company_day(by.at),
    )


def invoiced_so_far(line_ids: Iterable[int]) -> dict[int, Totals]:
    """What invoices say of these lines, by line; those that only correct another are not counted."""
    rows = DocumentLine.objects.filter(
        source_type=LINE, source_id__in=list(line_ids), document__kind=DocumentKind.INVOICE, counters__isnull=True
    ).exclude(document__key__startswith="corrects:")
    found = rows.values_list("source_id").annotate(net=Sum("net_minor"), tax=Sum("tax_minor"))
    return defaultdict(lambda: Totals(0, 0), {line: Totals(net, tax) for line, net, tax in found})


def _next_amount(order: Order, line: OrderLine, count: int) -> Money:
    """
    What the next pieces of a line cost, so that all of them come to the whole: where pieces were cancelled since some were invoiced, the
    shares of those may be a cent off what their invoices say.
    """
    whole = Money(line.gross_minor, order.currency)
    if not line.invoiced:
        return share(whole, line.pieces, count)
    said = Money(invoiced_so_far([line.pk])[line.pk].gross, order.currency)
    return Money(max(0, (share(whole, line.pieces, line.invoiced + count) - said).minor), order.currency)


def line_text(line: OrderLine) -> str:
    """A line as documents name it."""
    return f"{line.title} ({line.sku})"


def _less(order: Order, line: OrderLine, count: int) -> str:
    """What was taken off the next pieces of a line, in words of the customer's language; empty where it was nothing."""
    off = portion(Money(line.discount_minor, order.currency), line.pieces, line.invoiced, count)
    if not off.minor:
        return ""
    with translation.override(order.customer.language):
        return _(", less a discount of %(amount)s") % {"amount": off.formatted()}


def _extras(order: Order) -> list[LineWanted]:
    wanted = []
    for one in OrderExtra.objects.filter(order=order, is_invoiced=False).order_by("pk"):
        what = What.SHIPPING if one.kind == ExtraKind.SHIPPING else What.FEE
        text = one.text or str(ExtraKind(one.kind).label)
        amount = Money(one.gross_minor, order.currency)
        wanted.append(LineWanted(what, text, 1, amount, one.percent, True, (EXTRA, one.pk)))
    OrderExtra.objects.filter(order=order, is_invoiced=False).update(is_invoiced=True)
    return wanted


def credit_pieces(
    order: Order, amounts: Sequence[tuple[OrderLine, int, Money]], *, key: str, reason: str, by: By
) -> list[Document]:
    """
    Credit pieces of lines with what is given back for them (line, pieces, amount with tax): one note for each invoice they were on.

    :raises NotPossible: more than was invoiced.
    """
    by_invoice: dict[int, list[LineWanted]] = {}
    for line, count, amount in amounts:
        left = amount.minor
        for row in _invoiced(line):
            part = min(left, row.left_minor)
            if part <= 0:
                continue
            by_invoice.setdefault(row.document_id, []).append(
                LineWanted(
                    What.GOODS,
                    line_text(line),
                    count,
                    Money(part, order.currency),
                    line.percent,
                    True,
                    (LINE, line.pk),
                    counters=row.pk,
                )
            )
            left -= part
        if left or line.credited + count > line.invoiced:
            raise NotPossible(_("Not more can be credited than was invoiced."))
        OrderLine.objects.filter(pk=line.pk).update(credited=F("credited") + count)
        line.credited += count
    return [
        issue_credit_note(
            order.customer_id,
            wanted,
            of=("order", order.pk),
            counters=Document.objects.get(pk=invoice),
            address=order.address,
            key=f"{key}:{invoice}",
            at=by.at,
            day=company_day(by.at),
            reason=reason,
        )
        for invoice, wanted in sorted(by_invoice.items())
    ]


def _invoiced(line: OrderLine) -> list[DocumentLine]:
    """The lines of invoices on which pieces of a line are, oldest first."""
    rows = DocumentLine.objects.filter(
        source_type=LINE, source_id=line.pk, document__kind=DocumentKind.INVOICE, counters__isnull=True
    )
    return list(rows.order_by("document_id", "position"))


def creditable(line: OrderLine, currency: str) -> Money:
    """What can still be credited of a line: what is on its invoices, less what credit notes took back, by a return or by hand."""
    return Money(sum(max(0, row.left_minor) for row in _invoiced(line)), currency)


def left_to_credit(order: Order) -> Money:
    """What an order comes to, with what was sent in exchange, less all that was credited or given out of goodwill; not below nothing."""
    found = Document.objects.filter(document_type="order", document_id=order.pk)
    minor = sum(one.gross_minor if one.kind == DocumentKind.INVOICE else -one.gross_minor for one in found)
    lines = list(OrderLine.objects.filter(order=order, invoiced__lt=F("pieces")))
    begun = [line.pk for line in lines if line.invoiced]
    said = invoiced_so_far(begun) if begun else {}
    for line in lines:
        minor += max(0, line.gross_minor - said[line.pk].gross) if line.invoiced else line.gross_minor
    minor += sum(one.gross_minor for one in OrderExtra.objects.filter(order=order, is_invoiced=False))
    return Money(max(0, minor), order.currency)


def credit_goodwill(
    order: Order, amount: Money, *, key: str, reason: str, by: By, kind: GoodwillKind = GoodwillKind.COMPENSATION
) -> Document:
    """Credit an amount given out of goodwill: as an expense without tax, or as less of the price, with the tax of the lines."""
    source = ("order", order.pk)
    wanted = [LineWanted(What.GOODWILL, reason, 1, amount, Decimal(0), True, source)]
    if kind == GoodwillKind.PRICE_REDUCTION:
        wanted = [
            LineWanted(What.GOODS, reason, 1, part, percent, True, source)
            for percent, part in _by_rate(order, amount)
            if part.minor
        ]
    return issue_credit_note(
        order.customer_id,
        wanted,
        of=("order", order.pk),
        counters=None,
        address=order.address,
        key=key,
        at=by.at,
        day=company_day(by.at),
        reason=reason,
    )


def _by_rate(order: Order, amount: Money) -> list[tuple[Decimal, Money]]:
    """An amount with tax, shared over the rates of tax of what was ordered, in proportion to what it comes to."""
    weights: dict[Decimal, int] = {}
    for line in OrderLine.objects.filter(order=order, pieces__gt=0, in_return__isnull=True).order_by("number"):
        weights[line.percent] = weights.get(line.percent, 0) + line.gross_minor
    if not sum(weights.values()):
        raise NotPossible(_("Nothing of this order has a price that could be reduced."), field="given_as")
    return list(zip(weights, amount.allocate(list(weights.values())), strict=True))
