"""Documents as PDF/A-3, in the customer's language, with the electronic invoice in them where there is one (Factur-X, ZUGFeRD)."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal, get_currency_precision
from django.utils import translation
from django.utils.translation import gettext as _
from markupsafe import Markup

from onhand.invoicing.einvoice import REASONS, Whole, why_not, write_xml
from onhand.invoicing.enums import DocumentKind, TaxCategory
from onhand.invoicing.models import DocumentLine
from onhand.invoicing.paper import PAGES, account_words, draw_page, letter_head, long_day, paper_locale
from onhand.kernel.money import Money
from onhand.kernel.pdf import draw_pdf

EPC_LARGEST = 99_999_999_999  # cents


def render_pdf(whole: Whole) -> bytes:
    """
    The PDF of a document. Takes about a tenth of a second, and the first time some seconds more to load what renders.

    :raises CannotDraw: this machine cannot.
    """
    from facturx import generate_from_binary

    pdf = draw_pdf(render_html(whole), variant="pdf/a-3b")
    if why_not(whole):
        return pdf
    with_xml: bytes = generate_from_binary(
        pdf, write_xml(whole), flavor="factur-x", level="en16931", check_xsd=True, lang=whole.document.language
    )
    return with_xml


def render_html(whole: Whole) -> str:
    """The page the PDF is made of, in the language the document was issued in."""
    language = whole.document.language or "en"
    with translation.override(language):
        qr = Markup(_payment_code(whole))  # noqa: S704  (drawn by us)
        return draw_page(PAGES, "document.html", _words(whole) | {"qr": qr})


def _words(whole: Whole) -> dict[str, Any]:
    document, seller = whole.document, whole.seller
    is_invoice = document.kind == DocumentKind.INVOICE
    title = (_("Invoice %(number)s") if is_invoice else _("Credit note %(number)s")) % {"number": document.label}
    facts = [(_("Number"), document.label), (_("Date"), long_day(document.issued_on))]
    if is_invoice:
        facts.append((_("To be paid by"), long_day(document.due_on)))
    if document.address.get("reference"):
        facts.append((_("Your customer number"), document.address["reference"]))
    if document.address.get("tax_number"):
        facts.append((_("Your tax number"), document.address["tax_number"]))
    return letter_head(seller, document.address) | {
        "title": title,
        "facts": facts,
        "before": _before(whole),
        "words": {
            "what": _("What for"),
            "pieces": _("Pieces"),
            "unit": _("Each"),
            "rate": _("Tax"),
            "amount": _("Amount without tax"),
            "whole": _("To be paid") if is_invoice else _("Given back"),
        },
        "lines": [_line(one, document.currency) for one in whole.lines],
        "sums": _sums(whole),
        "whole": Money(document.gross_minor, document.currency).formatted(),
        "after": _after(whole),
    }


def _line(line: DocumentLine, currency: str) -> dict[str, str]:
    return {
        "text": line.text,
        "pieces": str(format_decimal(line.pieces.normalize(), locale=paper_locale())),
        "unit": _unit(line, currency),
        "rate": _percent(line.percent),
        "amount": Money(line.net_minor, currency).formatted(),
    }


def _unit(line: DocumentLine, currency: str) -> str:
    """The price of one piece without tax, with as many places as it takes, at most two more than the currency has."""
    places = get_currency_precision(currency)
    each = Money(line.net_minor, currency).decimal / line.pieces
    return str(format_decimal(each, format=f"#,##0.{'0' * places}{'#' * 2}", locale=paper_locale()))


def _sums(whole: Whole) -> list[tuple[str, str]]:
    currency = whole.document.currency
    rows = [(_("Sum without tax"), Money(whole.document.net_minor, currency).formatted())]
    for rate in whole.rates:
        on = Money(rate.net_minor, currency).formatted()
        label = _("Tax %(percent)s on %(amount)s") % {"percent": _percent(rate.percent), "amount": on}
        rows.append((label, Money(rate.tax_minor, currency).formatted()))
    return rows


def _before(whole: Whole) -> list[str]:
    said = []
    if whole.countered is not None:
        said.append(
            _("This credit note takes back what was invoiced by %(number)s of %(day)s.")
            % {"number": whole.countered.label, "day": long_day(whole.countered.issued_on)}
        )
    if whole.document.reason:
        said.append(whole.document.reason)
    return said


def _after(whole: Whole) -> list[str]:
    document, seller = whole.document, whole.seller
    said = []
    if document.kind == DocumentKind.INVOICE and document.gross_minor:
        said.append(
            _("Please pay %(amount)s by %(day)s and name %(number)s.")
            % {
                "amount": Money(document.gross_minor, document.currency).formatted(),
                "day": long_day(document.due_on),
                "number": document.label,
            }
        )
        if account := account_words(seller):
            said.append(account)
    elif document.kind == DocumentKind.CREDIT_NOTE:
        said.append(_("The amount is set against what you owe, or paid back to you."))
    reasons = {TaxCategory(rate.category) for rate in whole.rates} & REASONS.keys()
    if TaxCategory.REVERSE_CHARGE in reasons:
        said.append(_("The tax is owed by the buyer (reverse charge)."))
    if TaxCategory.EXEMPT in reasons:
        said.append(_("Exempt from tax."))
    return said


def _payment_code(whole: Whole) -> str:
    """The European code for a transfer as a drawing; nothing where there is no account or another currency."""
    document, seller = whole.document, whole.seller
    is_payable = document.kind == DocumentKind.INVOICE and 0 < document.gross_minor <= EPC_LARGEST
    if not (seller.get("iban") and seller.get("name") and document.currency == "EUR" and is_payable):
        return ""
    from segno.helpers import make_epc_qr

    code = make_epc_qr(
        name=seller["name"][:70],
        iban=seller["iban"],
        bic=seller.get("bic") or None,
        amount=Decimal(document.gross_minor) / 100,
        text=document.label,
    )
    return str(code.svg_inline(scale=3, border=2, omitsize=True))


def _percent(percent: Decimal) -> str:
    return f"{format_decimal(percent.normalize(), locale=paper_locale())} %"
