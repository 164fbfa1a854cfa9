"""Open approvals on the floor: what runs out first on top, each allowed or denied without leaving the page."""

import secrets
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from onhand.approvals.access import ANSWER, visible_approvals
from onhand.approvals.asking import ALLOW_ACT, DENY_ACT, PASS_ON_ACT
from onhand.approvals.deputies import is_named, stands_in_for
from onhand.approvals.models import Approval
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound, UnknownAct
from onhand.kernel.perform import perform
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, wants_fragment
from onhand.web.desk.approval_pages import ALLOW_KEY, DENY_KEY, PASS_KEY, approval_row, open_approvals
from onhand.web.desk.request_keys import key_of

MOST = 6
TOPICS = "approvals"


@require_safe
@desk_view
def approvals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those that wait: as a part of the floor, or by itself where it is opened alone."""
    actor.require(ANSWER)
    return _answer(request, approvals_view(actor, timezone.now()))


@require_POST
@desk_view
def allow(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponse:
    """Allow one: one press. What stands against it is said in its row."""
    actor.require(ANSWER)
    if not visible_approvals(actor).filter(pk=approval_id).exists():
        raise Http404
    now, problem = timezone.now(), ""
    try:
        perform(ALLOW_ACT, actor=actor, subject_id=approval_id, arguments={}, at=now, idempotency_key=key_of(request))
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        problem = " ".join([error.message, *(one for given in error.fields.values() for one in given)])
    if not problem and not wants_fragment(request):
        return HttpResponseRedirect(address_of("floor:home"))
    found = approvals_view(actor, now, problem_of={approval_id: problem} if problem else {})
    return _answer(request, found | {"goes_on": not problem}, status=422 if problem else 200)


def approvals_view(actor: Actor, now: datetime, problem_of: dict[int, str] | None = None) -> dict[str, Any]:
    """What the part shows; `problem_of` says what stood against allowing one just now."""
    found = list(open_approvals(actor, now)[: MOST + 1])
    said = problem_of or {}
    return {
        "rows": [_row(one, actor, now) | {"problem": said.get(one.pk, "")} for one in found[:MOST]],
        "problem": next((words for pk, words in said.items() if pk not in {one.pk for one in found[:MOST]}), ""),
        "has_more": len(found) > MOST,
        "live": TOPICS,
        "live_url": address_of("floor:approvals"),
        "all_url": address_of("desk:approvals"),
    }


def _row(one: Approval, actor: Actor, now: datetime) -> dict[str, Any]:
    may_deny = is_named(actor, one) or bool(stands_in_for(actor, one, now))
    answers = ((DENY_ACT, DENY_KEY), (PASS_ON_ACT, PASS_KEY)) if may_deny else ()
    return approval_row(one, now) | {
        "note": one.note,
        "why": str(one.decision.get("reason", "")),
        "allow_url": address_of("floor:allow", one.pk),
        "allow_key": ALLOW_KEY,
        "new_key": secrets.token_hex(16),
        "acts": [{"name": name, "url": address_of("desk:act", name, one.pk), "key": key} for name, key in answers],
    }


def _answer(request: HttpRequest, found: dict[str, Any], status: int = 200) -> HttpResponse:
    is_part = wants_fragment(request)
    if "alone" in request.GET or not is_part:
        found |= {"is_alone": True, "live_url": f"{found['live_url']}?alone=1"}
    template = "floor/approvals.html" if is_part else "floor/approvals_page.html"
    return render(request, template, {"approvals": found}, status=status)
