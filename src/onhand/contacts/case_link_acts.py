"""How cases are brought together and taken apart: merged, split, made part of one another, linked, and given further customers."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases import belonging, lists, states
from onhand.contacts.cases.enums import CaseRole, LinkKind
from onhand.contacts.cases.subjects import CASE
from onhand.contacts.models import Case, CaseCustomer, CaseLink, Contact
from onhand.customers.access import visible_customers
from onhand.customers.reference_types import OTHER_CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

OtherCase = Annotated[
    int,
    Field(
        label=gettext_lazy("Case"),
        help=gettext_lazy("Its number, or words of another case of the same customer."),
        reference=lists.OTHER_CASE,
    ),
]


def _both(case_id: int, **given: object) -> list[int]:
    """The cases an act changes, to be locked in order."""
    return [case_id, *(one for name in ("other", "parent") if isinstance(one := given.get(name), int))]


@act(
    subject=CASE,
    permission=access.HANDLE_CASES,
    label=gettext_lazy("Merge into another case"),
    also_locks=_both,
)
def merge_cases(
    case: Case,
    *,
    run: Run,
    other: OtherCase,
    reason: Annotated[str, Field(label=gettext_lazy("Why they are the same"), max_length=500)] = "",
) -> None:
    """Say that this case is the same matter as another. Nothing is moved: from now on both are read as that one, until it is undone."""
    into = _other(run, case, other, "other")
    merged = belonging.merge(case, into, reason=reason, by_name=run.actor.name, at=run.at)
    run.changed("merged", after={"id": merged.pk, "into": into.reference, "reason": reason})
    states.tell_pages(into)


def _and_wholes(case_id: int, **_given: object) -> list[int]:
    return belonging.with_wholes(case_id)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Undo the merge"), also_locks=_and_wholes)
def undo_merge_of_case(case: Case, *, run: Run) -> None:
    """Take back that this case was merged into another: it stands as it stood before."""
    if case.merged_into is None:
        raise NotPossible(_("This case was not merged."))
    into = case.merged_into
    merged = belonging.unmerge(case, by_name=run.actor.name, at=run.at)
    run.changed("unmerged", after={"id": merged.pk, "from": into.reference})
    if case.closed_at is None and (wholes := states.reopen_wholes(case, run.at, actor=run.actor, by_customer=False)):
        run.changed("wholes", after=wholes)
    states.tell_pages(into)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Split off a case"))
def split_case(
    case: Case,
    *,
    run: Run,
    matter: Annotated[str, Field(label=gettext_lazy("What the new case is about"), max_length=200)],
    kind: lists.KindKey,
    contact: Annotated[
        int | None,
        Field(label=gettext_lazy("Contact that belongs to the new case"), reference=lists.CASE_CONTACT),
    ] = None,
) -> None:
    """Open a case of its own for a matter that came up in this one. A contact named goes over to it."""
    new = states.open_new(
        actor=run.actor, customer=case.customer, rules=states.usable_rules(kind), subject=matter, at=run.at
    )
    new.team_id = case.team_id
    new.save(update_fields=["team"])
    belonging.link(new, case, LinkKind.SPLIT, by_name=run.actor.name, at=run.at)
    if contact is not None:
        if contact not in Contact.objects.filter(case_contacts__case=case).values_list("pk", flat=True):
            raise NotPossible(_("Choose one of the list."), field="contact")
        belonging.hand_over(contact, case, new, by_name=run.actor.name, at=run.at)
    run.changed("split_off", after={"id": new.pk, "reference": new.reference, "subject": matter, "contact": contact})
    states.tell_pages(new)


@act(
    subject=CASE,
    permission=access.HANDLE_CASES,
    label=gettext_lazy("Make it part of another case"),
    also_locks=_both,
)
def make_part_of_case(
    case: Case,
    *,
    run: Run,
    parent: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Case it is part of"),
            help=gettext_lazy("Empty takes it out. A case does not close while a part of it is open."),
            reference=lists.OTHER_CASE,
        ),
    ] = None,
) -> None:
    """Let this case be part of another, which does not close before it; or of none."""
    belonging.make_part(case, None if parent is None else _other(run, case, parent, "parent"))
    states.tell_pages(case)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Link to another case"), only_adds=True)
def link_cases(
    case: Case,
    *,
    run: Run,
    other: OtherCase,
    kind: Annotated[LinkKind, Field(label=gettext_lazy("How they belong together"))] = LinkKind.RELATED,
) -> None:
    """Say that this case has to do with another, or follows from it."""
    if kind not in lists.LINKS_BY_HAND:
        raise NotPossible(_("Choose one of the list."), field="kind")
    belonging.link(case, _other(run, case, other, "other"), kind, by_name=run.actor.name, at=run.at)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Take a link away"))
def unlink_cases(
    case: Case,
    *,
    run: Run,
    other: Annotated[int, Field(label=gettext_lazy("Case"), reference=lists.LINKED_CASE)],
) -> None:
    """Say that this case has nothing to do with the other after all."""
    gone, _tables = CaseLink.objects.filter(case=case, other=other).exclude(kind=LinkKind.SPLIT).delete()
    if not gone:
        raise NotPossible(_("Choose one of the list."), field="other")


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Add a customer"), only_adds=True)
def add_customer_to_case(
    case: Case,
    *,
    run: Run,
    customer: Annotated[int, Field(label=gettext_lazy("Customer"), reference=OTHER_CUSTOMER)],
    role: Annotated[CaseRole, Field(label=gettext_lazy("What they have to do with it"))] = CaseRole.AFFECTED,
) -> None:
    """Say that the case is about a further customer too, and how. It stands on their file as well."""
    found = visible_customers(run.actor).filter(pk=customer, merged_into__isnull=True, erased_at__isnull=True).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="customer")
    known = CaseCustomer.objects.filter(case=case, customer=found, ended_at__isnull=True).exists()
    if known or case.customer_id == found.pk:
        raise NotPossible(_("The case is about this customer already."), field="customer")
    CaseCustomer.objects.create(case=case, customer=found, role=role, added_at=run.at, added_by_name=run.actor.name)
    states.tell_pages(case)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Take a customer away"))
def take_customer_from_case(
    case: Case,
    *,
    run: Run,
    further: Annotated[int, Field(label=gettext_lazy("Customer"), reference=lists.FURTHER_CUSTOMER)],
) -> None:
    """Say that a further customer has nothing to do with the case after all."""
    ended = CaseCustomer.objects.filter(case=case, pk=further, ended_at__isnull=True).update(ended_at=run.at)
    if not ended:
        raise NotPossible(_("Choose one of the list."), field="further")
    states.tell_pages(case)


def _other(run: Run, case: Case, pk: int, field: str) -> Case:
    """Another case this actor sees."""
    found = access.visible_cases(run.actor).filter(pk=pk).exclude(pk=case.pk).first()
    if found is None:
        raise NotPossible(_("Choose another case."), field=field)
    return found
