"""
Identifying whoever is on a contact. A try that fails is an act too, so that it is counted and on the record; what was said is not.
"""

from datetime import timedelta
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.enums import IdentificationWay
from onhand.customers.identification.checks import (
    end_checks,
    end_lock,
    fail,
    identification_rules,
    own_contact,
    require_unlocked,
    succeed,
)
from onhand.customers.identification.level import IDENTIFIED, STRONG, reached
from onhand.customers.identification.one_time_codes import (
    is_still_good,
    live_codes,
    make_code,
    masked,
    sendable,
    try_code,
    why_not_to,
)
from onhand.customers.identification.questions import is_right, question_options, questions_to_ask
from onhand.customers.identification.speakers import current_speakers
from onhand.customers.models import Customer
from onhand.customers.protection import SEALED, read_sealed, sealed_options
from onhand.customers.subjects import CUSTOMER
from onhand.customers.tasks import send_code_message
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import IdentityNeeded, NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.records import Subject, record_access

Asked = Annotated[str, Field(label=gettext_lazy("Question"), widget="choice", options=question_options)]
MaybeAsked = Annotated[str | None, Field(label=gettext_lazy("Question"), widget="choice", options=question_options)]
Said = Annotated[str, Field(label=gettext_lazy("What the customer said"), secret=True)]
MaybeSaid = Annotated[str | None, Field(label=gettext_lazy("What the customer said"), secret=True)]


@act(
    subject=CUSTOMER,
    permission=access.IDENTIFY,
    label=gettext_lazy("Identify by questions"),
    only_adds=True,
)
def answer_questions(
    customer: Customer,
    *,
    run: Run,
    first_question: Asked,
    first_answer: Said,
    second_question: MaybeAsked = None,
    second_answer: MaybeSaid = None,
    third_question: MaybeAsked = None,
    third_answer: MaybeSaid = None,
) -> None:
    """Compare what the customer said with the file. Enough right answers identify them; wrong ones are counted."""
    contact_id, contact = own_contact(run)
    rules = identification_rules()
    require_unlocked(customer, contact_id, run.at, rules)
    asked = {one.key: one for one in questions_to_ask(customer, contact_id, contact)}
    if len(asked) < rules.questions_needed:
        raise NotPossible(_("The file does not hold enough to ask for. Identify the customer by a one-time code."))
    said: dict[str, str] = {}
    pairs = ((first_question, first_answer), (second_question, second_answer), (third_question, third_answer))
    for key, answer in pairs:
        if key and answer:
            if key not in asked or key in said:
                raise NotPossible(_("Ask what is offered for this contact, each once."), field="first_question")
            said[key] = answer
    if len(said) < rules.questions_needed:
        raise NotPossible(_("Ask %(count)s questions.") % {"count": rules.questions_needed})
    right = sum([is_right(asked[key], answer, customer) for key, answer in said.items()])
    detail = ", ".join(sorted(said))
    if wrong := len(said) - right:
        fail(
            customer,
            run,
            contact_id=contact_id,
            way=IdentificationWay.QUESTIONS,
            rules=rules,
            detail=detail,
            times=wrong,
        )
    if right >= rules.questions_needed:
        until = run.at + timedelta(minutes=rules.questions_minutes)
        succeed(
            customer,
            run,
            contact_id=contact_id,
            way=IdentificationWay.QUESTIONS,
            level=IDENTIFIED,
            until=until,
            detail=detail,
        )


@act(subject=CUSTOMER, permission=access.IDENTIFY, label=gettext_lazy("Send a one-time code"), only_adds=True)
def send_code(
    customer: Customer,
    *,
    run: Run,
    address: Annotated[int, Field(label=gettext_lazy("To"), reference="customers.code_address")],
) -> None:
    """Send a code to an address on the file; whoever can tell it reads there. It takes the place of one sent before."""
    contact_id, _contact = own_contact(run)
    rules = identification_rules()
    require_unlocked(customer, contact_id, run.at, rules)
    identity = sendable(customer).filter(pk=address).first()
    if identity is None:
        raise NotPossible(_("No code can be sent to this address."), field="address")
    if why_not := why_not_to(identity, run.at, rules):
        raise NotPossible(why_not, field="address")
    code = make_code(customer, identity, run, contact_id, rules)
    run.changed("code_sent", after=masked(identity))
    send_code_message.defer(code_id=code.pk)  # a row of this transaction; the job begins after it


