"""What payments hold about a person. Amounts and days are kept by law; what was paid with is forgotten, here and at the provider."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.privacy.holdings import (
    Scope,
    TableHolding,
    Treatment,
    hinders_erasure,
    hold,
    settles_before_erasure,
    shows_activity,
)
from onhand.ledger.balances import balances_of
from onhand.payments import stored
from onhand.payments.enums import CardState, DepositState, PaymentState, RefundState
from onhand.payments.methods import forget_methods
from onhand.payments.models import (
    BankLine,
    Chargeback,
    ChargebackMove,
    Deposit,
    MethodRequest,
    Payment,
    PaymentLink,
    PaymentMethod,
    Refund,
    StoredValueCard,
)

_LAW = gettext_lazy("Books must be kept for the years the law says: amounts and days, without what was paid with.")

hold(
    TableHolding(
        name="payment_methods",
        label=gettext_lazy("Payment methods"),
        model=PaymentMethod,
        shown=(
            ("kind", gettext_lazy("Kind")),
            ("label", gettext_lazy("Name")),
            ("last4", gettext_lazy("Last figures")),
            ("expires", gettext_lazy("Good until")),
            ("added_at", gettext_lazy("Since")),
            ("removed_at", gettext_lazy("Until")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"version", "customer", "kind", "provider", "card", "is_active", "added_at", "removed_at"}),
        subject="payment_method",
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="payment_method_requests",
        label=gettext_lazy("Requests for payment methods"),
        model=MethodRequest,
        shown=(
            ("asked_at", gettext_lazy("Asked")),
            ("address", gettext_lazy("Sent to")),
            ("state", gettext_lazy("State")),
        ),
        treatment=Treatment.DELETE,
    )
)
hold(
    TableHolding(
        name="payment_links",
        label=gettext_lazy("Links to pay by"),
        model=PaymentLink,
        shown=(
            ("asked_at", gettext_lazy("When")),
            ("minor", gettext_lazy("Amount in minor units")),
            ("currency", gettext_lazy("Currency")),
            ("address", gettext_lazy("Sent to")),
            ("state", gettext_lazy("State")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"version", "customer", "provider", "minor", "currency", "document_type", "document_id", "language"}
            | {"reference", "state", "is_sent", "is_shut", "asked_at", "asked_by_name", "expires_at", "tries"}
            | {"next_try_at", "token", "payment"}
        ),
        subject="payment_link",
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="stored_value_cards",
        label=gettext_lazy("Stored-value cards"),
        model=StoredValueCard,
        shown=(
            ("made_at", gettext_lazy("Since")),
            ("purpose", gettext_lazy("Kind")),
            ("last4", gettext_lazy("Last characters")),
            ("currency", gettext_lazy("Currency")),
            ("state", gettext_lazy("State")),
        ),
        treatment=Treatment.KEEP,
        subject="stored_card",
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="payments",
        label=gettext_lazy("Payments"),
        model=Payment,
        shown=(
            ("made_at", gettext_lazy("When")),
            ("minor", gettext_lazy("Amount in minor units")),
            ("currency", gettext_lazy("Currency")),
            ("method__kind", gettext_lazy("Paid with")),
            ("state", gettext_lazy("State")),
            ("refunded_minor", gettext_lazy("Given back, in minor units")),
        ),
        treatment=Treatment.KEEP,
        subject="payment",
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="refunds",
        label=gettext_lazy("Refunds"),
        model=Refund,
        shown=(
            ("made_at", gettext_lazy("When")),
            ("minor", gettext_lazy("Amount in minor units")),
            ("payment__currency", gettext_lazy("Currency")),
            ("to__kind", gettext_lazy("To")),
            ("state", gettext_lazy("State")),
        ),
        treatment=Treatment.KEEP,
        subject="refund",
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="chargebacks",
        label=gettext_lazy("Payments asked back"),
        model=Chargeback,
        shown=(
            ("noted_at", gettext_lazy("When")),
            ("minor", gettext_lazy("Amount in minor units")),
            ("payment__currency", gettext_lazy("Currency")),
            ("reason", gettext_lazy("Reason")),
            ("state", gettext_lazy("State")),
        ),
        treatment=Treatment.KEEP,
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="chargeback_moves",
        label=gettext_lazy("Money banks took back"),
        model=ChargebackMove,
        paths=("chargeback__customer_id",),
        shown=(
            ("at", gettext_lazy("When")),
            ("minor", gettext_lazy("Amount in minor units")),
            ("chargeback__payment__currency", gettext_lazy("Currency")),
        ),
        treatment=Treatment.KEEP,
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="deposits",
        label=gettext_lazy("Deposits"),
        model=Deposit,
        shown=(
            ("asked_at", gettext_lazy("Asked")),
            ("minor", gettext_lazy("Amount in minor units")),
            ("currency", gettext_lazy("Currency")),
            ("reason", gettext_lazy("Reason")),
            ("state", gettext_lazy("State")),
            ("interest_minor", gettext_lazy("Interest in minor units")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"version", "customer", "minor", "currency", "state", "interest_percent", "interest_minor", "applied_minor"}
            | {"returned_minor", "payment", "asked_at", "asked_by_name", "held_on", "interest_from", "ended_at"}
        ),
        subject="deposit",
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="bank_lines",
        label=gettext_lazy("Lines of bank statements"),
        model=BankLine,
        paths=("customer_id", "payment__customer_id", "refund__customer_id"),
        shown=(
            ("booked_on", gettext_lazy("Booked on")),
            ("minor", gettext_lazy("Amount in minor units")),
            ("currency", gettext_lazy("Currency")),
            ("name", gettext_lazy("Name")),
            ("iban", gettext_lazy("Account")),
            ("text", gettext_lazy("Text")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"version", "statement", "key", "minor", "currency", "booked_on", "bank_reference", "state", "matched_by"}
            | {"customer", "payment", "refund", "matched_at"}
        ),
        subject="bank_line",
        why_kept=_LAW,
    )
)
shows_activity(
    "coalesce((select p.made_at from payments_payment p where p.customer_id = c.id order by p.made_at desc limit 1), '-infinity')"
)


@hinders_erasure
def money_between_us(members: Sequence[int]) -> list[str]:
    """Payments and refunds on their way, deposits held, and value on cards."""
    found = []
    payments = Payment.objects.filter(
        customer__in=members, state__in=[PaymentState.PENDING, PaymentState.AUTHORISED]
    ).count()
    refunds = Refund.objects.filter(customer__in=members, state=RefundState.PENDING).count()
    if payments or refunds:
        found.append(_("Payments or refunds are on their way: %(count)s.") % {"count": payments + refunds})
    if Chargeback.objects.filter(customer__in=members, ended_at__isnull=True).exists():
        found.append(_("A bank asks a payment of theirs back, and has not decided."))
    deposits = Deposit.objects.filter(customer__in=members, state=DepositState.HELD).count()
    if deposits:
        found.append(_("Deposits are held: %(count)s.") % {"count": deposits})
    cards = StoredValueCard.objects.filter(customer__in=members, state=CardState.ACTIVE)
    found += [
        _("There is %(amount)s on a stored-value card.") % {"amount": left.formatted()}
        for left in map(stored.balance, cards)
        if left.minor
    ]
    found += [
        _("Their account is not settled: %(amount)s.") % {"amount": one.amount.formatted()}
        for one in balances_of(members)
        if one.role.key == "receivable"
    ]
    return found


@settles_before_erasure
def forget_what_is_paid_with(scope: Scope) -> None:
    """Nothing is taken by their methods any more, and the providers forget them too."""
    forget_methods(scope.members, scope.at)
