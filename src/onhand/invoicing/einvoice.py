"""
Documents as electronic invoices by EN 16931, in the syntax of UN/CEFACT (Cross Industry Invoice), as Factur-X and ZUGFeRD carry it.
A line's price is given for all its pieces, so that no price is rounded; what is taken off has a negative quantity.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from onhand.invoicing.enums import DocumentKind, TaxCategory
from onhand.invoicing.models import Document, DocumentLine, RateRow
from onhand.kernel.money import Money

PROFILE = "urn:cen.eu:en16931:2017"
TYPE_CODES = {DocumentKind.INVOICE: "380", DocumentKind.CREDIT_NOTE: "381"}
UNIT = "C62"  # pieces
TRANSFER = "58"  # SEPA credit transfer
NOT_SAID = "1"
NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
REASONS = {TaxCategory.EXEMPT: "Exempt from tax", TaxCategory.REVERSE_CHARGE: "Reverse charge"}
_VAT_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,13}")


@dataclass(frozen=True, slots=True)
class Whole:
    """A document with everything that stands on it."""

    document: Document
    lines: Sequence[DocumentLine]
    rates: Sequence[RateRow]
    seller: dict[str, Any]
    countered: Document | None = None


def read_whole(document_id: int) -> Whole:
    """A document with its lines, rates, seller and the invoice it counters."""
    document = Document.objects.select_related("seller", "counters").get(pk=document_id)
    return Whole(
        document,
        list(document.lines.order_by("position")),
        list(document.rates.order_by("-percent", "category")),
        document.seller.details,
        document.counters,
    )


def why_not(whole: Whole) -> str:
    """Why there is no electronic invoice of a document: what of it the standard asks for is not known. Empty if there is one."""
    seller, buyer = whole.seller, whole.document.address
    if not (seller.get("name") and seller.get("country") and seller.get("tax_number")):
        return _("The company's name, country and tax number are not set.")
    if not (buyer.get("name") and buyer.get("country")):
        return _("The customer's name or country is not known.")
    reverse = any(rate.category == TaxCategory.REVERSE_CHARGE for rate in whole.rates)
    if reverse and not _vat_number(str(buyer.get("tax_number", ""))):
        return _("The buyer pays the tax, and their tax number is not known.")
    return ""


def write_xml(whole: Whole) -> bytes:
    """The electronic invoice. Of a document for which `why_not` gives a reason it would not be valid."""
    root = etree.Element(_tag("rsm:CrossIndustryInvoice"), nsmap=NAMESPACES)
    document = whole.document
    context = _add(root, "rsm:ExchangedDocumentContext")
    _add(_add(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", PROFILE)
    head = _add(root, "rsm:ExchangedDocument")
    _add(head, "ram:ID", document.label)
    _add(head, "ram:TypeCode", TYPE_CODES[DocumentKind(document.kind)])
    _day(_add(head, "ram:IssueDateTime"), document.issued_on)
    if document.reason:
        _add(_add(head, "ram:IncludedNote"), "ram:Content", document.reason)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    for line in whole.lines:
        _line(trade, line, document.currency)
    agreement = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    _party(_add(agreement, "ram:SellerTradeParty"), whole.seller, is_seller=True)
    _party(_add(agreement, "ram:BuyerTradeParty"), document.address, is_seller=False)
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    _day(_add(_add(delivery, "ram:ActualDeliverySupplyChainEvent"), "ram:OccurrenceDateTime"), document.issued_on)
    _settlement(_add(trade, "ram:ApplicableHeaderTradeSettlement"), whole)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _line(trade: etree._Element, line: DocumentLine, currency: str) -> None:
    sign = -1 if line.net_minor < 0 else 1
    item = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _add(_add(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(line.position))
    _add(_add(item, "ram:SpecifiedTradeProduct"), "ram:Name", line.text)
    price = _add(_add(item, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice")
    _add(price, "ram:ChargeAmount", _amount(abs(line.net_minor), currency))
    _add(price, "ram:BasisQuantity", _plain(line.pieces), unitCode=UNIT)
    quantity = _add(item, "ram:SpecifiedLineTradeDelivery")
    _add(quantity, "ram:BilledQuantity", _plain(sign * line.pieces), unitCode=UNIT)
    settlement = _add(item, "ram:SpecifiedLineTradeSettlement")
    tax = _add(settlement, "ram:ApplicableTradeTax")
    _add(tax, "ram:TypeCode", "VAT")
    _add(tax, "ram:CategoryCode", line.category)
    _add(tax, "ram:RateApplicablePercent", _plain(line.percent))
    total = _add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _add(total, "ram:LineTotalAmount", _amount(line.net_minor, currency))


def _party(party: etree._Element, said: dict[str, Any], *, is_seller: bool) -> None:
    _add(party, "ram:Name", said["name"])
    if is_seller and said.get("registration"):
        _add(_add(party, "ram:SpecifiedLegalOrganization"), "ram:ID", said["registration"])
    place = _add(party, "ram:PostalTradeAddress")
    _add(place, "ram:PostcodeCode", said.get("postal_code"))
    lines = [part.strip() for part in str(said.get("address_lines", "")).splitlines() if part.strip()]
    for name, part in zip(("LineOne", "LineTwo", "LineThree"), lines, strict=False):
        _add(place, f"ram:{name}", part)
    _add(place, "ram:CityName", said.get("city"))
    _add(place, "ram:CountryID", said.get("country"))
    if said.get("email"):
        _add(_add(party, "ram:URIUniversalCommunication"), "ram:URIID", said["email"], schemeID="EM")
    number = str(said.get("tax_number", ""))
    if vat := _vat_number(number):
        _add(_add(party, "ram:SpecifiedTaxRegistration"), "ram:ID", vat, schemeID="VA")
    elif number and is_seller:
        _add(_add(party, "ram:SpecifiedTaxRegistration"), "ram:ID", number, schemeID="FC")


def _settlement(settlement: etree._Element, whole: Whole) -> None:
    document, seller = whole.document, whole.seller
    _add(settlement, "ram:PaymentReference", document.label)
    _add(settlement, "ram:InvoiceCurrencyCode", document.currency)
    means = _add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    _add(means, "ram:TypeCode", TRANSFER if seller.get("iban") else NOT_SAID)
    if seller.get("iban"):
        _add(_add(means, "ram:PayeePartyCreditorFinancialAccount"), "ram:IBANID", seller["iban"])
        if seller.get("bic"):
            _add(_add(means, "ram:PayeeSpecifiedCreditorFinancialInstitution"), "ram:BICID", seller["bic"])
    for rate in whole.rates:
        tax = _add(settlement, "ram:ApplicableTradeTax")
        _add(tax, "ram:CalculatedAmount", _amount(rate.tax_minor, document.currency))
        _add(tax, "ram:TypeCode", "VAT")
        _add(tax, "ram:ExemptionReason", REASONS.get(TaxCategory(rate.category)))
        _add(tax, "ram:BasisAmount", _amount(rate.net_minor, document.currency))
        _add(tax, "ram:CategoryCode", rate.category)
        _add(tax, "ram:RateApplicablePercent", _plain(rate.percent))
    _day(_add(_add(settlement, "ram:SpecifiedTradePaymentTerms"), "ram:DueDateDateTime"), document.due_on)
    sums = _add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "ram:LineTotalAmount", _amount(document.net_minor, document.currency))
    _add(sums, "ram:TaxBasisTotalAmount", _amount(document.net_minor, document.currency))
    _add(sums, "ram:TaxTotalAmount", _amount(document.tax_minor, document.currency), currencyID=document.currency)
    _add(sums, "ram:GrandTotalAmount", _amount(document.gross_minor, document.currency))
    _add(sums, "ram:DuePayableAmount", _amount(document.gross_minor, document.currency))
    if whole.countered is not None:
        referenced = _add(settlement, "ram:InvoiceReferencedDocument")
        _add(referenced, "ram:IssuerAssignedID", whole.countered.label)
        _day(_add(referenced, "ram:FormattedIssueDateTime"), whole.countered.issued_on, "qdt")


def _add(parent: etree._Element, tag: str, text: str | None = "", **attributes: str) -> etree._Element:
    """An element below another; none is added for a text that is not known."""
    if text is None or (text == "" and tag in _TEXTS):
        return parent
    element = etree.SubElement(parent, _tag(tag), attributes)
    element.text = text or None
    return element


_TEXTS = frozenset({"ram:PostcodeCode", "ram:CityName", "ram:CountryID", "ram:ExemptionReason"})


def _tag(name: str) -> str:
    space, _colon, local = name.partition(":")
    return f"{{{NAMESPACES[space]}}}{local}"


def _day(parent: etree._Element, day: date, space: str = "udt") -> None:
    _add(parent, f"{space}:DateTimeString", day.strftime("%Y%m%d"), format="102")


def _amount(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).decimal:f}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _vat_number(number: str) -> str:
    """The number as a VAT identifier with its country's letters; empty if it is none."""
    bare = re.sub(r"[\s.\-/]", "", number.upper())
    return bare if _VAT_NUMBER.fullmatch(bare) else ""
