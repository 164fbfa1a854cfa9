"""Stored-value and gift cards: sold, loaded, taken over by their code, cancelled."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.payments import access, stored, subjects, taking
from onhand.payments.arguments import Amount, DrawerOf
from onhand.payments.enums import CardPurpose, CardState, MethodKind
from onhand.payments.models import PaymentMethod, StoredValueCard, new_token

_PAYS, _ON_ACCOUNT = gettext_lazy("Pays with"), gettext_lazy("Empty: it is put on the customer's account.")
PaidBy = Annotated[int | None, Field(label=_PAYS, reference=subjects.REF_METHOD, help=_ON_ACCOUNT)]
LoadedBy = Annotated[int | None, Field(label=_PAYS, reference=subjects.REF_CARD_METHOD, help=_ON_ACCOUNT)]


def _amount(_subject: Any, *, amount: Money, **_others: Any) -> Mapping[str, Any]:
    return {"amount": amount}


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Sell a gift card"),
    only_adds=True,
    row_only=True,
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
    facts=_amount,
)
def sell_card(
    customer: Customer,
    *,
    run: Run,
    amount: Amount,
    method: PaidBy = None,
    drawer: DrawerOf = None,
    for_themselves: Annotated[
        bool,
        Field(
            label=gettext_lazy("For the customer themselves"),
            help=gettext_lazy("It is on their file at once. Else whoever has the code can take it over."),
        ),
    ] = False,
) -> None:
    """Sell a card with a value. Its code is shown this once: give it to the customer. It has its value once the money came in."""
    holder = customer.pk if for_themselves else None
    purpose = CardPurpose.STORED_VALUE if for_themselves else CardPurpose.GIFT
    card, code = stored.new_card(holder, amount.currency, at=run.at, by_name=run.actor.name, purpose=purpose)
    _load(card, amount, customer, run, method, drawer)
    run.show_once("code", code)
    run.changed("stored_card", after=f"•••• {card.last4}: {amount.formatted()}")


@act(
    subject=subjects.CARD,
    permission=access.TAKE,
    label=gettext_lazy("Load the card"),
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
    facts=_amount,
)
def load_card(
    card: StoredValueCard, *, run: Run, amount: Amount, method: LoadedBy = None, drawer: DrawerOf = None
) -> None:
    """Put more value on a card somebody has: at once, or once the money came in."""
    if card.customer is None:
        raise NotPossible(_("Nobody has this card yet."))
    _load(card, amount, card.customer, run, method, drawer)


def _load(
    card: StoredValueCard, amount: Money, buyer: Customer, run: Run, method: int | None, drawer: int | None
) -> None:
    """What is paid for by a method is on the card once the money came in; without one it is on it at once, and owed."""
    key = new_token()
    if method is None:
        stored.load(card, amount, key=f"load:{key}", at=run.at, customer_id=buyer.pk)
        return
    found = PaymentMethod.objects.filter(pk=method).first()
    if found is None or found.card_id == card.pk:
        raise NotPossible(_("This payment method is not the customer's."), field="method")
    if amount.currency != card.currency:
        raise NotPossible(_("This card holds %(currency)s only.") % {"currency": card.currency}, field="amount")
    taking.take(
        found,
        amount,
        document=(subjects.CARD, card.pk),
        key=f"card:{key}",
        at=run.at,
        by_name=run.actor.name,
        customer_id=buyer.pk,
        drawer_id=drawer,
    )


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Take over a gift card"),
    only_adds=True,
    row_only=True,
)
def take_over_card(
    customer: Customer,
    *,
    run: Run,
    code: Annotated[str, Field(label=gettext_lazy("Code on the card"), max_length=60, secret=True)],
) -> None:
    """Put a gift card on the file of whoever has its code: they can pay with it from now on."""
    card = stored.find_by_code(code)
    if card is not None:
        card = StoredValueCard.objects.select_for_update(no_key=True).get(pk=card.pk)
    if card is None or card.state != CardState.ACTIVE:
        raise NotPossible(_("There is no card of this code: please compare each character."), field="code")
    if card.customer_id is not None:
        raise NotPossible(_("This card is on a file already."), field="code")
    card.customer = customer
    card.version += 1
    card.save(update_fields=["customer", "version"])
    stored.method_of(card, run.at)
    run.changed("stored_card", after=f"•••• {card.last4}: {stored.balance(card).formatted()}")


@act(
    subject=subjects.CARD,
    permission=access.MANAGE,
    label=gettext_lazy("Cancel the card"),
)
def cancel_card(
    card: StoredValueCard,
    *,
    run: Run,
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=300)],
) -> None:
    """Cancel a card, lost or sold by mistake. What is left on it goes to the account of whoever has it; a card nobody has must be empty."""
    if card.state != CardState.ACTIVE:
        raise NotPossible(_("This card was cancelled."))
    left = stored.balance(card)
    if left.minor and card.customer_id is None:
        raise NotPossible(_("Say first whose card this is: there is %(amount)s on it.") % {"amount": left.formatted()})
    if card.customer_id is not None:
        stored.empty(card, key=f"cancelled:{card.pk}", at=run.at, customer_id=card.customer_id)
    PaymentMethod.objects.filter(card=card, kind=MethodKind.STORED_VALUE, is_active=True).update(
        is_active=False, removed_at=run.at
    )
    card.state, card.cancelled_at = CardState.CANCELLED, run.at
    run.changed("reason", after=reason)
