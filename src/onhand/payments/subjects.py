"""What acts of payments act on, and what their arguments refer to."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from onhand.customers.finding.find import search_customers
from onhand.customers.membership import of_file
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.payments import access, stored
from onhand.payments.enums import (
    CardState,
    DepositState,
    LineState,
    LinkState,
    MatchedBy,
    MethodKind,
    PaymentState,
    ProviderKind,
    RefundState,
)
from onhand.payments.models import (
    BankImport,
    BankLine,
    Deposit,
    Drawer,
    Payment,
    PaymentLink,
    PaymentMethod,
    ProviderAccount,
    Refund,
    StoredValueCard,
)

if TYPE_CHECKING:
    from onhand.kernel.acts import Act

PAYMENT, REFUND, METHOD, CARD, DEPOSIT = "payment", "refund", "payment_method", "stored_card", "deposit"
DRAWER, PROVIDER, IMPORT, LINE = "drawer", "payment_provider", "bank_import", "bank_line"
REF_METHOD, REF_DRAWER = "payments.method", "payments.drawer"
LINK = "payment_link"
REF_INVOICE = "invoicing.open_invoice"  # registered by the app that has invoices
REF_TO, REF_DEPOSIT_TO = "payments.refund_to", "payments.deposit_to"
REF_REFUND, REF_CUSTOMER = "payments.waiting_refund", "payments.customer"
REF_DEPOSIT_METHOD, REF_CARD_METHOD = "payments.deposit_method", "payments.card_method"
SHOWN = 20
T = TypeVar("T", bound=Model)


def method_title(method: PaymentMethod) -> str:
    """A payment method in words, as much of it as may be shown: "Visa •••• 4242"."""
    words = method.label or str(MethodKind(method.kind).label)
    return f"{words} •••• {method.last4}" if method.last4 else words


def payment_title(payment: Payment) -> str:
    """A payment in words: its amount."""
    return Money(payment.minor, payment.currency).formatted()


def snapshot_payment(payment: Payment) -> dict[str, Any]:
    """What acts change on a payment."""
    return {
        "state": str(payment.state),
        "captured": Money(payment.captured_minor, payment.currency).as_json(),
        "called_off": payment.is_called_off,
    }


def snapshot_refund(refund: Refund) -> dict[str, Any]:
    """What acts change on a refund."""
    return {"state": str(refund.state), "reason": refund.why}


def snapshot_method(method: PaymentMethod) -> dict[str, Any]:
    """What acts change on a payment method."""
    return {"method": method_title(method), "in_use": method.is_active}


def snapshot_card(card: StoredValueCard) -> dict[str, Any]:
    """What acts change on a stored-value card, its balance included."""
    return {"state": str(card.state), "balance": stored.balance(card).as_json(), "holder": card.customer_id}


def snapshot_drawer(drawer: Drawer) -> dict[str, Any]:
    """What acts change on a drawer; what is in it is the ledger's."""
    return {"drawer_name": drawer.name, "open": drawer.is_open, "in_use": drawer.is_active}


def snapshot_deposit(deposit: Deposit) -> dict[str, Any]:
    """What acts change on a deposit."""
    return {
        "state": str(deposit.state),
        "interest": Money(deposit.interest_minor, deposit.currency).as_json(),
        "applied": Money(deposit.applied_minor, deposit.currency).as_json(),
        "returned": Money(deposit.returned_minor, deposit.currency).as_json(),
    }


def snapshot_provider(account: ProviderAccount) -> dict[str, Any]:
    """What acts change on an account with a provider, without its secrets."""
    return {
        "account_name": account.name,
        "kind": str(account.kind),
        "base_url": account.base_url,
        "in_use": account.is_active,
        "usual": account.is_default,
    }


def snapshot_line(line: BankLine) -> dict[str, Any]:
    """What acts change on a line of a bank statement."""
    return {
        "state": str(line.state),
        "matched_by": line.matched_by,
        "payment": line.payment_id,
        "refund": line.refund_id,
    }


def _page_of(model: type[Model]) -> Callable[[int], str]:
    """What is a customer's stands on their page."""

    def page(row_id: int) -> str:
        found = model._default_manager.filter(pk=row_id).values_list("customer_id", "customer__merged_into_id").first()
        customer_id = (found[1] or found[0]) if found else None
        return f"/desk/customers/{customer_id}/" if customer_id else "/desk/customers/"

    return page


