"""Choices of invoicing."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DocumentKind(TextChoices):
    """What a document is."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class What(TextChoices):
    """What a line is for; says on which account it is booked."""

    GOODS = "goods", _("Goods")
    SHIPPING = "shipping", _("Shipping")
    FEE = "fee", _("Fee")
    CHARGE = "charge", _("Charge")
    GOODWILL = "goodwill", _("Goodwill")


class TaxCategory(TextChoices):
    """Categories of tax as EN 16931 names them (UNTDID 5305)."""

    STANDARD = "S", _("Taxed")
    ZERO = "Z", _("Zero rate")
    EXEMPT = "E", _("Exempt")
    REVERSE_CHARGE = "AE", _("The buyer pays the tax")


class FileFormat(TextChoices):
    """How a document is kept as a file."""

    PDF = "pdf", "PDF"
    XML = "xml", "XML"
