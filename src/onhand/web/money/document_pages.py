"""What the page of an invoice or credit note shows, in words: every line, and how each charge came about."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from onhand.billing.access import VIEW
from onhand.billing.enums import ChargeKind
from onhand.billing.explaining import explain
from onhand.billing.models import Charge
from onhand.invoicing.einvoice import read_whole, why_not
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import Document, DocumentLine
from onhand.invoicing.subjects import DOCUMENT
from onhand.kernel.actor import Actor
from onhand.kernel.acts import acts_on, get_act
from onhand.kernel.money import Money
from onhand.payments.link_acts import left_to_ask
from onhand.web.act_forms import values_of
from onhand.web.addresses import address_of
from onhand.web.desk.act_views import act_address
from onhand.web.templating import show_date

INVOICES_ONLY = frozenset({"invoicing.credit_lines", "invoicing.correct_invoice"})
KEYS = {"invoicing.credit_lines": "c", "invoicing.send_document": "s", "invoicing.correct_invoice": "o"}
BY_LINK = "payments.ask_by_link"


def document_context(document: Document, actor: Actor, root_id: int) -> dict[str, Any]:
    """The page of a document; `root_id` is the customer whose file it is in."""
    whole = read_whole(document.pk)
    charges = _charges(whole.lines) if actor.may(VIEW) else {}
    missing = why_not(whole)
    notes = Document.objects.filter(counters=document.pk).order_by("pk")
    return {
        "title": f"{DocumentKind(document.kind).label} {document.label}",
        "total": Money(document.gross_minor, document.currency).formatted(),
        "kind": str(DocumentKind(document.kind).label),
        "badge": _badge(document),
        "facts": _facts(document),
        "lines": [_line(one, document, charges.get(one.source_id or 0)) for one in whole.lines],
        "sums": _sums(document, whole.rates),
        "reason": document.reason,
        "notes": [_link(one) for one in notes],
        "counters": _link(document.counters) if document.counters else None,
        "pdf_url": address_of("money:pdf", document.pk),
        "xml_url": "" if missing else address_of("money:xml", document.pk),
        "no_xml": missing,
        "acts": [*_ask_by_link(document, actor, root_id), *_acts(document, actor)],
        "live": f"document:{document.pk}",
    }


def _charges(lines: "list[DocumentLine] | Any") -> dict[int, Charge]:
    ids = [one.source_id for one in lines if one.source_type == "charge" and one.source_id]
    return Charge.objects.select_related("subscription__plan").in_bulk(ids)


def _badge(document: Document) -> tuple[str, str]:
    if document.kind == DocumentKind.CREDIT_NOTE:
        return _("Given back"), "info"
    if document.credited_minor and not document.left_minor:
        return _("Credited in full"), ""
    if document.credited_minor:
        return _("Credited in part"), "warn"
    return _("Issued"), "good"


def _facts(document: Document) -> list[tuple[str, str]]:
    address = document.address
    town = " ".join(str(address[part]) for part in ("postal_code", "city") if address.get(part))
    place = ", ".join(filter(None, [str(address.get("name", "")), str(address.get("address_lines", "")), town]))
    facts = [(_("Issued"), show_date(document.issued_on))]
    if document.kind == DocumentKind.INVOICE:
        facts.append((_("Due"), show_date(document.due_on)))
    if document.credited_minor:
        facts.append((_("Credited"), Money(document.credited_minor, document.currency).formatted()))
    return [*facts, (_("Written to"), place)]


def _line(line: DocumentLine, document: Document, charge: Charge | None) -> dict[str, Any]:
    currency = document.currency
    unit = charge.subscription.plan.unit if charge is not None and charge.subscription is not None else ""
    counted = unit if charge is not None and charge.kind == ChargeKind.USAGE else ""
    credited = line.credited_net + line.credited_tax
    return {
        "id": line.pk,
        "text": line.text,
        "pieces": f"{Decimal(line.pieces).normalize():f} {counted}".strip(),
        "rate": f"{line.percent.normalize():f} %",
        "amount": Money(line.gross_minor, currency).formatted(),
        "credited": Money(credited, currency).formatted() if credited else "",
        "explained": explain(charge, unit) if charge is not None else [],
    }


def _sums(document: Document, rates: Any) -> list[tuple[str, str]]:
    currency = document.currency
    sums = [(_("Sum without tax"), Money(document.net_minor, currency).formatted())]
    for rate in rates:
        label = _("Tax %(percent)s %%") % {"percent": f"{rate.percent.normalize():f}"}
        sums.append((label, Money(rate.tax_minor, currency).formatted()))
    return [*sums, (_("To be paid"), Money(document.gross_minor, currency).formatted())]


def _link(document: Document) -> dict[str, str]:
    return {
        "label": document.label,
        "url": address_of("money:document", document.pk),
        "amount": Money(document.gross_minor, document.currency).formatted(),
        "day": show_date(document.issued_on),
    }


def _ask_by_link(document: Document, actor: Actor, root_id: int) -> list[dict[str, str]]:
    """Asking the customer by a link for what is open of an invoice, with that filled in; where there is something to ask for."""
    act = get_act(BY_LINK)
    if document.kind != DocumentKind.INVOICE or not actor.may(act.permission):
        return []
    left = left_to_ask(("document", document.pk), document.currency)
    if not left.minor:
        return []
    given = {"amount": left, "invoice": document.pk}
    boxes = {name: value for one in act.fields if one.name in given for name, value in values_of(one, given[one.name]).items()}  # fmt: skip
    return [{"label": str(act.label), "url": f"{act_address(act, root_id)}?{urlencode(boxes)}", "key": "l"}]


def _acts(document: Document, actor: Actor) -> list[dict[str, str]]:
    shut = INVOICES_ONLY if document.kind != DocumentKind.INVOICE or not document.left_minor else frozenset()
    return [
        {"label": str(one.label), "url": act_address(get_act(one.name), document.pk), "key": KEYS.get(one.name, "")}
        for one in acts_on(DOCUMENT, actor)
        if one.name not in shut
    ]