@act(subject=CUSTOMER, permission=access.IDENTIFY, label=gettext_lazy("Check a one-time code"), only_adds=True)
def check_code(
    customer: Customer,
    *,
    run: Run,
    code: Annotated[str, Field(label=gettext_lazy("Code the customer tells"), max_length=20, secret=True)],
) -> None:
    """Compare the code the customer tells with the one sent. The right one identifies them strongly; wrong ones are counted."""
    contact_id, _contact = own_contact(run)
    rules = identification_rules()
    require_unlocked(customer, contact_id, run.at, rules)
    live = live_codes(customer, contact_id, run.at).select_related("identity").select_for_update(of=("self",)).first()
    if live is None or not is_still_good(live, run.at):
        raise NotPossible(_("No code is waiting: it was used, is too old, or its address changed. Send a new one."))
    detail = masked(live.identity)
    if try_code(live, code, run.at, rules):
        until = run.at + timedelta(minutes=rules.strong_minutes)
        succeed(
            customer, run, contact_id=contact_id, way=IdentificationWay.CODE, level=STRONG, until=until, detail=detail
        )
    else:
        fail(customer, run, contact_id=contact_id, way=IdentificationWay.CODE, rules=rules, detail=detail)
        run.changed("tries_left", after=max(0, rules.code_tries - live.tries))


@act(
    subject=CUSTOMER,
    permission=access.IDENTIFY,
    label=gettext_lazy("Identify an authorised person"),
    only_adds=True,
)
def identify_authorised_person(
    customer: Customer,
    *,
    run: Run,
    person: Annotated[int, Field(label=gettext_lazy("Who speaks for the customer"), reference="customers.authorised")],
) -> None:
    """Let somebody who is identified on this contact as themselves speak for the customer, as far as they are authorised to."""
    contact_id, _contact = own_contact(run)
    rules = identification_rules()
    require_unlocked(customer, contact_id, run.at, rules)
    relation = current_speakers(customer.pk, run.at).filter(pk=person).select_related("other").first()
    if relation is None:
        raise NotPossible(_("Nobody is authorised by this any more."), field="person")
    own = reached(run.actor, relation.other_id, contact_id, run.at)
    if own.level < IDENTIFIED or own.as_whom:
        raise NotPossible(_("Identify this person first, on their own file and on this contact."), field="person")
    until = min(one for one in (own.until, relation.valid_until) if one is not None)
    succeed(
        *(customer, run),
        contact_id=contact_id,
        way=IdentificationWay.AUTHORISED,
        level=own.level,
        until=until,
        detail=relation.other.reference,
        relation=relation,
    )


@act(subject=CUSTOMER, permission=access.IDENTIFY, label=gettext_lazy("End the identification"), only_adds=True)
def end_identification(customer: Customer, *, run: Run) -> None:
    """Let what was reached on this contact count no more, because somebody else is speaking now, or by doubt."""
    contact_id, _contact = own_contact(run)
    if not end_checks(customer.pk, contact_id, run.at):
        raise NotPossible(_("Nobody is identified on this contact."))
    live_codes(customer, contact_id, run.at).update(ended_at=run.at)
    run.changed("identification", after={"level": 0})


@act(
    subject=CUSTOMER,
    permission=access.END_LOCKOUT,
    label=gettext_lazy("End the lock of identification"),
    only_adds=True,
)
def end_lockout(
    customer: Customer,
    *,
    run: Run,
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=300)],
) -> None:
    """Let the customer be identified again after too many failed tries."""
    if not end_lock(customer.pk, run.at):
        raise NotPossible(_("No failed tries count against this customer."))
    run.changed("lockout", after=reason)


@act(subject=CUSTOMER, permission=access.REVEAL, label=gettext_lazy("Show in full"), only_adds=True)
def reveal(
    customer: Customer,
    *,
    run: Run,
    what: Annotated[str, Field(label=gettext_lazy("What"), widget="choice", options=sealed_options)],
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=300)],
) -> None:
    """Show once, to whoever asks, what the file shows masked. That it was shown, and why, is on the record."""
    sealed = SEALED.get(what)
    if sealed is None:
        raise NotPossible(_("Choose one of the list."), field="what")
    found = reached(run.actor, customer.pk, run.contact_id, run.at)
    if not found.may_be_told(sealed.scope, sealed.level):
        raise IdentityNeeded(_("For this the customer must be identified more strongly, by a one-time code."))
    values = read_sealed(customer, what)
    if not values:
        raise NotPossible(_("The file does not hold this."), field="what")
    run.show_once(what, ", ".join(values))
    if not run.is_preview:
        about = Subject(CUSTOMER, customer.pk, run.contact_id)
        record_access(actor=run.actor, subject=about, page=f"reveal.{what}", reason=reason, at=run.at)
