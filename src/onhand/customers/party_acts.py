"""How customers belong together: households, and who may speak for whom."""

from datetime import date
from typing import Annotated

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.access import visible_customers
from onhand.customers.arguments import on_file, read_until
from onhand.customers.enums import CustomerKind, RelationKind
from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.membership import of_file
from onhand.customers.models import Customer, Household, Relation
from onhand.customers.reference_types import HOUSEHOLD, OTHER_CUSTOMER, RELATION
from onhand.customers.scopes import RELATIONS, scope_options
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.hints import send_after_commit

Function = Annotated[
    str,
    Field(
        label=gettext_lazy("Function"),
        help=gettext_lazy("What they are to the customer, such as accounts or daughter."),
        max_length=100,
    ),
]
MayBeTold = Annotated[list[str], Field(label=gettext_lazy("May be told"), options=scope_options, is_closed=True)]
MayDo = Annotated[list[str], Field(label=gettext_lazy("May do"), options=scope_options, is_closed=True)]
Proof = Annotated[
    str,
    Field(
        label=gettext_lazy("Proof"),
        help=gettext_lazy("How it is known, such as: letter of authority of 3 March."),
        max_length=300,
    ),
]
ValidUntil = Annotated[
    date | None,
    Field(
        label=gettext_lazy("Valid until"), help=gettext_lazy("The last day it holds. Empty: until somebody ends it.")
    ),
]
ARelation = Annotated[int, Field(label=gettext_lazy("Who"), reference=RELATION)]


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_RELATIONS,
    label=gettext_lazy("Say who may speak for the customer"),
    protects=IDENTIFIED,
    scope=RELATIONS,
)
def add_relation(
    customer: Customer,
    *,
    run: Run,
    other: Annotated[int, Field(label=gettext_lazy("Who"), reference=OTHER_CUSTOMER)],
    relation_kind: Annotated[RelationKind, Field(label=gettext_lazy("By which right"))],
    may_be_told: MayBeTold,
    may_do: MayDo,
    function: Function = "",
    proof: Proof = "",
    valid_until: ValidUntil = None,
) -> None:
    """Say that somebody else speaks for the customer, by which right, what they may be told and what they may do."""
    party = _another(customer, other, run, "other")
    if relation_kind is RelationKind.COMPANY_CONTACT and customer.kind != CustomerKind.ORGANISATION:
        raise NotPossible(_("Only an organisation has company contacts."), field="relation_kind")
    until = read_until(valid_until, customer, run.at, "valid_until")
    # What has run out makes way: it ended when it was to end.
    over = _all_of(customer).filter(other=party, kind=relation_kind, valid_until__lte=run.at)
    for one in over:
        _all_of(customer).filter(pk=one.pk).update(ended_at=one.valid_until)
    if _of(customer, run).filter(_is(party), kind=relation_kind).exists():
        raise NotPossible(_("They speak for the customer by this right already. Change that."), field="other")
    try:
        with transaction.atomic():
            Relation.objects.create(
                customer=customer,
                other=party,
                kind=relation_kind,
                function=function,
                may_be_told=_each_once(may_be_told),
                may_do=_each_once(may_do),
                proof=proof,
                valid_from=run.at,
                valid_until=until,
                set_by_id=run.actor.id,
                set_by_name=run.actor.name,
            )
    except IntegrityError:
        raise NotPossible(_("They speak for the customer by this right already. Change that."), field="other") from None
    _tell(party.pk)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_RELATIONS,
    label=gettext_lazy("Change what somebody may be told and do"),
    protects=IDENTIFIED,
    scope=RELATIONS,
)
def change_relation(
    customer: Customer,
    *,
    run: Run,
    relation: ARelation,
    may_be_told: MayBeTold,
    may_do: MayDo,
    function: Function = "",
    proof: Proof = "",
    valid_until: ValidUntil = None,
) -> None:
    """Change what somebody who speaks for the customer may be told and do, and until when. What is left out holds no more."""
    found = on_file(_of(customer, run), relation, "relation")
    _all_of(customer).filter(pk=found.pk).update(
        function=function,
        may_be_told=_each_once(may_be_told),
        may_do=_each_once(may_do),
        proof=proof,
        valid_until=read_until(valid_until, customer, run.at, "valid_until"),
        set_by_id=run.actor.id,
        set_by_name=run.actor.name,
    )
    _tell(found.other_id)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_RELATIONS,
    label=gettext_lazy("End that somebody speaks for the customer"),
    protects=IDENTIFIED,
    scope=RELATIONS,
)
def end_relation(customer: Customer, *, run: Run, relation: ARelation) -> None:
    """Say that somebody speaks for the customer no more, from now on."""
    found = on_file(_all_of(customer), relation, "relation")
    _all_of(customer).filter(pk=found.pk).update(ended_at=run.at)
    _tell(found.other_id)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_RELATIONS,
    label=gettext_lazy("Found a household"),
    protects=IDENTIFIED,
    scope=RELATIONS,
)
def found_household(
    customer: Customer,
    *,
    run: Run,
    household_name: Annotated[
        str,
        Field(
            label=gettext_lazy("Name of the household"),
            help=gettext_lazy("Empty: the customer's name."),
            max_length=200,
        ),
    ] = "",
) -> None:
    """Found the household the customer lives in; others can then join it."""
    if customer.household_id is not None:
        raise NotPossible(_("The customer lives in a household already. They leave it first."))
    customer.household = Household.objects.create(name=household_name or customer.name[:200], created_at=run.at)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_RELATIONS,
    label=gettext_lazy("Join a household"),
    protects=IDENTIFIED,
    scope=RELATIONS,
)
def join_household(
    customer: Customer,
    *,
    run: Run,
    household: Annotated[
        int,
        Field(
            label=gettext_lazy("Household"),
            help=gettext_lazy("Found by the name or reference of somebody who lives there."),
            reference=HOUSEHOLD,
        ),
    ],
) -> None:
    """Say that the customer lives in a household. That gives nobody a right to another's file."""
    members = visible_customers(run.actor).filter(household=household, merged_into__isnull=True)
    if not members.exclude(pk=customer.pk).exists() and customer.household_id != household:
        raise NotPossible(_("There is no such household."), field="household")
    if customer.household_id == household:
        raise NotPossible(_("The customer lives there already."), field="household")
    _tell_household(customer.household_id)
    customer.household_id = household
    _tell_household(household)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_RELATIONS,
    label=gettext_lazy("Rename the household"),
    protects=IDENTIFIED,
    scope=RELATIONS,
)
def rename_household(
    customer: Customer,
    *,
    run: Run,
    household_name: Annotated[
        str,
        Field(
            label=gettext_lazy("Name of the household"),
            max_length=200,
            current=lambda c: c.household.name if c.household else "",
        ),
    ],
) -> None:
    """Give the household the customer lives in another name, for all who live there."""
    if customer.household is None:
        raise NotPossible(_("The customer lives in no household."))
    customer.household.name = household_name
    customer.household.save(update_fields=["name"])
    _tell_household(customer.household_id)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_RELATIONS,
    label=gettext_lazy("Leave the household"),
    protects=IDENTIFIED,
    scope=RELATIONS,
)
def leave_household(customer: Customer, *, run: Run) -> None:
    """Say that the customer lives in their household no more."""
    if customer.household_id is None:
        raise NotPossible(_("The customer lives in no household."))
    _tell_household(customer.household_id)
    customer.household = None


