"""
Invoices and credit notes. They are numbered without gaps, written with their lines in one transaction, and never changed: what was wrong is
countered by a credit note. The database refuses anything else, credit beyond what was invoiced, and totals that are not their lines.
"""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from onhand.contacts.models import StoredFile
from onhand.customers.models import Customer
from onhand.invoicing.enums import DocumentKind, FileFormat, TaxCategory, What
from onhand.kernel.models import Versioned

NO_TAX = Decimal(0)


class CompanyDetails(Versioned):
    """
    Who invoices: what stands on the letterhead, and how customers pay. There is one row. Documents keep the `Seller` they were
    issued by. `due_days` is how long customers have to pay.
    """

    name = models.CharField(max_length=200, blank=True, default="")
    address_lines = models.CharField(max_length=300, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    tax_number = models.CharField(max_length=40, blank=True, default="")
    registration = models.CharField(max_length=100, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    telephone = models.CharField(max_length=40, blank=True, default="")
    website = models.CharField(max_length=200, blank=True, default="")
    iban = models.CharField(max_length=34, blank=True, default="")
    bic = models.CharField(max_length=11, blank=True, default="")
    footer = models.CharField(max_length=500, blank=True, default="")
    due_days = models.PositiveSmallIntegerField(default=14)


class Seller(models.Model):
    """The company as it was when documents were issued: its details by name. Never changed."""

    details = models.JSONField()
    since = models.DateTimeField()


class NumberSeries(Versioned):
    """
    How documents of a kind are numbered: `prefix`, the year where `by_year` says that each begins anew, and the number with at least
    `digits` digits, such as INV-2026-00017.
    """

    kind = models.CharField(max_length=12, choices=DocumentKind, unique=True)
    prefix = models.CharField(max_length=20, blank=True, default="")
    by_year = models.BooleanField(default=True)
    digits = models.PositiveSmallIntegerField(default=5)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(digits__gte=1, digits__lte=12), name="series_digits")]


class NumberCounter(models.Model):
    """The numbers of a series in a year (0: in all years) that are taken: those up to `last`, from `first` on. Locked by who takes one."""

    series = models.ForeignKey(NumberSeries, db_index=False, on_delete=models.PROTECT, related_name="counters")
    year = models.PositiveSmallIntegerField()
    first = models.BigIntegerField(default=1)
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="number_counter_once"),
            models.CheckConstraint(condition=Q(first__gte=1, last__gte=F("first") - 1), name="number_counter_counts"),
        ]


class Document(Versioned):
    """
    An invoice, or a credit note with its amounts positive. `document_type` and `document_id` say what it is for, such as ("order", 7);
    `counters` is the invoice a credit note takes back. Amounts are minor units of `currency`. `address` is who it is written to, as then.
    `credited_minor` is what credit notes took back of an invoice, kept by the database. `key` is unique: the same business is
    invoiced once.
    """

    kind = models.CharField(max_length=12, choices=DocumentKind)
    series = models.ForeignKey(NumberSeries, db_index=False, on_delete=models.PROTECT, related_name="documents")
    year = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    label = models.CharField(max_length=60)
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="+")
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    counters = models.ForeignKey(
        "self", null=True, db_index=False, on_delete=models.PROTECT, related_name="countered_by"
    )
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    due_on = models.DateField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    credited_minor = models.BigIntegerField(default=0)
    address = models.JSONField(default=dict)
    language = models.CharField(max_length=10, default="en")
    seller = models.ForeignKey(Seller, db_index=False, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True, default="")
    key = models.CharField(max_length=100, unique=True)
    xact = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "number"], name="document_number_once"),
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor"), gross_minor__gte=0),
                name="document_is_net_and_tax",
            ),
            models.CheckConstraint(
                condition=Q(credited_minor__gte=0, credited_minor__lte=F("gross_minor")),
                name="document_not_credited_beyond",
            ),
            models.CheckConstraint(
                condition=Q(kind=DocumentKind.CREDIT_NOTE) | Q(counters__isnull=True),
                name="document_countered_by_credit_notes",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="document_of_customer"),
            models.Index(fields=["customer", "issued_at", "id"], name="document_in_time"),
            models.Index(fields=["document_type", "document_id"], name="document_of_business"),
            models.Index(fields=["counters"], condition=Q(counters__isnull=False), name="document_counters"),
            models.Index(fields=["issued_on", "id"], name="document_by_day"),
        ]

    @property
    def left_minor(self) -> int:
        """What of an invoice is not credited, in minor units."""
        return self.gross_minor - self.credited_minor


