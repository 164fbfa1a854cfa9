"""Doing what was allowed, as who asked, in the transaction of the answer; everything is looked at and decided again."""

from datetime import datetime

from django.utils.translation import gettext as _

from onhand.approvals.deputies import stands_in_for
from onhand.approvals.models import Approval
from onhand.kernel.actor import Actor, Via
from onhand.kernel.decisions import Refused
from onhand.kernel.errors import (
    ActError,
    IdentityNeeded,
    KeyReused,
    NotPermitted,
    NotPossible,
    SubjectBusy,
    SubjectNotFound,
    UnknownAct,
)
from onhand.kernel.perform import Outcome, perform
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for

_UNCHANGED = (Refused, SubjectBusy)  # said as they are


def asker_of(approval: Approval) -> Actor:
    """
    Who asked, as they are now.

    :raises NotPossible: they do not work here any more.
    """
    person = Representative.objects.filter(pk=approval.asked_by_id, is_active=True).first()
    if person is None:
        raise NotPossible(_("%(name)s does not work here any more.") % {"name": approval.asked_by_name})
    return actor_for(person, Via(approval.asked_via))


def run_for(
    approval: Approval, approver: Actor, at: datetime, *, preview: bool = False
) -> tuple[Outcome, Actor | None]:
    """
    Do the act as who asked, allowed by `approver` with their own authority; where that does not reach, with that of somebody they stand in
    for: (the outcome, whose authority it was if not their own). What the first try said is what is raised.

    :raises Refused: nobody's authority reaches.
    :raises NotPossible: it cannot be done any more; the words say why.
    """
    try:
        return run_prepared_act(approval, approver, at, preview=preview), None
    except Refused:
        for person in stands_in_for(approver, approval, at):
            try:
                return run_prepared_act(approval, approver, at, preview=preview, in_place_of=person), person
            except Refused:
                continue
        raise


def run_prepared_act(
    approval: Approval, approver: Actor, at: datetime, *, preview: bool = False, in_place_of: Actor | None = None
) -> Outcome:
    """
    Do the act as who asked, allowed by `approver`, with the authority of `in_place_of` where they stand in for somebody; with `preview`
    only show what it would do. Under its own key, so never twice.

    :raises Refused: it is refused by now, or the approver's authority does not reach.
    :raises NotPossible: it cannot be done any more; the words say why.
    """
    asker = asker_of(approval)
    try:
        return perform(
            approval.act,
            actor=asker,
            arguments=approval.arguments,
            at=at,
            subject_id=approval.about_id,
            contact_id=approval.contact_id,
            case_id=approval.case_id,
            idempotency_key=approval.key,
            preview=preview,
            as_part=True,
            approver=approver,
            in_place_of=in_place_of,
        )
    except _UNCHANGED:
        raise
    except ActError as error:
        raise NotPossible(_why(error, approval)) from error


def _why(error: ActError, approval: Approval) -> str:
    """Why it cannot be done any more, for who is asked to allow it."""
    if isinstance(error, SubjectNotFound):
        return _("What this is about is not there any more, or %(name)s may not see it.") % {
            "name": approval.asked_by_name
        }
    if isinstance(error, NotPermitted):
        return _("%(name)s may not do this any more.") % {"name": approval.asked_by_name}
    if isinstance(error, IdentityNeeded):
        return _("The customer is not identified any more: the contact has ended, or what was checked does not hold.")
    if isinstance(error, UnknownAct):
        return _("This version of the product cannot do this.")
    if isinstance(error, KeyReused):
        return _("Something else was done under the key of this request.")
    messages = [message for found in error.fields.values() for message in found]
    return " ".join(messages) or error.message