def _another(customer: Customer, other_id: int, run: Run, field: str) -> Customer:
    """The other customer, as the file it is read in; raises NotPossible for one not seen, or this one itself."""
    found = visible_customers(run.actor).filter(pk=other_id).select_related("merged_into").first()
    if found is None or found.erased_at is not None:
        raise NotPossible(_("There is no such customer."), field=field)
    root = found.merged_into or found
    if root.pk == customer.pk:
        raise NotPossible(_("This is the customer's own file. Choose somebody else."), field=field)
    return root


def _is(party: Customer) -> Q:
    return Q(other=party) | Q(other__merged_into=party)


def _all_of(customer: Customer) -> QuerySet[Relation]:
    return Relation.objects.filter(of_file(customer.pk), ended_at__isnull=True)


def _of(customer: Customer, run: Run) -> QuerySet[Relation]:
    return _all_of(customer).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=run.at))


def _each_once(keys: list[str]) -> list[str]:
    return list(dict.fromkeys(keys))


def _tell(*customer_ids: int) -> None:
    """Hint to whoever has the other's file open: it shows this too."""
    for customer_id in customer_ids:
        send_after_commit(f"{CUSTOMER}:{customer_id}")


def _tell_household(household_id: int | None) -> None:
    if household_id is not None:
        _tell(
            *Customer.objects.filter(household=household_id, merged_into__isnull=True).values_list("pk", flat=True)[:50]
        )
