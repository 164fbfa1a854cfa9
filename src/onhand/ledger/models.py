"""
Double-entry books. Journals and entries are append-only: the database refuses change, journals that do not balance in each currency, and
journals booked into a closed period; it keeps the balances of accounts that are kept.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.ledger.enums import Side


class LedgerAccount(models.Model):
    """
    Money of one role (see `chart`) in one currency, and for kept roles of one customer, card, deposit or drawer (`owner_id`, 0 for none).
    `balance` is in minor units, debit positive, kept by the database where `is_kept`.
    """

    role = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    owner_id = models.BigIntegerField(default=0)
    is_kept = models.BooleanField()
    side = models.CharField(max_length=6, choices=Side, default=Side.ANY)
    balance = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "role",
                "currency",
                "owner_id",
                Coalesce("customer", models.Value(0), output_field=models.BigIntegerField()),
                name="ledger_account_once",
            ),
            models.CheckConstraint(
                condition=Q(side=Side.ANY) | Q(side=Side.CREDIT, balance__lte=0) | Q(side=Side.DEBIT, balance__gte=0),
                name="ledger_account_on_its_side",
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="ledger_account_of_customer")
        ]


class Journal(models.Model):
    """
    One booking: entries that balance. `what` says for what kind of business, `document_type` and `document_id` which document it
    books. `key` is unique: the same business is never booked twice. `booked_on` is the day it counts for, `at` when it was written.
    `reverses` is the one it takes back. `xact` is the number of its transaction, by which totals know what is final.
    """

    at = models.DateTimeField()
    booked_on = models.DateField()
    what = models.CharField(max_length=30)
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    key = models.CharField(max_length=100, unique=True)
    customer_id = models.BigIntegerField(null=True)
    text = models.CharField(max_length=200, blank=True, default="")
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    xact = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer_id", "-id"], condition=Q(customer_id__isnull=False), name="journal_of_customer"
            ),
            models.Index(fields=["document_type", "document_id"], name="journal_of_document"),
            models.Index(fields=["xact"], name="journal_by_xact"),
            models.Index(fields=["booked_on", "id"], name="journal_by_day"),
        ]


class Entry(models.Model):
    """One line of a journal: `amount` in minor units of the account's currency, debit positive, credit negative."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, db_index=False, on_delete=models.PROTECT, related_name="entries")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_of_something")]
        indexes = [models.Index(fields=["account", "-id"], name="ledger_entry_of_account")]


class DayTotal(models.Model):
    """What was booked in a role on a day: the sums of its entries, in minor units. Made from the entries; can be made anew."""

    role = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    day = models.DateField()
    debit = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    credit = models.DecimalField(max_digits=30, decimal_places=0, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "currency", "day"], name="day_total_once")]


class TotalsPosition(models.Model):
    """
    How far totals are made: they hold every journal up to `floor_id`, and of those above it the ones whose transaction is below `xact`.
    Transactions are numbered anew in a restored database, which `system` tells.
    """

    system = models.CharField(max_length=30, blank=True, default="")
    xact = models.BigIntegerField(default=0)
    floor_id = models.BigIntegerField(default=0)


class ClosedPeriod(Versioned):
    """A span of days that is closed: nothing is booked into it or before it. Never opened again; what was wrong is countered later."""

    last_day = models.DateField(unique=True)
    closed_at = models.DateTimeField()
    closed_by_name = models.CharField(max_length=200)
    totals = models.JSONField()  # the trial balance it was closed with

    class Meta:
        ordering = [F("last_day").desc()]


class BooksCheck(models.Model):
    """One look at all books: how many journals and accounts, and what was wrong (`faults`, at most 100 of them)."""

    at = models.DateTimeField()
    seconds = models.FloatField()
    journals = models.BigIntegerField()
    accounts = models.BigIntegerField()
    fault_count = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="books_check_in_time")]
