"""
Payments and refunds, what customers pay with, stored value, drawers, deposits and bank statements.

The database keeps what was refunded of a payment, and refuses more than was captured. Amounts are integers of minor units. What is
booked stands in the ledger; these rows say what for.
"""

import secrets

from django.db import models
from django.db.models import F, Q

from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.payments.enums import (
    BankFormat,
    CardPurpose,
    CardState,
    CountKind,
    DepositState,
    EventState,
    LineState,
    MatchedBy,
    MethodKind,
    PaymentState,
    ProviderKind,
    RefundState,
    RequestState,
)


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


class Drawer(Versioned):
    """A cash drawer. What is in it is the balance of the ledger's account of the drawer."""

    name = models.CharField(max_length=100, unique=True)
    currency = models.CharField(max_length=3)
    is_active = models.BooleanField(default=True)
    is_open = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    opened_by_name = models.CharField(max_length=200, blank=True, default="")


class DrawerCount(models.Model):
    """The money in a drawer was counted: what was there, what should have been, in minor units. The difference was booked."""

    drawer = models.ForeignKey(Drawer, db_index=False, on_delete=models.PROTECT, related_name="counts")
    kind = models.CharField(max_length=20, choices=CountKind)
    counted_minor = models.BigIntegerField()
    expected_minor = models.BigIntegerField()
    why = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(counted_minor__gte=0), name="drawer_count_not_below_nothing")]
        indexes = [models.Index(fields=["drawer", "-id"], name="drawer_count_in_time")]


class Payment(Versioned):
    """
    Money a customer pays, for a document (`document_type` and `document_id`; "customer" for their account).

    `captured_minor` is what came in, `refunded_minor` what went back of it, `refunding_minor` what is on its way back: the last two are
    kept by the database from the refunds. `key` is unique: the same payment is never taken twice. What a provider is still to be asked
    is pending; `next_try_at` is when. `reference` is what the provider or bank calls it, `why` the reason it failed. `token` is part of
    the key under which the provider is asked. `is_called_off`: the provider is to let go of it. `from_system` names where it was
    received, if not here: such a payment of an order is not booked, as the order is not.
    """

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="payments")
    method = models.ForeignKey(PaymentMethod, db_index=False, on_delete=models.PROTECT, related_name="payments")
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    refunding_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=20, choices=PaymentState, default=PaymentState.PENDING)
    captures = models.BooleanField(default=True)  # at once; else it is authorised, and captured when somebody says so
    is_called_off = models.BooleanField(default=False)
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    key = models.CharField(max_length=100, unique=True)
    reference = models.CharField(max_length=200, blank=True, default="")
    why = models.CharField(max_length=300, blank=True, default="")
    drawer = models.ForeignKey(Drawer, null=True, db_index=False, on_delete=models.PROTECT, related_name="payments")
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    captured_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    from_system = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_system="") | Q(state=PaymentState.CAPTURED, refunded_minor=0, refunding_minor=0),
                name="payment_elsewhere_came_in",
            ),
            models.CheckConstraint(condition=Q(minor__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=0, captured_minor__lte=F("minor")), name="payment_captured_at_most_all"
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunding_minor__gte=0)
                & Q(captured_minor__gte=F("refunded_minor") + F("refunding_minor")),
                name="payment_refunded_at_most_captured",
            ),
            models.CheckConstraint(
                condition=Q(state=PaymentState.CAPTURED, captured_minor__gt=0)
                | (~Q(state=PaymentState.CAPTURED) & Q(captured_minor=0)),
                name="payment_captured_in_its_state",
            ),
        ]
        indexes = [
            models.Index(fields=["document_type", "document_id"], name="payment_of_document"),
            models.Index(fields=["customer", "-made_at", "-id"], name="payment_of_customer"),
            models.Index(fields=["method"], name="payment_by_method"),
            models.Index(
                fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="payment_to_be_asked_for"
            ),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="payment_by_reference"),
            models.Index(
                fields=["minor", "currency"], condition=Q(state=PaymentState.PENDING), name="payment_pending_by_amount"
            ),
        ]


class Refund(Versioned):
    """
    Money of a payment that goes back, to the method it came from or to another of the customer (`to`). The database keeps the sums on
    the payment, and refuses what is more than was captured; and it writes whose payment it was.
    """

    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, db_index=False, on_delete=models.PROTECT, related_name="refunds")
    to = models.ForeignKey(PaymentMethod, db_index=False, on_delete=models.PROTECT, related_name="refunds")
    minor = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=RefundState, default=RefundState.PENDING)
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    key = models.CharField(max_length=100, unique=True)
    reference = models.CharField(max_length=200, blank=True, default="")
    why = models.CharField(max_length=300, blank=True, default="")
    drawer = models.ForeignKey(Drawer, null=True, db_index=False, on_delete=models.PROTECT, related_name="refunds")
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    token = models.CharField(max_length=32, unique=True, default=new_token)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(minor__gt=0), name="refund_of_something")]
        indexes = [
            models.Index(fields=["payment", "id"], name="refund_of_payment"),
            models.Index(fields=["customer", "-made_at", "-id"], name="refund_of_customer"),
            models.Index(fields=["document_type", "document_id"], name="refund_of_document"),
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="refund_to_be_asked_for"),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="refund_by_reference"),
            models.Index(fields=["minor"], condition=Q(state=RefundState.PENDING), name="refund_pending_by_amount"),
        ]


class ProviderEvent(models.Model):
    """A message of a provider as it arrived, stored before anything is done about it. `outside_id` is unique: repeats are known."""

    provider = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="events")
    outside_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    body = models.BinaryField()
    state = models.CharField(max_length=20, choices=EventState, default=EventState.STORED)
    why = models.CharField(max_length=300, blank=True, default="")
    arrived_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "outside_id"], name="provider_event_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state=EventState.STORED), name="provider_event_to_be_handled"
            )
        ]


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
