"""What customers pay with, who carries it out, and value on cards."""

import secrets

from django.db import models
from django.db.models import Q

from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.payments.enums import CardPurpose, CardState, MethodKind, ProviderKind, RequestState


def new_token() -> str:
    """What a provider knows a request by: no other row of this or another installation, or of a restored one, has it."""
    return secrets.token_hex(12)


class ProviderAccount(Versioned):
    """
    The company's account with who carries payments out. `api_key` and `webhook_secret` are locked texts. `hook` is the secret part of
    the address the provider sends its messages to. `base_url` is where it is asked, empty for its own.
    """

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=ProviderKind)
    api_key = models.BinaryField(default=bytes)
    webhook_secret = models.BinaryField(default=bytes)
    hook = models.CharField(max_length=40, unique=True)
    base_url = models.CharField(max_length=200, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="provider_account_default"
            )
        ]


class StoredValueCard(Versioned):
    """
    A gift card or a customer's stored value. Its balance is that of the ledger's account of the card. The code is kept as a keyed hash
    and shown once; `last4` are its last characters. `customer` is who has it; nobody yet of a gift card handed over.
    """

    customer = models.ForeignKey(
        Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="stored_value_cards"
    )
    currency = models.CharField(max_length=3)
    purpose = models.CharField(max_length=20, choices=CardPurpose, default=CardPurpose.GIFT)
    code_hash = models.BinaryField(unique=True)
    last4 = models.CharField(max_length=4)
    state = models.CharField(max_length=20, choices=CardState, default=CardState.ACTIVE)
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="stored_value_card_of_customer")
        ]


class PaymentMethod(Versioned):
    """
    What a customer pays with. `reference` is what the provider calls it, never a number of a card; of a bank account without a
    provider its IBAN. `last4` are its last figures, `expires` the last day it is good for. A stored-value method has its `card`. One
    not active any more stays: payments were made with it.
    """

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="payment_methods")
    kind = models.CharField(max_length=20, choices=MethodKind)
    provider = models.ForeignKey(
        ProviderAccount, null=True, db_index=False, on_delete=models.PROTECT, related_name="methods"
    )
    card = models.ForeignKey(
        StoredValueCard, null=True, db_index=False, on_delete=models.PROTECT, related_name="methods"
    )
    reference = models.CharField(max_length=200, blank=True, default="")
    outside_customer = models.CharField(max_length=200, blank=True, default="")
    label = models.CharField(max_length=100, blank=True, default="")
    last4 = models.CharField(max_length=4, blank=True, default="")
    expires = models.DateField(null=True)
    is_active = models.BooleanField(default=True)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=MethodKind.STORED_VALUE, card__isnull=False)
                | (~Q(kind=MethodKind.STORED_VALUE) & Q(card__isnull=True)),
                name="payment_method_has_its_card",
            ),
            models.CheckConstraint(
                condition=~Q(kind=MethodKind.CARD, reference__regex=r"[0-9]{12,}"), name="payment_method_no_card_number"
            ),
            models.UniqueConstraint(
                fields=["provider", "reference"],
                condition=Q(provider__isnull=False) & ~Q(reference=""),
                name="payment_method_once",
            ),
            models.UniqueConstraint(
                fields=["card"], condition=Q(card__isnull=False, is_active=True), name="payment_method_of_card_once"
            ),
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=Q(kind__in=[MethodKind.CASH, MethodKind.TERMINAL, MethodKind.ACCOUNT], is_active=True),
                name="payment_method_plain_once",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "id"], name="payment_method_of_customer"),
            models.Index(
                fields=["reference"],
                condition=Q(kind=MethodKind.BANK, provider__isnull=True),
                name="payment_method_by_iban",
            ),
        ]


class MethodRequest(Versioned):
    """
    A customer is asked for a payment method, on a page of the provider, by a link sent to `address` (of one of the kinds of identities).
    Nobody here sees what is typed. `reference` is what the provider calls the page, `method` what came of it.
    """

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="method_requests")
    provider = models.ForeignKey(ProviderAccount, db_index=False, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=MethodKind)
    address_kind = models.CharField(max_length=20, default="email")
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=10, default="en")
    url = models.CharField(max_length=2000, blank=True, default="")
    reference = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.ASKED)
    why = models.CharField(max_length=300, blank=True, default="")
    asked_at = models.DateTimeField()
    asked_by_name = models.CharField(max_length=200)
    expires_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    method = models.ForeignKey(
        PaymentMethod, null=True, db_index=False, on_delete=models.PROTECT, related_name="requests"
    )

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-id"], name="method_request_of_customer"),
            models.Index(
                fields=["next_try_at"], condition=Q(state=RequestState.ASKED), name="method_request_to_be_made"
            ),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="method_request_by_reference"),
        ]
