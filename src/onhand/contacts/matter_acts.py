"""What contacts are about: the cases they belong to, and messages that are about something else."""

from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases import states
from onhand.contacts.cases.belonging import cases_of
from onhand.contacts.cases.kinds import USUAL_KIND
from onhand.contacts.cases.lists import KindKey
from onhand.contacts.contact_subject import CASE_OF, CASE_TO_ADD, CONTACT
from onhand.contacts.conversations.splitting import split
from onhand.contacts.models import Case, CaseContact, Contact
from onhand.contacts.work import tell_lists
from onhand.customers.access import visible_customers
from onhand.customers.models import Customer
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field


@act(subject=CONTACT, permission=access.HANDLE_CASES, label=gettext_lazy("Put it in a case"), only_adds=True)
def put_in_case(
    contact: Contact,
    *,
    run: Run,
    case: Annotated[int, Field(label=gettext_lazy("Case"), reference=CASE_TO_ADD)],
) -> None:
    """Say that this contact is about a case. It may be about several."""
    found = access.visible_cases(run.actor).filter(pk=case).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="case")
    one = states.locked(found.pk)
    if one.pk in cases_of(contact.pk):
        raise NotPossible(_("It is in this case already."), field="case")
    join(contact, one, run)
    states.tell_pages(one)
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.HANDLE_CASES, label=gettext_lazy("Take it out of a case"))
def take_out_of_case(
    contact: Contact,
    *,
    run: Run,
    case: Annotated[int, Field(label=gettext_lazy("Case"), reference=CASE_OF)],
) -> None:
    """Say that this contact is not about a case after all."""
    if case not in cases_of(contact.pk):
        raise NotPossible(_("Choose one of the list."), field="case")
    one = Case.objects.get(pk=case)
    CaseContact.objects.filter(contact=contact.pk, case=case).delete()
    if contact.case_id == case:
        contact.case_id = min((pk for pk in cases_of(contact.pk) if pk != case), default=None)
    states.tell_pages(one)
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.HANDLE_CASES, label=gettext_lazy("Open a case about it"), only_adds=True)
def open_case_about(
    contact: Contact,
    *,
    run: Run,
    matter: Annotated[
        str, Field(label=gettext_lazy("What it is about"), max_length=200, current=lambda contact: contact.subject)
    ],
    kind: KindKey = USUAL_KIND,
    due: Annotated[datetime | None, Field(label=gettext_lazy("To be solved by"))] = None,
) -> None:
    """Open a case for what this contact is about, so that it is followed up until it is solved."""
    if due is not None and due <= run.at:
        raise NotPossible(_("Give a time that is still to come."), field="due")
    rules = states.usable_rules(kind)
    customer = _customer(contact, run)
    case = states.open_new(actor=run.actor, customer=customer, rules=rules, subject=matter, at=run.at, due=due)
    join(contact, case, run)
    run.changed("case", after={"id": case.pk, "reference": case.reference, "subject": matter, "kind": kind})
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Split off messages"))
def split_off(
    contact: Contact,
    *,
    run: Run,
    messages: Annotated[list[str], Field(label=gettext_lazy("Messages"), max_length=20)],
) -> None:
    """Move messages that are about something else into a contact of their own."""
    chosen = [int(one) for one in messages if one.isascii() and one.isdigit()]
    if len(chosen) != len(messages):
        raise NotPossible(_("Choose messages of this conversation."), field="messages")
    new = split(contact, chosen, at=run.at)
    run.changed("split_off", after={"contact": new.pk, "messages": sorted(chosen)})
    tell_lists(contact, run.at)
    tell_lists(new, run.at)


def join(contact: Contact, case: Case, run: Run) -> None:
    """Let a contact be about a case."""
    CaseContact.objects.get_or_create(case=case, contact=contact, defaults={"at": run.at, "by_name": run.actor.name})
    if contact.case_id is None:
        contact.case = case


def _customer(contact: Contact, run: Run) -> Customer | None:
    """Whose case it will be: the contact's customer, if it is known and may be seen."""
    if contact.customer_id is None:
        return None
    found = visible_customers(run.actor).filter(pk=contact.customer_id).first()
    if found is None:
        raise NotPossible(_("You may not open this customer's file."))
    return found