class DocumentLine(models.Model):
    """
    A line of a document, in minor units, with its share of the document's tax. `unit_minor` is the price of one piece as it was given,
    with tax where `includes_tax`. `source_type` and `source_id` say what it is for, such as a line of an order. `counters` is the line
    a credit note takes back; `credited_…` what was taken back of a line, kept by the database.
    """

    document = models.ForeignKey(Document, db_index=False, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    what = models.CharField(max_length=10, choices=What)
    text = models.CharField(max_length=500)
    pieces = models.DecimalField(max_digits=18, decimal_places=4, default=1)
    unit_minor = models.BigIntegerField()
    includes_tax = models.BooleanField(default=False)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    category = models.CharField(max_length=2, choices=TaxCategory)
    source_type = models.CharField(max_length=30, blank=True, default="")
    source_id = models.BigIntegerField(null=True)
    counters = models.ForeignKey(
        "self", null=True, db_index=False, on_delete=models.PROTECT, related_name="countered_by"
    )
    credited_net = models.BigIntegerField(default=0)
    credited_tax = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="document_line_once"),
            models.CheckConstraint(
                condition=(
                    Q(net_minor__gte=0, credited_net__gte=0, credited_net__lte=F("net_minor"))
                    | Q(net_minor__lt=0, credited_net__lte=0, credited_net__gte=F("net_minor"))
                )
                & (
                    Q(tax_minor__gte=0, credited_tax__gte=0, credited_tax__lte=F("tax_minor"))
                    | Q(tax_minor__lt=0, credited_tax__lte=0, credited_tax__gte=F("tax_minor"))
                ),
                name="document_line_not_credited_beyond",
            ),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="document_line_rate"),
        ]
        indexes = [
            models.Index(
                fields=["source_type", "source_id"], condition=~Q(source_type=""), name="document_line_source"
            ),
            models.Index(fields=["counters"], condition=Q(counters__isnull=False), name="document_line_counters"),
        ]

    @property
    def gross_minor(self) -> int:
        """What is to be paid for the line."""
        return self.net_minor + self.tax_minor

    @property
    def left_minor(self) -> int:
        """What of it is not credited yet."""
        return self.gross_minor - self.credited_net - self.credited_tax


class RateRow(models.Model):
    """What stands under a document at one rate of tax, in minor units."""

    document = models.ForeignKey(Document, db_index=False, on_delete=models.PROTECT, related_name="rates")
    category = models.CharField(max_length=2, choices=TaxCategory)
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "category", "percent"], name="document_rate_once"),
        ]


class DocumentFile(models.Model):
    """A document as a file, made once after it was issued."""

    document = models.ForeignKey(Document, db_index=False, on_delete=models.PROTECT, related_name="files")
    format = models.CharField(max_length=3, choices=FileFormat)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "format"], name="document_file_once")]


class OutsideInvoice(Versioned):
    """
    An invoice or credit note another system issued, kept as it was said there: it has no number of ours. Ids are of the same sequence as
    those of documents. `open_minor` is what of it was taken over, as it is owed in our books: by the customer for an invoice, to them for
    a credit note; payments and refunds brought in for it are taken off elsewhere. `lines` are [text, pieces, price of one in minor units].
    `document_id` is the order it is for, with `document_type` "order".
    """

    id = models.BigIntegerField(primary_key=True)
    system = models.CharField(max_length=60)
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=DocumentKind)
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="+")
    document_type = models.CharField(max_length=30, blank=True, default="")
    document_id = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    due_on = models.DateField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField(default=0)
    lines = models.JSONField(default=list)
    taken_at = models.DateTimeField()
    taken_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor"), net_minor__gte=0, tax_minor__gte=0),
                name="outside_invoice_is_net_and_tax",
            ),
            models.CheckConstraint(
                condition=Q(open_minor__gte=0, open_minor__lte=F("gross_minor")), name="outside_invoice_open_in_reach"
            ),
            models.CheckConstraint(
                condition=Q(document_type="", document_id__isnull=True)
                | ~Q(document_type="") & Q(document_id__isnull=False),
                name="outside_invoice_is_for_something",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "issued_at", "id"], name="outside_invoice_in_time"),
            models.Index(
                fields=["document_type", "document_id"],
                condition=~Q(document_type=""),
                name="outside_invoice_of_business",
            ),
        ]
