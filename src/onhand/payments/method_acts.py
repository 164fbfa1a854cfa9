"""What customers pay with: asked for by a link to a page of the provider, given as a bank account, taken away. Never a number of a card."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.identification.one_time_codes import masked, sendable
from onhand.customers.masks import mask_number
from onhand.customers.models import Customer
from onhand.customers.protection import Protected, protect
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.payments import access, subjects
from onhand.payments.asking_tasks import queue_request
from onhand.payments.enums import MethodKind
from onhand.payments.iban import read_iban
from onhand.payments.methods import remove
from onhand.payments.models import MethodRequest, PaymentMethod
from onhand.payments.provider import has_pages
from onhand.payments.providers import default_account
from onhand.payments.subjects import method_title

protect("iban", Protected(IDENTIFIED, access.PAYMENTS, mask_number))


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Ask for a payment method"),
    only_adds=True,
    row_only=True,
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
)
def ask_for_method(
    customer: Customer,
    *,
    run: Run,
    address: Annotated[int, Field(label=gettext_lazy("Send the link to"), reference="customers.code_address")],
    kind: Annotated[
        str,
        Field(
            label=gettext_lazy("Kind"),
            widget="choice",
            options=lambda: [(MethodKind.CARD.value, _("Card")), (MethodKind.BANK.value, _("Bank account"))],
        ),
    ] = MethodKind.CARD.value,
) -> None:
    """Send the customer a link to a page of the payment provider, where they type in their card themselves. Nobody here sees it."""
    if kind not in (MethodKind.CARD, MethodKind.BANK):
        raise NotPossible(_("Choose one of the list."), field="kind")
    account = default_account()
    if account is None or not has_pages(account.kind):
        raise NotPossible(_("No payment provider is set up that has pages for customers."))
    identity = sendable(customer).filter(pk=address).first()
    if identity is None:
        raise NotPossible(_("No link can be sent to this address."), field="address")
    request = MethodRequest.objects.create(
        customer=customer,
        provider=account,
        kind=kind,
        address_kind=identity.kind,
        address=identity.value,
        language=customer.language,
        asked_at=run.at,
        asked_by_name=run.actor.name,
        next_try_at=run.at,
    )
    queue_request(request.pk)
    run.changed("asked_for", after=masked(identity))


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Add a bank account"),
    only_adds=True,
    row_only=True,
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
)
def add_bank_account(
    customer: Customer,
    *,
    run: Run,
    iban: Annotated[str, Field(label=gettext_lazy("IBAN"), max_length=60)],
) -> None:
    """Write down the customer's bank account: transfers from it are known as theirs, and money goes back to it."""
    number = read_iban(iban)
    if not number:
        raise NotPossible(_("This is not an IBAN: please compare each character."), field="iban")
    theirs = PaymentMethod.objects.filter(customer=customer, kind=MethodKind.BANK, reference=number, is_active=True)
    if theirs.exists():
        raise NotPossible(_("This account is on the file already."), field="iban")
    method = PaymentMethod.objects.create(
        customer=customer, kind=MethodKind.BANK, reference=number, last4=number[-4:], added_at=run.at
    )
    run.changed("payment_method", after=method_title(method))


@act(
    subject=subjects.METHOD,
    permission=access.TAKE,
    label=gettext_lazy("Take the payment method away"),
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
)
def remove_method(method: PaymentMethod, *, run: Run) -> None:
    """Take a payment method off the file: nothing is taken by it any more, and the provider forgets it. Payments made with it stay."""
    if not method.is_active:
        raise NotPossible(_("This payment method is not in use any more."))
    remove(method, run.at)
