"""Approvals over REST and MCP: asking for one, and reading what was answered."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router

from onhand.approvals.access import VIEW, visible_approvals
from onhand.approvals.asking import ask_for, find_asked
from onhand.approvals.models import Approval
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.web.addresses import address_of
from onhand.web.api.callers import caller
from onhand.web.api.schemas import ActRequest, Approvals, ApprovalShown, FindApprovals, Id

router = Router(tags=["acts"])


def ask(actor: Actor, name: str, asked: ActRequest, *, key: str | None) -> ApprovalShown:
    """Ask to be allowed the act, as it was to be done. Raises ActError."""
    approval = ask_for(
        actor,
        act=name,
        subject_id=asked.subject_id,
        arguments=asked.arguments,
        at=timezone.now(),
        contact_id=asked.contact_id,
        case_id=asked.case_id,
        key=key,
        note=asked.note,
        customer_waits=asked.customer_waits,
    )
    return shown(approval)


def asked_before(actor: Actor, name: str, asked: ActRequest, *, key: str | None) -> ApprovalShown | None:
    """What was asked for under this key before, as it stands by now. Raises KeyReused."""
    earlier = find_asked(actor, key, name, asked.subject_id, asked.arguments)
    return None if earlier is None else shown(earlier)


def read_approval(actor: Actor, approval_id: int) -> ApprovalShown:
    """One approval as this caller may see it; raises SubjectNotFound."""
    actor.require(VIEW)
    found = visible_approvals(actor).filter(pk=approval_id).first()
    if found is None:
        raise SubjectNotFound
    return shown(found)


def shown(one: Approval) -> ApprovalShown:
    """An approval as programs read it."""
    values: dict[str, Any] = {
        name: getattr(one, name)
        for name in (
            *(
                "act",
                "contact_id",
                "case_id",
                "state",
                "may_approve",
                "customer_waits",
                "note",
                "asked_at",
                "expires_at",
            ),
            *("reason", "words", "ended_at", "record_id"),
        )
    }
    return ApprovalShown(
        approval_id=one.pk,
        url=address_of("api:read_approval", one.pk),
        subject_type=one.about_type,
        subject_id=one.about_id,
        asked_by=one.asked_by_name,
        looked_at_by=one.taken_by_name if one.is_open else "",
        answered_by=one.answered_by_name,
        **values,
    )


@router.get(
    "/approvals", response=Approvals, operation_id="find_approvals", summary="Approvals, what was asked last first"
)
def find_approvals(request: HttpRequest, asked: Query[FindApprovals]) -> Approvals:
    """What you asked to be allowed, and what others did about customers you may see."""
    found = visible_approvals(caller(request)).order_by("-pk")
    if asked.state:
        found = found.filter(state=asked.state)
    if asked.before:
        found = found.filter(pk__lt=asked.before)
    rows = list(found[: asked.size + 1])
    following = rows[asked.size - 1].pk if len(rows) > asked.size else None
    return Approvals(approvals=[shown(one) for one in rows[: asked.size]], next=following)


@router.get(
    "/approvals/{approval_id}",
    response=ApprovalShown,
    operation_id="read_approval",
    summary="How an approval stands",
    url_name="read_approval",
)
def get_approval(request: HttpRequest, approval_id: Path[Id]) -> ApprovalShown:
    """An approval and its answer. Read it again until its state is not `open` any more."""
    return read_approval(caller(request), approval_id)
