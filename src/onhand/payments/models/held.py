"""Deposits, and bank statements with their lines."""

from django.db import models
from django.db.models import F, Q

from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.payments.enums import BankFormat, DepositState, LineState, MatchedBy
from onhand.payments.models.moving import Payment, Refund


class Deposit(Versioned):
    """
    Money a customer leaves with the company as a security: asked for, held, and in the end applied to what they owe or returned.

    While it is held its balance is that of the ledger's account of the deposit. `interest_percent` a year is added by the day, from
    `interest_from` on.
    """

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="deposits")
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=DepositState, default=DepositState.ASKED)
    interest_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    interest_minor = models.BigIntegerField(default=0)
    applied_minor = models.BigIntegerField(default=0)
    returned_minor = models.BigIntegerField(default=0)
    payment = models.ForeignKey(Payment, null=True, db_index=False, on_delete=models.PROTECT, related_name="deposits")
    asked_at = models.DateTimeField()
    asked_by_name = models.CharField(max_length=200)
    held_on = models.DateField(null=True)
    interest_from = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(minor__gt=0), name="deposit_of_something"),
            models.CheckConstraint(
                condition=Q(interest_percent__gte=0, interest_percent__lte=100), name="deposit_interest_in_reach"
            ),
            models.CheckConstraint(
                condition=Q(interest_minor__gte=0, applied_minor__gte=0, returned_minor__gte=0)
                & Q(minor__gte=F("applied_minor") + F("returned_minor") - F("interest_minor")),
                name="deposit_given_back_at_most_held",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="deposit_of_customer")]


class BankImport(Versioned):
    """A statement of a bank as it was brought in. The same file (`sha256`) is brought in once."""

    sha256 = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=200)
    format = models.CharField(max_length=20, choices=BankFormat)
    raw = models.BinaryField()
    account = models.CharField(max_length=40, blank=True, default="")
    line_count = models.PositiveIntegerField(default=0)
    known_count = models.PositiveIntegerField(default=0)  # lines that an earlier file had brought in
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)


class BankLine(Versioned):
    """
    One movement of a statement: `minor` is what came in, negative what went out. `key` is unique: a movement that stands in two files
    is booked once. Booked on the ledger's account of money nobody was found for, until it is matched.
    """

    statement = models.ForeignKey(BankImport, db_index=False, on_delete=models.PROTECT, related_name="lines")
    key = models.CharField(max_length=64, unique=True)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    name = models.CharField(max_length=200, blank=True, default="")
    iban = models.CharField(max_length=40, blank=True, default="")
    text = models.CharField(max_length=1000, blank=True, default="")
    bank_reference = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=20, choices=LineState, default=LineState.NEW)
    matched_by = models.CharField(max_length=20, choices=MatchedBy, blank=True, default="")
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, null=True, db_index=False, on_delete=models.PROTECT, related_name="bank_lines")
    refund = models.ForeignKey(Refund, null=True, db_index=False, on_delete=models.PROTECT, related_name="bank_lines")
    matched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(minor=0), name="bank_line_of_something"),
            models.CheckConstraint(
                condition=Q(state=LineState.MATCHED, matched_at__isnull=False)
                | (~Q(state=LineState.MATCHED) & Q(payment__isnull=True, refund__isnull=True)),
                name="bank_line_matched_in_its_state",
            ),
        ]
        indexes = [
            models.Index(fields=["statement", "id"], name="bank_line_of_statement"),
            models.Index(fields=["-booked_on", "-id"], condition=~Q(state=LineState.MATCHED), name="bank_line_open"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="bank_line_of_customer"),
            models.Index(fields=["iban"], condition=~Q(iban=""), name="bank_line_by_iban"),
        ]