def _locks_customer(model: type[T]) -> "Callable[[Act, int], None]":
    """The customer comes before whatever is theirs in the order of locks."""

    def lock(_act: "Act", row_id: int) -> None:
        found = model._default_manager.filter(pk=row_id).values_list("customer_id", flat=True).first()
        if found is not None:
            lock_in_order(Customer, [found])

    return lock


register_subject(
    SubjectType(
        name=PAYMENT,
        label=_("Payment"),
        model=Payment,
        visible=access.visible_payments,
        snapshot=snapshot_payment,
        title=payment_title,
        page=_page_of(Payment),
        change_labels={
            "state": _("State"),
            "captured": _("Paid"),
            "called_off": _("Called off"),
            "received_at": _("Received"),
            "receipt": _("Reference"),
            "refund": _("Given back"),
            "when": _("When the customer has it"),
        },
        value_labels={"state": dict(PaymentState.choices)},
        locks_first=_locks_customer(Payment),
    )
)
register_subject(
    SubjectType(
        name=REFUND,
        label=_("Refund"),
        model=Refund,
        visible=access.visible_refunds,
        snapshot=snapshot_refund,
        title=lambda refund: Money(refund.minor, refund.payment.currency).formatted(),
        page=_page_of(Refund),
        change_labels={
            "state": _("State"),
            "reason": _("Reason"),
            "given_back": _("Given back"),
            "refunded_at": _("When"),
            "receipt": _("Reference"),
        },
        value_labels={"state": dict(RefundState.choices)},
        locks_first=_locks_customer(Refund),
    )
)
register_subject(
    SubjectType(
        name=LINK,
        label=_("Payment link"),
        model=PaymentLink,
        visible=access.visible_links,
        snapshot=lambda link: {"state": str(link.state)},
        snapshot_row=lambda link: {"state": str(link.state)},
        title=lambda link: Money(link.minor, link.currency).formatted(),
        page=_page_of(PaymentLink),
        change_labels={"state": _("State")},
        value_labels={"state": dict(LinkState.choices)},
        locks_first=_locks_customer(PaymentLink),
    )
)
register_subject(
    SubjectType(
        name=METHOD,
        label=_("Payment method"),
        model=PaymentMethod,
        visible=access.visible_methods,
        snapshot=snapshot_method,
        title=method_title,
        page=_page_of(PaymentMethod),
        change_labels={"method": _("Payment method"), "in_use": _("In use")},
        locks_first=_locks_customer(PaymentMethod),
    )
)
register_subject(
    SubjectType(
        name=CARD,
        label=_("Stored-value card"),
        model=StoredValueCard,
        visible=access.visible_cards,
        snapshot=snapshot_card,
        title=lambda card: f"•••• {card.last4}",
        page=_page_of(StoredValueCard),
        change_labels={"state": _("State"), "balance": _("Balance"), "holder": _("Holder")},
        value_labels={"state": dict(CardState.choices)},
        locks_first=_locks_customer(StoredValueCard),
    )
)
register_subject(
    SubjectType(
        name=DEPOSIT,
        label=_("Deposit"),
        model=Deposit,
        visible=access.visible_deposits,
        snapshot=snapshot_deposit,
        title=lambda deposit: Money(deposit.minor, deposit.currency).formatted(),
        page=_page_of(Deposit),
        change_labels={
            "state": _("State"),
            "interest": _("Interest"),
            "applied": _("Applied"),
            "returned": _("Returned"),
        },
        value_labels={"state": dict(DepositState.choices)},
        locks_first=_locks_customer(Deposit),
    )
)
register_subject(
    SubjectType(
        name=DRAWER,
        label=_("Cash drawer"),
        model=Drawer,
        visible=access.visible_drawers,
        snapshot=snapshot_drawer,
        title=lambda drawer: drawer.name,
        page=lambda pk: f"/settings/drawers/{pk}/",
        change_labels={
            "drawer_name": _("Name"),
            "open": _("Open"),
            "in_use": _("In use"),
            "counted": _("Counted"),
            "difference": _("Difference"),
            "moved": _("Put in or taken out"),
        },
    )
)
register_subject(
    SubjectType(
        name=PROVIDER,
        label=_("Payment provider"),
        model=ProviderAccount,
        visible=access.visible_providers,
        snapshot=snapshot_provider,
        title=lambda account: account.name,
        page=lambda pk: f"/settings/payments/{pk}/",
        change_labels={
            "account_name": _("Name"),
            "kind": _("Kind"),
            "base_url": _("Address"),
            "in_use": _("In use"),
            "usual": _("Customers are asked by it"),
            "secrets": _("Secrets"),
        },
        value_labels={"kind": dict(ProviderKind.choices)},
    )
)
register_subject(
    SubjectType(
        name=IMPORT,
        label=_("Bank statement"),
        model=BankImport,
        visible=access.visible_imports,
        snapshot=lambda one: {"file_name": one.file_name, "lines": one.line_count},
        title=lambda one: one.file_name,
        page=lambda pk: f"/settings/bank/{pk}/",
        change_labels={"file_name": _("File"), "lines": _("Lines")},
    )
)
register_subject(
    SubjectType(
        name=LINE,
        label=_("Line of a bank statement"),
        model=BankLine,
        visible=access.visible_lines,
        snapshot=snapshot_line,
        title=lambda line: f"{Money(line.minor, line.currency).formatted()} {line.name}".strip(),
        page=lambda _pk: "/settings/bank/",
        change_labels={
            "state": _("State"),
            "matched_by": _("Matched by"),
            "payment": _("Payment"),
            "refund": _("Refund"),
        },
        value_labels={"state": dict(LineState.choices), "matched_by": dict(MatchedBy.choices)},
    )
)


