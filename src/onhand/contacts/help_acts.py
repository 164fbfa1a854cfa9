"""Asking colleagues for help while one is on a contact or a case, and helping."""

from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases import states
from onhand.contacts.cases.subjects import CASE
from onhand.contacts.contact_subject import CONTACT
from onhand.contacts.conversations.written import clean_written
from onhand.contacts.enums import HelpState
from onhand.contacts.followers import HELP
from onhand.contacts.help_subject import HELP_REQUEST, HELPER, helpers, tell_help
from onhand.contacts.models import Case, Contact, HelpRequest
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

LONGEST = 2_000  # characters
Question = Annotated[
    str,
    Field(
        label=gettext_lazy("What you want to know"),
        help=gettext_lazy("The customer does not see it."),
        widget="textarea",
        max_length=LONGEST,
        clean=clean_written,
    ),
]
To = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Whom first"),
        help=gettext_lazy("Empty: whoever of your team may help and is free, then others."),
        reference=HELPER,
    ),
]


@act(subject=CONTACT, permission=access.HANDLE, label=gettext_lazy("Ask for help"), only_adds=True)
def ask_for_help(contact: Contact, *, run: Run, question: Question, to: To = None) -> None:
    """Ask somebody who knows more, without leaving the contact. It is given at once to a colleague who may help; the answer comes here."""
    if contact.ended_at is not None:
        raise NotPossible(_("This contact has ended."))
    _ask(run, question, to, contact=contact, customer_id=contact.customer_id)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Ask for help"), only_adds=True)
def ask_for_help_on_case(case: Case, *, run: Run, question: Question, to: To = None) -> None:
    """Ask somebody who knows more about this case. It is given at once to a colleague who may help; the answer comes to the case."""
    if case.closed_at is not None:
        raise NotPossible(_("This case is closed. Open it again first."))
    _ask(run, question, to, case=case, customer_id=case.customer_id)
    states.tell_pages(case)


@act(subject=HELP_REQUEST, permission=access.HELP, label=gettext_lazy("Answer the question"), only_adds=True)
def answer_help(
    request: HelpRequest,
    *,
    run: Run,
    answer: Annotated[
        str, Field(label=gettext_lazy("Answer"), widget="textarea", max_length=LONGEST, clean=clean_written)
    ],
) -> None:
    """Answer what a colleague asked. They see it at once, beside what they are at."""
    _require_open(request)
    if request.asked_by_id is not None and request.asked_by_id == run.actor.id:
        raise NotPossible(_("Somebody else has to answer what you asked yourself."))
    if request.taken_by_id != run.actor.id:
        request.taken_at, request.taken_by_id, request.taken_by_name = run.at, run.actor.id, run.actor.name
    _end(request, HelpState.ANSWERED, run.at)
    request.answer = answer
    tell_help(request)


@act(subject=HELP_REQUEST, permission=access.HANDLE, label=gettext_lazy("Withdraw the question"), only_adds=True)
def withdraw_help(request: HelpRequest, *, run: Run) -> None:
    """Say that what you asked is not needed any more."""
    _require_open(request)
    if request.asked_by_id != run.actor.id:
        raise NotPossible(_("Only %(name)s can withdraw this.") % {"name": request.asked_by_name})
    _end(request, HelpState.WITHDRAWN, run.at)
    tell_help(request)


def _ask(run: Run, question: str, to: int | None, **about: Any) -> None:
    person = None if to is None else helpers(run.actor).filter(pk=to).first()
    if to is not None and person is None:
        raise NotPossible(_("Choose one of the list."), field="to")
    if not question.strip():
        raise NotPossible(_("Write what you want to know."), field="question")
    on = {name: about[name] for name in ("contact", "case") if name in about}
    if HelpRequest.objects.filter(**on, asked_by_id=run.actor.id, state=HelpState.OPEN).exists():
        raise NotPossible(_("You have asked already: wait for the answer, or withdraw the question."))
    request = HelpRequest.objects.create(
        **about,
        question=question,
        asked_at=run.at,
        asked_by_id=run.actor.id,
        asked_by_name=run.actor.name,
        to_id=person.pk if person else None,
        to_name=person.name if person else "",
    )
    run.changed("help", after={"id": request.pk, "question": question, "to": request.to_name})
    HELP.tell(request, run.at)
    tell_help(request)


def _end(request: HelpRequest, state: HelpState, at: datetime) -> None:
    request.state, request.ended_at = state, at


def _require_open(request: HelpRequest) -> None:
    if request.state != HelpState.OPEN:
        raise NotPossible(_("This question was answered or withdrawn."))
