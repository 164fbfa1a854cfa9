"""What customers are reached and recognised by: adding, removing, making sure of, sharing."""

from typing import Annotated

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.arguments import on_file, read_as
from onhand.customers.contact_points import read_email, read_handle, read_number, read_telephone
from onhand.customers.enums import Confidence, IdentityKind, IdentitySource
from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.membership import of_file
from onhand.customers.models import Customer, Identity
from onhand.customers.reference_types import IDENTITY, IDENTITY_OF
from onhand.customers.scopes import ACCOUNTS, CONTACT_DETAILS
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import ActorKind
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

Label = Annotated[
    str,
    Field(
        label=gettext_lazy("Label"),
        help=gettext_lazy("What tells it from the others, such as work or mother."),
        max_length=60,
    ),
]
AnyIdentity = Annotated[int, Field(label=gettext_lazy("Number, address or handle"), reference=IDENTITY)]


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Add an e-mail address"),
    only_adds=True,
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def add_email(
    customer: Customer,
    *,
    run: Run,
    email: Annotated[
        str, Field(label=gettext_lazy("E-mail address"), widget="email", max_length=254, autocomplete="email")
    ],
    label: Label = "",
) -> None:
    """Add an e-mail address the customer is reached and recognised by."""
    add_identity(customer, IdentityKind.EMAIL, email, run, label=label)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Remove an e-mail address"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def remove_email(
    customer: Customer,
    *,
    run: Run,
    email: Annotated[int, Field(label=gettext_lazy("E-mail address"), reference=IDENTITY_OF[IdentityKind.EMAIL])],
) -> None:
    """Remove an e-mail address from the customer's file."""
    _withdraw(customer, IdentityKind.EMAIL, email, run)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Add a telephone number"),
    only_adds=True,
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def add_telephone(
    customer: Customer,
    *,
    run: Run,
    telephone: Annotated[
        str, Field(label=gettext_lazy("Telephone number"), widget="telephone", max_length=40, autocomplete="tel")
    ],
    label: Label = "",
) -> None:
    """Add a telephone number, read by the rules of the customer's country unless it begins with +."""
    add_identity(customer, IdentityKind.TELEPHONE, telephone, run, label=label)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Remove a telephone number"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def remove_telephone(
    customer: Customer,
    *,
    run: Run,
    telephone: Annotated[
        int, Field(label=gettext_lazy("Telephone number"), reference=IDENTITY_OF[IdentityKind.TELEPHONE])
    ],
) -> None:
    """Remove a telephone number from the customer's file."""
    _withdraw(customer, IdentityKind.TELEPHONE, telephone, run)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Add a handle"),
    only_adds=True,
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def add_handle(
    customer: Customer,
    *,
    run: Run,
    network: Annotated[
        str,
        Field(
            label=gettext_lazy("Network"),
            help=gettext_lazy("Where the customer is called so, such as Telegram."),
            max_length=40,
        ),
    ],
    handle: Annotated[str, Field(label=gettext_lazy("Handle"), max_length=200, keeps_figures=True)],
    label: Label = "",
) -> None:
    """Add what the customer is called on a network."""
    add_identity(customer, IdentityKind.HANDLE, handle, run, network=network, label=label)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Remove a handle"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def remove_handle(
    customer: Customer,
    *,
    run: Run,
    handle: Annotated[int, Field(label=gettext_lazy("Handle"), reference=IDENTITY_OF[IdentityKind.HANDLE])],
) -> None:
    """Remove what the customer was called on a network."""
    _withdraw(customer, IdentityKind.HANDLE, handle, run)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Add a customer number"),
    only_adds=True,
    protects=IDENTIFIED,
    scope=ACCOUNTS,
)
def add_customer_number(
    customer: Customer,
    *,
    run: Run,
    customer_number: Annotated[str, Field(label=gettext_lazy("Customer number"), max_length=60)],
    label: Label = "",
) -> None:
    """Add a number the company has called the customer by."""
    add_identity(customer, IdentityKind.CUSTOMER_NUMBER, customer_number, run, label=label)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Remove a customer number"),
    protects=IDENTIFIED,
    scope=ACCOUNTS,
)
def remove_customer_number(
    customer: Customer,
    *,
    run: Run,
    customer_number: Annotated[
        int, Field(label=gettext_lazy("Customer number"), reference=IDENTITY_OF[IdentityKind.CUSTOMER_NUMBER])
    ],
) -> None:
    """Remove a number the company called the customer by."""
    _withdraw(customer, IdentityKind.CUSTOMER_NUMBER, customer_number, run)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Add an account number"),
    only_adds=True,
    protects=IDENTIFIED,
    scope=ACCOUNTS,
)
def add_account_number(
    customer: Customer,
    *,
    run: Run,
    account_number: Annotated[str, Field(label=gettext_lazy("Account number"), max_length=60)],
    label: Label = "",
) -> None:
    """Add the number of an account the customer has with the company."""
    add_identity(customer, IdentityKind.ACCOUNT_NUMBER, account_number, run, label=label)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Remove an account number"),
    protects=IDENTIFIED,
    scope=ACCOUNTS,
)
def remove_account_number(
    customer: Customer,
    *,
    run: Run,
    account_number: Annotated[
        int, Field(label=gettext_lazy("Account number"), reference=IDENTITY_OF[IdentityKind.ACCOUNT_NUMBER])
    ],
) -> None:
    """Remove the number of an account the customer had with the company."""
    _withdraw(customer, IdentityKind.ACCOUNT_NUMBER, account_number, run)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Confirm a number or address"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def confirm_identity(
    customer: Customer,
    *,
    run: Run,
    identity: AnyIdentity,
    proof: Annotated[
        str,
        Field(label=gettext_lazy("How it was made sure"), help=gettext_lazy("Such as: called back."), max_length=300),
    ],
) -> None:
    """Say that it was made sure that a number, address or handle is this customer's."""
    found = on_file(_of(customer), identity, "identity")
    if found.confidence == Confidence.VERIFIED:
        raise NotPossible(_("This is confirmed already."), field="identity")
    _same(customer, found).update(confidence=Confidence.VERIFIED)
    run.changed("proof", after=proof)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Mark a number or address as shared"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def mark_shared(customer: Customer, *, run: Run, identity: AnyIdentity) -> None:
    """Say that others use this number or address too, such as a family or an office: it never recognises this customer alone."""
    _set_shared(customer, identity, is_shared=True)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Mark a number or address as the customer's own"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def mark_not_shared(customer: Customer, *, run: Run, identity: AnyIdentity) -> None:
    """Say that nobody else uses this number or address."""
    _set_shared(customer, identity, is_shared=False)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Label a number or address"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def label_identity(customer: Customer, *, run: Run, identity: AnyIdentity, label: Label = "") -> None:
    """Say what tells a number, address or handle from the customer's others; empty takes the label away."""
    found = on_file(_of(customer), identity, "identity")
    if found.label == label:
        raise NotPossible(_("It is labelled so already."), field="label")
    _of(customer).filter(pk=found.pk).update(label=label)