def _methods(name: str, customer_of: Callable[[int], int | None], *kinds: MethodKind) -> None:
    """The methods of the customer whose the subject is, of some kinds."""

    def options(actor: Actor, subject_id: int | None, _typed: str) -> list[Option]:
        customer_id = customer_of(subject_id) if subject_id and actor.may(access.VIEW) else None
        if customer_id is None:
            return []
        found = (
            access.visible_methods(actor).filter(of_file(customer_id), is_active=True, kind__in=kinds).order_by("pk")
        )
        return [Option(one.pk, method_title(one)) for one in found[:SHOWN]]

    register_reference(ReferenceType(name=name, options=options, is_short=True, is_protected=True, label=_method_label))


def _method_label(actor: Actor, pk: int) -> str:
    one = access.visible_methods(actor).filter(pk=pk).first()
    return method_title(one) if one else ""


def _customer_of(model: type[Model]) -> Callable[[int], int | None]:
    def find(row_id: int) -> int | None:
        found: int | None = model._default_manager.filter(pk=row_id).values_list("customer_id", flat=True).first()
        return found

    return find


PAYS = tuple(kind for kind in MethodKind if kind != MethodKind.ACCOUNT)
_methods(REF_METHOD, lambda customer_id: customer_id, *PAYS)
_methods(REF_DEPOSIT_METHOD, _customer_of(Deposit), *PAYS)
_methods(REF_CARD_METHOD, _customer_of(StoredValueCard), *PAYS)
_methods(REF_TO, _customer_of(Payment), MethodKind.STORED_VALUE)
_methods(REF_DEPOSIT_TO, _customer_of(Deposit), MethodKind.STORED_VALUE)


def _drawer_options(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_drawers(actor).filter(is_active=True, is_open=True, name__icontains=typed).order_by("name")
    return [Option(one.pk, one.name) for one in found[:SHOWN]]


def _drawer_label(actor: Actor, pk: int) -> str:
    one = access.visible_drawers(actor).filter(pk=pk).first()
    return one.name if one else ""


register_reference(ReferenceType(name=REF_DRAWER, options=_drawer_options, is_short=True, label=_drawer_label))


def _waiting_refunds(actor: Actor, line_id: int | None, _typed: str) -> list[Option]:
    """The refunds that wait for a transfer of just what went out by a line."""
    line = access.visible_lines(actor).filter(pk=line_id or 0).first()
    if line is None:
        return []
    found = Refund.objects.filter(
        state=RefundState.PENDING,
        minor=-line.minor,
        payment__currency=line.currency,
        to__kind=MethodKind.BANK,
        to__provider=None,
    ).select_related("payment__customer")
    return [
        Option(one.pk, f"{one.payment.customer.name}, {Money(one.minor, one.payment.currency).formatted()}")
        for one in found.order_by("pk")[:SHOWN]
    ]


register_reference(ReferenceType(name=REF_REFUND, options=_waiting_refunds, is_short=True))


def _customers(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    """Customers, as the one box finds them."""
    if not typed.strip():
        return []
    return [Option(one.id, f"{one.name} ({one.reference})") for one in search_customers(actor, typed, limit=SHOWN)]


register_reference(ReferenceType(name=REF_CUSTOMER, options=_customers))
