"""Documents read out as rows, ours and those of other systems in order of their common ids, a batch at a time."""

from onhand.customers.imports.kinds import Row, names_of
from onhand.invoicing import access
from onhand.invoicing.models import Document, OutsideInvoice
from onhand.invoicing.outside import paid_of
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money


def read_documents(actor: Actor, after: int, most: int) -> list[tuple[int, Row]]:
    """Invoices and credit notes with their totals; those of other systems as an import of invoices reads them."""
    ours = access.visible_documents(actor).filter(pk__gt=after).select_related("customer", "counters").order_by("pk")
    theirs = access.visible_outside(actor).filter(pk__gt=after).select_related("customer").order_by("pk")
    outside = list(theirs[:most])
    orders = names_of("orders", [one.document_id for one in outside if one.document_id])
    paid = paid_of([one.pk for one in outside])
    found = [(one.pk, _own(one)) for one in ours[:most]]
    for one in outside:
        order = orders.get((one.document_id or 0, one.system), "")
        left = Money(one.open_minor - paid.get(one.pk, 0), one.currency)
        found.append((one.pk, _totals(one) | {"order": order, "lines": _lines(one), "open": _said(one.open_minor, one), "left": str(left.decimal)}))  # fmt: skip  # noqa: E501
    return sorted(found, key=lambda one: one[0])[:most]


def _own(one: Document) -> Row:
    business = {
        "counters": one.counters.label if one.counters else "",
        "document": f"{one.document_type} {one.document_id}",
    }
    return _totals(one) | business


def _totals(one: Document | OutsideInvoice) -> Row:
    return {
        "number": one.label,
        "kind": str(one.kind),
        "customer_reference": one.customer.reference,
        "issued_on": one.issued_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "currency": one.currency,
        "net": _said(one.net_minor, one),
        "tax": _said(one.tax_minor, one),
        "gross": _said(one.gross_minor, one),
    }


def _said(minor: int, one: Document | OutsideInvoice) -> str:
    return str(Money(minor, one.currency).decimal)


def _lines(one: OutsideInvoice) -> str:
    return "; ".join(f"{text} x {pieces} @ {_said(unit, one)}" for text, pieces, unit in one.lines)
