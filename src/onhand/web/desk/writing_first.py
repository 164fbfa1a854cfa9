"""Writing to a customer who did not write before: the composer beside their file, and what it sends."""

import secrets
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.contacts.access import ANSWER, ANSWER_UNREVIEWED
from onhand.contacts.conversations.signatures import signature_for
from onhand.contacts.subjects import CONTACT
from onhand.contacts.text_circumstances import circumstances_of
from onhand.contacts.uploads import LARGEST
from onhand.customers.care_queries import may_contact
from onhand.customers.enums import ChannelKind, IdentityKind
from onhand.customers.file_queries import read_file
from onhand.customers.membership import of_file
from onhand.customers.models import Identity
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound, UnknownAct
from onhand.kernel.perform import Outcome, perform
from onhand.staff.access import visible_teams
from onhand.web.addresses import address_of
from onhand.web.desk.access import contact_of, desk_view, number_of, wants_fragment
from onhand.web.desk.answer_views import keep_file
from onhand.web.desk.composer import has_signature, ways_to_send
from onhand.web.desk.customer_pages import WRITE, customer_page, work_sections
from onhand.web.desk.request_keys import key_of
from onhand.web.desk.written import line_of, wants_signature, written_values
from onhand.web.operations import FIRST_DRAFT, drop_draft

LONGEST_SUBJECT = 200


@require_safe
@desk_view
def write(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """The composer for a message to this customer, beside their file."""
    actor.require(ANSWER)
    context = _page(request, actor, customer_id)
    if context["merged_into"]:
        return HttpResponseRedirect(address_of("desk:write", context["merged_into"]))
    return render(request, "desk/write.html", context)


def _page(request: HttpRequest, actor: Actor, customer_id: int) -> dict[str, Any]:
    """The context of the page. Raises SubjectNotFound, also for a file that was erased."""
    context = customer_page(request, actor, customer_id)
    if context["customer"]["erased"]:
        raise SubjectNotFound
    may = may_contact(customer_id, None, ChannelKind.EMAIL, timezone.now())
    return context | {
        "answer": _composer(request, actor, customer_id),
        "colleagues": None,
        "why_not": "" if may.allowed else may.why,
        "work_sections": work_sections(actor, customer_id),
        "column": "stream",
    }


def _composer(request: HttpRequest, actor: Actor, customer_id: int) -> dict[str, Any]:
    file = read_file(actor, customer_id, at=timezone.now(), contact_id=contact_of(request, actor, customer_id))
    own = [(one.id, one.value) for one in file.identities if one.kind == IdentityKind.EMAIL]
    teams = _teams(actor)
    return {
        "label": _("Message"),
        "placeholder": _("Write a message: it is kept as you type. / finds a standard response, # an article"),
        "url": address_of("desk:write_send", customer_id),
        "draft_key": f"{FIRST_DRAFT}{customer_id}",
        "files_url": address_of("desk:write_files", customer_id),
        "insert_url": f"{address_of('desk:insertions')}?{urlencode({'customer': customer_id, 'language': file.language})}",
        "most_bytes": LARGEST,
        "idempotency_key": secrets.token_hex(16),
        "seen": "",
        "own_addresses": own,
        "to": "",
        "cc": "",
        "subject": "",
        "longest_subject": LONGEST_SUBJECT,
        "language": file.language,
        "addresses": [],
        "lines_open": True,
        "teams": teams if len(teams) > 1 else [],
        "signature_url": address_of("desk:write_signature", customer_id)
        if has_signature([pk for pk, _name in teams], file.language)
        else "",
        "sign_label": _("Sign for %(team)s") % {"team": teams[0][1]} if len(teams) == 1 else _("Sign for the team"),
        "is_held": not actor.may(ANSWER_UNREVIEWED),
        **ways_to_send(),
    }


def _teams(actor: Actor) -> list[tuple[int, str]]:
    """The teams this person writes for."""
    return list(visible_teams(actor).filter(pk__in=actor.team_ids).order_by("name", "pk").values_list("pk", "name"))


@require_POST
@desk_view
def send(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """Send what was written; the contact that begins with it is the next page, where it can be undone."""
    try:
        outcome = _perform(request, actor, customer_id)
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return _not_done(request, actor, customer_id, error)
    key = f"{FIRST_DRAFT}{customer_id}"
    drop_draft(actor=actor, key=key)
    contact_id = outcome.after["contact"]["id"]
    page = address_of("desk:contact", contact_id)
    if not wants_fragment(request):
        return HttpResponseRedirect(page)
    topics = [f"{CUSTOMER}:{customer_id}", f"{CONTACT}:{contact_id}"]
    done = {"topics": topics, "draft_key": key, "draft_again": "", "said": _("Sent."), "next_url": "", "go_to": page}
    context = {"done": done, "idempotency_key": secrets.token_hex(16)}
    return render(request, "desk/contact_fragments/answered.html", context)


def _perform(request: HttpRequest, actor: Actor, customer_id: int) -> Outcome:
    team = _team(request, actor)
    signature = _signature(actor, customer_id, team) if wants_signature(request) else ""
    arguments = written_values(request.POST, signature) | {
        "address": _address(request, actor, customer_id),
        "cc": line_of(request.POST, "cc"),
        "bcc": line_of(request.POST, "bcc"),
        "team": team,
    }
    return perform(
        WRITE,
        actor=actor,
        subject_id=customer_id,
        arguments=arguments,
        at=timezone.now(),
        contact_id=contact_of(request, actor, customer_id),
        idempotency_key=key_of(request),
    )


def _address(request: HttpRequest, actor: Actor, customer_id: int) -> str:
    """
    The address chosen of the customer's own, which need not be shown in full to be written to; else the one typed.
    """
    chosen = number_of(request.POST.get("own"))
    if chosen is None:
        return ", ".join(line_of(request.POST, "to"))
    read_file(actor, customer_id, at=timezone.now())  # raises SubjectNotFound where the file is not theirs to see
    own = Identity.objects.filter(of_file(customer_id), pk=chosen, kind=IdentityKind.EMAIL, withdrawn_at__isnull=True)
    return own.values_list("value", flat=True).first() or ""


def _team(request: HttpRequest, actor: Actor) -> int | None:
    """The team chosen, or the only one."""
    chosen = number_of(request.POST.get("team") or request.GET.get("team"))
    if chosen is not None:
        return chosen
    teams = _teams(actor)
    return teams[0][0] if len(teams) == 1 else None


def _signature(actor: Actor, customer_id: int, team_id: int | None) -> str:
    circumstances = circumstances_of(actor, customer_id=customer_id)  # raises SubjectNotFound
    return signature_for(circumstances, team_id if team_id in actor.team_ids else None, at=timezone.now())


def _not_done(request: HttpRequest, actor: Actor, customer_id: int, error: ActError) -> HttpResponse:
    context: dict[str, Any] = {"errors": error.fields or {"": [error.message]}}
    if wants_fragment(request):
        return render(request, "desk/contact_fragments/answered.html", context, status=422)
    around = _page(request, actor, customer_id) | {"answer_template": "desk/contact_fragments/answered.html"}
    return render(request, "desk/write.html", around | context, status=422)


@require_POST
@desk_view
def add_file(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """Keep a file for the message that is being written."""
    read_file(actor, customer_id)
    return keep_file(request, actor, None)


@require_safe
@desk_view
def signature(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    """What the message is signed with, to be looked at."""
    actor.require(ANSWER)
    context = {"signature": _signature(actor, customer_id, _team(request, actor))}
    return render(request, "desk/contact_fragments/signature.html", context)
