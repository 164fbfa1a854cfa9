"""Amounts asked for by links, and payments a bank asks back."""

from django.db import models
from django.db.models import Q

from onhand.contacts.models import Case
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.payments.enums import ChargebackState, LinkState
from onhand.payments.models.methods import ProviderAccount, new_token
from onhand.payments.models.moving import Payment


class PaymentLink(Versioned):
    """
    A customer is asked for one amount, for a document, by a link to a page of the provider, sent to `address` where there is one. Until
    `expires_at` it can be paid, once; `payment` is what came of it. `token` is also that payment's, `reference` the provider's name
    of the page. Cancelled or run out, the page is closed at the provider (`is_shut`); what was paid on it before is a payment all the same.
    """

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="payment_links")
    provider = models.ForeignKey(ProviderAccount, db_index=False, on_delete=models.PROTECT, related_name="+")
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    text = models.CharField(max_length=200)
    address_kind = models.CharField(max_length=20, blank=True, default="")
    address = models.CharField(max_length=254, blank=True, default="")
    language = models.CharField(max_length=10, default="en")
    url = models.CharField(max_length=2000, blank=True, default="")
    reference = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=20, choices=LinkState, default=LinkState.ASKED)
    is_sent = models.BooleanField(default=False)
    is_shut = models.BooleanField(default=False)
    why = models.CharField(max_length=300, blank=True, default="")
    asked_at = models.DateTimeField()
    asked_by_name = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    payment = models.ForeignKey(Payment, null=True, db_index=False, on_delete=models.PROTECT, related_name="links")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(minor__gt=0), name="payment_link_of_something")]
        indexes = [
            models.Index(fields=["customer", "-id"], name="payment_link_of_customer"),
            models.Index(fields=["document_type", "document_id"], name="payment_link_of_document"),
            models.Index(
                fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="payment_link_to_be_seen_to"
            ),
        ]


class Chargeback(Versioned):
    """
    The customer's bank asks a payment back (at providers: a dispute). `reference` is what the provider calls it; `minor` is how much is
    asked for, in the payment's currency; `reason` is the bank's, as a word of the provider. `respond_by` is until when it can be answered.
    What was taken and given back of it are its moves. `case` is the work that came of it.
    """

    payment = models.ForeignKey(Payment, db_index=False, on_delete=models.PROTECT, related_name="chargebacks")
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="chargebacks")
    reference = models.CharField(max_length=200)
    minor = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=ChargebackState)
    reason = models.CharField(max_length=100, blank=True, default="")
    respond_by = models.DateTimeField(null=True)
    noted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    case = models.ForeignKey(Case, null=True, db_index=False, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "reference"], name="chargeback_once")]
        indexes = [models.Index(fields=["customer", "-noted_at", "-id"], name="chargeback_of_customer")]


class ChargebackMove(models.Model):
    """
    Money a provider took for a chargeback or gave back, as it was booked: `minor` of the payment's currency, positive where it was taken,
    and the provider's fee, positive where it costs. Never changed. `reference` is what the provider calls it: booked once.
    """

    chargeback = models.ForeignKey(Chargeback, db_index=False, on_delete=models.PROTECT, related_name="moves")
    reference = models.CharField(max_length=200)
    minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    fee_currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chargeback", "reference"], name="chargeback_move_once")]
