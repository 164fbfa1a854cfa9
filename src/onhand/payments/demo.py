"""What the demo company's first customers pay with: methods, payments, stored value, deposits, a drawer. Bounded at any size."""

from datetime import datetime, timedelta

from django.db import transaction

from onhand.customers.models import Customer
from onhand.kernel.money import Money
from onhand.payments import settling, stored, taking
from onhand.payments.enums import CardPurpose, MethodKind, ProviderKind
from onhand.payments.models import Deposit, Drawer, PaymentMethod, ProviderAccount, new_token

MOST = 40  # customers
CURRENCY = "EUR"
BY = "Demo"


@transaction.atomic
def create_demo_payments(*, at: datetime) -> int:
    """Give the first customers methods and payments, once; how many. By the provider for trying out: no money moves."""
    if ProviderAccount.objects.exists():
        return 0
    provider = ProviderAccount.objects.create(
        name="Practice", kind=ProviderKind.PRACTICE, hook=new_token(), is_default=True
    )
    ProviderAccount.objects.create(name="By hand", kind=ProviderKind.MANUAL, hook=new_token())
    Drawer.objects.get_or_create(
        name="Front desk",
        defaults={"currency": CURRENCY, "is_open": True, "opened_at": at, "opened_by_name": BY},
    )
    people = list(Customer.objects.filter(merged_into=None, erased_at=None).order_by("pk")[:MOST])
    for place, customer in enumerate(people):
        _give(customer, place, provider, at)
    return len(people)


def _give(customer: Customer, place: int, provider: ProviderAccount, at: datetime) -> None:
    """A card for everybody, and to some stored value or a deposit, paid by it."""
    card = PaymentMethod.objects.create(
        customer=customer,
        kind=MethodKind.CARD,
        provider=provider,
        reference=f"demo-{new_token()[:10]}-{place}",
        label=("Visa", "Mastercard")[place % 2],
        last4=f"{1000 + place * 37 % 9000:04}",
        expires=(at + timedelta(days=400 + 31 * place)).date(),
        added_at=at,
    )
    if place % 5 == 1:
        made, _code = stored.new_card(customer.pk, CURRENCY, at=at, by_name=BY, purpose=CardPurpose.STORED_VALUE)
        _pay(card, 5000, ("stored_card", made.pk), at)
    elif place % 10 == 2:
        deposit = Deposit.objects.create(
            customer=customer,
            minor=10000,
            currency=CURRENCY,
            reason="Router on loan",
            interest_percent=1,
            asked_at=at,
            asked_by_name=BY,
        )
        _pay(card, 10000, ("deposit", deposit.pk), at)


def _pay(card: PaymentMethod, minor: int, document: tuple[str, int], at: datetime) -> None:
    """A payment by card that came in."""
    payment = taking.take(card, Money(minor, CURRENCY), document=document, key=f"demo:{new_token()}", at=at, by_name=BY)
    settling.note_captured(payment, at, reference=f"demo-{payment.token}")
