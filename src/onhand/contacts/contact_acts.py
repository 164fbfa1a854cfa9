"""What is done with contacts: whose they are, when they come back, what they are about, and how they end."""

from datetime import datetime
from typing import Annotated

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases.enums import ListKind
from onhand.contacts.contact_rules import current_rules
from onhand.contacts.contact_subject import (
    COLLEAGUE,
    CONTACT,
    CUSTOMER_OF,
    REASON,
    TEAM,
    product_options,
)
from onhand.contacts.conversations import placing
from onhand.contacts.conversations.written import clean_written
from onhand.contacts.enums import Direction, MessageState, Priority
from onhand.contacts.events import ContactWrappedUp
from onhand.contacts.models import CaseListEntry, Contact, ContactReason, HelpRequest, Message
from onhand.contacts.work import tell_lists
from onhand.customers.access import visible_customers
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.staff.access import visible_representatives, visible_teams
from onhand.staff.models import Team

Why = Annotated[str, Field(label=gettext_lazy("Note to colleagues"), widget="textarea", max_length=5_000)]
LONGEST_NOTE = 20_000  # characters
PRIORITIES = {str(value): label for value, label in Priority.choices}


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Write a note to colleagues"), only_adds=True)
def write_note(
    contact: Contact,
    *,
    run: Run,
    text: Annotated[
        str,
        Field(
            label=gettext_lazy("Note"),
            help=gettext_lazy("The customer does not see it."),
            widget="textarea",
            max_length=LONGEST_NOTE,
            clean=clean_written,
        ),
    ],
) -> None:
    """Write something beside the conversation that only colleagues see."""
    note = add_note(contact, text, run)
    run.changed("note", after={"id": note.pk})
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Take it"))
def take_contact(contact: Contact, *, run: Run) -> None:
    """Make this contact your own work. What is a colleague's already only those who may give contacts can take."""
    if run.actor.id is None:
        raise NotPossible(_("Only a person can take a contact."))
    _require_going_on(contact)
    if contact.representative_id == run.actor.id:
        raise NotPossible(_("This is yours already."))
    if contact.representative_id is not None and not run.actor.may(access.ASSIGN):
        raise NotPossible(
            _("This is with %(name)s. Ask them, or somebody who gives out contacts.")
            % {"name": contact.representative_name}
        )
    was = placing.place_of(contact)
    placing.give_to(contact, run.actor.id, run.actor.name)
    tell_lists(contact, run.at, was_representative=was.representative_id)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Give it back"))
def put_back(contact: Contact, *, run: Run) -> None:
    """Let this contact be nobody's again, so that a colleague of the team can take it."""
    if contact.representative_id is None:
        raise NotPossible(_("This is nobody's yet."))
    if contact.representative_id != run.actor.id and not run.actor.may(access.ASSIGN):
        raise NotPossible(_("This is with %(name)s.") % {"name": contact.representative_name})
    if contact.last_message_at is None:
        raise NotPossible(_("This contact is not in writing: end it instead."))
    was = placing.place_of(contact)
    placing.give_to(contact, None, "")
    tell_lists(contact, run.at, was_representative=was.representative_id)


@act(subject=CONTACT, permission=access.ASSIGN, label=gettext_lazy("Give it to somebody"))
def assign_contact(
    contact: Contact,
    *,
    run: Run,
    representative: Annotated[int, Field(label=gettext_lazy("To whom"), reference=COLLEAGUE)],
    note: Why = "",
) -> None:
    """Make this contact the work of a colleague."""
    _require_going_on(contact)
    person = visible_representatives(run.actor).filter(pk=representative, is_active=True).first()
    if person is None:
        raise NotPossible(_("Choose one of the list."), field="representative")
    was = placing.place_of(contact)
    placing.give_to(contact, person.pk, person.name)
    _add_why(contact, note, run)
    tell_lists(contact, run.at, was_representative=was.representative_id)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Hand it to a team"))
def hand_to_team(
    contact: Contact,
    *,
    run: Run,
    team: Annotated[int, Field(label=gettext_lazy("Team"), reference=TEAM)],
    note: Why = "",
) -> None:
    """Make this contact the work of another team, where nobody has it yet."""
    _require_going_on(contact)
    found: Team | None = visible_teams(run.actor).filter(pk=team).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="team")
    _require_own(contact, run)
    was = placing.place_of(contact)
    placing.hand_to(contact, found.pk)
    _add_why(contact, note, run)
    tell_lists(contact, run.at, was_representative=was.representative_id, was_team=was.team_id)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Put it by"))
