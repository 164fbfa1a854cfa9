"""Asking to be allowed an act, and answering."""

from typing import Annotated

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.approvals import access
from onhand.approvals.as_work import KEY
from onhand.approvals.asking import LONGEST_NOTE, Prepared, prepare
from onhand.approvals.deputies import is_named, roles_that_may, sees_what_it_is_about, standing_in, stands_in_for
from onhand.approvals.doing import run_for
from onhand.approvals.ending import assign_end, tell
from onhand.approvals.enums import ApprovalState
from onhand.approvals.events import ApprovalAsked
from onhand.approvals.models import Approval
from onhand.approvals.rules import waiting
from onhand.approvals.subjects import APPROVAL, APPROVER, may_be_passed_to
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible, SubjectBusy
from onhand.kernel.fields import Field
from onhand.kernel.perform import LONGEST_KEY
from onhand.kernel.signing import plain
from onhand.routing import items
from onhand.routing.enums import DecisionKind
from onhand.staff.queries import actor_for, roles_in_words

LONGEST_ARGUMENTS = 100_000
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('approvals.ask', %s))"
Words = Annotated[
    str,
    Field(
        label=gettext_lazy("Words for the customer"),
        help=gettext_lazy("What who asked can say to the customer."),
        widget="textarea",
        max_length=LONGEST_NOTE,
    ),
]


NameOfAct = Annotated[str, Field(label=gettext_lazy("Name of the act"), max_length=100)]
About = Annotated[int | None, Field(label=gettext_lazy("Number of what it is done to"))]
Arguments = Annotated[
    str,
    Field(
        label=gettext_lazy("Arguments of the act"),
        help=gettext_lazy("A JSON object, as the act takes them."),
        widget="textarea",
        max_length=LONGEST_ARGUMENTS,
    ),
]
Note = Annotated[str, Field(label=gettext_lazy("Why it should be allowed"), widget="textarea", max_length=LONGEST_NOTE)]
CustomerWaits = Annotated[bool, Field(label=gettext_lazy("The customer waits for the answer"))]
Key = Annotated[
    str,
    Field(
        label=gettext_lazy("Key of the act"),
        help=gettext_lazy("The act is done under it as its idempotency key. Empty: one is made."),
        max_length=LONGEST_KEY,
    ),
]


@act(subject=APPROVAL, permission=access.ASK, label=gettext_lazy("Ask for approval"), creates=True)
def ask(
    *,
    run: Run,
    act: NameOfAct,
    about: About = None,
    prepared: Arguments = "{}",
    note: Note = "",
    customer_waits: CustomerWaits = False,
    key: Key = "",
) -> Approval:
    """
    Ask somebody with more authority to allow an act that needs it. It is kept as it will be done, given at once to somebody who may
    allow it, and done in your name when they do; you see the answer where you are working.
    """
    ready = prepare(run.actor, act, about, prepared, at=run.at, contact_id=run.contact_id, case_id=run.case_id)
    asker = run.actor.id or 0  # somebody: nobody else's act is prepared
    _require_new(run, ready, key, asker)
    approval = _made(run, ready, key, asker)
    approval.note, approval.customer_waits = note, customer_waits
    approval.expires_at = waiting().expiry(run.at, customer_waits=customer_waits)
    approval.save(force_insert=True)
    until = approval.expires_at.isoformat()
    run.publish(ApprovalAsked(approval.pk, act, approval.customer_id, customer_waits, until))
    tell(approval)
    return approval


