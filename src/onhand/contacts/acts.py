"""What is done about contacts, cases and promises of a customer."""

from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases import states
from onhand.contacts.cases.belonging import cases_of
from onhand.contacts.cases.kinds import USUAL_KIND
from onhand.contacts.cases.lists import KindKey
from onhand.contacts.enums import Direction
from onhand.contacts.followers import CASES
from onhand.contacts.models import Case, CaseContact, Contact, Promise
from onhand.contacts.promises.tests_on_books import find_test, offered_tests
from onhand.contacts.subjects import GOING_ON, OPEN_CASE, OPEN_PROMISE
from onhand.contacts.timeline import SPOKEN
from onhand.customers.enums import ChannelKind
from onhand.customers.membership import of_file
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

OpenCase = Annotated[int, Field(label=gettext_lazy("Case"), reference=OPEN_CASE)]
OpenPromise = Annotated[int, Field(label=gettext_lazy("Promise"), reference=OPEN_PROMISE)]


@act(subject=CUSTOMER, permission=access.HANDLE, label=gettext_lazy("Start a contact"), only_adds=True, row_only=True)
def open_contact(
    customer: Customer,
    *,
    run: Run,
    channel: Annotated[ChannelKind, Field(label=gettext_lazy("Channel"))] = ChannelKind.TELEPHONE,
    direction: Annotated[Direction, Field(label=gettext_lazy("Direction"))] = Direction.INBOUND,
    outside_address: Annotated[
        str,
        Field(
            label=gettext_lazy("Number or address used"),
            keeps_figures=True,
            help=gettext_lazy("The one the customer calls or writes from, as it was shown."),
            max_length=254,
        ),
    ] = "",
    matter: Annotated[str, Field(label=gettext_lazy("About"), max_length=200)] = "",
) -> None:
    """Begin to serve this customer: what is done from now on is recorded as done on this contact."""
    mine = Contact.objects.filter(of_file(customer.pk), representative_id=run.actor.id, ended_at__isnull=True)
    if run.actor.id is not None and mine.exists():
        raise NotPossible(_("You are in contact with this customer already. End that contact first."))
    contact = Contact.objects.create(
        customer=customer,
        channel=channel,
        direction=direction,
        outside_address=outside_address,
        subject=matter,
        started_at=run.at,
        representative_id=run.actor.id,
        representative_name=run.actor.name,
    )
    run.changed("contact", after={"id": contact.pk, "channel": channel.value, "direction": direction.value})


@act(subject=CUSTOMER, permission=access.HANDLE, label=gettext_lazy("End the contact"), only_adds=True, row_only=True)
def end_contact(
    customer: Customer,
    *,
    run: Run,
    contact: Annotated[int, Field(label=gettext_lazy("Contact"), reference=GOING_ON)],
    summary: Annotated[str, Field(label=gettext_lazy("What it was about"), widget="textarea", max_length=10_000)] = "",
    was_reached: Annotated[
        bool,
        Field(
            label=gettext_lazy("The customer was reached"),
            help=gettext_lazy("Of a call to the customer: a promise to call is kept by one that reached them."),
        ),
    ] = False,
) -> None:
    """End a contact. Whoever was identified on it is not any more."""
    one = _of_file(Contact, customer, contact, "contact", ended_at__isnull=True)
    if one.representative_id not in (None, run.actor.id) and not run.actor.may(access.EVERY_CONTACT):
        raise NotPossible(
            _("This is a contact of %(name)s: only they can end it.") % {"name": one.representative_name},
            field="contact",
        )
    one.ended_at = run.at
    one.summary = summary or one.summary
    if was_reached and one.connected_at is None:
        one.connected_at = run.at
    one.version += 1
    one.save(update_fields=["ended_at", "summary", "connected_at", "version"])
    if one.channel in SPOKEN:  # whoever is spoken with is answered
        states.case_answered(cases_of(one.pk), run.at)
    run.changed("contact_ended", after={"id": one.pk, "summary": summary, "reached": was_reached})


@act(subject=CUSTOMER, permission=access.HANDLE_CASES, label=gettext_lazy("Open a case"), only_adds=True, row_only=True)
def open_case(
    customer: Customer,
    *,
    run: Run,
    matter: Annotated[str, Field(label=gettext_lazy("What it is about"), max_length=200)],
    kind: KindKey = USUAL_KIND,
    due: Annotated[datetime | None, Field(label=gettext_lazy("To be solved by"))] = None,
) -> None:
    """Open a case, so that the matter is followed up until it is solved."""
    _require_later(due, run, "due")
    rules = states.usable_rules(kind)
    case = states.open_new(actor=run.actor, customer=customer, rules=rules, subject=matter, at=run.at, due=due)
    if run.contact_id is not None:
        on_contact = Contact.objects.filter(of_file(customer.pk), pk=run.contact_id)
        if on_contact.exists():
            on_contact.filter(case__isnull=True).update(case=case)
            CaseContact.objects.create(case=case, contact_id=run.contact_id, at=run.at, by_name=run.actor.name)
    run.changed("case", after={"id": case.pk, "reference": case.reference, "subject": matter, "kind": kind})