def wait_for(
    contact: Contact,
    *,
    run: Run,
    until: Annotated[datetime, Field(label=gettext_lazy("Until"))],
    why: Annotated[str, Field(label=gettext_lazy("Waiting for"), max_length=300)] = "",
) -> None:
    """Take this contact off the lists until a time. It comes back by itself, and at once if the customer writes."""
    _require_going_on(contact)
    if until <= run.at:
        raise NotPossible(_("Give a time that is still to come."), field="until")
    contact.waiting_until, contact.waiting_for = until, why
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Go on with it now"))
def go_on_now(contact: Contact, *, run: Run) -> None:
    """Bring a contact back that was put by, was answered, or has ended."""
    if contact.ended_at is None and contact.waiting_until is None and contact.needs_answer:
        raise NotPossible(_("This is on the lists already."))
    _require_in_writing(contact)
    placing.go_on(contact)
    placing.come_back(contact, run.at)
    contact.waiting_for = ""
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Wrap up"))
def wrap_up(
    contact: Contact,
    *,
    run: Run,
    reason: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Reason"),
            reference=REASON,
            current=lambda c: c.reason_id,
            is_needed=lambda: _needs_reason(_reasons()),
        ),
    ] = None,
    summary: Annotated[
        str, Field(label=gettext_lazy("What it was about"), widget="textarea", max_length=10_000, clean=clean_written)
    ] = "",
    products: Annotated[list[str] | None, Field(label=gettext_lazy("Products"), options=product_options)] = None,
) -> None:
    """End a contact and say why the customer got in touch. If they write again, it goes on."""
    _require_going_on(contact)
    if contact.representative_id not in (None, run.actor.id) and not run.actor.may(access.EVERY_CONTACT):
        raise NotPossible(_("This is with %(name)s: only they can end it.") % {"name": contact.representative_name})
    if Message.objects.filter(contact=contact.pk, state=MessageState.HELD).exists():
        raise NotPossible(_("An answer still waits to be released."))
    contact.reason_id = _chosen_reason(reason)
    contact.products = _chosen_products(products)
    contact.summary = summary or contact.summary
    placing.end(contact, run.at)
    run.publish(ContactWrappedUp(contact.pk, contact.reason_id))
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Change the priority"))
def set_contact_priority(
    contact: Contact,
    *,
    run: Run,
    priority: Annotated[
        str,
        Field(
            label=gettext_lazy("Priority"),
            widget="choice",
            options=lambda: list(PRIORITIES.items()),
            current=lambda c: str(int(c.priority)),
        ),
    ],
) -> None:
    """Say how urgent this contact is: the most urgent stand first in the lists."""
    if priority not in PRIORITIES:
        raise NotPossible(_("Choose one of the list."), field="priority")
    placing.set_priority(contact, int(priority))
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Say who it is"))
def set_contact_customer(
    contact: Contact,
    *,
    run: Run,
    customer: Annotated[int | None, Field(label=gettext_lazy("Customer"), reference=CUSTOMER_OF)] = None,
) -> None:
    """
    Say whose contact this is, or (with nobody named) that it is not known. Whoever was identified on it is not any more.
    """
    was = contact.customer_id
    if customer is None:
        contact.customer_id = None
    else:
        found = visible_customers(run.actor).filter(pk=customer, erased_at__isnull=True).first()
        if found is None:
            raise NotPossible(_("Choose one of the list."), field="customer")
        contact.customer_id = found.merged_into_id or found.pk
    if contact.customer_id == was:
        raise NotPossible(_("This is said already."), field="customer")
    contact.identified_level, contact.identified_how = 0, ""
    HelpRequest.objects.filter(contact=contact.pk).update(customer=contact.customer_id)
    tell_lists(contact, run.at)


def add_note(contact: Contact, text: str, run: Run) -> Message:
    """Store something written beside the conversation."""
    return Message.objects.create(
        contact=contact,
        direction=Direction.OUTBOUND,
        is_internal=True,
        at=run.at,
        author_id=run.actor.id,
        author_name=run.actor.name,
        text=clean_written(text),
        state=MessageState.RECEIVED,
    )


def _add_why(contact: Contact, note: str, run: Run) -> None:
    if note.strip():
        add_note(contact, note, run)


def _require_going_on(contact: Contact) -> None:
    if contact.ended_at is not None:
        raise NotPossible(_("This contact has ended."))


def _require_in_writing(contact: Contact) -> None:
    if contact.last_message_at is None:
        raise NotPossible(_("This contact is not in writing."))


def _require_own(contact: Contact, run: Run) -> None:
    """Of others' contacts only those who give out contacts dispose; nobody's is everybody's."""
    if contact.representative_id not in (None, run.actor.id) and not run.actor.may(access.ASSIGN):
        raise NotPossible(_("This is with %(name)s.") % {"name": contact.representative_name})


def _reasons() -> QuerySet[ContactReason]:
    """The reasons in use."""
    return ContactReason.objects.filter(is_active=True).exclude(parent__is_active=False)


def _needs_reason(active: QuerySet[ContactReason]) -> bool:
    return active.exists() and current_rules().needs_reason


def _chosen_reason(reason: int | None) -> int | None:
    """A reason that is in use and has none below it; one is needed if there are any and the department wants it."""
    active = _reasons()
    if reason is None:
        if _needs_reason(active):
            raise NotPossible(_("Choose the reason."), field="reason")
        return None
    if not active.filter(pk=reason).exists():
        raise NotPossible(_("Choose one of the list."), field="reason")
    if active.filter(parent=reason).exists():
        raise NotPossible(_("Choose one of those below this reason."), field="reason")
    return reason


def _chosen_products(products: list[str] | None) -> list[int]:
    known = {
        str(pk): pk
        for pk in CaseListEntry.objects.filter(list=ListKind.PRODUCT, is_active=True).values_list("pk", flat=True)
    }
    chosen = list(dict.fromkeys(products or ()))
    if any(one not in known for one in chosen):
        raise NotPossible(_("Choose one of the list."), field="products")
    return [known[one] for one in chosen]
