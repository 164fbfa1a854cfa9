"""Saying that two files are one customer's, and taking it back."""

from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.access import visible_customers
from onhand.customers.events import CustomersMerged, CustomersUnmerged
from onhand.customers.identification.checks import end_all_checks
from onhand.customers.membership import family_ids, member_ids
from onhand.customers.merging.duplicates import call_different
from onhand.customers.merging.file_parts import count_parts
from onhand.customers.merging.operations import absorb, differences, part, speak_for_each_other
from onhand.customers.merging.refusals import FileMerged
from onhand.customers.models import Customer, Merge
from onhand.customers.operations import assign_search_text, refresh_search_text
from onhand.customers.protection import open_to_all
from onhand.customers.references import A_CUSTOMER, MERGE_OF_FILE
from onhand.customers.subjects import CHANGE_LABELS, CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.events import Event
from onhand.kernel.fields import Field
from onhand.kernel.hints import send_after_commit
from onhand.kernel.records import Subject, publish

Reason = Annotated[str, Field(label=gettext_lazy("Why"), max_length=500)]
CHANGE_LABELS["merged_files"] = gettext_lazy("Merged files")
CHANGE_LABELS["why"] = gettext_lazy("Why")
open_to_all("merged_files", "why", "merge", "although_different")


def _both_files(subject_id: int, *, other: int, **_arguments: Any) -> list[int]:
    return family_ids([subject_id, other])


def _whole_file(subject_id: int, **_arguments: Any) -> list[int]:
    return family_ids([subject_id])


@act(subject=CUSTOMER, permission=access.MERGE, label=gettext_lazy("Merge with another file"), also_locks=_both_files)
def merge_customer(
    customer: Customer,
    *,
    run: Run,
    other: Annotated[int, Field(label=gettext_lazy("The other file of this customer"), reference=A_CUSTOMER)],
    reason: Reason,
    although_different: Annotated[
        bool,
        Field(label=gettext_lazy("They differ in kind, date of birth or tax number: merge all the same")),
    ] = False,
) -> None:
    """Read another file as part of this one. Nothing is lost on either, and it can be undone at any time."""
    absorbed = _other_file(customer, other, run)
    joining = member_ids(absorbed.pk)
    against = differences(customer, absorbed)
    if against and not although_different:
        raise NotPossible(
            _("Are these the same? Of the two, %(differences)s.") % {"differences": "; ".join(against)},
            field="although_different",
        )
    if speak_for_each_other(member_ids(customer.pk), joining):
        raise NotPossible(
            _("One of them speaks for the other, so they are two. End that relation first."), field="other"
        )
    merge = absorb(customer, absorbed, reason=reason, run=run)
    end_all_checks(member_ids(customer.pk), run.at)  # who proved to be one of them has not proved to be the other
    assign_search_text(customer)
    run.say_only_this()
    run.changed("merged_files", after=[absorbed.reference])
    run.changed("why", after=reason)
    for key, count in count_parts(joining).items():
        run.changed(f"joined_{key}", after=count)
    _tell(run, CustomersMerged(customer.pk, absorbed.pk, merge.pk), absorbed.pk, joining)


def _other_file(customer: Customer, other_id: int, run: Run) -> Customer:
    """The file to be absorbed: one the actor sees, open, and not this one."""
    if other_id == customer.pk:
        raise NotPossible(_("This is the same file."), field="other")
    other = visible_customers(run.actor).filter(pk=other_id).first()
    if other is None:
        raise NotPossible(_("This does not exist, or you may not see it."), field="other")
    if other.merged_into_id == customer.pk:
        raise NotPossible(_("This is part of the file already."), field="other")
    if other.merged_into_id is not None:
        reference = Customer.objects.values_list("reference", flat=True).get(pk=other.merged_into_id)
        raise NotPossible(FileMerged(other.merged_into_id, reference).message, field="other")
    if other.erased_at is not None:
        raise NotPossible(_("That customer's personal data was erased: there is nothing left to merge."), field="other")
    return other


@act(subject=CUSTOMER, permission=access.MERGE, label=gettext_lazy("Undo a merge"), also_locks=_whole_file)
def unmerge_customer(
    customer: Customer,
    *,
    run: Run,
    merge: Annotated[int, Field(label=gettext_lazy("Which merge"), reference=MERGE_OF_FILE)],
    reason: Reason,
) -> None:
    """Make what was merged a file of its own again, with everything written on it before and since."""
    undone = Merge.objects.filter(
        pk=merge, undone_at__isnull=True, absorbed__in=member_ids(customer.pk), survivor__in=member_ids(customer.pk)
    ).first()
    if undone is None:
        raise NotPossible(_("This was undone already, or belongs to another file."), field="merge")
    if not visible_customers(run.actor).filter(pk=undone.absorbed_id).exists():
        raise NotPossible(_("You would not see that file. Somebody who sees both can undo this."), field="merge")
    end_all_checks(member_ids(customer.pk), run.at)  # it may have been the other's data that was asked for
    leaving = part(undone, run=run)
    absorbed = Customer.objects.get(pk=undone.absorbed_id)
    assign_search_text(customer)
    refresh_search_text(absorbed)
    call_different(customer.pk, absorbed.pk, actor=run.actor, at=run.at)
    run.say_only_this()
    run.changed("merged_files", before=[absorbed.reference])
    run.changed("why", after=reason)
    for key, count in count_parts(leaving).items():
        run.changed(f"joined_{key}", before=count)
    _tell(run, CustomersUnmerged(customer.pk, absorbed.pk, undone.pk), absorbed.pk, leaving)


def _tell(run: Run, event: Event, absorbed_id: int, moved: list[int]) -> None:
    """Publish on both files, and let open pages of everything that moved look again."""
    run.publish(event)
    publish(event, actor=run.actor, subject=Subject(CUSTOMER, absorbed_id, run.contact_id), at=run.at)
    send_after_commit(*(f"{CUSTOMER}:{pk}" for pk in moved))
