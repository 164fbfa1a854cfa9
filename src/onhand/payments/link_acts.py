"""Asking a customer for one amount by a link to a page of the payment provider."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.identification.one_time_codes import masked, sendable
from onhand.customers.models import Customer, Identity
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.payments import access, documents, subjects
from onhand.payments.arguments import Amount
from onhand.payments.asking_tasks import queue_link
from onhand.payments.enums import LinkState
from onhand.payments.links import OPEN, asked_for
from onhand.payments.models import PaymentLink, ProviderAccount
from onhand.payments.payment_acts import DocumentId, DocumentType
from onhand.payments.provider import pays_by_page
from onhand.payments.providers import default_account

LEAST_HOURS, MOST_HOURS = 2, 24  # providers keep such a page open for a day


def _facts(_customer: Customer, *, amount: Money, **_others: Any) -> Mapping[str, Any]:
    return {"amount": amount}


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Ask for a payment by a link"),
    only_adds=True,
    row_only=True,
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
    facts=_facts,
)
def ask_by_link(
    customer: Customer,
    *,
    run: Run,
    amount: Amount,
    invoice: Annotated[
        int | None,
        Field(
            label=gettext_lazy("For the invoice"),
            reference=subjects.REF_INVOICE,
            help=gettext_lazy("Empty: for what is open on the account."),
        ),
    ] = None,
    address: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Send the link to"),
            reference="customers.code_address",
            help=gettext_lazy("Empty: it is only shown on the file."),
        ),
    ] = None,
    hours: Annotated[
        int, Field(label=gettext_lazy("Hours until it runs out"), help=gettext_lazy("2 to 24."))
    ] = MOST_HOURS,
    in_advance: Annotated[
        bool,
        Field(label=gettext_lazy("Also more than is open"), help=gettext_lazy("The rest is to the customer's credit.")),
    ] = False,
    document_type: DocumentType = "",
    document_id: DocumentId = None,
) -> None:
    """Ask the customer for one amount by a link to a page of the payment provider. It can be paid once, until it runs out."""
    account = _account()
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        given = {"least": LEAST_HOURS, "most": MOST_HOURS}
        raise NotPossible(_("Give %(least)s to %(most)s.") % given, field="hours")
    named = ("document", invoice) if invoice is not None else (document_type, document_id)
    document = documents.checked(customer.pk, *named, amount.currency)
    _require_open(document, amount, in_advance)
    identity = _identity(customer, address)
    with translation.override(customer.language or "en"):
        text = documents.title_of(document)
    link = PaymentLink.objects.create(
        customer=customer,
        provider=account,
        minor=amount.minor,
        currency=amount.currency,
        document_type=document[0],
        document_id=document[1],
        text=text[:200],
        address_kind=identity.kind if identity else "",
        address=identity.value if identity else "",
        language=customer.language,
        asked_at=run.at,
        asked_by_name=run.actor.name,
        expires_at=run.at + timedelta(hours=hours),
        next_try_at=run.at,
    )
    queue_link(link.pk)
    run.changed("asked_for", after=f"{amount.formatted()}, {text}" + (f", {masked(identity)}" if identity else ""))


@act(
    subject=subjects.LINK,
    permission=access.TAKE,
    label=gettext_lazy("Cancel the payment link"),
    row_only=True,
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
)
def cancel_link(link: PaymentLink, *, run: Run) -> None:
    """Let nothing be paid by a link any more. What the customer paid on it already is taken as paid."""
    if link.state not in OPEN:
        raise NotPossible(_("Nothing can be paid by this link any more."))
    link.state, link.next_try_at, link.tries = LinkState.CANCELLED, run.at, 0
    queue_link(link.pk)


def left_to_ask(document: tuple[str, int], currency: str) -> Money:
    """What links can still be made to ask for of a document: what is open of it, less what links ask for already. Nothing without pages."""
    if _paying_account() is None:
        return Money(0, currency)
    left = _unasked(document, currency)
    return max(left, Money(0, currency), key=lambda one: one.minor)


def _unasked(document: tuple[str, int], currency: str) -> Money:
    return documents.still_open(document, currency) - asked_for(document, currency)


def _paying_account() -> ProviderAccount | None:
    account = default_account()
    return account if account is not None and pays_by_page(account.kind) else None


def _account() -> ProviderAccount:
    account = _paying_account()
    if account is None:
        raise NotPossible(_("No payment provider is set up that has pages for customers."))
    return account


def _require_open(document: tuple[str, int], amount: Money, in_advance: bool) -> None:
    if amount.minor <= 0:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    if in_advance:
        if document[0] != documents.ACCOUNT:
            raise NotPossible(_("More than is open is asked for on the account alone."), field="in_advance")
        return
    most = _unasked(document, amount.currency)
    if most < amount:
        shown = max(most, Money(0, amount.currency), key=lambda one: one.minor).formatted()
        words = _("%(amount)s are open, less what links ask for already.")
        raise NotPossible(words % {"amount": shown}, field="amount")


def _identity(customer: Customer, address: int | None) -> Identity | None:
    if address is None:
        return None
    identity = sendable(customer).filter(pk=address).first()
    if identity is None:
        raise NotPossible(_("No link can be sent to this address."), field="address")
    return identity