def _require_new(run: Run, ready: Prepared, key: str, asker: int) -> None:
    """One asks for the same once at a time, also where two requests do at the same moment."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [asker])
    own = Approval.objects.filter(asked_by_kind=run.actor.kind, asked_by_id=asker)
    if key and own.filter(key=key).exists():
        raise SubjectBusy  # asked in this moment: asking again answers with that one
    if own.filter(digest=ready.digest(), state=ApprovalState.OPEN).exists():
        raise NotPossible(_("You have asked for this already: wait for the answer, or withdraw it."))


def _made(run: Run, ready: Prepared, key: str, asker: int) -> Approval:
    actor, decision, digest = run.actor, ready.tried.decision, ready.digest()
    return Approval(
        act=ready.act.name,
        about_type=ready.act.subject,
        about_id=ready.about_id,
        about_title=ready.title,
        arguments=ready.arguments,
        facts=plain(dict(ready.tried.facts)),
        decision=decision.as_json(),
        may_approve=list(decision.may_approve),
        digest=digest,
        key=key or f"approval:{digest[:40]}:{run.at.timestamp():.6f}",
        contact_id=run.contact_id,
        case_id=run.case_id,
        customer_id=ready.customer_id,
        asked_at=run.at,
        asked_by_kind=str(actor.kind),
        asked_by_id=asker,
        asked_by_name=actor.name,
        asked_via=str(actor.via),
    )


@act(subject=APPROVAL, permission=access.ANSWER, label=gettext_lazy("Allow it"), only_adds=True)
def allow(approval: Approval, *, run: Run, words: Words = "") -> None:
    """
    Allow what a colleague asks for. It is done at once in their name, with yours beside; everything is decided again first, so what
    has changed meanwhile counts.
    """
    _require_answerable(approval, run)
    outcome, person = run_for(approval, run.actor, run.at)
    if outcome.record_id is None:
        raise NotPossible(_("This could not be done."))
    approval.record_id = outcome.record_id
    approval.words = words or outcome.decision.words
    _answer(approval, run, ApprovalState.ALLOWED, person)


@act(subject=APPROVAL, permission=access.ANSWER, label=gettext_lazy("Deny it"), only_adds=True)
def deny(
    approval: Approval,
    *,
    run: Run,
    reason: Annotated[str, Field(label=gettext_lazy("Why not"), widget="textarea", max_length=LONGEST_NOTE)],
    words: Words = "",
) -> None:
    """Say no to what a colleague asks for, and why. Nothing is done; they see it at once, with what they can tell the customer."""
    _require_answerable(approval, run)
    person = _require_named(approval, run)
    approval.reason, approval.words = reason, words
    _answer(approval, run, ApprovalState.DENIED, person)


@act(subject=APPROVAL, permission=access.ASK, label=gettext_lazy("Withdraw the request"), only_adds=True)
def withdraw(approval: Approval, *, run: Run) -> None:
    """Say that what you asked for is not needed any more. Nothing is done."""
    _require_open(approval, run)
    if (approval.asked_by_kind, approval.asked_by_id) != (str(run.actor.kind), run.actor.id):
        raise NotPossible(_("Only %(name)s can withdraw this.") % {"name": approval.asked_by_name})
    run.publish(assign_end(approval, ApprovalState.WITHDRAWN, run.at))
    tell(approval)


@act(subject=APPROVAL, permission=access.ANSWER, label=gettext_lazy("Pass it on"), only_adds=True)
def pass_on(
    approval: Approval,
    *,
    run: Run,
    to: Annotated[int, Field(label=gettext_lazy("To whom"), reference=APPROVER)],
) -> None:
    """Let somebody else who may allow this answer it. It is theirs at once, or put aside for them if they have no room."""
    _require_answerable(approval, run)
    _require_named(approval, run)
    person = may_be_passed_to(run.actor, approval, standing_in(run.at)).filter(pk=to).first()
    if person is None or not sees_what_it_is_about(actor_for(person), approval):
        raise NotPossible(_("Choose one of the list."), field="to")
    item = items.current_item(KEY, approval.pk)
    if item is None or not items.hold(
        item, person.pk, run.at, DecisionKind.ASSIGNED, by_name=run.actor.name, why=str(_("passed on"))
    ):
        raise NotPossible(_("They take no work here. Choose somebody else."), field="to")
    approval.taken_at, approval.taken_by_id, approval.taken_by_name = run.at, person.pk, person.name
    tell(approval)


def _answer(approval: Approval, run: Run, state: ApprovalState, person: Actor | None) -> None:
    """End it as answered, by the actor, with the authority of `person` where they stood in for somebody."""
    if person is not None:
        approval.answered_for_id, approval.answered_for_name = person.id, person.name
    approval.answered_by_id, approval.answered_by_name = run.actor.id, run.actor.name
    approval.answered_by_role = run.actor.role
    run.publish(assign_end(approval, state, run.at))
    tell(approval)


def _require_answerable(approval: Approval, run: Run) -> None:
    """It is open, and the actor is somebody else than who asked, who may see what it is about."""
    _require_open(approval, run)
    if run.actor.id is None:
        raise NotPossible(_("Somebody has to answer this, not the product itself."))
    if approval.asked_by_id == run.actor.id:
        raise NotPossible(_("Nobody approves what they ask for themselves."))
    if not sees_what_it_is_about(run.actor, approval):
        raise NotPossible(_("You may not see what this is about."))


def _require_named(approval: Approval, run: Run) -> Actor | None:
    """
    The actor is of a role that was named as who may approve it, or stands in for somebody who is, who is returned. Who allows it may also
    have authority of their own.
    """
    if is_named(run.actor, approval):
        return None
    people = stands_in_for(run.actor, approval, run.at)
    if not people:
        said = {"roles": roles_in_words(roles_that_may(approval))}
        raise NotPossible(_("Your role is none of those that may answer this: %(roles)s.") % said)
    return people[0]


def _require_open(approval: Approval, run: Run) -> None:
    if not approval.is_open:
        state = ApprovalState(approval.state).label
        by = approval.answered_by_name or approval.asked_by_name
        raise NotPossible(_("This has ended: %(state)s (%(name)s).") % {"state": state, "name": by})
    if approval.expires_at <= run.at:
        raise NotPossible(_("The time in which this could be answered is over."))
