"""Acts over REST: one address for every registered act, found when it is asked for."""

from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja import Router

from onhand.approvals.asking import ASK_ACT
from onhand.customers.protection import Shield
from onhand.customers.queries import note_reading
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, all_acts
from onhand.kernel.decisions import NeedsApproval
from onhand.kernel.errors import NotPossible
from onhand.kernel.gates import why_unlicensed
from onhand.kernel.perform import Outcome, perform
from onhand.web.api.approvals import ask, asked_before
from onhand.web.api.callers import caller
from onhand.web.api.reading import idempotency_key, read_as, read_body
from onhand.web.api.schemas import ActDescription, ActDone, ActRequest, Acts, ApprovalShown
from onhand.web.grave import GRAVE

router = Router(tags=["acts"])


def offered_acts(actor: Actor) -> list[Act]:
    """The acts this actor may do, by name."""
    at = timezone.now()
    return [
        act
        for act in all_acts()
        if actor.may(act.permission) and (not act.licence or why_unlicensed(actor, act.licence, "", at) is None)
    ]


def describe(act: Act) -> ActDescription:
    """An act for programs, in English: its description is part of the contract."""
    with translation.override(None):
        return ActDescription(
            name=act.name,
            label=str(act.label),
            description=act.doc,
            subject=act.subject,
            creates=act.creates,
            only_adds=act.only_adds,
            arguments=act.json_schema,
        )


def run_act(actor: Actor, name: str, asked: ActRequest, *, key: str | None, preview: bool) -> ActDone:
    """Perform the act for a caller at any of the doors for programs. Raises ActError."""
    at = timezone.now()
    outcome = perform(
        name,
        actor=actor,
        arguments=asked.arguments,
        at=at,
        subject_id=asked.subject_id,
        contact_id=asked.contact_id,
        case_id=asked.case_id,
        expected_version=asked.version,
        idempotency_key=key,
        preview=preview,
    )
    if preview and outcome.before and outcome.subject_type == CUSTOMER and asked.subject_id is not None:
        # It says what is stored, and no act record will tell of it.
        note_reading(actor, asked.subject_id, page="api.preview", reason=name, at=at, contact_id=asked.contact_id)
    return ActDone.of(_as_seen(actor, outcome, at, asked.contact_id))


def run_or_ask(actor: Actor, name: str, asked: ActRequest, *, key: str | None) -> ActDone | ApprovalShown:
    """
    Do the act; where it needs approval and the caller says `ask`, ask for it. What was asked for under the same key before is answered
    with as it stands by now, whether or not it would need approval today. Raises ActError.
    """
    if name == ASK_ACT and asked.arguments.get("act") in GRAVE:  # at their own address, which asks browsers who it is
        raise NotPossible(_("Ask for this at its own address, with “ask”."))
    if not asked.ask:
        return run_act(actor, name, asked, key=key, preview=False)
    earlier = asked_before(actor, name, asked, key=key)
    if earlier is not None:
        return earlier
    try:
        return run_act(actor, name, asked, key=key, preview=False)
    except NeedsApproval:
        return ask(actor, name, asked, key=key)


def _as_seen(actor: Actor, outcome: Outcome, at: datetime, contact_id: int | None) -> Outcome:
    """What was there before the act may be more than the caller may see."""
    shield = Shield(actor, at, contact_id)
    before, after = (
        shield.values(outcome.subject_type, outcome.subject_id, values) for values in (outcome.before, outcome.after)
    )
    return replace(outcome, before=before, after=after)


@router.get("/acts", response=Acts, operation_id="list_acts", summary="The acts you may do")
def list_acts(request: HttpRequest) -> Acts:
    """Every act your role and token allow, with the JSON Schema of its arguments."""
    return Acts(acts=[describe(act) for act in offered_acts(caller(request))])


# One operation for all acts; each is described by itself in the OpenAPI description.
@router.post("/acts/{str:name}", response=ActDone, include_in_schema=False)
def do_act(request: HttpRequest, name: str) -> ActDone | HttpResponse:
    """Do an act, or ask to be allowed it."""
    asked, key = read_as(ActRequest, read_body(request)), idempotency_key(request)
    answer = run_or_ask(caller(request), name, asked, key=key)
    return answer if isinstance(answer, ActDone) else JsonResponse(answer.model_dump(mode="json"), status=202)


@router.post("/acts/{str:name}/preview", response=ActDone, include_in_schema=False)
def preview_act(request: HttpRequest, name: str) -> ActDone:
    """Show what an act would do, by doing it and taking it back."""
    asked, key = read_as(ActRequest, read_body(request)), idempotency_key(request)
    return run_act(caller(request), name, asked, key=key, preview=True)
