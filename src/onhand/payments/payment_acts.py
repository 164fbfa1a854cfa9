"""Taking payments and giving them back."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day, day_span
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.payments import access, documents, subjects, taking
from onhand.payments.arguments import Amount, DrawerOf
from onhand.payments.enums import MethodKind, PaymentState, RefundState
from onhand.payments.methods import plain_method
from onhand.payments.models import Payment, PaymentMethod, Refund, new_token
from onhand.payments.refunding import give_back, refundable, timing
from onhand.payments.settling import note_captured, note_failed, note_refund_failed, note_refunded
from onhand.payments.subjects import method_title

Receipt = Annotated[str, Field(label=gettext_lazy("Receipt of the card terminal"), max_length=60)]
DocumentType = Annotated[str, Field(label=gettext_lazy("What for"), widget="hidden", max_length=30)]
DocumentId = Annotated[int | None, Field(label=gettext_lazy("Number of it"), widget="hidden")]
Why = Annotated[str, Field(label=gettext_lazy("Reason"), max_length=300)]


def _amount_taken(_customer: Customer, *, amount: Money, **_others: Any) -> Mapping[str, Any]:
    return {"amount": amount}


def _amount_given_back(_payment: Payment, *, amount: Money, **_others: Any) -> Mapping[str, Any]:
    return {"amount": amount}


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Take a payment"),
    only_adds=True,
    row_only=True,
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
    facts=_amount_taken,
)
def take_payment(
    customer: Customer,
    *,
    run: Run,
    method: Annotated[int, Field(label=gettext_lazy("Pays with"), reference=subjects.REF_METHOD)],
    amount: Amount,
    document_type: DocumentType = "",
    document_id: DocumentId = None,
) -> None:
    """Take a payment by a method of the customer: for what it is opened on, else on their account."""
    found = PaymentMethod.objects.filter(pk=method).first()
    if found is None:
        raise NotPossible(_("This payment method is not the customer's."), field="method")
    _take(
        customer,
        run,
        found,
        amount,
        document=documents.checked(customer.pk, document_type, document_id, amount.currency),
    )


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Take cash"),
    only_adds=True,
    row_only=True,
    facts=_amount_taken,
)
def take_cash(
    customer: Customer,
    *,
    run: Run,
    amount: Amount,
    drawer: DrawerOf = None,
    document_type: DocumentType = "",
    document_id: DocumentId = None,
) -> None:
    """Take cash from the customer: it goes into an open drawer."""
    cash = plain_method(customer.pk, MethodKind.CASH, run.at)
    document = documents.checked(customer.pk, document_type, document_id, amount.currency)
    _take(customer, run, cash, amount, document=document, drawer_id=drawer)


@act(
    subject=CUSTOMER,
    permission=access.TAKE,
    label=gettext_lazy("Note a payment at the card terminal"),
    only_adds=True,
    row_only=True,
    facts=_amount_taken,
)
def note_terminal_payment(
    customer: Customer,
    *,
    run: Run,
    amount: Amount,
    receipt: Receipt,
    document_type: DocumentType = "",
    document_id: DocumentId = None,
) -> None:
    """Write down what the customer paid at the card terminal. The same receipt is taken once."""
    terminal = plain_method(customer.pk, MethodKind.TERMINAL, run.at)
    begins, ends = day_span(company_day(run.at))
    same = Payment.objects.filter(reference=receipt, method__kind=MethodKind.TERMINAL)
    if same.filter(made_at__gte=begins, made_at__lt=ends).exists():
        raise NotPossible(_("This receipt was written down already."), field="receipt")
    document = documents.checked(customer.pk, document_type, document_id, amount.currency)
    _take(customer, run, terminal, amount, document=document, reference=receipt)


def _take(
    customer: Customer, run: Run, method: PaymentMethod, amount: Money, *, document: tuple[str, int], **more: Any
) -> None:
    payment = taking.take(
        method,
        amount,
        document=document,
        key=f"taken:{new_token()}",
        at=run.at,
        by_name=run.actor.name,
        customer_id=customer.pk,
        **more,
    )
    state = str(PaymentState(payment.state).label)
    run.changed("payment", after=f"{amount.formatted()}, {method_title(method)}: {state}")


@act(
    subject=subjects.PAYMENT,
    permission=access.TAKE,
    label=gettext_lazy("Take what is set aside"),
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
)
def capture_payment(payment: Payment, *, run: Run) -> None:
    """Have the money taken that the payment set aside."""
    taking.capture(payment, at=run.at)


@act(
    subject=subjects.PAYMENT,
    permission=access.TAKE,
    label=gettext_lazy("Call off the payment"),
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
)
def call_off_payment(payment: Payment, *, run: Run) -> None:
    """Call off a payment that has not come in. What a provider is at already is asked back: it may have been too late."""
    taking.call_off(payment, at=run.at)


@act(subject=subjects.PAYMENT, permission=access.MANAGE, label=gettext_lazy("It was paid"))
def confirm_payment(
    payment: Payment,
    *,
    run: Run,
    receipt: Annotated[str, Field(label=gettext_lazy("Receipt"), max_length=60)],
) -> None:
    """Write down that a payment nobody here carries out has come in: made elsewhere, or by bank without a statement brought in."""
    _require_by_hand(payment.state == PaymentState.PENDING, payment.method)
    note_captured(payment, run.at, reference=receipt)


@act(subject=subjects.PAYMENT, permission=access.MANAGE, label=gettext_lazy("It was not paid"))
def deny_payment(payment: Payment, *, run: Run, why: Why) -> None:
    """Write down that a payment nobody here carries out will not come in."""
    _require_by_hand(payment.state == PaymentState.PENDING, payment.method)
    note_failed(payment, why, run.at)


@act(
    subject=subjects.PAYMENT,
    permission=access.REFUND,
    label=gettext_lazy("Give the payment back"),
    protects=IDENTIFIED,
    scope=access.PAYMENTS,
    facts=_amount_given_back,
    gives="amount",
)
def refund_payment(
    payment: Payment,
    *,
    run: Run,
    amount: Annotated[Money, Field(label=gettext_lazy("Amount"), current=refundable)],
    to: Annotated[
        int | None,
        Field(
            label=gettext_lazy("To"),
            reference=subjects.REF_TO,
            help=gettext_lazy("Empty: to where it came from. Else to a stored-value card of the customer."),
        ),
    ] = None,
    drawer: DrawerOf = None,
) -> None:
    """Give a payment or a part of it back: to where it came from, or to stored value of the customer. The preview says when it is there."""
    target = None if to is None else PaymentMethod.objects.filter(pk=to).first()
    if to is not None and target is None:
        raise NotPossible(_("This payment method is not the customer's."), field="to")
    refund = give_back(
        payment,
        amount,
        document=(payment.document_type, payment.document_id),
        key=f"given back:{new_token()}",
        at=run.at,
        by_name=run.actor.name,
        to=target,
        drawer_id=drawer,
    )
    state = str(RefundState(refund.state).label)
    run.changed("refund", after=f"{amount.formatted()}, {method_title(refund.to)}: {state}")
    run.changed("when", after=timing(refund.to))


@act(subject=subjects.REFUND, permission=access.MANAGE, label=gettext_lazy("It was refunded"))
def confirm_refund(
    refund: Refund,
    *,
    run: Run,
    receipt: Annotated[str, Field(label=gettext_lazy("Receipt"), max_length=60)],
) -> None:
    """Write down that a refund nobody here carries out was made, such as a transfer."""
    _require_by_hand(refund.state == RefundState.PENDING, refund.to)
    note_refunded(refund, refund.payment, run.at, reference=receipt)


@act(subject=subjects.REFUND, permission=access.MANAGE, label=gettext_lazy("It could not be refunded"))
def deny_refund(refund: Refund, *, run: Run, why: Why) -> None:
    """Write down that a refund nobody here carries out cannot be made. The money stays on the customer's account."""
    _require_by_hand(refund.state == RefundState.PENDING, refund.to)
    note_refund_failed(refund, refund.payment, why, run.at)


def _require_by_hand(is_pending: bool, method: PaymentMethod) -> None:
    if not is_pending:
        raise NotPossible(_("This is settled already."))
    if taking.asks_provider(method):
        raise NotPossible(_("The provider is asked by itself, and says how it went."))