def add_identity(
    customer: Customer, kind: IdentityKind, typed: str, run: Run, *, network: str = "", label: str = ""
) -> None:
    """
    Put an identity on the file, in the one form it is stored in. Part of an act. Raises NotPossible where it cannot be read or is
    there already.
    """
    field = kind.value
    network, value = read_as(field, lambda: _read(kind, typed, network, customer.country))
    if _of(customer).filter(kind=kind, network=network, match_key=Lower(Value(value))).exists():
        raise NotPossible(_("This is already on the customer's file."), field=field)
    source, confidence = _learnt(kind, run)
    try:
        with transaction.atomic():
            Identity.objects.create(
                customer=customer,
                kind=kind,
                network=network,
                value=value,
                label=label,
                source=source,
                confidence=confidence,
                valid_from=run.at,
                created_at=run.at,
            )
    except IntegrityError:
        raise NotPossible(_("This is already on the customer's file."), field=field) from None


def _read(kind: IdentityKind, typed: str, network: str, country: str) -> tuple[str, str]:
    match kind:
        case IdentityKind.EMAIL:
            return "", read_email(typed)
        case IdentityKind.TELEPHONE:
            return "", read_telephone(typed, country)
        case IdentityKind.HANDLE:
            return read_handle(network, typed)
    return "", read_number(typed)


def _learnt(kind: IdentityKind, run: Run) -> tuple[IdentitySource, Confidence]:
    """Where an identity was learnt, and how sure it is. Numbers are the company's: sure when its own systems pass them on."""
    is_program = run.actor.kind in (ActorKind.SERVICE, ActorKind.SYSTEM)
    if kind in (IdentityKind.CUSTOMER_NUMBER, IdentityKind.ACCOUNT_NUMBER):
        return IdentitySource.ISSUED, Confidence.VERIFIED if is_program else Confidence.STATED
    if is_program:
        return IdentitySource.IMPORTED, Confidence.STATED
    return (IdentitySource.STATED if run.contact_id else IdentitySource.RECORDED), Confidence.STATED


def _of(customer: Customer) -> QuerySet[Identity]:
    return Identity.objects.filter(of_file(customer.pk), withdrawn_at__isnull=True)


def _same(customer: Customer, one: Identity) -> QuerySet[Identity]:
    """The identity, on whichever customers of the file: each may have brought it before they were merged."""
    return _of(customer).filter(kind=one.kind, network=one.network, match_key=one.match_key)


def _withdraw(customer: Customer, kind: IdentityKind, identity_id: int, run: Run) -> None:
    found = _of(customer).filter(kind=kind, pk=identity_id).first()
    if found is None:
        raise NotPossible(_("This is not on the customer's file any more."), field=kind.value)
    _same(customer, found).update(withdrawn_at=run.at)


def _set_shared(customer: Customer, identity_id: int, *, is_shared: bool) -> None:
    found = on_file(_of(customer), identity_id, "identity")
    if found.is_shared == is_shared:
        raise NotPossible(_("It is marked so already."), field="identity")
    _same(customer, found).update(is_shared=is_shared)