@act(
    subject=CUSTOMER, permission=access.HANDLE_CASES, label=gettext_lazy("Close a case"), only_adds=True, row_only=True
)
def close_case(
    customer: Customer,
    *,
    run: Run,
    case: OpenCase,
    outcome: Annotated[str, Field(label=gettext_lazy("How it was solved"), widget="textarea", max_length=2_000)],
) -> None:
    """Close a case that is solved. Promises of the case must have been kept or called off before."""
    one = _of_file(Case, customer, case, "case", closed_at__isnull=True)
    states.close(one, outcome, run.at)
    states.store(one)
    CASES.tell(one, run.at)
    run.changed("case_closed", after={"id": one.pk, "reference": one.reference, "outcome": outcome})


@act(subject=CUSTOMER, permission=access.PROMISE, label=gettext_lazy("Make a promise"), only_adds=True, row_only=True)
def make_promise(
    customer: Customer,
    *,
    run: Run,
    promise_text: Annotated[str, Field(label=gettext_lazy("What is promised"), max_length=300)],
    due: Annotated[datetime, Field(label=gettext_lazy("By when"))],
    case: Annotated[int | None, Field(label=gettext_lazy("Case"), reference=OPEN_CASE)] = None,
    test: Annotated[
        str,
        Field(
            label=gettext_lazy("Kept when"),
            help=gettext_lazy("Looked up in the books when it is due. Without one, somebody has to say so."),
            options=offered_tests,
            max_length=60,
        ),
    ] = "",
) -> None:
    """Promise the customer something by a time. It stays on the file until it was kept or called off."""
    _require_later(due, run, "due")
    if test and find_test(test) is None:
        raise NotPossible(_("Choose one of the list."), field="test")
    of_case = None if case is None else _of_file(Case, customer, case, "case", closed_at__isnull=True)
    on_contact = Contact.objects.filter(of_file(customer.pk), pk=run.contact_id or 0).first()
    promise = Promise.objects.create(
        customer=customer,
        case=of_case,
        contact=on_contact,
        text=promise_text,
        made_at=run.at,
        made_by_id=run.actor.id,
        made_by_name=run.actor.name,
        due_at=due,
        test=test,
    )
    run.changed("promise", after={"id": promise.pk, "text": promise_text, "due": due.isoformat()})


@act(
    subject=CUSTOMER, permission=access.PROMISE, label=gettext_lazy("A promise was kept"), only_adds=True, row_only=True
)
def keep_promise(customer: Customer, *, run: Run, promise: OpenPromise) -> None:
    """Say that what was promised was done."""
    one = _of_file(Promise, customer, promise, "promise", kept_at__isnull=True, called_off_at__isnull=True)
    one.kept_at = run.at
    one.save(update_fields=["kept_at"])
    _tell_of_case(one, run)
    run.changed("promise_kept", after={"id": one.pk, "text": one.text})


@act(
    subject=CUSTOMER, permission=access.PROMISE, label=gettext_lazy("Call off a promise"), only_adds=True, row_only=True
)
def call_off_promise(
    customer: Customer,
    *,
    run: Run,
    promise: OpenPromise,
    reason: Annotated[str, Field(label=gettext_lazy("Why, and what the customer was told"), max_length=500)],
) -> None:
    """Take back a promise, with what the customer was told about it."""
    one = _of_file(Promise, customer, promise, "promise", kept_at__isnull=True, called_off_at__isnull=True)
    one.called_off_at = run.at
    one.save(update_fields=["called_off_at"])
    _tell_of_case(one, run)
    run.changed("promise_called_off", after={"id": one.pk, "text": one.text, "reason": reason})


def _tell_of_case(promise: Promise, run: Run) -> None:
    """Let what goes by the case of a promise look at it: a broken one may have been what it needed somebody for."""
    if promise.case_id is not None and promise.broken_at is not None:
        CASES.tell(states.locked(promise.case_id), run.at)


def _of_file(model: Any, customer: Customer, row_id: int, field: str, **open_if: Any) -> Any:
    """A row of this customer's file that is still open, locked."""
    found = model.objects.select_for_update(of=("self",)).filter(of_file(customer.pk), pk=row_id, **open_if).first()
    if found is None:
        raise NotPossible(_("This is not open on the customer's file any more."), field=field)
    return found


def _require_later(due: datetime | None, run: Run, field: str) -> None:
    if due is not None and due <= run.at:
        raise NotPossible(_("Give a time that is still to come."), field=field)
