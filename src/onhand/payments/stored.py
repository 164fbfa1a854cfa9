"""
Stored value: gift cards, and what was given back to customers to be spent again. The balance of a card is that of its account in the
ledger, which the database never lets fall below nothing.

A code has 15 characters of an alphabet without look-alikes and a check character. It is shown once and kept as a keyed hash.
"""

import secrets
from datetime import datetime

from django.utils.translation import gettext as _

from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.references import ALPHABET
from onhand.kernel.signing import keyed_hash
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE, STORED_VALUE
from onhand.ledger.posting import credit, debit, post
from onhand.payments.enums import CardPurpose, CardState, MethodKind
from onhand.payments.models import Payment, PaymentMethod, StoredValueCard

LENGTH = 15
GROUP = 4
LONGEST_TYPED = 100
_HEARD = str.maketrans({"S": "5", "Z": "2"})


def new_card(
    customer_id: int | None,
    currency: str,
    *,
    at: datetime,
    by_name: str,
    purpose: CardPurpose = CardPurpose.GIFT,
) -> tuple[StoredValueCard, str]:
    """
    A new card without value, and its code, which is known this once. Of somebody who has it (None: nobody yet) it is a payment method.
    """
    code = make_code()
    card = StoredValueCard.objects.create(
        customer_id=customer_id,
        currency=currency,
        purpose=purpose,
        code_hash=hash_code(code),
        last4=code[-4:],
        made_at=at,
        made_by_name=by_name,
    )
    if customer_id is not None:
        method_of(card, at)
    return card, write_code(code)


def method_of(card: StoredValueCard, at: datetime) -> PaymentMethod:
    """The payment method a card is for who has it; made where there is none yet."""
    if card.customer_id is None:
        raise NotPossible(_("Nobody has this card yet."))
    found = PaymentMethod.objects.filter(card=card, is_active=True).first()
    if found is not None and found.customer_id == card.customer_id:
        return found
    return PaymentMethod.objects.create(
        customer_id=card.customer_id, kind=MethodKind.STORED_VALUE, card=card, last4=card.last4, added_at=at
    )


def load(card: StoredValueCard, amount: Money, *, key: str, at: datetime, customer_id: int | None = None) -> None:
    """
    Put value on a card: the customer who buys it (`customer_id`, else who has it) owes it, or has paid for it before. Part of an act that
    holds that customer's lock.

    :raises NotPossible: the card is cancelled, or of another currency.
    """
    lock_usable(card, amount.currency)
    if amount.minor <= 0:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    buyer = customer_id or card.customer_id
    if buyer is None:
        raise NotPossible(_("Nobody has this card yet."))
    _book(card, amount, buyer, key, at)


def load_paid(payment: Payment, at: datetime) -> None:
    """Put on a card what was paid for it. Of a card cancelled meanwhile it stays on the customer's account."""
    card = StoredValueCard.objects.filter(pk=payment.document_id).first()
    if card is None:
        return
    lock_in_order(StoredValueCard, [card.pk])
    card.refresh_from_db(fields=["state"])
    if card.state == CardState.ACTIVE and card.currency == payment.currency:
        paid = Money(payment.captured_minor, payment.currency)
        _book(card, paid, payment.customer_id, f"load:payment:{payment.pk}", at)


def empty(card: StoredValueCard, *, key: str, at: datetime, customer_id: int) -> Money:
    """Put what is left on a card on a customer's account; what it was."""
    left = balance(card)
    if left.minor:
        _book(card, -left, customer_id, key, at)
    return left


def _book(card: StoredValueCard, amount: Money, customer_id: int, key: str, at: datetime) -> None:
    post(
        "stored_value",
        document=("stored_card", card.pk),
        key=key,
        lines=[
            debit(RECEIVABLE, amount, customer_id=customer_id),
            credit(STORED_VALUE, amount, owner_id=card.pk),
        ],
        at=at,
        booked_on=company_day(at),
        customer_id=customer_id,
    )


def balance(card: StoredValueCard) -> Money:
    """What can be spent of a card."""
    return -balance_of(STORED_VALUE, card.currency, owner_id=card.pk)


def lock_usable(card: StoredValueCard, currency: str) -> None:
    """Raise NotPossible unless money of that currency can go to and from the card; it stays so until the transaction ends."""
    lock_in_order(StoredValueCard, [card.pk])
    card.refresh_from_db(fields=["state", "currency"])
    if card.state != CardState.ACTIVE:
        raise NotPossible(_("This card was cancelled."), field="method")
    if card.currency != currency:
        words = {"currency": card.currency}
        raise NotPossible(_("This card holds %(currency)s only.") % words, field="amount")


def require_enough(card: StoredValueCard, amount: Money) -> None:
    """Raise NotPossible unless the card holds the amount. Locks the card, so that it stays so until the transaction ends."""
    lock_usable(card, amount.currency)
    left = balance(card)
    if left < amount:
        words = {"amount": left.formatted()}
        raise NotPossible(_("There is only %(amount)s on this card.") % words, field="amount")


def find_by_code(typed: str) -> StoredValueCard | None:
    """The card of a code as somebody typed or said it."""
    code = read_code(typed)
    return StoredValueCard.objects.filter(code_hash=hash_code(code)).first() if code else None


def make_code() -> str:
    """A new code: 15 characters by chance (72 bits) and one that checks them."""
    bare = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))
    return bare + _check(bare)


def write_code(code: str) -> str:
    """A code in groups, as it is shown."""
    return "-".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def read_code(typed: str) -> str:
    """The bare code of what was typed; empty where it cannot be one."""
    bare = "".join(c for c in typed[:LONGEST_TYPED].upper() if c.isalnum()).translate(_HEARD)
    fits = len(bare) == LENGTH + 1 and all(c in ALPHABET for c in bare) and _check(bare[:-1]) == bare[-1]
    return bare if fits else ""


def hash_code(code: str) -> bytes:
    """What is kept of a code. Without the installation's key it cannot be tried out."""
    return keyed_hash(b"stored value card " + code.encode())


def _check(bare: str) -> str:
    return ALPHABET[sum((place + 2) * ALPHABET.index(c) for place, c in enumerate(bare)) % len(ALPHABET)]
